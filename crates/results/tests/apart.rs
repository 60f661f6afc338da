//! Rows belong to jobs: those of another recipe or another grid are never beside new ones, and never lost.
// Helpers of tests are tests, which clippy cannot see.
#![allow(clippy::unwrap_used)]

mod common;

use common::{cells, job, outcome, points, provenance, run};
use evidence::{Cell, Rate};
use results::{Rebuilt, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use training::{Job, JobId};

const STUDY: &str = "modality";

/// The job under another recipe.
fn changed(seed: u64) -> Job {
    let mut job = job(seed);
    job.recipe.learning_rate = 3e-3;
    job
}

fn cells_of(job: impl Fn(u64) -> Job) -> Vec<Cell> {
    let mut cells = cells();
    for cell in &mut cells {
        cell.job = job(cell.seed).id();
    }
    cells
}

/// Leaves what a finished job leaves.
fn finish(store: &Store, job: &Job) {
    let folder = store.job(&job.id());
    folder.create(job).unwrap();
    folder.write_curve(&points()).unwrap();
    folder.finish(&outcome(), &provenance(9)).unwrap();
}

/// A clone: three published seeds and no job folder.
fn clone() -> (TempDir, Store) {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    for seed in 1..=3 {
        run(&store, seed, 9);
    }
    rebuild(&store, &cells());
    forget_jobs(&store);
    (root, store)
}

fn forget_jobs(store: &Store) {
    fs::remove_dir_all(store.folder().join("jobs")).unwrap();
}

fn rebuild(store: &Store, cells: &[Cell]) -> Rebuilt {
    results::rebuild(store, STUDY, cells, &[]).unwrap()
}

/// Every file below a study's folder.
fn files(store: &Store) -> BTreeMap<PathBuf, Vec<u8>> {
    fn add(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => add(&path, found),
                false => drop(found.insert(path.clone(), fs::read(&path).unwrap())),
            }
        }
    }
    let mut found = BTreeMap::new();
    add(&store.study_dir(STUDY), &mut found);
    found
}

/// The jobs of `runs.parquet` in a study's folder, or in the one of rows that are set apart.
fn jobs(store: &Store, below: &str) -> Vec<String> {
    let path = store.study_dir(STUDY).join(below).join("runs.parquet");
    let runs = match path.exists() {
        true => results::read_runs(&path).unwrap(),
        false => Vec::new(),
    };
    let mut jobs: Vec<String> = runs.into_iter().map(|run| run.cell.job.0).collect();
    jobs.sort();
    jobs
}

fn ids(jobs: impl IntoIterator<Item = Job>) -> Vec<String> {
    let mut ids: Vec<String> = jobs.into_iter().map(|job| job.id().0).collect();
    ids.sort();
    ids
}

#[test]
fn a_changed_recipe_and_one_new_job_lose_nothing_and_mix_nothing() {
    let (_root, store) = clone();
    let published = files(&store);
    finish(&store, &changed(2));
    let today = rebuild(&store, &cells_of(changed));
    assert_eq!(today.runs.len(), 1);
    assert_eq!((today.missing.len(), today.apart.len()), (2, 3));
    assert_eq!(jobs(&store, ""), ids([changed(2)]));
    assert_eq!(jobs(&store, "apart"), ids([1, 2, 3].map(job)));

    // The same again, also without the new job's folder.
    let mixed = files(&store);
    rebuild(&store, &cells_of(changed));
    forget_jobs(&store);
    let again = rebuild(&store, &cells_of(changed));
    assert_eq!((again.runs, again.apart), (today.runs, today.apart));
    assert!(files(&store) == mixed, "bytes differ");

    // The recipe is changed back: what was published, byte for byte, and the other row apart.
    let back = rebuild(&store, &cells());
    assert_eq!((back.runs.len(), back.missing.len()), (3, 0));
    assert_eq!(jobs(&store, "apart"), ids([changed(2)]));
    for (path, bytes) in &published {
        assert!(fs::read(path).unwrap() == *bytes, "{}", path.display());
    }
    rebuild(&store, &cells_of(changed));
    assert!(files(&store) == mixed, "bytes differ");
}

