//! In what setting numbers came to be: bodies, tasks, training, what bodies were pretrained on and how well.

use crate::format::{choice, counted, fixed, grouped, listed};
use crate::sentence::{code, name};
use crate::summary::Summary;
use evidence::{Cell, Curve, Place, Run, seed};
use std::collections::{BTreeMap, BTreeSet};
use tasks::Inputs;
use training::{Job, Recipe};

/// Lines of a kind that are said one by one.
const MOST: usize = 12;

/// A curve rises at its end where its best validation accuracy over the last quarter of its points is so much above the best of
/// the first three.
const RISE: f64 = 0.01;

/// Fewer points say nothing of a quarter.
const POINTS: usize = 8;

/// Sentences; none where the settings of the jobs are not known.
pub(super) fn setting(summary: &Summary) -> Vec<String> {
    let own = &summary.background.settings;
    let known = |is_wanted: fn(&Cell) -> bool| -> Vec<&Job> {
        let planned = summary.planned.iter().filter(|cell| is_wanted(cell));
        planned.filter_map(|cell| own.get(&cell.job)).collect()
    };
    // Of what is tested; of pilots as long as there is nothing else.
    let mut jobs = known(|cell| seed::pilot_of(cell.seed).is_none());
    if jobs.is_empty() {
        jobs = known(|_| true);
    }
    if jobs.is_empty() {
        return Vec::new();
    }
    let mut said = vec![bodies(summary, &jobs)];
    said.extend(tasks(&jobs));
    said.extend(trained(summary));
    said.extend(pretrained(summary));
    said.extend(rising(summary));
    said
}

/// `Profile tiny. Bodies: gpt2, 4 layers × 128, 1,024 positions.`
fn bodies(summary: &Summary, jobs: &[&Job]) -> String {
    let body = |job: &&Job| {
        let body = &job.body;
        let positions = match body.positions() {
            0 | usize::MAX => String::new(),
            positions => format!(", {} positions", grouped(positions as f64)),
        };
        let layers = counted(body.layers(), "layer");
        format!(
            "{}, {layers} × {}{positions}",
            body.model_type(),
            body.width()
        )
    };
    let profile = match summary.background.profile.as_str() {
        "" => String::new(),
        profile => format!("Profile {}. ", code(profile)),
    };
    let bodies = some(jobs.iter().map(body).collect());
    format!("{profile}Bodies: {}.", bodies.join("; "))
}

/// A line a task: its size, steps, batch, learning rates.
fn tasks(jobs: &[&Job]) -> Vec<String> {
    let mut by_task: BTreeMap<(String, String), Vec<&Job>> = BTreeMap::new();
    for job in jobs {
        let settings = job.task.settings.iter();
        let settings = settings.filter(|(key, _)| !key.contains("examples"));
        let settings = settings.map(|(key, value)| format!("{key} {value}"));
        let size = name(&settings.collect::<Vec<_>>().join(", "));
        let task = format!("{} ({})", code(&job.task.name), job.task.form.name());
        by_task.entry((task, size)).or_default().push(*job);
    }
    let lines = by_task.into_iter().map(|((task, size), jobs)| {
        let range = |of: fn(&Recipe) -> u64| {
            let all: Vec<f64> = jobs.iter().map(|job| of(&job.recipe) as f64).collect();
            ends(&all, grouped)
        };
        let mut rates: Vec<f64> = jobs.iter().map(|job| job.recipe.learning_rate).collect();
        rates.sort_by(f64::total_cmp);
        rates.dedup();
        let rates: Vec<String> = rates.iter().map(|rate| format!("{rate:e}")).collect();
        let size = if size.is_empty() {
            size
        } else {
            format!(", {size}")
        };
        format!(
            "{task}{size}: {} steps of {} examples at learning rate {}.",
            range(|recipe| recipe.steps),
            range(|recipe| recipe.batch_size as u64),
            listed(&rates),
        )
    });
    let mut lines: Vec<String> = lines.collect();
    shorten(&mut lines);
    lines
}

/// `Trained: 24,394 to 35,000 parameters, 3.0 to 4.2 % of all.`
fn trained(summary: &Summary) -> Option<String> {
    let counts = summary.finished().map(Run::counted);
    let counts: Vec<_> = counts.filter(|count| count.total > 0).collect();
    let trained: Vec<f64> = counts.iter().map(|count| count.trained as f64).collect();
    let shares = counts
        .iter()
        .map(|count| 100.0 * count.trained as f64 / count.total as f64);
    let shares: Vec<f64> = shares.collect();
    (!counts.is_empty()).then(|| {
        format!(
            "Trained: {} parameters, {} % of all that a model has.",
            ends(&trained, grouped),
            ends(&shares, |share| fixed(share, 1)),
        )
    })
}

