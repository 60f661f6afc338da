//! The paper's tables as data, with how far each value can be trusted.

use serde::Deserialize;
use std::collections::BTreeMap;

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
    /// A table from the text of its TOML file.
    ///
    /// # Errors
    /// What toml says where the text is none.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Whether what is marked as recalled is there, and every value a percentage.
    pub fn is_sound(&self) -> bool {
        let has = |(row, columns): (&String, &Vec<String>)| {
            let row = self.values.get(row);
            row.is_some_and(|row| columns.iter().all(|column| row.contains_key(column)))
        };
        let mut values = self.values.values().flat_map(BTreeMap::values);
        self.recalled.iter().all(has) && values.all(|value| (0.0..=100.0).contains(value))
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

    const TABLE: &str = r#"
        title = "Table 0"
        section = "0"
        flag = "secondary"
        note = "made up"
        rows = "pretraining"
        columns = "task"
        [values.text]
        mnist = 98.0
        listops = 38.4
        [recalled]
        text = ["listops"]
    "#;

    #[test]
    fn finds_a_value_whatever_the_order_of_axes_and_says_how_far_to_trust_it() {
        let table = PaperTable::parse(TABLE).unwrap();
        let value = |task: &str| {
            let axes = [
                ("task", task),
                ("seed-of-data", "1"),
                ("pretraining", "text"),
            ];
            table.value(&axes.map(|(key, value)| (key.to_owned(), value.to_owned())))
        };
        let mnist = PaperValue {
            accuracy: 0.98,
            flag: Flag::Secondary,
        };
        assert_eq!(value("mnist"), Some(mnist));
        assert_eq!(value("listops").unwrap().flag, Flag::Recalled);
        assert_eq!(value("cifar10"), None);
        assert_eq!(table.value(&[]), None);
    }
}
