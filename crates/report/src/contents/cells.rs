use crate::sheet::Sheet;
use crate::summary::Summary;
use crate::table::{Column, Role, Table, Value};
use evidence::{Arrival, Estimate, Pooled, TEST_ACCURACY, Verdict};
use std::ops::Range;

/// Names of the columns behind the axes; scripts read them.
const NAMES: [&str; 18] = [
    "replicates",
    "n",
    "mean",
    "half_width",
    "floor",
    "floor_strategy",
    "paper",
    "paper_flag",
    "difference_to_paper",
    "reference",
    "difference_to_reference",
    "difference_half_width",
    "verdict",
    "trained_parameters",
    "total_parameters",
    "steps_to_accuracy",
    "at_accuracy",
    "arrived",
];

/// Those that are of accuracies.
const FLOORS: Range<usize> = 4..6;

/// All that is known of each cell, the long form.
pub(super) fn cells(summary: &Summary) -> Table {
    let question = &summary.question;
    let axes = question.axes.iter().map(|axis| axis.key.as_str());
    let rate = question.chooses.then_some("learning_rate");
    let names = axes.chain(NAMES).chain(rate);
    let cells = summary.sheets.iter().flat_map(Sheet::planned);
    Table {
        role: Role::Cells,
        caption: "Every cell; accuracies, differences and how many runs arrived are shares of 1"
            .to_owned(),
        columns: names.map(Column::left).collect(),
        rows: cells.map(|cell| row(summary, cell)).collect(),
        foot: None,
    }
}

fn row(summary: &Summary, cell: &Pooled) -> Vec<Value> {
    let question = &summary.question;
    let choice = question.axes.iter().map(|axis| {
        let found = cell.axes.iter().find(|(key, _)| *key == axis.key);
        text(found.map(|(_, value)| value.as_str()))
    });
    let reference = question.table.reference.as_ref();
    let reference = reference.map(|(axis, value)| format!("{axis}={value}"));
    let rate = question
        .chooses
        .then(|| text(rate(summary, cell).as_deref()));
    let mut known = known(cell, reference.as_deref(), summary.arrival(cell));
    if question.table.measure != &TEST_ACCURACY {
        // An accuracy, beside means of something else.
        known[FLOORS].fill(Value::Absent);
    }
    choice.chain(known).chain(rate).collect()
}

/// A value for each of [`NAMES`].
fn known(
    cell: &Pooled,
    reference: Option<&str>,
    arrival: Option<&Arrival>,
) -> [Value; NAMES.len()] {
    let mean = cell.estimate.map(|estimate| estimate.mean);
    let floor = cell.floor.as_ref();
    let paper = cell.paper;
    let against = cell.against.as_ref();
    let difference = against.and_then(|against| against.lead);
    let claimed = against.and_then(|against| against.decided.as_ref());
    [
        Value::Count(cell.expected),
        Value::Count(cell.values.len()),
        share(mean),
        share(half(cell.estimate)),
        share(floor.map(|floor| floor.accuracy)),
        text(floor.map(|floor| floor.strategy.as_str())),
        share(paper.map(|paper| paper.accuracy)),
        text(paper.map(|paper| paper.flag.name())),
        points(mean.zip(paper).map(|(mean, paper)| mean - paper.accuracy)),
        text(against.and(reference)),
        points(difference.map(|difference| difference.mean)),
        share(half(difference)),
        text(claimed.map(Verdict::name)),
        count(cell.parameters.map(|count| count.trained)),
        count(cell.parameters.map(|count| count.total)),
        arrival.map_or(Value::Absent, |arrival| Value::Steps {
            arrival: *arrival,
            asked: cell.expected,
        }),
        share(arrival.map(|arrival| arrival.at)),
        share(arrival.map(|arrival| arrival.arrived as f64 / arrival.runs as f64)),
    ]
}

/// The rate that a cell was given by validation; `None` where there was no choice, or none yet.
fn rate(summary: &Summary, cell: &Pooled) -> Option<String> {
    let mut all = summary.chosen.iter();
    let chosen = all.find(|chosen| chosen.axes == cell.axes)?;
    Some(chosen.trials[chosen.best?].rate.to_string())
}

fn half(estimate: Option<Estimate>) -> Option<f64> {
    estimate?.half_width
}

fn share(share: Option<f64>) -> Value {
    share.map_or(Value::Absent, Value::Share)
}

fn points(points: Option<f64>) -> Value {
    points.map_or(Value::Absent, Value::Points)
}

fn count(count: Option<usize>) -> Value {
    count.map_or(Value::Absent, Value::Count)
}

fn text(text: Option<&str>) -> Value {
    text.map_or(Value::Absent, Value::text)
}
