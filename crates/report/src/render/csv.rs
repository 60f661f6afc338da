//! `table.csv`: the long form, one row a cell, full precision.

use crate::blocks::Report;
use crate::table::{Role, Value};
use csv::Writer;

/// The whole file.
pub(crate) fn render(report: &Report) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    let tables = report.tables().into_iter();
    for table in tables.filter(|table| matches!(table.role, Role::Cells | Role::Listed)) {
        let names = table.columns.iter().map(|column| column.name.clone());
        let rows = table.rows.iter().map(|row| row.iter().map(exact).collect());
        for record in [names.collect::<Vec<String>>()].into_iter().chain(rows) {
            // Memory takes every byte.
            let _ = writer.write_record(record);
        }
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// As it can be read back; nothing where there is nothing yet.
fn exact(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Count(count) => count.to_string(),
        Value::Linked(value, _) => exact(value),
        value => value
            .number()
            .map(|number| number.to_string())
            .unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::{Block, Section};
    use crate::table::{Column, Table};

    #[test]
    fn numbers_have_all_digits_and_text_may_hold_anything() {
        let table = Table {
            role: Role::Cells,
            caption: String::new(),
            columns: ["name", "share", "p", "n"].map(Column::left).to_vec(),
            rows: vec![vec![
                Value::text("a \"b\", c"),
                Value::Share(0.1 + 0.2),
                Value::Absent,
                Value::Count(3),
            ]],
            foot: None,
        };
        let section = Section {
            heading: "anywhere".to_owned(),
            blocks: vec![Block::Table(table)],
        };
        let report = Report {
            name: "study".to_owned(),
            profile: String::new(),
            question: "why?".to_owned(),
            answer: Vec::new(),
            standing: Vec::new(),
            blocks: vec![Block::Section(section)],
        };
        assert_eq!(
            render(&report),
            "name,share,p,n\n\"a \"\"b\"\", c\",0.30000000000000004,,3\n"
        );
    }
}
