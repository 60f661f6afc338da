//! `table.csv`: one row a cell, long form, full precision.

use crate::sheet::{Place, Sheet};
use crate::{Summary, statistics::Estimate};

/// The whole file.
pub(crate) fn render(summary: &Summary) -> String {
    let axes: Vec<&str> = summary
        .question
        .axes
        .iter()
        .map(|axis| axis.key.as_str())
        .collect();
    let reference = summary.question.table.reference.as_ref();
    let reference = reference
        .map(|(axis, value)| format!("{axis}={value}"))
        .unwrap_or_default();
    let names = [
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
    let chooses = summary.question.chooses;
    let chosen: &[&str] = if chooses { &["learning_rate"] } else { &[] };
    let heads = axes.iter().chain(&names).chain(chosen);
    let mut out = row(heads.map(|name| (*name).to_owned()));
    for place in summary.sheets.iter().flat_map(Sheet::planned) {
        let choice = axes.iter().map(|axis| {
            let found = place.axes.iter().find(|(key, _)| key == axis);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        });
        let rate = chooses.then(|| rate(summary, place));
        out.push_str(&row(choice.chain(fields(place, &reference)).chain(rate)));
    }
    out
}

/// The rate that a cell was given by validation; empty where there was no choice, or none yet.
fn rate(summary: &Summary, place: &Place) -> String {
    let chosen = summary
        .chosen
        .iter()
        .find(|chosen| chosen.axes == place.axes);
    let best = chosen.and_then(|chosen| Some(&chosen.trials[chosen.best?]));
    best.map(|trial| trial.rate.clone()).unwrap_or_default()
}

fn fields(place: &Place, reference: &str) -> impl Iterator<Item = String> {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let count = |value: Option<usize>| value.map(|value| value.to_string()).unwrap_or_default();
    let against = place.against.as_ref();
    let difference = against.and_then(|against| against.difference);
    let mean = place.estimate.map(|estimate| estimate.mean);
    let half = |estimate: Option<Estimate>| number(estimate.and_then(|e| e.half_width));
    let paper = place.paper;
    [
        place.expected.to_string(),
        place.accuracies.len().to_string(),
        number(mean),
        half(place.estimate),
        number(place.floor.as_ref().map(|floor| floor.accuracy)),
        place
            .floor
            .as_ref()
            .map(|floor| floor.strategy.clone())
            .unwrap_or_default(),
        number(paper.map(|paper| paper.accuracy)),
        paper
            .map(|paper| paper.flag.name().to_owned())
            .unwrap_or_default(),
        number(mean.zip(paper).map(|(mean, paper)| mean - paper.accuracy)),
        against.map(|_| reference.to_owned()).unwrap_or_default(),
        number(difference.map(|difference| difference.mean)),
        half(difference),
        number(against.and_then(|against| against.p)),
        number(against.and_then(|against| against.corrected)),
        against
            .map(|against| against.verdict.name().to_owned())
            .unwrap_or_default(),
        count(place.parameters.map(|(trained, _)| trained)),
        count(place.parameters.map(|(_, total)| total)),
    ]
    .into_iter()
}

fn row(fields: impl Iterator<Item = String>) -> String {
    let quoted = fields.map(|field| match field.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field,
    });
    quoted.collect::<Vec<_>>().join(",") + "\n"
}