#[test]
fn another_grid_takes_the_rows_of_its_jobs_along_and_leaves_no_other_behind() {
    let (_root, store) = clone();
    let published = files(&store);
    let edits: [fn(&mut Cell); 5] = [
        |cell| cell.axes.push(("policy".to_owned(), "fpt".to_owned())),
        |cell| drop(cell.axes.pop()),
        |cell| cell.axes[0].0 = "body".to_owned(),
        |cell| cell.axes[0].1 = "none".to_owned(),
        |cell| cell.rate = Some(Rate(1e-3)),
    ];
    for edit in edits {
        // One seed stands at another place now; the others are under another recipe there.
        let mut edited = cells_of(|seed| if seed == 1 { job(1) } else { changed(seed) });
        edited.iter_mut().for_each(edit);
        let rebuilt = rebuild(&store, &edited);
        assert_eq!(rebuilt.runs.len(), 1);
        assert_eq!(rebuilt.runs[0].cell, edited[0]);
        assert_eq!(rebuilt.curves[0].points.len(), 2);
        assert_eq!(rebuilt.apart.len(), 2);
        assert_eq!(jobs(&store, "apart"), ids([2, 3].map(job)));
        rebuild(&store, &cells());
        assert!(files(&store) == published, "bytes differ");
    }
}

/// Rows of several grids stand in one file, of which some had their learning rate on trial.
#[test]
fn rows_of_several_grids_are_kept_beside_each_other() {
    let (_root, store) = clone();
    let published = files(&store);
    let mut tried = cells_of(changed);
    for cell in &mut tried {
        cell.rate = Some(Rate(3e-3));
        cell.axes.remove(1);
        finish(&store, &changed(cell.seed));
    }
    rebuild(&store, &tried);
    forget_jobs(&store);
    let third = |seed| {
        let mut job = job(seed);
        job.recipe.steps = 300;
        job
    };
    let neither = rebuild(&store, &cells_of(third));
    assert_eq!(
        jobs(&store, "apart"),
        ids([1, 2, 3].map(job).into_iter().chain([1, 2, 3].map(changed)))
    );
    let axes = |axis: &str| {
        let mut cells = neither
            .apart
            .iter()
            .filter(|cell| cell.axes.iter().any(|(a, _)| a == axis));
        (cells.next().is_some(), cells.count() + 1)
    };
    assert_eq!([axes("task"), axes("learning-rate")], [(true, 3); 2]);
    let back = rebuild(&store, &tried);
    assert!(
        back.runs
            .iter()
            .all(|run| run.cell.rate == Some(Rate(3e-3)))
    );
    rebuild(&store, &cells());
    assert_eq!(jobs(&store, "apart"), ids([1, 2, 3].map(changed)));
    for (path, bytes) in published {
        assert!(fs::read(&path).unwrap() == bytes, "{}", path.display());
    }
}

#[test]
fn seeds_that_were_not_asked_for_stay_where_they_are_of_this_recipe_alone() {
    let (_root, store) = clone();
    let all = cells();
    let one = results::rebuild(&store, STUDY, &all[..1], &all[1..]).unwrap();
    assert_eq!((one.runs.len(), one.apart.len()), (1, 0));
    assert_eq!(jobs(&store, ""), ids([1, 2, 3].map(job)));
    // Of another recipe they would be beside the new seed.
    finish(&store, &changed(1));
    let new = cells_of(changed);
    let one = results::rebuild(&store, STUDY, &new[..1], &new[1..]).unwrap();
    assert_eq!((one.runs.len(), one.apart.len()), (1, 3));
    assert_eq!(jobs(&store, ""), ids([changed(1)]));
    assert_eq!(jobs(&store, "apart"), ids([1, 2, 3].map(job)));
    let seeds = results::seeds(&store, STUDY).unwrap();
    assert_eq!(seeds.into_iter().collect::<Vec<_>>(), [1, 2, 3]);
    // The rows that are set apart count, too.
    let covered = |cells: &[Cell]| results::are_covered(&store, STUDY, cells).unwrap();
    assert!(!covered(&new) && !covered(&all));
    assert!(covered(&[all, new].concat()));
}

