use crate::error::{ResultsError, if_there};
use crate::frame::Frame;
use crate::values::Value;
use crate::{cell_columns, provenance_file, tests_file};
use evidence::{Cell, Run};
use freezing_policy::{Group, GroupCount};
use std::collections::BTreeMap;
use std::path::Path;
use tasks::Floor;
use training::Score;

/// The columns between those of the cell and those of the parameters, in the file's order: a name,
/// and where in a run it stands.
fn fields(file: &mut impl Fields) -> Result<(), ResultsError> {
    file.field("task", |run| &mut run.task)?;
    file.field("form", |run| &mut run.form)?;
    file.field("policy", |run| &mut run.policy)?;
    file.field("learning_rate", |run| &mut run.learning_rate)?;
    file.field("batch_size", |run| &mut run.batch_size)?;
    file.field("steps", |run| &mut run.steps)?;
    file.field("tested_step", |run| &mut run.tested_step)?;
    file.rare_field("diverged_step", |run| &mut run.diverged)?;
    file.field("test_loss", |run| &mut run.test.loss)?;
    file.field("test_accuracy", |run| &mut run.test.accuracy)?;
    file.field("test_examples", |run| &mut run.test.examples)?;
    file.rare_field("attention_share", |run| &mut run.attention)?;
    file.rare_field("attention_uniform", |run| &mut run.attention_uniform)?;
    file.field("floor_strategy", |run| &mut run.floor.strategy)?;
    file.field("floor_accuracy", |run| &mut run.floor.accuracy)
}

/// One of the two ways between runs and their columns.
trait Fields {
    fn field<T: Value + Clone>(
        &mut self,
        name: &str,
        of: fn(&mut Run) -> &mut T,
    ) -> Result<(), ResultsError>;

    /// A column that is there only where it has something to say.
    fn rare_field<T: Value + Clone>(
        &mut self,
        name: &str,
        of: fn(&mut Run) -> &mut Option<T>,
    ) -> Result<(), ResultsError>;
}

/// Runs into a file.
struct IntoFile<'a> {
    runs: &'a mut [Run],
    frame: &'a mut Frame,
}

impl Fields for IntoFile<'_> {
    fn field<T: Value + Clone>(
        &mut self,
        name: &str,
        of: fn(&mut Run) -> &mut T,
    ) -> Result<(), ResultsError> {
        let rows = self.runs.iter_mut().map(|run| of(run).clone());
        self.frame.add(name, rows);
        Ok(())
    }

    fn rare_field<T: Value + Clone>(
        &mut self,
        name: &str,
        of: fn(&mut Run) -> &mut Option<T>,
    ) -> Result<(), ResultsError> {
        let rows = self.runs.iter_mut().map(|run| of(run).clone());
        self.frame.add_rare(name, rows.collect());
        Ok(())
    }
}

/// A file into runs, which know their cells so far.
struct FromFile<'a> {
    runs: &'a mut [Run],
    frame: &'a Frame,
}

impl Fields for FromFile<'_> {
    fn field<T: Value + Clone>(
        &mut self,
        name: &str,
        of: fn(&mut Run) -> &mut T,
    ) -> Result<(), ResultsError> {
        let rows = self.frame.get(name)?;
        for (run, value) in self.runs.iter_mut().zip(rows) {
            *of(run) = value;
        }
        Ok(())
    }

    fn rare_field<T: Value + Clone>(
        &mut self,
        name: &str,
        of: fn(&mut Run) -> &mut Option<T>,
    ) -> Result<(), ResultsError> {
        let rows = self.frame.get_rare(name, self.runs.len())?;
        for (run, value) in self.runs.iter_mut().zip(rows) {
            *of(run) = value;
        }
        Ok(())
    }
}

/// A number of a group of parameters.
type Part = fn(&GroupCount) -> usize;

const PARTS: [(&str, Part); 2] = [
    ("trained", |count| count.trained),
    ("total", |count| count.total),
];

/// A study's `runs.parquet`: one row for each finished cell.
pub(crate) fn frame(path: &Path, mut runs: Vec<Run>) -> Result<Frame, ResultsError> {
    let mut frame = Frame::new(path);
    let cells: Vec<_> = runs.iter().map(|run| &run.cell).collect();
    cell_columns::add(&mut frame, &cells);
    fields(&mut IntoFile {
        runs: &mut runs,
        frame: &mut frame,
    })?;
    for (part, of) in PARTS {
        let sum = |run: &Run| run.parameters.values().map(of).sum::<usize>();
        frame.add(format!("{part}_parameters"), runs.iter().map(sum));
    }
    for group in Group::ALL {
        for (part, of) in PARTS {
            let count = |run: &Run| run.parameters.get(&group).map(of);
            frame.add(column(part, group), runs.iter().map(count));
        }
    }
    let train: Vec<Option<Score>> = runs.iter().map(|run| run.train).collect();
    frame.add_rare(
        "train_loss",
        train
            .iter()
            .map(|score| Some(score.as_ref()?.loss))
            .collect(),
    );
    frame.add_rare(
        "train_accuracy",
        train
            .iter()
            .map(|score| Some(score.as_ref()?.accuracy))
            .collect(),
    );
    frame.add_rare(
        "train_examples",
        train
            .iter()
            .map(|score| Some(score.as_ref()?.examples))
            .collect(),
    );
    Ok(frame)
}

