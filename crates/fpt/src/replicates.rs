//! How many replicates each cell of a study has: those of the first look, and of later ones where claims need them.

use crate::exit::Problem;
use evidence::{Cell, Claim, Place, Selected, extent, findings, seed, select};
use results::Known;
use std::collections::{BTreeMap, BTreeSet};
use study::{Library, Options, Pilot, Plan, Planned, Standing};
use training::JobId;

/// How far a plan reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The first look, and what is stored of later ones.
    Stored,
    /// The next look of every claim that is not decided, once all that was asked for before is finished.
    UntilDecided,
    /// The same, whatever is open: what cannot run must not hold back the others.
    WhateverIsOpen,
    /// The last look of every claim that is not decided: the worst case.
    Last,
}

/// Which jobs are left out of what is to be trained, where published rows of them are here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Those of looks after the first: whoever runs a study again runs its first look.
    LaterLooks,
    /// All of them.
    All,
}

/// The plan of a study as far as its results have come. A function of what is stored: whoever runs the study
/// again, elsewhere or after a kill, comes to the same.
pub fn replicates(
    library: &Library,
    study: &str,
    options: &Options,
    stored: &Known<'_>,
    reach: Reach,
    kept: Kept,
) -> Result<Plan, Problem> {
    let mut plan = extended(library, study, options, stored, reach)?;
    leave_published(&mut plan, stored, kept);
    Ok(plan)
}

/// Takes jobs out of which only rows are here: they were published. Those of later looks are no part of what a first look costs
/// whoever runs it again; nobody asked for these where seeds are named. Cells stay, for tables and verdicts.
fn leave_published(plan: &mut Plan, stored: &Known<'_>, kept: Kept) {
    let first = plan.question.looks.at.first().copied().unwrap_or(0) as u64;
    let is_later = |cell: &Cell| {
        let is_replicate = seed::pilot_of(cell.seed).is_none();
        is_replicate && seed::replicate(cell.seed) > first && !plan.question.chosen_seeds
    };
    let is_kept = |cell: &&Cell| kept == Kept::All || is_later(cell);
    let cells = plan.cells.iter().filter(is_kept).map(|cell| &cell.job);
    let published: BTreeSet<JobId> = cells
        .filter(|job| stored.is_published(job) && stored.validation(job).is_some())
        .cloned()
        .collect();
    plan.jobs.retain(|planned| !published.contains(&planned.id));
    let jobs = plan.jobs.iter().chain(&plan.later);
    let needed = jobs.filter_map(|planned| planned.job.initialisation.depends_on());
    let needed: BTreeSet<JobId> = needed.cloned().collect();
    plan.jobs
        .retain(|planned| !planned.job.keep_body || needed.contains(&planned.id));
    // What stands there for published cells alone is for later ones now.
    let named = plan.jobs.iter();
    let named = named.filter_map(|planned| planned.job.initialisation.depends_on());
    let named: BTreeSet<JobId> = named.chain(&plan.next).cloned().collect();
    let is_named = |planned: &Planned| !planned.job.keep_body || named.contains(&planned.id);
    let (jobs, mut later): (Vec<Planned>, Vec<Planned>) = std::mem::take(&mut plan.jobs)
        .into_iter()
        .partition(is_named);
    later.append(&mut plan.later);
    (plan.jobs, plan.later) = (jobs, later);
}

/// What a pilot has come to.
pub fn pilot(stored: &Known<'_>, id: &JobId) -> Option<Pilot> {
    Some(Pilot {
        curve: stored.validation(id)?,
        floor: stored.floor(id),
    })
}