/// A writer is killed after each of the files that it writes: nothing is lost, and the next one mends it.
#[test]
fn a_writer_that_is_killed_half_way_loses_nothing() {
    let (_root, store) = clone();
    let third = |seed| {
        let mut job = job(seed);
        job.recipe.steps = 300;
        job
    };
    let published = files(&store);
    finish(&store, &changed(2));
    rebuild(&store, &cells_of(changed));
    forget_jobs(&store);
    let moved = files(&store);
    rebuild(&store, &cells_of(third));
    let all_apart = files(&store);
    rebuild(&store, &cells());
    let back = files(&store);

    let folder = store.study_dir(STUDY);
    let names = ["runs", "curves", "tests", "provenance"].map(|name| format!("{name}.parquet"));
    let apart = names.clone().map(|name| folder.join("apart").join(name));
    let here = names.map(|name| folder.join(name));
    let put = |path: &PathBuf, from: &BTreeMap<PathBuf, Vec<u8>>| match from.get(path) {
        Some(bytes) => {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        None => drop(fs::remove_file(path)),
    };
    // What is apart is written first, with the rows that are about to come; those that came back leave it last.
    let orders = [
        (
            &published,
            [(&apart, &moved), (&here, &moved), (&apart, &moved)],
            &moved,
        ),
        (
            &moved,
            [(&apart, &all_apart), (&here, &back), (&apart, &back)],
            &back,
        ),
    ];
    for (start, order, end) in orders {
        for killed in 0..=12 {
            apart.iter().chain(&here).for_each(|path| put(path, start));
            let writes = order
                .iter()
                .flat_map(|(paths, from)| paths.iter().map(|path| (path, *from)));
            writes.take(killed).for_each(|(path, from)| put(path, from));
            let cells = if end == &moved {
                cells_of(changed)
            } else {
                cells()
            };
            // A row that was new has its folder; all others have none.
            if end == &moved {
                finish(&store, &changed(2));
            }
            let rebuilt = rebuild(&store, &cells);
            assert!(files(&store) == *end, "killed after {killed} files");
            assert_eq!(rebuilt.runs.len() + rebuilt.apart.len(), 4);
            if end == &moved {
                forget_jobs(&store);
            }
        }
    }
}

#[test]
fn curves_without_their_runs_are_not_written_over() {
    let (_root, store) = clone();
    let runs = store.study_dir(STUDY).join("runs.parquet");
    let bytes = fs::read(&runs).unwrap();
    fs::remove_file(&runs).unwrap();
    let before = files(&store);
    let error = results::rebuild(&store, STUDY, &cells(), &[]).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("3 jobs of curves.parquet") && text.contains("put it back"),
        "{text}"
    );
    assert!(files(&store) == before, "something was written");
    fs::write(&runs, bytes).unwrap();
    assert_eq!(rebuild(&store, &cells()).runs.len(), 3);
}

/// The folder of a study's pretrainings is a part of it for whoever removes, and a study for whoever writes.
#[test]
fn who_removes_rows_takes_none_of_pretrainings_that_come_meanwhile() {
    let (_root, published) = clone();
    let ids: Vec<JobId> = cells().iter().map(|cell| cell.job.clone()).collect();
    let from = published.study_dir(STUDY);
    let pretrainings = from.join(results::PRETRAININGS);
    fs::create_dir(&pretrainings).unwrap();
    for name in ["runs", "curves", "tests", "provenance"] {
        let name = format!("{name}.parquet");
        fs::copy(from.join(&name), pretrainings.join(&name)).unwrap();
    }
    let gone = BTreeSet::from([ids[0].clone()]);
    let stay = BTreeSet::from_iter(ids[1..].iter().cloned());
    for _ in 0..20 {
        let [first, second] = [&stay, &gone].map(|without| {
            let root = tempfile::tempdir().unwrap();
            let part = Store::open(root.path(), "tiny").unwrap();
            results::take_rows(&published, &part, STUDY).unwrap();
            results::remove_rows(&part, STUDY, without).unwrap();
            (root, part)
        });
        let root = tempfile::tempdir().unwrap();
        let into = Store::open(root.path(), "tiny").unwrap();
        results::take_rows(&first.1, &into, STUDY).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| results::remove_rows(&into, STUDY, &gone).unwrap());
            scope.spawn(|| results::take_rows(&second.1, &into, STUDY).unwrap());
        });
        for study in [
            STUDY.to_owned(),
            format!("{STUDY}/{}", results::PRETRAININGS),
        ] {
            let known = results::Known::of(&into, &study).unwrap();
            assert!(stay.iter().all(|id| known.has(id)), "{study}");
        }
    }
}

/// Writers of one study's rows at once: each reads what the others wrote, and none of it is gone.
#[test]
fn of_several_writers_at_once_none_takes_a_row_away() {
    let (_root, published) = clone();
    let ids: Vec<JobId> = cells().iter().map(|cell| cell.job.clone()).collect();
    for _ in 0..20 {
        let root = tempfile::tempdir().unwrap();
        let into = Store::open(root.path(), "tiny").unwrap();
        std::thread::scope(|scope| {
            for own in &ids {
                let (published, into, ids) = (&published, &into, &ids);
                scope.spawn(move || {
                    let root = tempfile::tempdir().unwrap();
                    let part = Store::open(root.path(), "tiny").unwrap();
                    results::take_rows(published, &part, STUDY).unwrap();
                    let others = ids.iter().filter(|id| *id != own).cloned().collect();
                    results::remove_rows(&part, STUDY, &others).unwrap();
                    assert_eq!(results::take_rows(&part, into, STUDY).unwrap().rows, 1);
                    rebuild(into, &cells());
                });
            }
        });
        let rebuilt = rebuild(&into, &cells());
        assert_eq!(rebuilt.runs.len(), cells().len(), "{:?}", rebuilt.missing);
        let left = fs::read_dir(into.study_dir(STUDY)).unwrap();
        let names = left.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        assert!(!names.into_iter().any(|name| name.starts_with("hold-")));
    }
}