/// A line a pretraining: what on, how long, and how well it ended.
fn pretrained(summary: &Summary) -> Vec<String> {
    let mut by_name: BTreeMap<&str, Vec<&Run>> = BTreeMap::new();
    for run in &summary.background.pretrained {
        let axes = run.cell.axes.iter();
        for (_, pretraining) in axes {
            by_name.entry(pretraining).or_default().push(run);
        }
    }
    let line = |(pretraining, runs): (&str, Vec<&Run>)| {
        let job = summary.background.settings.get(&runs[0].cell.job);
        let corpus = job.and_then(|job| job.task.settings.get("corpus"));
        let is_language = job.is_some_and(predicts_symbols);
        let of_what = corpus.and_then(|corpus| corpus.as_str());
        let of_what = of_what.map_or(String::new(), |corpus| {
            format!(" (corpus {})", code(corpus))
        });
        let (unit, of): (&str, fn(&Run) -> f64) = match is_language {
            // A corpus is of bytes; what is generated has symbols of its own.
            true if corpus.is_some() => ("bits per byte", |run| {
                run.test.loss / std::f64::consts::LN_2
            }),
            true => ("bits per symbol", |run| {
                run.test.loss / std::f64::consts::LN_2
            }),
            false => ("% accuracy", |run| 100.0 * run.test.accuracy),
        };
        let values: Vec<f64> = runs.iter().map(|run| of(run)).collect();
        let digits = if is_language { 2 } else { 1 };
        let ends = ends(&values, |value| fixed(value, digits));
        let held_out = if is_language {
            "what was held out"
        } else {
            "the test set"
        };
        let steps = match runs[0].steps {
            1 => "1 step".to_owned(),
            count => format!("{} steps", grouped(count as f64)),
        };
        let bodies = match runs.len() {
            1 => "1 body".to_owned(),
            count => format!("{count} bodies"),
        };
        format!(
            "{}: {} of {} examples of {}{of_what}, to {ends} {unit} on {held_out} ({}).",
            code(pretraining),
            steps,
            runs[0].batch_size,
            code(&runs[0].task),
            bodies,
        )
    };
    let mut lines: Vec<String> = by_name.into_iter().map(line).collect();
    shorten(&mut lines);
    lines
        .into_iter()
        .map(|line| format!("Pretrained, {line}"))
        .collect()
}

/// Cells most of whose replicates still learned when their steps were used up.
fn rising(summary: &Summary) -> Option<String> {
    let mut by_place: BTreeMap<Place, Vec<(bool, &Curve)>> = BTreeMap::new();
    for curve in &summary.curves {
        if seed::pilot_of(curve.cell.seed).is_none() && curve.points.len() >= POINTS {
            let place = curve.cell.place();
            by_place
                .entry(place)
                .or_default()
                .push((rises(curve), curve));
        }
    }
    let all = by_place.len();
    let is_rising = |curves: &&Vec<(bool, &Curve)>| {
        let rise = curves.iter().filter(|(rises, _)| *rises).count();
        2 * rise > curves.len()
    };
    let rising = by_place.values().filter(is_rising);
    let cells: Vec<String> = rising
        .map(|curves| name(&choice(&curves[0].1.cell.axes)))
        .collect();
    let test = "the best validation accuracy of the last quarter of its evaluations is more than a point above the best of the \
                others, in most replicates";
    (all > 0).then(|| match cells.is_empty() {
        true => format!("No cell still rises at its end ({test})."),
        false => format!(
            "{} of {} still {} at the end ({test}): {}.",
            cells.len(),
            counted(all, "cell"),
            if cells.len() == 1 { "rises" } else { "rise" },
            some(cells).join("; "),
        ),
    })
}

fn rises(curve: &Curve) -> bool {
    let accuracies: Vec<f64> = curve
        .points
        .iter()
        .map(|point| point.validation_accuracy)
        .collect();
    let (before, last) = accuracies.split_at(accuracies.len() - accuracies.len() / 4);
    let best = |values: &[f64]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    best(last) > best(before) + RISE
}

/// Whether a task predicts the next symbol everywhere.
fn predicts_symbols(job: &Job) -> bool {
    let task = &job.task;
    let shape = tasks::shape(&task.name, &task.settings, task.form);
    shape.is_ok_and(|shape| matches!(shape.inputs, Inputs::Language { .. }))
}

/// The lowest and the highest, `3.0 to 4.2`, or the one that both are.
fn ends(values: &[f64], text: impl Fn(f64) -> String) -> String {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    match (text(low), text(high)) {
        (low, high) if low == high => low,
        (low, high) => format!("{low} to {high}"),
    }
}

/// Each once, the first of many.
fn some(mut all: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    all.retain(|one| seen.insert(one.clone()));
    shorten(&mut all);
    all
}

/// The first of many, and how many more there are.
fn shorten(all: &mut Vec<String>) {
    let more = all.len().saturating_sub(MOST);
    all.truncate(MOST);
    if more > 0 {
        all.push(format!("{more} more"));
    }
}
