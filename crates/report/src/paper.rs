//! The paper's tables as data, with how far each value can be trusted.

use crate::ReportError;
use serde::Deserialize;
use std::collections::BTreeMap;

const TABLES: [(&str, &str); 4] = [
    (
        "table-2",
        include_str!("../../../experiments/paper/table-2.toml"),
    ),
    (
        "table-3",
        include_str!("../../../experiments/paper/table-3.toml"),
    ),
    (
        "table-9",
        include_str!("../../../experiments/paper/table-9.toml"),
    ),
    (
        "table-15",
        include_str!("../../../experiments/paper/table-15.toml"),
    ),
];

/// How a value of the paper came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    /// By one careful secondary source.
    Secondary,
    /// From memory, unconfirmed.
    Recalled,
}

impl Flag {
    /// The word in tables and figures.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secondary => "secondary",
            Self::Recalled => "recalled",
        }
    }
}

/// A value of the paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PaperValue {
    /// Test accuracy between 0 and 1.
    pub accuracy: f64,
    pub flag: Flag,
}

/// One table of the paper (Lu et al., 2021).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PaperTable {
    pub title: String,
    /// Section of the paper.
    pub section: String,
    /// How its values came here, where `recalled` does not say otherwise.
    pub flag: Flag,
    /// What the names of its rows mean here.
    pub note: String,
    /// The axis down its side.
    pub rows: String,
    /// The axis across its top.
    pub columns: String,
    values: BTreeMap<String, BTreeMap<String, f64>>,
    /// Columns, by row, whose value is recalled.
    #[serde(default)]
    recalled: BTreeMap<String, Vec<String>>,
}

impl PaperTable {
    /// The table of that name, e.g. `table-2`.
    ///
    /// # Errors
    /// [`ReportError::UnknownPaper`] with the names there are.
    pub fn find(name: &str) -> Result<Self, ReportError> {
        let found = TABLES.iter().find(|(known, _)| *known == name);
        let (_, text) = found.ok_or_else(|| ReportError::UnknownPaper {
            name: name.to_owned(),
            known: TABLES.map(|(known, _)| known).join(", "),
        })?;
        toml::from_str(text).map_err(|error: toml::de::Error| ReportError::Paper {
            name: name.to_owned(),
            problem: error.message().to_owned(),
        })
    }

    /// The paper's value for a cell, where it has one.
    pub fn value(&self, axes: &[(String, String)]) -> Option<PaperValue> {
        let choice = |axis: &str| {
            let found = axes.iter().find(|(key, _)| key == axis);
            found.map(|(_, value)| value.as_str())
        };
        let (row, column) = (choice(&self.rows)?, choice(&self.columns)?);
        let percent = self.values.get(row)?.get(column)?;
        let recalled = self
            .recalled
            .get(row)
            .is_some_and(|names| names.iter().any(|n| n == column));
        let flag = if recalled { Flag::Recalled } else { self.flag };
        Some(PaperValue {
            accuracy: percent / 100.0,
            flag,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_reads_and_recalled_columns_exist() {
        for (name, _) in TABLES {
            let table = PaperTable::find(name).unwrap();
            for (row, columns) in &table.recalled {
                assert!(
                    columns
                        .iter()
                        .all(|column| table.values[row].contains_key(column))
                );
            }
            for value in table.values.values().flat_map(BTreeMap::values) {
                assert!((0.0..=100.0).contains(value), "{name}");
            }
        }
    }

    #[test]
    fn finds_a_value_whatever_the_order_of_axes() {
        let table = PaperTable::find("table-2").unwrap();
        let axes = [
            ("task", "mnist"),
            ("seed-of-data", "1"),
            ("pretraining", "random"),
        ];
        let axes = axes.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let value = table.value(&axes).unwrap();
        assert_eq!(
            value,
            PaperValue {
                accuracy: 0.917,
                flag: Flag::Secondary
            }
        );
        assert_eq!(table.value(&axes[..1]), None);
    }

    #[test]
    fn an_unknown_table_names_the_known_ones() {
        let error = PaperTable::find("table-99").unwrap_err().to_string();
        assert_eq!(
            error,
            "no table `table-99` of the paper is known here, expected one of table-2, table-3, table-9, \
             table-15"
        );
    }
}