/// Reads a study's `runs.parquet`, and `tests.parquet` and `provenance.parquet` beside it. A learning rate that was on trial stands
/// among the axes.
///
/// # Errors
/// [`ResultsError::Io`], [`ResultsError::Newer`], or [`ResultsError::Damaged`] for anything that
/// is not such a file.
pub fn read_runs(path: &Path) -> Result<Vec<Run>, ResultsError> {
    let mut runs = read_tested(path)?;
    let provenance = if_there(provenance_file::read(
        &path.with_file_name("provenance.parquet"),
    ))?;
    let provenance = provenance.unwrap_or_default();
    for run in &mut runs {
        let record = provenance.get(&run.cell.job);
        run.device = record.map(|record| record.device_kind().to_owned());
    }
    Ok(runs)
}

/// The same without the devices, which `provenance.parquet` has: for those who read that anyway.
pub(crate) fn read_tested(path: &Path) -> Result<Vec<Run>, ResultsError> {
    let frame = Frame::read(path)?;
    let cells = cell_columns::get(&frame)?;
    let mut runs: Vec<Run> = cells.into_iter().map(blank).collect();
    fields(&mut FromFile {
        runs: &mut runs,
        frame: &frame,
    })?;
    for group in Group::ALL {
        let trained: Vec<Option<usize>> = frame.get_rare(&column("trained", group), runs.len())?;
        let total: Vec<Option<usize>> = frame.get_rare(&column("total", group), runs.len())?;
        for (run, counts) in runs.iter_mut().zip(trained.into_iter().zip(total)) {
            if let (Some(trained), Some(total)) = counts {
                run.parameters.insert(group, GroupCount { trained, total });
            }
        }
    }
    let loss: Vec<Option<f64>> = frame.get_rare("train_loss", runs.len())?;
    let accuracy: Vec<Option<f64>> = frame.get_rare("train_accuracy", runs.len())?;
    let examples: Vec<Option<usize>> = frame.get_rare("train_examples", runs.len())?;
    frame.losses("train_loss", &tests_file::numbers(&loss))?;
    frame.shares("train_accuracy", &tests_file::numbers(&accuracy))?;
    let attention: Vec<Option<f64>> = runs.iter().map(|run| run.attention).collect();
    frame.shares("attention_share", &tests_file::numbers(&attention))?;
    for (run, ((loss, accuracy), examples)) in runs
        .iter_mut()
        .zip(loss.into_iter().zip(accuracy).zip(examples))
    {
        run.train = loss
            .zip(accuracy)
            .zip(examples)
            .map(|((loss, accuracy), examples)| Score {
                loss,
                accuracy,
                examples,
            });
    }
    let accuracies: Vec<f64> = runs.iter().map(|run| run.test.accuracy).collect();
    frame.shares("test_accuracy", &accuracies)?;
    let losses: Vec<f64> = runs.iter().map(|run| run.test.loss).collect();
    frame.losses("test_loss", &losses)?;
    let floors: Vec<f64> = runs.iter().map(|run| run.floor.accuracy).collect();
    frame.shares("floor_accuracy", &floors)?;
    let tests = tests_file::read(&path.with_file_name("tests.parquet"))?;
    for run in &mut runs {
        run.tests = tests.get(&run.cell.job).cloned().unwrap_or_default();
    }
    Ok(runs)
}

/// A run of which nothing has been read but its cell.
fn blank(cell: Cell) -> Run {
    Run {
        cell,
        task: String::new(),
        form: String::new(),
        policy: String::new(),
        learning_rate: 0.0,
        batch_size: 0,
        steps: 0,
        tested_step: 0,
        diverged: None,
        test: Score {
            loss: 0.0,
            accuracy: 0.0,
            examples: 0,
        },
        floor: Floor {
            strategy: String::new(),
            accuracy: 0.0,
        },
        tests: Vec::new(),
        train: None,
        attention: None,
        attention_uniform: None,
        attention_map: None,
        parameters: BTreeMap::new(),
        device: None,
    }
}

/// `trained_layer_norm`, as data frames like their names.
fn column(part: &str, group: Group) -> String {
    format!("{part}_{}", group.name().replace('-', "_"))
}
