use crate::alone::alone;
use crate::error::ResultsError;
use crate::frame::{Change, Frame};
use crate::glance;
use crate::halves;
use crate::provenance::Provenance;
use crate::published::{self, APART, Published, Row};
use crate::store::Store;
use evidence::{Cell, Curve, Run};
use files::Hold;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use training::{Job, JobId, MAPPED_SEED, Outcome};

/// A study's results, collected from its job folders.
#[derive(Debug, Default)]
pub struct Rebuilt {
    /// Finished cells, in the order asked.
    pub runs: Vec<Run>,
    /// Their curves, in the same order.
    pub curves: Vec<Curve>,
    /// Where and when their jobs ran, as far as that is known.
    pub provenance: BTreeMap<JobId, Provenance>,
    /// Cells without a finished, readable job.
    pub missing: Vec<Cell>,
    /// Cells of rows that are set apart: no cell of today's study has their jobs.
    pub apart: Vec<Cell>,
    /// Why jobs among the missing, or the rows they have from before, do not count as finished.
    pub unread: Vec<ResultsError>,
}

/// Collects the finished jobs of `cells` and writes the study's `runs.parquet`, `curves.parquet`,
/// `tests.parquet`, `measures.parquet`, `attention.parquet` and `provenance.parquet`, where what they say changes. All
/// but the last depend on nothing but the jobs' numbers; what may differ between two runs of a job is in that one.
///
/// A row belongs to its job. One whose job folder is not here, not finished again yet, or failed, stays as
/// it is while a cell has that job, also where the cell is one of `further`: cells of the same study that
/// were not asked for. All other rows, of another recipe or another grid, are set apart: the same files in
/// the folder `apart`, from which a row comes back when a cell has its job again. Nothing is ever dropped.
///
/// # Errors
/// [`ResultsError::Io`], [`ResultsError::Encode`]; [`ResultsError::Newer`] or [`ResultsError::Foreign`]
/// for files that hold more than this version knows, [`ResultsError::Damaged`] for files that cannot be
/// read: then nothing is written. A damaged job counts as missing.
pub fn rebuild(
    store: &Store,
    study: &str,
    cells: &[Cell],
    further: &[Cell],
) -> Result<Rebuilt, ResultsError> {
    rebuild_from(store, study, cells, further, glance::read)
}

/// The same, where `known` says what was read of the files, at some time.
fn rebuild_from(
    store: &Store,
    study: &str,
    cells: &[Cell],
    further: &[Cell],
    known: fn(&Path) -> Result<Arc<Published>, ResultsError>,
) -> Result<Rebuilt, ResultsError> {
    let dir = store.study_dir(study);
    // Nothing is held where nothing is written: the folder may be one to read only. Whether anything would be is told by the files
    // themselves, whatever was known of them.
    let first = collect(store, study, cells, further, known);
    let change = match &first {
        Ok(collected) => collected.change(&dir)?,
        Err(_) => Change::Rows,
    };
    let _held = match (alone_for(change, &dir), first) {
        (Ok(Some(held)), _) => held,
        (Ok(None), first) => return Ok(first?.rebuilt),
        // What is wrong with the files tells more than that the folder cannot be written.
        (Err(error), first) => return Err(first.err().unwrap_or(error)),
    };
    // Others may have written meanwhile, and half of it may be what was read.
    let Collected {
        rebuilt,
        here,
        both,
        apart,
    } = collect(store, study, cells, further, anew)?;
    write(&dir, &here, &both, &apart)?;
    Ok(rebuilt)
}

/// The folder in a study's where what is known of its pretrainings is kept, in the same files.
pub const PRETRAININGS: &str = "pretrainings";

/// What [`rebuild`] collects; nothing is written.
///
/// # Errors
/// As [`rebuild`].
pub fn look_up(
    store: &Store,
    study: &str,
    cells: &[Cell],
    further: &[Cell],
) -> Result<Rebuilt, ResultsError> {
    Ok(collect(store, study, cells, further, glance::read)?.rebuilt)
}

/// What there is of a study, and the rows for its files.
struct Collected {
    rebuilt: Rebuilt,
    here: Vec<Row>,
    /// Those that are set apart, with those that come back.
    both: Vec<Row>,
    apart: Vec<Row>,
}

