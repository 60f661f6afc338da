//! `jobs.parquet` of a study: what each of its jobs is, in typed columns that people plot and join by. It is made of the plan, and
//! nothing reads it back. What may differ between two runs of a job is in `provenance.parquet` alone.

use crate::found::Found;
use evidence::{Cell, seed};
use results::{ResultsError, Values, write_parquet};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use study::Plan;
use training::{Initialisation, Job, JobId, forward_operations, step_operations};

/// What the file is called, beside the other parquet of a study.
const FILE: &str = "jobs.parquet";

/// A job and what it is.
struct Row<'a> {
    cell: &'a Cell,
    job: &'a Job,
    is_pretraining: bool,
    /// The pretraining by its name, `random`, or where the checkpoint came from.
    pretraining: String,
    /// Gradient steps taken.
    steps_taken: Option<u64>,
}

/// Writes a row for each job of the plan that has a name, pretrainings included, finished or not.
pub fn write(plan: &Plan, found: &Found, folder: &Path) -> Result<(), ResultsError> {
    let names: BTreeMap<&JobId, &str> = plan
        .pretrainings
        .iter()
        .map(|cell| (&cell.job, cell.axes[0].1.as_str()))
        .collect();
    let parts = [
        (&plan.cells, &found.own, false),
        (&plan.pretrainings, &found.pretrainings, true),
    ];
    let (mut rows, mut seen): (Vec<Row<'_>>, BTreeSet<&JobId>) = (Vec::new(), BTreeSet::new());
    for (cells, rebuilt, is_pretraining) in parts {
        let taken: BTreeMap<&JobId, u64> = rebuilt
            .runs
            .iter()
            .map(|run| (&run.cell.job, run.steps))
            .collect();
        for cell in cells {
            let is_new = seen.insert(&cell.job);
            if let Some(job) = plan.settings.get(&cell.job).filter(|_| is_new) {
                let pretraining = match &job.initialisation {
                    _ if is_pretraining => cell.axes[0].1.clone(),
                    Initialisation::Random {} => "random".to_owned(),
                    Initialisation::Checkpoint(checkpoint) => checkpoint.source.clone(),
                    Initialisation::Job { id } => names
                        .get(id)
                        .map_or_else(|| id.0.clone(), |name| (*name).to_owned()),
                };
                rows.push(Row {
                    steps_taken: taken.get(&cell.job).copied(),
                    cell,
                    job,
                    is_pretraining,
                    pretraining,
                });
            }
        }
    }
    write_parquet(&folder.join(FILE), columns(&rows))
}

/// docs/data.md says what each means.
fn columns(rows: &[Row<'_>]) -> Vec<(&'static str, Values)> {
    let texts = |of: fn(&Row<'_>) -> Option<String>| Values::Texts(rows.iter().map(of).collect());
    let counts = |of: fn(&Row<'_>) -> Option<u64>| Values::Integers(rows.iter().map(of).collect());
    let numbers = |of: fn(&Row<'_>) -> Option<f64>| Values::Numbers(rows.iter().map(of).collect());
    let flags = |of: fn(&Row<'_>) -> Option<bool>| Values::Flags(rows.iter().map(of).collect());
    vec![
        ("job", texts(|row| Some(row.cell.job.0.clone()))),
        ("is_pretraining", flags(|row| Some(row.is_pretraining))),
        ("pretraining", texts(|row| Some(row.pretraining.clone()))),
        (
            "pretraining_job",
            texts(|row| row.job.initialisation.depends_on().map(|id| id.0.clone())),
        ),
        (
            "backbone",
            texts(|row| Some(row.job.body.model_type().to_owned())),
        ),
        ("layers", counts(|row| Some(row.job.body.layers() as u64))),
        ("width", counts(|row| Some(row.job.body.width() as u64))),
        ("heads", counts(|row| heads(row.job))),
        (
            "positions",
            counts(|row| {
                Some(row.job.body.positions() as u64).filter(|most| *most < u64::from(u32::MAX))
            }),
        ),
        ("task", texts(|row| Some(row.job.task.name.clone()))),
        (
            "form",
            texts(|row| Some(row.job.task.form.name().to_owned())),
        ),
        ("tokens", counts(|row| tokens(row.job))),
        ("policy", texts(|row| Some(row.job.policy.clone()))),
        (
            "learning_rate",
            numbers(|row| Some(row.job.recipe.learning_rate)),
        ),
        (
            "batch_size",
            counts(|row| Some(row.job.recipe.batch_size as u64)),
        ),
        ("dropout", numbers(|row| Some(row.job.recipe.dropout))),
        (
            "weight_decay",
            numbers(|row| Some(row.job.recipe.weight_decay)),
        ),
        ("steps_asked", counts(|row| Some(row.job.recipe.steps))),
        ("steps_taken", counts(|row| row.steps_taken)),
        (
            "forward_flops",
            numbers(|row| Some(forward_operations(row.job))),
        ),
        ("step_flops", numbers(|row| Some(step_operations(row.job)))),
        (
            "flops",
            numbers(|row| Some(step_operations(row.job) * row.steps_taken? as f64)),
        ),
        ("seed", counts(|row| Some(row.cell.seed))),
        (
            "replicate",
            counts(|row| {
                Some(seed::replicate(row.cell.seed))
                    .filter(|_| seed::pilot_of(row.cell.seed).is_none())
            }),
        ),
        ("pilot", counts(|row| seed::pilot_of(row.cell.seed))),
    ]
}

/// Heads of attention, by whichever name the body's config has for them.
fn heads(job: &Job) -> Option<u64> {
    let config = serde_json::to_value(&job.body).ok()?;
    let names = ["n_head", "num_attention_heads", "num_heads"];
    names
        .iter()
        .find_map(|name| config.get(name).and_then(Value::as_u64))
}

fn tokens(job: &Job) -> Option<u64> {
    let task = &job.task;
    let shape = tasks::shape(&task.name, &task.settings, task.form);
    shape.ok().map(|shape| shape.tokens as u64)
}
