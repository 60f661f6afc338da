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

/// A table of the paper, or of its critics.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PaperTable {
    pub title: String,
    /// Whose it is.
    #[serde(default = "paper")]
    pub source: String,
    /// Section of the paper that it is about.
    pub section: String,
    /// How its values came here, where `recalled` does not say otherwise.
    pub flag: Flag,
    /// What the names of its rows mean here.
    pub note: String,
    /// The axis down its side.
    pub rows: String,
    /// The axis across its top.
    pub columns: String,
    /// What its cells have on other axes of a study, where there are such.
    #[serde(default, rename = "where")]
    place: BTreeMap<String, String>,
    values: BTreeMap<String, BTreeMap<String, f64>>,
    /// Columns, by row, whose value is recalled.
    #[serde(default)]
    recalled: BTreeMap<String, Vec<String>>,
}

impl PaperTable {
    /// What cannot be meant: a value that is no percentage, or a mark on one that is not there.
    pub fn problem(&self) -> Option<String> {
        let cells = self.values.iter().flat_map(|(row, columns)| {
            let cell =
                move |(column, value): (&String, &f64)| (row.clone(), column.clone(), *value);
            columns.iter().map(cell)
        });
        let mut cells = cells.filter(|(.., value)| !(0.0..=100.0).contains(value));
        if let Some((row, column, value)) = cells.next() {
            return Some(format!("{value} of `{row}`, `{column}` is no percentage"));
        }
        let marks = self.recalled.iter();
        let mut marks = marks.flat_map(|(row, columns)| columns.iter().map(move |c| (row, c)));
        let has = |row: &str, column: &str| {
            let row = self.values.get(row);
            row.is_some_and(|row| row.contains_key(column))
        };
        let lost = marks.find(|(row, column)| !has(row, column));
        lost.map(|(row, column)| format!("`{row}`, `{column}` is recalled, but has no value"))
    }

    /// All axes that it names.
    pub fn axes(&self) -> impl Iterator<Item = &String> {
        [&self.rows, &self.columns]
            .into_iter()
            .chain(self.place.keys())
    }

    /// What its cells have on other axes.
    pub const fn place(&self) -> &BTreeMap<String, String> {
        &self.place
    }

    /// The paper's value for a cell, where it has one.
    pub fn value(&self, axes: &[(String, String)]) -> Option<PaperValue> {
        let choice = |axis: &str| {
            let found = axes.iter().find(|(key, _)| key == axis);
            found.map(|(_, value)| value.as_str())
        };
        let is_elsewhere =
            |(axis, own): (&String, &String)| choice(axis).is_some_and(|value| value != own);
        if self.place.iter().any(is_elsewhere) {
            return None;
        }
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

fn paper() -> String {
    "Lu et al. (2021)".to_owned()
}

/// The value of the first table that has one.
pub fn cited(tables: &[PaperTable], axes: &[(String, String)]) -> Option<PaperValue> {
    tables.iter().find_map(|table| table.value(axes))
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
        let table = toml::from_str::<PaperTable>(TABLE).unwrap();
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
        assert_eq!(table.source, "Lu et al. (2021)");
        let elsewhere = TABLE.replace("[values", "where = { policy = \"fpt\" }\n[values");
        let elsewhere = toml::from_str::<PaperTable>(&elsewhere).unwrap();
        let at = |policy: &str| {
            let axes = [
                ("task", "mnist"),
                ("pretraining", "text"),
                ("policy", policy),
            ];
            let axes = axes.map(|(key, value)| (key.to_owned(), value.to_owned()));
            cited(std::slice::from_ref(&elsewhere), &axes)
        };
        assert_eq!(at("fpt"), Some(mnist));
        assert_eq!(at("output"), None);
        assert_eq!(table.problem(), None);
        for (from, to, says) in [
            ("38.4", "384", "384 of `text`, `listops` is no percentage"),
            (
                "[\"listops\"]",
                "[\"mnits\"]",
                "`text`, `mnits` is recalled, but has no value",
            ),
        ] {
            let table: PaperTable = toml::from_str(&TABLE.replace(from, to)).unwrap();
            assert_eq!(table.problem().as_deref(), Some(says));
        }
    }
}