impl Collected {
    /// What writing them changes in a study's folder.
    fn change(&self, dir: &Path) -> Result<Change, ResultsError> {
        let aside = dir.join(APART);
        if self.apart.is_empty()
            && published::FILES
                .iter()
                .any(|name| aside.join(name).exists())
        {
            return Ok(Change::Rows);
        }
        let mut frames = published::frames(dir, &self.here)?;
        if !self.apart.is_empty() {
            frames.extend(published::frames(&aside, &self.apart)?);
        }
        let most = |frames: &[Frame]| {
            let changes: Result<Vec<Change>, ResultsError> =
                frames.iter().map(Frame::change).collect();
            Ok(changes?.into_iter().max().unwrap_or(Change::None))
        };
        let (some, others) = frames.split_at(frames.len() / 2);
        let (others, some) = threads::beside(|| most(others), || most(some));
        Ok(some?.max(others?))
    }
}

/// The folder alone, as far as that takes: nothing is held for nothing, and a sum is no reason to fail.
fn alone_for(change: Change, dir: &Path) -> Result<Option<Hold>, ResultsError> {
    match change {
        Change::None => Ok(None),
        Change::Sum => Ok(alone(dir).ok()),
        Change::Rows => alone(dir).map(Some),
    }
}

/// Before it is written over: a mount may tell of a file's changes late, but not when it is opened.
fn anew(dir: &Path) -> Result<Arc<Published>, ResultsError> {
    published::read(dir).map(Arc::new)
}

fn collect(
    store: &Store,
    study: &str,
    cells: &[Cell],
    further: &[Cell],
    read: fn(&Path) -> Result<Arc<Published>, ResultsError>,
) -> Result<Collected, ResultsError> {
    let dir = store.study_dir(study);
    let (here, apart) = (read(&dir)?, read(&dir.join(APART))?);
    halves::refuse(store, &dir, &here, &apart)?;
    let mut known = halves::whole(&here, &apart);
    // Curves that go to their runs from there: these are whole in it until they are whole here.
    let rescued = apart.loose.keys();
    let rescued: Vec<Row> = rescued.filter_map(|job| known.get(job).cloned()).collect();
    let mut rebuilt = Rebuilt::default();
    let mut rows = Vec::new();
    let all = threads::each(cells, |cell| finished(store, cell, known.get(&cell.job)));
    for (cell, finished) in cells.iter().zip(all) {
        let published = known.remove(&cell.job).map(|row| row.at(cell));
        let row = match finished {
            Err(error @ ResultsError::Io { .. }) => return Err(error),
            Err(error) => {
                rebuilt.unread.push(error);
                None
            }
            Ok(row) => row,
        };
        match row.or(published) {
            Some(row) => rows.push(row),
            None => rebuilt.missing.push(cell.clone()),
        }
    }
    let asked = rows.len();
    let further = further.iter();
    rows.extend(further.filter_map(|cell| Some(known.remove(&cell.job)?.at(cell))));
    let leaving = known.into_iter().map(|(job, row)| (job, row.of_any_grid()));
    let leaving: BTreeMap<JobId, Row> = leaving.collect();
    let mut both = apart.rows.clone();
    let rescued = rescued.into_iter().map(Row::of_any_grid);
    both.extend(rescued.map(|row| (row.run.cell.job.clone(), row)));
    both.extend(leaving.clone());
    let leaving = by_place(leaving);
    rebuilt.apart = leaving.iter().map(|row| row.run.cell.clone()).collect();
    for row in rows[..asked].iter().cloned() {
        let record = row
            .provenance
            .map(|record| (row.run.cell.job.clone(), record));
        rebuilt.provenance.extend(record);
        rebuilt.curves.push(Curve {
            cell: row.run.cell.clone(),
            points: row.points,
        });
        rebuilt.runs.push(row.run);
    }
    Ok(Collected {
        rebuilt,
        here: rows,
        both: by_place(both),
        apart: leaving,
    })
}

/// Writes the rows of a study's folder, and those that are set apart: first with the ones that come back in
/// `both`, then without in `apart`. So each row is whole in one of the two folders at any moment. Nothing is
/// written where something would be lost by it.
fn write(dir: &Path, rows: &[Row], both: &[Row], apart: &[Row]) -> Result<(), ResultsError> {
    let aside = dir.join(APART);
    let first = published::frames(&aside, both)?;
    let here = published::frames(dir, rows)?;
    let last = published::frames(&aside, apart)?;
    for frame in first.iter().chain(&here).chain(&last) {
        frame.changes()?;
    }
    if !both.is_empty() {
        published::write(&aside, &first)?;
    }
    published::write(dir, &here)?;
    match apart.is_empty() {
        true => published::remove(&aside),
        false => published::write(&aside, &last),
    }
}

pub(crate) fn by_place(rows: BTreeMap<JobId, Row>) -> Vec<Row> {
    let mut rows: Vec<Row> = rows.into_values().collect();
    rows.sort_by_cached_key(|row| (row.run.cell.axes.clone(), row.run.cell.seed));
    rows
}

