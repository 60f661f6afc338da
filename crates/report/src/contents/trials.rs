use super::links;
use crate::summary::Summary;
use crate::table::{Behind, Column, Role, Table, Value};
use evidence::{Chosen, Estimate, Trial, Unit};

/// Every cell at every learning rate on trial; `None` in a study that does not choose.
pub(super) fn trials(summary: &Summary) -> Option<Table> {
    let axes = summary.question.axes.iter();
    let names = axes.map(|axis| Column::left(&axis.key));
    let rest = ["learning rate", "validation", "test"].map(Column::right);
    (!summary.chosen.is_empty()).then(|| Table {
        role: Role::Rates,
        caption: caption(summary),
        columns: names.chain(rest).collect(),
        rows: summary
            .chosen
            .iter()
            .flat_map(|chosen| rows(summary, chosen))
            .collect(),
        foot: None,
    })
}

fn caption(summary: &Summary) -> String {
    let chosen = &summary.chosen;
    let piloted = chosen
        .iter()
        .filter(|chosen| summary.has_pilots(&chosen.axes));
    let of = match piloted.count() {
        0 => "",
        all if all == chosen.len() => " of pilots, which are no replicates",
        _ => " of pilots, which are no replicates, where a cell has them",
    };
    format!(
        "Validation accuracy in percent{of}, at each rate, and the test accuracy there, which had no say; \
         **chosen** by the first"
    )
}

/// A row for each rate of a cell.
fn rows<'a>(summary: &'a Summary, chosen: &'a Chosen) -> impl Iterator<Item = Vec<Value>> + 'a {
    let row = move |(index, trial): (usize, &Trial)| {
        let mark = |value| match chosen.best == Some(index) {
            true => Value::Strong(Box::new(value)),
            false => value,
        };
        let choice = links::choice(summary, &chosen.axes).into_iter();
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
        behind: Behind::Missing { asked },
        diverged: false,
    })
}
