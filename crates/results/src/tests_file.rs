use crate::error::{ResultsError, if_there};
use crate::frame::Frame;
use evidence::Run;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tasks::Floor;
use training::{JobId, Score, Tested};

/// The model of a row that is no trivial strategy.
const TRAINED: &str = "trained";

/// A row: what a model, trained or trivial, reaches on a test set of a job's task.
struct Row<'a> {
    job: &'a JobId,
    test: &'a str,
    model: &'a str,
    accuracy: f64,
    /// Of the trained model alone.
    loss: Option<f64>,
    examples: usize,
}

/// A study's `tests.parquet`.
pub(crate) fn frame(path: &Path, runs: &[Run]) -> Frame {
    let mut seen = BTreeSet::new();
    let once = runs.iter().filter(|run| seen.insert(&run.cell.job));
    let rows: Vec<Row> = once
        .flat_map(|run| {
            run.tests
                .iter()
                .flat_map(|tested| rows(&run.cell.job, tested))
        })
        .collect();
    let mut frame = Frame::new(path);
    frame.add("job", rows.iter().map(|row| row.job.0.clone()));
    frame.add("test", rows.iter().map(|row| row.test.to_owned()));
    frame.add("model", rows.iter().map(|row| row.model.to_owned()));
    frame.add("accuracy", rows.iter().map(|row| row.accuracy));
    frame.add("loss", rows.iter().map(|row| row.loss));
    frame.add("examples", rows.iter().map(|row| row.examples));
    frame
}

/// The trained model first, then the trivial strategies.
fn rows<'a>(job: &'a JobId, tested: &'a Tested) -> impl Iterator<Item = Row<'a>> {
    let row = move |model, accuracy, loss| Row {
        job,
        test: &tested.name,
        model,
        accuracy,
        loss,
        examples: tested.score.examples,
    };
    let Score { loss, accuracy, .. } = tested.score;
    let floors = tested.floors.iter();
    let floors = floors.map(move |floor| row(&floor.strategy, floor.accuracy, None));
    std::iter::once(row(TRAINED, accuracy, Some(loss))).chain(floors)
}

/// Those that there are; nothing stands for nothing.
pub(crate) fn numbers(values: &[Option<f64>]) -> Vec<f64> {
    values.iter().map(|value| value.unwrap_or(0.0)).collect()
}

/// What each job reached on each test set, from a study's `tests.parquet`; nothing where there is
/// no such file, as older versions wrote none.
///
/// # Errors
/// As [`read_runs`](crate::read_runs).
pub(crate) fn read(path: &Path) -> Result<BTreeMap<JobId, Vec<Tested>>, ResultsError> {
    let Some(frame) = if_there(Frame::read(path))? else {
        return Ok(BTreeMap::new());
    };
    let jobs: Vec<String> = frame.get("job")?;
    let names: Vec<String> = frame.get("test")?;
    let models: Vec<String> = frame.get("model")?;
    let accuracies: Vec<f64> = frame.get("accuracy")?;
    frame.shares("accuracy", &accuracies)?;
    let losses: Vec<Option<f64>> = frame.get("loss")?;
    frame.losses("loss", &numbers(&losses))?;
    let examples = frame.get("examples")?;
    let mut tests: BTreeMap<JobId, Vec<Tested>> = BTreeMap::new();
    for (row, job) in jobs.into_iter().enumerate() {
        let of_job = tests.entry(JobId(job)).or_default();
        let accuracy = accuracies[row];
        match (models[row].as_str(), losses[row], of_job.last_mut()) {
            (TRAINED, Some(loss), _) => of_job.push(Tested {
                name: names[row].clone(),
                score: Score {
                    loss,
                    accuracy,
                    examples: examples[row],
                },
                floors: Vec::new(),
            }),
            (strategy, None, Some(tested)) if tested.name == names[row] => {
                tested.floors.push(Floor {
                    strategy: strategy.to_owned(),
                    accuracy,
                });
            }
            _ => return Err(frame.damaged(format!("row {row} belongs to no trained model"))),
        }
    }
    Ok(tests)
}