/// The seeds of the rows that a study's tables are made of.
///
/// # Errors
/// As [`rebuild`].
pub fn stored_seeds(store: &Store, study: &str) -> Result<BTreeSet<u64>, ResultsError> {
    let here = glance::read(&store.study_dir(study))?;
    Ok(here.rows.values().map(|row| row.run.cell.seed).collect())
}

/// The seeds of all rows of a study, also of those that are set apart.
///
/// # Errors
/// As [`rebuild`].
pub fn seeds(store: &Store, study: &str) -> Result<BTreeSet<u64>, ResultsError> {
    let dir = store.study_dir(study);
    let mut seeds = BTreeSet::new();
    for dir in [dir.join(APART), dir] {
        let there = glance::read(&dir)?;
        seeds.extend(there.rows.values().map(|row| row.run.cell.seed));
    }
    Ok(seeds)
}

/// Whether `cells` have the jobs of all rows of a study, also of those that are set apart.
///
/// # Errors
/// As [`rebuild`].
pub fn are_covered(store: &Store, study: &str, cells: &[Cell]) -> Result<bool, ResultsError> {
    let jobs: BTreeSet<&JobId> = cells.iter().map(|cell| &cell.job).collect();
    let dir = store.study_dir(study);
    for dir in [dir.join(APART), dir] {
        let there = glance::read(&dir)?;
        if !there.rows.keys().all(|job| jobs.contains(job)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The row of a cell whose job's folder is here and whole; where it ran may be known from before alone.
pub(crate) fn finished(
    store: &Store,
    cell: &Cell,
    published: Option<&Row>,
) -> Result<Option<Row>, ResultsError> {
    let Some(left) = store.job(&cell.job).finished()? else {
        return Ok(None);
    };
    let provenance = left.provenance.clone();
    let provenance = provenance.or_else(|| published?.provenance.clone());
    let device = provenance.as_ref().map(Provenance::device_kind);
    Ok(Some(Row {
        run: run(cell, &left.job, left.outcome.clone(), device),
        points: left.points.clone(),
        provenance,
    }))
}

fn run(cell: &Cell, job: &Job, outcome: Outcome, device: Option<&str>) -> Run {
    Run {
        cell: cell.clone(),
        task: job.task.name.clone(),
        form: job.task.form.name().to_owned(),
        policy: job.policy.clone(),
        learning_rate: job.recipe.learning_rate,
        batch_size: job.recipe.batch_size,
        steps: outcome.steps,
        tested_step: outcome.tested_step,
        diverged: outcome.diverged,
        test: outcome.test.score,
        floor: outcome.test.floor(),
        tests: [outcome.test].into_iter().chain(outcome.further).collect(),
        train: outcome.train,
        attention: outcome.attention,
        attention_uniform: outcome.attention_uniform,
        attention_map: outcome.attention_map.filter(|_| cell.seed == MAPPED_SEED),
        parameters: outcome.parameters,
        device: device.map(ToOwned::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Frame;
    use std::fs;

    type Rows = Vec<Row>;

    /// Rows for a study's folder, and for the one beside it.
    fn rows() -> (Rows, Rows) {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/first-version");
        let rows = published::read(&fixture).unwrap().rows;
        let rows = by_place(rows).into_iter();
        rows.partition(|row| row.run.cell.seed == 1)
    }

    /// What is in the files of both folders.
    fn contents(dir: &Path) -> Vec<Option<Vec<u8>>> {
        let of =
            |folder: &str| published::FILES.map(|name| fs::read(dir.join(folder).join(name)).ok());
        [of(""), of(APART)].concat()
    }

    /// Somebody's own column in any file, of either folder, keeps all of them as they are.
    #[test]
    fn nothing_is_written_where_a_column_would_be_lost() {
        let (here, apart) = rows();
        for folder in ["", APART] {
            for (index, name) in ["runs", "curves", "tests", "provenance"].iter().enumerate() {
                let root = tempfile::tempdir().unwrap();
                let dir = root.path();
                write(dir, &here, &apart, &apart).unwrap();
                let rows = if folder.is_empty() { &here } else { &apart };
                let mut frames = published::frames(&dir.join(folder), rows).unwrap();
                let count = frames[index].get::<String>("job").unwrap().len();
                frames[index].add("note", vec![Some("mine".to_owned()); count]);
                frames[index].write().unwrap();
                // What says the same is written by nobody.
                write(dir, &here, &apart, &apart).unwrap();
                let before = contents(dir);
                let all: Vec<Row> = here.iter().chain(&apart).cloned().collect();
                let error = write(dir, &all, &apart, &[]).unwrap_err().to_string();
                assert!(
                    error.contains(name) && error.contains("has `note`"),
                    "{error}"
                );
                assert!(contents(dir) == before, "{folder}/{name}");
            }
        }
    }

    /// Measures that this version does not have: their rows would stay behind beside other runs, or go with
    /// the folder. So would those of a newer schema, and what nobody can read.
    #[test]
    fn measures_of_another_version_are_refused_and_left_alone() {
        let (here, apart) = rows();
        let all: Vec<Row> = here.iter().chain(&apart).cloned().collect();
        for folder in ["", APART] {
            let root = tempfile::tempdir().unwrap();
            let dir = root.path();
            write(dir, &here, &apart, &apart).unwrap();
            let path = dir.join(folder).join("measures.parquet");
            let mut frame = Frame::new(&path);
            frame.add("job", ["a".to_owned()]);
            frame.add("measure", ["calibration".to_owned()]);
            frame.add("value", [0.5]);
            frame.write().unwrap();
            let foreign = fs::read(&path).unwrap();
            // Its schema version is one digit.
            let key = b"fpt.schema";
            let mut windows = foreign.windows(key.len());
            let at = windows.position(|window| window == key).unwrap();
            let digit = foreign[at..].iter().position(|byte| *byte == b'1').unwrap();
            let mut newer = foreign.clone();
            newer[at + digit] = b'2';
            let half = foreign[..foreign.len() / 2].to_vec();
            let cases = [
                (foreign, "has `calibration`"),
                (newer, "is format 2"),
                (half, "is damaged"),
            ];
            for (bytes, problem) in cases {
                fs::write(&path, bytes).unwrap();
                let before = contents(dir);
                // All rows come back; or none does, and the folder would go.
                let written = write(dir, &all, &apart, &[]);
                let removed = published::remove(path.parent().unwrap());
                for refused in [written, removed] {
                    let error = refused.unwrap_err().to_string();
                    assert!(
                        error.contains("measures.parquet") && error.contains(problem),
                        "{error}"
                    );
                }
                assert!(contents(dir) == before, "{folder}: {problem}");
            }
        }
    }

    /// Rows that are in the files alone would be lost by what was known before they came.
    #[test]
    fn what_was_known_is_held_against_the_files_before_they_are_written() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::open(root.path(), "smoke").unwrap();
        let (mut all, apart) = rows();
        all.extend(apart);
        let dir = store.study_dir("study");
        write(&dir, &all, &[], &[]).unwrap();
        let before = contents(&dir);
        let cells: Vec<Cell> = all.iter().map(|row| row.run.cell.clone()).collect();
        let nothing = |_: &Path| {
            let (rows, loose) = (BTreeMap::new(), BTreeMap::new());
            Ok(Arc::new(Published { rows, loose }))
        };
        let rebuilt = rebuild_from(&store, "study", &cells, &[], nothing).unwrap();
        assert_eq!((rebuilt.runs.len(), rebuilt.missing.len()), (all.len(), 0));
        assert!(contents(&dir) == before);
    }

    /// Nobody holds a study's folder: what is old was left by a kill, what is young may be being written.
    #[test]
    fn what_killed_writers_left_is_swept_away_once_it_is_old() {
        use std::time::{Duration, SystemTime};
        let (here, apart) = rows();
        let root = tempfile::tempdir().unwrap();
        let dir = root.path();
        write(dir, &here, &apart, &apart).unwrap();
        let part = |folder: &str, name: &str, hours: u64| {
            let path = dir.join(folder).join(name);
            fs::write(&path, b"half").unwrap();
            let file = fs::File::options().write(true).open(&path).unwrap();
            let age = Duration::from_secs(hours * 60 * 60);
            file.set_modified(SystemTime::now() - age).unwrap();
            path
        };
        let old = ["", APART].map(|folder| part(folder, ".part-runs.parquet-a", 2));
        let young = ["", APART].map(|folder| part(folder, ".part-runs.parquet-b", 0));
        write(dir, &here, &apart, &apart).unwrap();
        assert!(!old.iter().any(|path| path.exists()));
        assert!(young.iter().all(|path| path.exists()));
        // The folder of rows that are set apart goes with the last of them.
        part(APART, ".part-runs.parquet-b", 2);
        let all: Vec<Row> = here.iter().chain(&apart).cloned().collect();
        write(dir, &all, &apart, &[]).unwrap();
        assert!(!dir.join(APART).exists());
    }
}
