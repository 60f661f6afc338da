//! The jobs behind each cell: their numbers, where they ran, their settings, the end of their logs.

use super::computed::commit;
use super::links;
use super::settings::{self, Settings};
use crate::blocks::{Block, Listing, Record};
use crate::format::{choice, day};
use crate::summary::Summary;
use crate::table::{Column, Role, Table, Value};
use evidence::{Cell, Choice, Run, seed};
use std::collections::BTreeMap;
use training::JobId;

/// What every record looks things up in.
struct Known<'a> {
    summary: &'a Summary,
    planned: BTreeMap<&'a Choice, Vec<&'a Cell>>,
    runs: BTreeMap<&'a JobId, &'a Run>,
    settings: BTreeMap<&'a JobId, Settings>,
    shared: Settings,
}

/// What all jobs have in common, and a record for each cell.
pub(super) fn jobs(summary: &Summary) -> Vec<Block> {
    let runs = summary.finished().map(|run| (&run.cell.job, run));
    let own = &summary.background.settings;
    let mut planned: BTreeMap<&Choice, Vec<&Cell>> = BTreeMap::new();
    for cell in &summary.planned {
        planned.entry(&cell.axes).or_default().push(cell);
    }
    let cells = summary.planned.iter();
    let settings = cells.filter_map(|cell| Some((&cell.job, settings::of(own.get(&cell.job)?))));
    let settings: BTreeMap<&JobId, Settings> = settings.collect();
    let known = Known {
        summary,
        planned,
        runs: runs.collect(),
        shared: settings::shared(settings.values()),
        settings,
    };
    let mut blocks = vec![Block::Notes(notes(&known))];
    blocks.extend(listing(
        "Settings that all jobs have in common",
        &known.shared,
    ));
    let keyed = links::keyed(summary);
    let records = keyed.map(|(key, cell)| known.record(key, &cell.axes));
    blocks.push(Block::Records(records.collect()));
    blocks
}

fn notes(known: &Known<'_>) -> Vec<String> {
    let ran = &known.summary.background.ran;
    let logs = known
        .runs
        .keys()
        .filter_map(|job| ran.get(job)?.log.as_ref());
    let (logs, runs) = (logs.count(), known.runs.len());
    vec![
        "Values of the tables link to the jobs behind them.".to_owned(),
        format!(
            "A job's whole log lies in its own folder, `jobs/ID/log`, on the machine where it ran. Job folders are not \
             here: this page is made of the parquet alone, so that a clone has the same. The parquet keeps the last \
             lines of the log for {logs} of {runs} finished jobs; earlier versions kept none."
        ),
    ]
}

fn listing(caption: &str, settings: &Settings) -> Option<Block> {
    text(caption, settings::lines(settings))
}

fn text(caption: &str, lines: Vec<String>) -> Option<Block> {
    (!lines.is_empty()).then(|| {
        Block::Listing(Listing {
            caption: caption.to_owned(),
            text: lines.join("\n"),
        })
    })
}

impl Known<'_> {
    fn record(&self, key: String, axes: &Choice) -> Record {
        let cells = self.planned.get(axes).map_or(&[][..], Vec::as_slice);
        let settings = cells.iter().filter_map(|cell| self.settings.get(&cell.job));
        let of_cell = settings::shared(settings);
        let own = |cell: &&Cell| {
            let settings = self.settings.get(&cell.job)?;
            let own = settings::lines(&settings::without(settings, &of_cell));
            (!own.is_empty()).then(|| format!("{}: {}", label(cell), own.join(", ")))
        };
        let own: Vec<String> = cells.iter().filter_map(own).collect();
        let logs = cells.iter().filter_map(|cell| {
            let log = self.summary.background.ran.get(&cell.job)?.log.as_ref()?;
            let caption = format!("End of the log of {} ({})", label(cell), cell.job);
            text(&caption, log.lines().map(ToOwned::to_owned).collect())
        });
        let blocks = [Block::Table(self.table(cells))].into_iter();
        let of_cell = settings::without(&of_cell, &self.shared);
        Record {
            key,
            title: choice(axes),
            blocks: blocks
                .chain(listing("Settings of this cell", &of_cell))
                .chain(text("Settings of single jobs", own))
                .chain(logs)
                .collect(),
        }
    }

    fn table(&self, cells: &[&Cell]) -> Table {
        let rate = self.summary.question.chooses.then_some("learning rate");
        let left = ["replicate", "job"].map(Column::left);
        let numbers = rate.into_iter().chain([
            "test accuracy",
            "training accuracy",
            "steps",
            "tested at",
            "hours",
        ]);
        let words = ["end", "device", "commit", "ended"].map(Column::left);
        Table {
            role: Role::Jobs,
            caption: "Jobs".to_owned(),
            columns: left
                .into_iter()
                .chain(numbers.map(Column::right))
                .chain(words)
                .collect(),
            rows: cells.iter().map(|cell| self.row(cell)).collect(),
            foot: None,
        }
    }

    fn row(&self, cell: &Cell) -> Vec<Value> {
        let run = self.runs.get(&cell.job);
        let ran = self.summary.background.ran.get(&cell.job);
        let ran = ran.filter(|_| run.is_some());
        let known = |value: Option<Value>| value.unwrap_or(Value::Absent);
        let rate = cell.rate.map(|rate| Value::text(rate.to_string()));
        let rate = self.summary.question.chooses.then(|| known(rate));
        let train = run.and_then(|run| run.train);
        let mut row = vec![Value::text(label(cell)), Value::text(&cell.job.0)];
        row.extend(rate);
        row.extend([
            run.map_or(Value::Unfinished, |run| Value::Share(run.test.accuracy)),
            known(train.map(|score| Value::Share(score.accuracy))),
            known(run.map(|run| Value::Count(run.steps as usize))),
            known(run.map(|run| Value::Count(run.tested_step as usize))),
            known(ran.map(|ran| Value::Hours(ran.hours))),
            known(run.and_then(|run| end(run)).map(Value::text)),
            known(ran.map(|ran| Value::text(&ran.device))),
            known(ran.map(|ran| Value::text(commit(ran)))),
            known(ran.map(|ran| Value::text(day(ran.finished_at)))),
        ]);
        row
    }
}

/// `1`, `1, job 2`, `pilot 1 at 1e-2`.
fn label(cell: &Cell) -> String {
    let rate = cell.rate.filter(|_| seed::pilot_of(cell.seed).is_some());
    let rate = rate.map(|rate| format!(" at {rate}")).unwrap_or_default();
    format!("{}{rate}", replicate(cell))
}

/// `1`, `1, job 2`, `pilot 1`.
pub(super) fn replicate(cell: &Cell) -> String {
    let replicate = match seed::pilot_of(cell.seed) {
        Some(pilot) => format!("pilot {pilot}"),
        None => seed::replicate(cell.seed).to_string(),
    };
    match seed::job(cell.seed) {
        0 => replicate,
        job => format!("{replicate}, job {}", job + 1),
    }
}

/// What became of a run, where that is not all well.
fn end(run: &Run) -> Option<String> {
    match (run.diverged, run.is_collapsed()) {
        (Some(step), _) => Some(format!("diverged at step {step}")),
        (None, Some(true)) => Some("collapsed".to_owned()),
        _ => None,
    }
}
