use crate::summary::Summary;
use crate::table::{Column, Role, Seeds, Table, Value};
use evidence::{Chosen, Estimate, Trial, Unit};

/// Every cell at every learning rate on trial; `None` in a study that does not choose.
pub(super) fn trials(summary: &Summary) -> Option<Table> {
    let axes = summary.question.axes.iter();
    let names = axes.map(|axis| Column::left(&axis.key));
    let rest = ["learning rate", "validation", "test"].map(Column::right);
    (!summary.chosen.is_empty()).then(|| Table {
        role: Role::Rates,
        caption: "Validation accuracy in percent at each rate, and the test accuracy there, which \
                  had no say; **chosen** by the first"
            .to_owned(),
        columns: names.chain(rest).collect(),
        rows: summary.chosen.iter().flat_map(rows).collect(),
        foot: None,
    })
}

/// A row for each rate of a cell.
fn rows(chosen: &Chosen) -> impl Iterator<Item = Vec<Value>> {
    let row = |(index, trial): (usize, &Trial)| {
        let mark = |value| match chosen.best == Some(index) {
            true => Value::Strong(Box::new(value)),
            false => value,
        };
        let choice = chosen.axes.iter().map(|(_, value)| Value::text(value));
        let values = [
            mark(Value::text(trial.rate.to_string())),
            mark(mean(trial.validation, trial.expected)),
            mean(trial.test, trial.expected),
        ];
        choice.chain(values).collect()
    };
    chosen.trials.iter().enumerate().map(row)
}

fn mean(estimate: Option<Estimate>, asked: usize) -> Value {
    estimate.map_or(Value::Unfinished, |estimate| Value::Mean {
        estimate,
        unit: Unit::Share,
        seeds: Seeds::Missing { asked },
        diverged: false,
    })
}
