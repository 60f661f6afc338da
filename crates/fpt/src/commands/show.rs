use crate::anew::nowhere;
use crate::checkpoints::short;
use crate::commands::explain;
use crate::context::Context;
use crate::exit::{Exit, Failing, Problem};
use crate::meant;
use crate::{planning, print, shown};
use evidence::Cell;
use report::{percent, sparkline};
use results::{JobState, Known, Row, Store};
use std::fs;
use training::{CurvePoint, JobId};

/// Lines of a log that are shown.
const LINES: usize = 8;

/// Says what a job did: settings, state, curve, scores, the end of its log, its files. Of several that are meant: a line each.
pub fn run(context: &Context, name: &str, words: &[String]) -> Result<Exit, Problem> {
    if let ([], Some(study)) = (words, meant::published(context, name)?) {
        print::note(format_args!("of {study}, from its tables"));
        return run(context, &study, &[name.to_owned()]);
    }
    if !meant::is_study(context, name) {
        let (store, id) = meant::one(context, name, words)?;
        let job = store.job(&id).job().failing("read the job")?;
        let row = row(&Known::of_jobs(&store), &nowhere(&id));
        print::say(format_args!("{id}"));
        if let Some(job) = &job {
            explain::made_of(job);
        }
        return one(context, &store, &id, row.as_ref());
    }
    let store = context.read_store()?;
    let plan = shown::all(context, name, &store)?;
    let known = planning::stored(context, name, &store)?;
    let mut found = meant::cells(context, name, &plan, words)?;
    let pretrainings = planning::stored_pretrainings(&plan, &store)?;
    let row_of = |meant: &meant::Meant| match &meant.cell {
        Some(cell) => row(&known, cell),
        None => row(&pretrainings, &nowhere(&meant.planned.id)),
    };
    if found.len() > 1 {
        for meant in &found {
            let state = state(&store, &meant.planned.id, row_of(meant).as_ref())?;
            print::say(format_args!(
                "{}  {}: {state}",
                meant.planned.id, meant.planned.title
            ));
        }
        print::note(format_args!(
            "{} jobs: an id, or more words of a title or `axis=value`, shows all of one",
            found.len()
        ));
        return Ok(Exit::Done);
    }
    let meant = found.remove(0);
    print::say(format_args!(
        "{}: {}",
        meant.planned.id, meant.planned.title
    ));
    explain::made_of(&meant.planned.job);
    one(context, &store, &meant.planned.id, row_of(&meant).as_ref())
}

/// What is left of a job besides its settings.
fn one(context: &Context, store: &Store, id: &JobId, row: Option<&Row>) -> Result<Exit, Problem> {
    print::say(format_args!("\n{}", state(store, id, row)?));
    if let Some(row) = row {
        ran(row);
        curve(row);
    }
    let folder = store.job(id);
    let log = files::read(&folder.log_path()).ok().flatten();
    let log = log.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let log = log.or_else(|| row?.provenance.as_ref()?.log.clone());
    if let Some(log) = log.filter(|log| !log.trim().is_empty()) {
        print::say("\nthe end of its log");
        let lines: Vec<&str> = log.trim_end().lines().collect();
        for line in &lines[lines.len().saturating_sub(LINES)..] {
            print::say(format_args!("  {line}"));
        }
    }
    files(context, store, id)
}

fn ran(row: &Row) {
    let run = &row.run;
    for test in &run.tests {
        let floor = test
            .floors
            .iter()
            .map(|floor| floor.accuracy)
            .fold(f64::NAN, f64::max);
        let floor = match floor.is_nan() {
            true => String::new(),
            false => format!(", trivial floor {}", percent(floor)),
        };
        print::say(format_args!(
            "  {:10}  accuracy {:.2} %, loss {:.4}, {} examples{floor}",
            test.name,
            100.0 * test.score.accuracy,
            test.score.loss,
            print::count(test.score.examples as u64),
        ));
    }
    let Some(record) = &row.provenance else {
        return;
    };
    let threads = if record.threads == 1 {
        "1 thread".to_owned()
    } else {
        format!("{} threads", record.threads)
    };
    let commit = record.git_commit.as_deref().map_or("unknown", short);
    print::say(format_args!(
        "  {:10}  {} on {}, {threads}; version {}, commit {commit}",
        "ran",
        print::span(record.wall_seconds),
        record.device,
        record.version,
    ));
}

/// What a curve has at a point.
type Of = fn(&CurvePoint) -> f64;

/// The curve as a terminal draws it.
fn curve(row: &Row) {
    let points = &row.points;
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return;
    };
    print::say(format_args!(
        "\ncurve: {} evaluations, steps {} to {}; tested: step {}",
        points.len(),
        print::count(first.step),
        print::count(last.step),
        print::count(row.run.tested_step),
    ));
    let wide = print::width().saturating_sub(50).clamp(10, 60);
    let quantities: [(&str, f64, Of); 3] = [
        ("validation accuracy, %", 100.0, |point| {
            point.validation_accuracy
        }),
        ("validation loss", 1.0, |point| point.validation_loss),
        ("training loss", 1.0, |point| point.train_loss),
    ];
    for (name, scale, of) in quantities {
        let values: Vec<f64> = points.iter().map(|point| scale * of(point)).collect();
        let (first, last) = (values[0], values[values.len() - 1]);
        print::say(format_args!(
            "  {name:22}  {first:>8.3} {} {last:.3}",
            sparkline(&values, wide)
        ));
    }
}

fn state(store: &Store, id: &JobId, row: Option<&Row>) -> Result<String, Problem> {
    let folder = store.job(id);
    let state = folder.state().failing("read what the job left")?;
    Ok(match (state, row) {
        (JobState::Finished, Some(row)) => done("finished", row),
        (JobState::Finished, None) => "finished".to_owned(),
        (JobState::Failed, _) => format!("failed: {}", folder.failure().unwrap_or_default()),
        (JobState::Started, _) => match folder.holder().failing("look for its process")? {
            Some(holder) => format!("running: {holder}"),
            None => match folder.damage() {
                Some(damage) => format!("damaged: {damage}"),
                None => "started, and not finished".to_owned(),
            },
        },
        (JobState::Absent, Some(row)) => {
            done("published: its numbers are here, its folder is not", row)
        }
        (JobState::Absent, None) => "never started".to_owned(),
    })
}

fn done(how: &str, row: &Row) -> String {
    let diverged = row.run.diverged.map_or(String::new(), |step| {
        format!(", diverged at step {}", print::count(step))
    });
    format!(
        "{how}; test accuracy {:.2} %{diverged}",
        100.0 * row.run.test.accuracy
    )
}

fn files(context: &Context, store: &Store, id: &JobId) -> Result<Exit, Problem> {
    let folder = store.job(id);
    if !folder.path().is_dir() {
        return Ok(Exit::Done);
    }
    print::say(format_args!("\n{}", context.shown(folder.path())));
    let entries = fs::read_dir(folder.path()).failing("list the job's files")?;
    let mut all: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    all.sort();
    for path in all {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let size = match path.is_dir() {
            true => "folder".to_owned(),
            false => print::size(fs::metadata(&path).map_or(0, |found| found.len())),
        };
        print::say(format_args!("  {size:>9}  {name}"));
    }
    Ok(Exit::Done)
}

fn row(known: &Known<'_>, cell: &Cell) -> Option<Row> {
    known.rows(std::slice::from_ref(cell)).0.into_iter().next()
}
