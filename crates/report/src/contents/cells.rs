use crate::sheet::{Place, Sheet};
use crate::statistics::Estimate;
use crate::summary::Summary;
use crate::table::{Column, Role, Table, Value};

/// Names of the columns behind the axes; scripts read them.
const NAMES: [&str; 17] = [
    "seeds",
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
    "p",
    "p_holm",
    "verdict",
    "trained_parameters",
    "total_parameters",
];

/// All that is known of each cell, the long form.
pub(super) fn cells(summary: &Summary) -> Table {
    let question = &summary.question;
    let axes = question.axes.iter().map(|axis| axis.key.as_str());
    let rate = question.chooses.then_some("learning_rate");
    let names = axes.chain(NAMES).chain(rate);
    let places = summary.sheets.iter().flat_map(Sheet::planned);
    Table {
        role: Role::Cells,
        caption: "Every cell; accuracies and differences are shares of 1".to_owned(),
        columns: names.map(Column::left).collect(),
        rows: places.map(|place| row(summary, place)).collect(),
        foot: None,
    }
}

fn row(summary: &Summary, place: &Place) -> Vec<Value> {
    let question = &summary.question;
    let choice = question.axes.iter().map(|axis| {
        let found = place.axes.iter().find(|(key, _)| *key == axis.key);
        text(found.map(|(_, value)| value.as_str()))
    });
    let reference = question.table.reference.as_ref();
    let reference = reference.map(|(axis, value)| format!("{axis}={value}"));
    let rate = question.chooses.then(|| text(rate(summary, place)));
    let known = known(place, reference.as_deref());
    choice.chain(known).chain(rate).collect()
}

/// A value for each of [`NAMES`].
fn known(place: &Place, reference: Option<&str>) -> [Value; NAMES.len()] {
    let mean = place.estimate.map(|estimate| estimate.mean);
    let floor = place.floor.as_ref();
    let paper = place.paper;
    let against = place.against.as_ref();
    let difference = against.and_then(|against| against.difference);
    [
        Value::Count(place.expected),
        Value::Count(place.accuracies.len()),
        share(mean),
        share(half(place.estimate)),
        share(floor.map(|floor| floor.accuracy)),
        text(floor.map(|floor| floor.strategy.as_str())),
        share(paper.map(|paper| paper.accuracy)),
        text(paper.map(|paper| paper.flag.name())),
        points(mean.zip(paper).map(|(mean, paper)| mean - paper.accuracy)),
        text(against.and(reference)),
        points(difference.map(|difference| difference.mean)),
        share(half(difference)),
        p(against.and_then(|against| against.p)),
        p(against.and_then(|against| against.corrected)),
        text(against.map(|against| against.verdict.name())),
        count(place.parameters.map(|(trained, _)| trained)),
        count(place.parameters.map(|(_, total)| total)),
    ]
}

/// The rate that a cell was given by validation; `None` where there was no choice, or none yet.
fn rate<'a>(summary: &'a Summary, place: &Place) -> Option<&'a str> {
    let mut all = summary.chosen.iter();
    let chosen = all.find(|chosen| chosen.axes == place.axes)?;
    Some(&chosen.trials[chosen.best?].rate)
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

fn p(p: Option<f64>) -> Value {
    p.map_or(Value::Absent, Value::P)
}

fn count(count: Option<usize>) -> Value {
    count.map_or(Value::Absent, Value::Count)
}

fn text(text: Option<&str>) -> Value {
    text.map_or(Value::Absent, Value::text)
}