fn extended(
    library: &Library,
    study: &str,
    options: &Options,
    stored: &Known<'_>,
    reach: Reach,
) -> Result<Plan, Problem> {
    let at = |replicates: &BTreeMap<Place, usize>| {
        let standing = Standing {
            pilot: &|id| pilot(stored, id),
            replicates: replicates.clone(),
            all_trials: reach == Reach::Last,
        };
        Plan::after(library, study, options, &standing)
    };
    let mut replicates = BTreeMap::new();
    loop {
        let plan = at(&replicates)?;
        if plan.question.chosen_seeds {
            return Ok(plan);
        }
        let wanted = match reach {
            Reach::Last => last(&plan, stored),
            Reach::Stored | Reach::UntilDecided | Reach::WhateverIsOpen => next(&plan, stored),
        };
        // A claim that waits counts against the others: better none is extended for that.
        let goes_on = match reach {
            Reach::Stored => false,
            Reach::UntilDecided => is_whole(&plan, stored),
            Reach::WhateverIsOpen | Reach::Last => true,
        };
        let first = plan.question.looks.at.first().copied().unwrap_or(0);
        let has = |place: &Place| replicates.get(place).copied().unwrap_or(first);
        let mut more: BTreeMap<Place, usize> = wanted;
        more.retain(|place, count| *count > has(place));
        if more.is_empty() {
            return Ok(plan);
        }
        let mut longer = replicates.clone();
        longer.extend(more.clone());
        if !goes_on {
            // What cannot be planned, for want of checkpoints, is not stored.
            let Ok(further) = at(&longer) else {
                return Ok(plan);
            };
            more.retain(|place, _| {
                let mut cells = further.cells.iter().filter(|cell| cell.place() == *place);
                cells.all(|cell| stored.has(&cell.job))
            });
            if more.is_empty() {
                return Ok(plan);
            }
        }
        replicates.extend(more);
    }
}

/// Whether all jobs of a plan are finished, and none is to come.
fn is_whole(plan: &Plan, stored: &Known<'_>) -> bool {
    let mut jobs = plan.jobs.iter().filter(|planned| !planned.job.keep_body);
    plan.later.is_empty() && jobs.all(|planned| stored.has(&planned.id))
}

/// What the claims of a plan ask for, on what is stored of its cells.
fn next(plan: &Plan, stored: &Known<'_>) -> BTreeMap<Place, usize> {
    extent(&chosen(plan, stored).evidence(&plan.question))
}

/// What is stored of the cells of a plan, at the learning rates that were chosen.
fn chosen(plan: &Plan, stored: &Known<'_>) -> Selected {
    let (runs, curves) = stored.runs(&plan.cells);
    select(&plan.question, &runs, &curves, &plan.cells)
}

