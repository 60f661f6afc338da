use super::links;
use crate::sheet::Sheet;
use crate::summary::Summary;
use crate::table::{Behind, Column, Role, Table, Value};
use evidence::Unit;

/// Accuracy on the test sets that the tables above do not show; `None` where no task has any.
pub(super) fn further(summary: &Summary) -> Option<Table> {
    let axes = summary.question.axes.iter();
    let names = axes.map(|axis| Column::left(&axis.key));
    let rest = [Column::left("test set"), Column::right("accuracy")];
    let mut rows = Vec::new();
    for cell in summary.sheets.iter().flat_map(Sheet::planned) {
        for (name, estimate) in &cell.further {
            let choice = links::choice(summary, &cell.axes).into_iter();
            let accuracy = Value::Mean {
                estimate: *estimate,
                unit: Unit::Share,
                behind: Behind::Counted { asked: estimate.n },
                diverged: false,
            };
            rows.push(choice.chain([Value::text(name), accuracy]).collect());
        }
    }
    (!rows.is_empty()).then(|| Table {
        role: Role::Further,
        caption: "Test accuracy in percent of the same weights".to_owned(),
        columns: names.chain(rest).collect(),
        rows,
        foot: None,
    })
}
