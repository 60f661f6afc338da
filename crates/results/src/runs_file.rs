use crate::frame::{Columns, Frame};
use crate::{Cell, ResultsError, Run, tests_file};
use freezing_policy::{Group, GroupCount};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tasks::Floor;
use training::{JobId, Score};

/// Before the name of an axis, so that an axis may be called like any other column.
const AXIS: &str = "axis_";

const DIVERGED: &str = "diverged_step";

/// The bytes of a study's `runs.parquet`: one row for each finished cell.
pub(crate) fn encode_runs(path: &Path, runs: &[Run]) -> Result<Vec<u8>, ResultsError> {
    let mut columns = Columns::default();
    axis_columns(
        &mut columns,
        &runs.iter().map(|run| &run.cell).collect::<Vec<_>>(),
    );
    columns.add("task", runs.iter().map(|run| run.task.clone()));
    columns.add("form", runs.iter().map(|run| run.form.clone()));
    columns.add("policy", runs.iter().map(|run| run.policy.clone()));
    columns.add("learning_rate", runs.iter().map(|run| run.learning_rate));
    columns.add("batch_size", runs.iter().map(|run| run.batch_size as u64));
    columns.add("steps", runs.iter().map(|run| run.steps));
    columns.add("tested_step", runs.iter().map(|run| run.tested_step));
    // Written only where there is something to say: files of earlier versions stay as they are.
    if runs.iter().any(|run| run.diverged.is_some()) {
        columns.add(DIVERGED, runs.iter().map(|run| run.diverged));
    }
    columns.add("test_loss", runs.iter().map(|run| run.test.loss));
    columns.add("test_accuracy", runs.iter().map(|run| run.test.accuracy));
    columns.add(
        "test_examples",
        runs.iter().map(|run| run.test.examples as u64),
    );
    columns.add(
        "floor_strategy",
        runs.iter().map(|run| run.floor.strategy.clone()),
    );
    columns.add("floor_accuracy", runs.iter().map(|run| run.floor.accuracy));
    let sum = |of: fn(&GroupCount) -> usize| {
        runs.iter()
            .map(move |run| run.parameters.values().map(of).sum::<usize>() as u64)
    };
    columns.add("trained_parameters", sum(|count| count.trained));
    columns.add("total_parameters", sum(|count| count.total));
    for group in Group::ALL {
        let of = |part: fn(&GroupCount) -> usize| {
            runs.iter()
                .map(move |run| run.parameters.get(&group).map(|count| part(count) as u64))
        };
        columns.add(column("trained", group), of(|count| count.trained));
        columns.add(column("total", group), of(|count| count.total));
    }
    columns.encode(path)
}

/// Reads a study's `runs.parquet`, and the `tests.parquet` beside it.
///
/// # Errors
/// [`ResultsError::Io`], [`ResultsError::Newer`], or [`ResultsError::Damaged`] for anything that
/// is not such a file.
pub fn read_runs(path: &Path) -> Result<Vec<Run>, ResultsError> {
    let bytes = fs::read(path).map_err(ResultsError::io("read", path))?;
    let frame = Frame::decode(path, bytes)?;
    let cells = decode_cells(&frame)?;
    let [task, form, policy] = [
        frame.texts("task")?,
        frame.texts("form")?,
        frame.texts("policy")?,
    ];
    let strategy = frame.texts("floor_strategy")?;
    let learning_rate = frame.numbers("learning_rate")?;
    let [loss, accuracy] = [frame.numbers("test_loss")?, frame.numbers("test_accuracy")?];
    let floor = frame.numbers("floor_accuracy")?;
    let [steps, tested] = [frame.integers("steps")?, frame.integers("tested_step")?];
    let [batch, examples] = [
        frame.integers("batch_size")?,
        frame.integers("test_examples")?,
    ];
    let mut parameters = vec![BTreeMap::new(); cells.len()];
    for group in Group::ALL {
        let trained = frame.optional_integers(&column("trained", group))?;
        let total = frame.optional_integers(&column("total", group))?;
        for (row, counts) in trained.into_iter().zip(total).enumerate() {
            if let (Some(trained), Some(total)) = counts {
                let count = GroupCount {
                    trained: size(trained),
                    total: size(total),
                };
                parameters[row].insert(group, count);
            }
        }
    }
    let has = frame.names().any(|name| name == DIVERGED);
    let diverged = has.then(|| frame.optional_integers(DIVERGED)).transpose()?;
    let tests = tests_file::read(&path.with_file_name("tests.parquet"))?;
    let run = |(row, (cell, parameters)): (usize, (Cell, BTreeMap<_, _>))| Run {
        task: task[row].clone(),
        form: form[row].clone(),
        policy: policy[row].clone(),
        learning_rate: learning_rate[row],
        batch_size: size(batch[row]),
        steps: steps[row],
        tested_step: tested[row],
        diverged: diverged.as_ref().and_then(|steps| steps[row]),
        test: Score {
            loss: loss[row],
            accuracy: accuracy[row],
            examples: size(examples[row]),
        },
        floor: Floor {
            strategy: strategy[row].clone(),
            accuracy: floor[row],
        },
        tests: tests.get(&cell.job).cloned().unwrap_or_default(),
        parameters,
        cell,
    };
    Ok(cells
        .into_iter()
        .zip(parameters)
        .enumerate()
        .map(run)
        .collect())
}

/// The columns that say which cell a row belongs to. All cells have the axes of the
/// first, in whichever order.
pub(crate) fn axis_columns(columns: &mut Columns, cells: &[&Cell]) {
    let axes = cells.first().map_or(&[][..], |cell| &cell.axes);
    for (axis, _) in axes {
        let value = |cell: &&Cell| {
            let found = cell.axes.iter().find(|(name, _)| name == axis);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        columns.add(format!("{AXIS}{axis}"), cells.iter().map(value));
    }
    columns.add("seed", cells.iter().map(|cell| cell.seed));
    columns.add("job", cells.iter().map(|cell| cell.job.0.clone()));
}

/// The cell of each row.
pub(crate) fn decode_cells(frame: &Frame) -> Result<Vec<Cell>, ResultsError> {
    let mut axes = Vec::new();
    for name in frame.names().filter(|name| name.starts_with(AXIS)) {
        axes.push((name[AXIS.len()..].to_owned(), frame.texts(name)?));
    }
    let rows = frame
        .integers("seed")?
        .into_iter()
        .zip(frame.texts("job")?)
        .enumerate();
    let choice = |row: usize| {
        axes.iter()
            .map(|(axis, values)| (axis.clone(), values[row].clone()))
            .collect()
    };
    Ok(rows
        .map(|(row, (seed, job))| Cell {
            axes: choice(row),
            seed,
            job: JobId(job),
        })
        .collect())
}

/// `trained_layer_norm`, as data frames like their names.
fn column(part: &str, group: Group) -> String {
    format!("{part}_{}", group.name().replace('-', "_"))
}

fn size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