/// The last look at the cells of all claims that are not decided.
fn last(plan: &Plan, stored: &Known<'_>) -> BTreeMap<Place, usize> {
    let last = plan.question.looks.at.last().copied().unwrap_or(0);
    let found = findings(&chosen(plan, stored).evidence(&plan.question));
    let is_decided = |claim: &Claim| {
        let mut found = found.iter().filter(|finding| finding.verdict.is_decided());
        found.any(|finding| finding.claim == *claim)
    };
    let claims = plan.question.claims.iter();
    let open = claims.filter(|claim| !is_decided(claim));
    let asked: Vec<&Place> = open
        .flat_map(|claim| &claim.terms)
        .map(|term| &term.place)
        .collect();
    let all = plan.cells.iter().chain(&plan.open).map(Cell::place);
    all.filter(|place| asked.contains(&place))
        .map(|place| (place, last))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::is_done;
    use crate::done::Done;
    use evidence::Finding;
    use results::{Provenance, Store, rebuild};
    use runner::{Ending, Executor, Pool, Progress, Stop, Threads, Worker};
    use std::fs;
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use study::{Planned, Shelf};
    use tasks::Floor;
    use training::{CurvePoint, Outcome, Score, Tested};

    const STUDY: &str = r#"question = "q"
[job]
task = "bit-xor"
[axes]
pretraining = ["text", "bit", "statistics", "random"]
protocol = ["PROTOCOL"]
[table]
rows = "pretraining"
columns = "protocol"
[[claim]]
says = "text is far ahead"
greater = ["text", "random"]
[[claim]]
says = "statistics are as good as nothing"
greater = ["statistics", "random"]
[[claim]]
says = "bit is now ahead, now behind"
greater = ["bit", "random"]
"#;

    /// A workspace without seeds in its profile, and its study.
    fn workspace(folder: &Path, protocol: &str) -> (Library, String) {
        let root = folder.join("experiments");
        fs::create_dir_all(root.join("profiles")).unwrap();
        let smoke = Library::embedded().get(Shelf::Profiles, "smoke").unwrap();
        let lines = smoke.text.lines().filter(|line| !line.starts_with("seeds"));
        let smoke = lines.collect::<Vec<_>>().join("\n");
        fs::write(root.join("profiles/smoke.toml"), smoke).unwrap();
        fs::write(root.join("q.toml"), STUDY.replace("PROTOCOL", protocol)).unwrap();
        (Library::discover(folder), "q".to_owned())
    }

    /// Writes down what a cell reaches in place of training it.
    struct Fake<'a> {
        store: &'a Store,
        jobs: AtomicUsize,
        /// Asks to stop after so many jobs.
        stop_after: Option<usize>,
    }

    impl Executor for Fake<'_> {
        fn hire(&self, _: usize) -> Box<dyn Worker + '_> {
            Box::new(Hand(self))
        }
    }

    struct Hand<'a>(&'a Fake<'a>);

    impl Worker for Hand<'_> {
        fn execute(
            &mut self,
            planned: &Planned,
            _: usize,
            stop: &Stop,
            _: &mut dyn FnMut(Progress),
        ) -> Ending {
            let Fake {
                store,
                jobs,
                stop_after,
            } = self.0;
            if stop.requested() {
                return Ending::Stopped;
            }
            // As a worker does: whoever comes second waits, and finds it done.
            let folder = store.job(&planned.id);
            let _lock = loop {
                match folder.lock().unwrap() {
                    Some(lock) => break lock,
                    None => std::thread::sleep(Duration::from_millis(1)),
                }
            };
            if !is_done(&folder, &planned.job).unwrap() {
                finish(store, planned);
            }
            if Some(jobs.fetch_add(1, Ordering::SeqCst) + 1) == *stop_after {
                stop.ask();
            }
            Ending::Finished
        }
    }

    /// What the cell of a title reaches in a replicate.
    fn accuracy(title: &str, replicate: u64) -> f64 {
        let wobble = [0.0, 0.004, -0.003, 0.001, -0.002][replicate as usize % 5];
        match title.split(" · ").next() {
            Some("text") => 0.90 + wobble,
            Some("bit") if replicate.is_multiple_of(2) => 0.75,
            Some("bit") => 0.64,
            Some("statistics") => 0.702 - wobble / 4.0,
            _ => 0.70,
        }
    }

    fn finish(store: &Store, planned: &Planned) {
        let folder = store.job(&planned.id);
        folder.create(&planned.job).unwrap();
        let reached = accuracy(&planned.title, seed::replicate(planned.job.seed));
        // The rate in the middle is the best.
        let rate = planned.job.recipe.learning_rate;
        let reached = if rate > 1e-2 { reached - 0.1 } else { reached };
        let point = |step| CurvePoint {
            train_loss: 0.5,
            train_accuracy: reached,
            validation_loss: 0.5,
            validation_accuracy: reached,
            ..CurvePoint::at(step)
        };
        folder.write_curve(&[point(20), point(40)]).unwrap();
        let score = Score {
            loss: 0.5,
            accuracy: reached,
            examples: 100_000,
        };
        let floor = Floor {
            strategy: "majority class".to_owned(),
            accuracy: 0.5,
        };
        let outcome = Outcome {
            steps: 40,
            tested_step: 40,
            diverged: None,
            test: Tested {
                name: "test".to_owned(),
                score,
                floors: vec![floor],
            },
            further: Vec::new(),
            train: None,
            attention: None,
            attention_uniform: None,
            attention_map: None,
            parameters: BTreeMap::new(),
            sample: None,
        };
        let provenance = Provenance {
            wall_seconds: 1.0,
            processor_seconds: None,
            device: "flex".to_owned(),
            device_name: None,
            driver: None,
            threads: 1,
            version: "0".to_owned(),
            git_commit: None,
            git_dirty: None,
            finished_at: 0,
            read: Default::default(),
            log: None,
        };
        folder.finish(&outcome, &provenance).unwrap();
        if planned.job.keep_body {
            fs::create_dir_all(folder.body_dir()).unwrap();
            fs::write(folder.body_dir().join("model.safetensors"), "").unwrap();
        }
    }

    fn planned(library: &Library, study: &str, store: &Store, reach: Reach) -> Plan {
        let options = Options::profile("smoke");
        let known = Known::of(store, study).unwrap();
        replicates(library, study, &options, &known, reach, Kept::LaterLooks).unwrap()
    }

    /// Rounds of a study until nothing is left, each stopped after so many jobs; how many rounds.
    fn run(library: &Library, study: &str, store: &Store, stop_after: Option<usize>) -> usize {
        for round in 0..1000 {
            let plan = planned(library, study, store, Reach::UntilDecided);
            let done = Done::of(&plan, store).unwrap();
            let missing = plan.missing(|planned| done.has(planned));
            if missing.is_empty() {
                return round;
            }
            let pool = Pool {
                workers: 3,
                threads: Threads::Each(1),
                devices: 1,
            };
            let fake = Fake {
                store,
                jobs: AtomicUsize::new(0),
                stop_after,
            };
            pool.run(&missing, &fake, &Stop::new(), |_| {}).unwrap();
        }
        panic!("it never ends")
    }

    fn found(plan: &Plan, stored: &Known<'_>) -> Vec<Finding> {
        let (runs, curves) = stored.runs(&plan.cells);
        let selected = select(&plan.question, &runs, &curves, &plan.all_cells());
        findings(&selected.evidence(&plan.question))
    }

    /// Replicates of each row, pilots aside.
    fn counted(plan: &Plan) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for cell in &plan.cells {
            if seed::pilot_of(cell.seed).is_none() {
                *counts.entry(cell.axes[0].1.clone()).or_default() += 1;
            }
        }
        counts
    }

    /// The jobs that have folders.
    fn trained(folder: &Path) -> BTreeSet<std::ffi::OsString> {
        let jobs = fs::read_dir(folder.join("smoke/jobs")).unwrap();
        jobs.map(|job| job.unwrap().file_name()).collect()
    }

    /// A study that was extended and then grew: while its new pilots are open no look is taken back.
    #[test]
    fn open_pilots_take_no_look_back() {
        let folder = tempfile::tempdir().unwrap();
        let (library, study) = workspace(folder.path(), "fair");
        let store = Store::open(folder.path(), "smoke").unwrap();
        run(&library, &study, &store, None);
        let before = counted(&planned(&library, &study, &store, Reach::Stored));
        let path = folder.path().join("experiments/q.toml");
        let text = fs::read_to_string(&path).unwrap();
        let text = text.replacen("\"statistics\", ", "\"statistics\", \"random-scaled\", ", 1);
        fs::write(&path, text).unwrap();
        let plan = planned(&library, &study, &store, Reach::UntilDecided);
        assert!(!plan.later.is_empty());
        assert_eq!(counted(&plan), before);
    }

    #[test]
    fn decided_claims_stop_others_go_on_and_the_last_look_ends() {
        for protocol in ["single-rate", "fair"] {
            let folder = tempfile::tempdir().unwrap();
            let (library, study) = workspace(folder.path(), protocol);
            let store = Store::open(folder.path(), "smoke").unwrap();
            run(&library, &study, &store, None);
            let plan = planned(&library, &study, &store, Reach::UntilDecided);
            let known = Known::of(&store, &study).unwrap();
            let findings = found(&plan, &known);
            let verdicts: Vec<(&str, usize)> = findings
                .iter()
                .map(|finding| (finding.verdict.name(), finding.replicates))
                .collect();
            let expected = [("supported", 3), ("smaller than δ", 3), ("undecided", 12)];
            assert_eq!(verdicts, expected, "{protocol}: {findings:?}");
            let expected = [("bit", 12), ("random", 12), ("statistics", 3), ("text", 3)];
            let expected = expected.map(|(row, count)| (row.to_owned(), count));
            assert_eq!(counted(&plan), BTreeMap::from(expected));
            // The worst case leaves alone what is decided.
            let last = planned(&library, &study, &store, Reach::Last);
            assert_eq!(counted(&last), counted(&plan));
            // Whoever asks for no more sees as much, and nothing is left to do.
            let stored = planned(&library, &study, &store, Reach::Stored);
            assert_eq!(counted(&stored), counted(&plan));
            let done = Done::of(&stored, &store).unwrap();
            assert!(stored.missing(|planned| done.has(planned)).is_empty());

            // The rows alone, without the folders of jobs, say the same, and make nobody train more than a first look.
            rebuild(&store, &study, &plan.cells, &[]).unwrap();
            fs::remove_dir_all(folder.path().join("smoke/jobs")).unwrap();
            let known = Known::of(&store, &study).unwrap();
            let published = planned(&library, &study, &store, Reach::Stored);
            assert_eq!(published.cells, plan.cells);
            assert_eq!(found(&published, &known), findings);
            let seeds = published.jobs.iter().map(|planned| planned.job.seed);
            let mut replicates = seeds.filter(|number| seed::pilot_of(*number).is_none());
            assert!(replicates.all(|number| number <= 3));
        }
    }

    #[test]
    fn pilots_that_cannot_run_hold_back_no_other_claim() {
        let folder = tempfile::tempdir().unwrap();
        let (library, study) = workspace(folder.path(), "fair");
        let store = Store::open(folder.path(), "smoke").unwrap();
        run(&library, &study, &store, None);
        let plan = planned(&library, &study, &store, Reach::Stored);
        let before = counted(&plan);
        // A row more, of which nothing has run: the claims of others stay where they are.
        let path = folder.path().join("experiments/q.toml");
        let text = fs::read_to_string(&path).unwrap();
        let text = text.replacen("\"statistics\", ", "\"statistics\", \"random-scaled\", ", 1);
        fs::write(&path, text).unwrap();
        let plan = planned(&library, &study, &store, Reach::Stored);
        assert!(!plan.later.is_empty());
        assert_eq!(counted(&plan), before);
        let ahead = planned(&library, &study, &store, Reach::WhateverIsOpen);
        assert_eq!(counted(&ahead), before);
    }

    #[test]
    fn kills_and_a_second_runner_change_no_verdict() {
        let whole = tempfile::tempdir().unwrap();
        let (library, study) = workspace(whole.path(), "fair");
        let store = Store::open(whole.path(), "smoke").unwrap();
        let rounds = run(&library, &study, &store, None);
        let plan = planned(&library, &study, &store, Reach::Stored);
        let expected = found(&plan, &Known::of(&store, &study).unwrap());
        for stop_after in [1, 4] {
            let folder = tempfile::tempdir().unwrap();
            let (library, study) = workspace(folder.path(), "fair");
            let store = Store::open(folder.path(), "smoke").unwrap();
            assert!(run(&library, &study, &store, Some(stop_after)) > rounds);
            let other = planned(&library, &study, &store, Reach::Stored);
            assert_eq!(other.cells, plan.cells);
            // Nothing was trained that the run without kills did not need.
            assert_eq!(trained(folder.path()), trained(whole.path()));
            let known = Known::of(&store, &study).unwrap();
            assert_eq!(found(&other, &known), expected);
        }
        let folder = tempfile::tempdir().unwrap();
        let (library, study) = workspace(folder.path(), "fair");
        let store = Store::open(folder.path(), "smoke").unwrap();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| run(&library, &study, &store, None));
            }
        });
        let both = planned(&library, &study, &store, Reach::Stored);
        assert_eq!(both.cells, plan.cells);
        let known = Known::of(&store, &study).unwrap();
        assert_eq!(found(&both, &known), expected);
    }

    #[test]
    fn the_worst_case_is_the_last_look_of_every_claim() {
        let folder = tempfile::tempdir().unwrap();
        let (library, study) = workspace(folder.path(), "fair");
        let store = Store::open(folder.path(), "smoke").unwrap();
        let first = planned(&library, &study, &store, Reach::Stored);
        let last = planned(&library, &study, &store, Reach::Last);
        // Four cells at three and at twelve replicates, before their rates are known.
        assert_eq!((first.open.len(), last.open.len()), (4 * 3, 4 * 12));
        assert_eq!(first.jobs, last.jobs);
    }
}
