//! Scheduling, without running anything: a mock executor says how each job ends.
#![allow(clippy::unwrap_used)]

use runner::{
    Ending, Event, Executor, Limit, Passed, Pool, Progress, Stop, Summary, Threads, Worker,
};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use study::{Library, Options, Plan, Planned, Standing, parse_filter};
use training::same_body;

/// Ends jobs as told by title, and keeps what it saw.
#[derive(Default)]
struct Mock {
    endings: BTreeMap<String, Ending>,
    started: Mutex<Vec<String>>,
    running: AtomicUsize,
    most: AtomicUsize,
    /// Threads in use, and the most of them at a time and of one job.
    threads: Mutex<[usize; 3]>,
    /// Cells do not end before so many threads have been in use at a time, for ten seconds at most:
    /// what runs together must not depend on how fast threads start.
    together: usize,
    stop_after: Option<usize>,
    /// Jobs that a device has no memory for when more than so many run.
    memory: Option<usize>,
    /// The job, by title, in which the executor itself panics.
    panics: Option<&'static str>,
    /// Jobs that another runner has, by title, for so many looks; and those that are found so only when they are run.
    looks: Mutex<BTreeMap<String, usize>>,
    taken: Mutex<BTreeMap<String, usize>>,
    /// Workers whose device is lost once they have begun so many jobs.
    lost: BTreeMap<usize, usize>,
}

impl Executor for Mock {
    fn hire(&self, worker: usize) -> Box<dyn Worker + '_> {
        Box::new(Hand {
            mock: self,
            jobs_left: self.lost.get(&worker).copied(),
        })
    }

    fn is_free(&self, planned: &Planned) -> bool {
        !is_left(&self.looks, &planned.title)
    }
}

/// Whether a job is another runner's, which it is once less from now on.
fn is_left(times: &Mutex<BTreeMap<String, usize>>, title: &str) -> bool {
    let mut times = times.lock().unwrap();
    let left = times.get_mut(title).filter(|left| **left > 0);
    left.map(|left| *left -= 1).is_some()
}

struct Hand<'a> {
    mock: &'a Mock,
    /// Until its device is lost.
    jobs_left: Option<usize>,
}

impl Worker for Hand<'_> {
    fn execute(
        &mut self,
        planned: &Planned,
        threads: usize,
        stop: &Stop,
        tell: &mut dyn FnMut(Progress),
    ) -> Ending {
        assert_ne!(self.mock.panics, Some(planned.title.as_str()), "a mistake");
        self.jobs_left = self.jobs_left.map(|left| left.saturating_sub(1));
        match self.is_lost() {
            true => Ending::Failed("its process ended: signal: 6".to_owned()),
            false => self.mock.execute(planned, threads, stop, tell),
        }
    }

    fn is_lost(&self) -> bool {
        self.jobs_left == Some(0)
    }
}

impl Mock {
    fn execute(
        &self,
        planned: &Planned,
        threads: usize,
        stop: &Stop,
        tell: &mut dyn FnMut(Progress),
    ) -> Ending {
        if is_left(&self.taken, &planned.title) {
            return Ending::Elsewhere;
        }
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        {
            let [used, most, of_one] = &mut *self.threads.lock().unwrap();
            *used += threads;
            *most = (*most).max(*used);
            *of_one = (*of_one).max(threads);
        }
        let started = {
            let mut started = self.started.lock().unwrap();
            started.push(planned.title.clone());
            started.len()
        };
        tell(Progress {
            step: 1,
            steps: 2,
            loss: 0.5,
        });
        std::thread::sleep(Duration::from_millis(2));
        let patience = Instant::now() + Duration::from_secs(10);
        while !planned.job.keep_body
            && self.threads.lock().unwrap()[1] < self.together
            && Instant::now() < patience
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        if self.stop_after == Some(started) {
            stop.ask();
        }
        self.threads.lock().unwrap()[0] -= threads;
        self.running.fetch_sub(1, Ordering::SeqCst);
        if self.memory.is_some_and(|most| running > most) {
            return Ending::OutOfMemory("CUDA_ERROR_OUT_OF_MEMORY".to_owned());
        }
        self.endings
            .get(&planned.title)
            .cloned()
            .unwrap_or(Ending::Finished)
    }
}

fn jobs() -> Vec<Planned> {
    Plan::new(&Library::embedded(), "modality", &Options::profile("smoke"))
        .unwrap()
        .jobs
}

fn run(mock: &Mock, workers: usize) -> (Vec<Planned>, Summary, Vec<Event>) {
    let (jobs, mut events) = (jobs(), Vec::new());
    let threads = Threads::Each(1);
    let pool = Pool {
        workers,
        threads,
        devices: 1,
    };
    let summary = pool.run(&jobs, mock, &Stop::new(), |event| events.push(event));
    let summary = summary.unwrap();
    (jobs, summary, events)
}

#[test]
fn one_worker_starts_jobs_in_order_a_row_of_one_body_at_a_time() {
    let mock = Mock::default();
    let (jobs, summary, events) = run(&mock, 1);
    let order = order(&events);
    assert_eq!(order.len(), jobs.len());
    assert!(summary.complete());
    assert_eq!(events.len(), 3 * jobs.len());
    // Each row begins with the first job that is open then, and goes on in order.
    for row in rows(&jobs, &order) {
        assert!(row.len() <= 8 && row.is_sorted(), "{row:?}");
        let begun = order.iter().position(|job| job == row[0]).unwrap();
        assert!((0..*row[0]).all(|job| order[..begun].contains(&job)));
    }
    // All tasks of a replicate start from its body, and no other replicate does.
    let titles = |row: &[&usize]| row.iter().map(|job| jobs[**job].title.clone()).collect();
    let rows: Vec<Vec<String>> = rows(&jobs, &order).iter().map(|row| titles(row)).collect();
    let row_of = |title: &str| {
        rows.iter()
            .find(|row| row.iter().any(|t| t == title))
            .unwrap()
    };
    let text = row_of("text · mnist · seed 1");
    assert!(text.contains(&"text · bit-xor · seed 1".to_owned()));
    assert!(!text.contains(&"text · mnist · seed 2".to_owned()));
    let random = row_of("random · mnist · seed 1");
    assert!(random.contains(&"random · bit-xor · seed 1".to_owned()));
    assert!(!random.contains(&"random · mnist · seed 2".to_owned()));
}

/// Jobs as they were started.
fn order(events: &[Event]) -> Vec<usize> {
    let started = events.iter().filter_map(|event| match event {
        Event::Started { job, .. } => Some(*job),
        _ => None,
    });
    started.collect()
}

/// Jobs of one body that were started one after the other.
fn rows<'a>(jobs: &[Planned], order: &'a [usize]) -> Vec<Vec<&'a usize>> {
    let same = |a: &usize, b: &usize| same_body(&jobs[*a].job, &jobs[*b].job);
    let rows = order.chunk_by(same);
    rows.map(|row| row.iter().collect()).collect()
}

#[test]
fn no_row_is_so_long_that_other_cells_wait_for_all_seeds() {
    let options = Options {
        seeds: Some((1..=6).collect()),
        ..Options::profile("smoke")
    };
    let jobs = Plan::new(&Library::embedded(), "modality", &options)
        .unwrap()
        .jobs;
    let mut events = Vec::new();
    let pool = Pool {
        workers: 1,
        threads: Threads::Each(1),
        devices: 1,
    };
    let summary = pool.run(&jobs, &Mock::default(), &Stop::new(), |event| {
        events.push(event);
    });
    assert!(summary.unwrap().complete());
    let order = order(&events);
    let place = |title: &str| {
        order
            .iter()
            .position(|job| jobs[*job].title == title)
            .unwrap()
    };
    assert!(place("random · mnist · seed 1") < place("text · mnist · seed 6"));
}

/// Another runner has the first pretraining for five looks, and takes a job between the look and its start: this one does what is
/// left meanwhile, comes back to both, and a worker alone with such jobs waits for them.
#[test]
fn what_another_runner_has_is_left_to_it_and_looked_at_again() {
    for workers in [1, 3] {
        let mock = Mock {
            looks: BTreeMap::from([("pretraining text, seed 1".to_owned(), 5)]).into(),
            taken: BTreeMap::from([("random · mnist · seed 1".to_owned(), 2)]).into(),
            ..Mock::default()
        };
        let (jobs, summary, events) = run(&mock, workers);
        assert!(summary.complete(), "{summary:?}");
        assert_eq!(summary.finished.len(), jobs.len());
        let mut left: Vec<&str> = Vec::new();
        for event in &events {
            if let Event::Elsewhere {
                job,
                is_first: true,
                ..
            } = event
            {
                left.push(&jobs[*job].title);
            }
        }
        left.sort_unstable();
        let both = ["pretraining text, seed 1", "random · mnist · seed 1"];
        assert_eq!(left, both, "each is told once");
        let started = mock.started.lock().unwrap();
        let place = |title: &str| started.iter().position(|other| other == title).unwrap();
        let others = started.iter().filter(|title| title.starts_with("random"));
        let before = others.filter(|title| place(title) < place(both[0])).count();
        assert!(before > 3, "others are taken meanwhile: {started:?}");
        assert!(place(both[0]) < place("text · mnist · seed 1"));
    }
}

#[test]
fn who_waits_for_another_runner_stops_when_asked_to() {
    let mock = Mock {
        looks: BTreeMap::from([("pretraining text, seed 1".to_owned(), usize::MAX)]).into(),
        stop_after: Some(3),
        ..Mock::default()
    };
    let (jobs, summary, _) = run(&mock, 2);
    assert!(!summary.complete());
    let passed = summary
        .passed
        .iter()
        .map(|(job, because)| (jobs[*job].title.as_str(), because));
    let passed: Vec<(&str, &Passed)> = passed.collect();
    assert!(
        passed.contains(&("pretraining text, seed 1", &Passed::Stopped)),
        "{passed:?}"
    );
}

#[test]
fn a_job_that_fails_leaves_the_rest_of_its_row_to_be_run() {
    let failed = Ending::Failed("its process ended: signal: 9".to_owned());
    let endings = BTreeMap::from([("text · bit-xor · seed 1".to_owned(), failed)]);
    for workers in [1, 3] {
        let mock = Mock {
            endings: endings.clone(),
            ..Mock::default()
        };
        let (jobs, summary, events) = run(&mock, workers);
        assert_eq!(summary.failed.len(), 1);
        assert_eq!(summary.finished.len(), jobs.len() - 1);
        assert_eq!(order(&events).len(), jobs.len(), "each once");
    }
}

#[test]
fn workers_are_busy_and_never_more_than_asked() {
    let mock = Mock {
        together: 3,
        ..Mock::default()
    };
    let (jobs, summary, _) = run(&mock, 3);
    assert_eq!(mock.most.load(Ordering::SeqCst), 3);
    assert_eq!(summary.finished.len(), jobs.len());
}

#[test]
fn no_job_starts_before_what_it_needs() {
    let (jobs, _, events) = run(&Mock::default(), 4);
    let mut finished = Vec::new();
    for event in events {
        match event {
            Event::Started { job, .. } => {
                if let Some(needed) = jobs[job].job.initialisation.depends_on() {
                    assert!(finished.contains(needed), "{}", jobs[job].title);
                }
            }
            Event::Ended { job, .. } => finished.push(jobs[job].id.clone()),
            _ => {}
        }
    }
}

#[test]
fn a_failure_leaves_all_but_its_dependents_running() {
    let failed = Ending::Failed("panicked".to_owned());
    let endings = BTreeMap::from([("pretraining text, seed 1".to_owned(), failed)]);
    let (jobs, summary, _) = run(
        &Mock {
            endings,
            ..Mock::default()
        },
        2,
    );
    let title = |job: &usize| jobs[*job].title.as_str();
    assert_eq!(summary.failed.len(), 1);
    assert_eq!(summary.passed.len(), 4, "the tasks of that replicate");
    for (job, because) in &summary.passed {
        assert!(title(job).starts_with("text ·") && title(job).ends_with("seed 1"));
        assert_eq!(*because, Passed::Needs(summary.failed[0].0));
    }
    assert_eq!(summary.finished.len(), jobs.len() - 5);
    assert!(!summary.complete());
}

#[test]
fn data_that_is_missing_makes_a_job_wait_and_fails_none() {
    let waiting = Ending::Waiting("mnist is not here".to_owned());
    let endings = BTreeMap::from([("text · mnist · seed 1".to_owned(), waiting)]);
    let (jobs, summary, _) = run(
        &Mock {
            endings,
            ..Mock::default()
        },
        2,
    );
    assert_eq!((summary.waiting.len(), summary.failed.len()), (1, 0));
    assert_eq!(summary.finished.len(), jobs.len() - 1);
}

#[test]
fn after_a_stop_nothing_more_starts() {
    let mock = Mock {
        stop_after: Some(4),
        ..Mock::default()
    };
    let (jobs, summary, _) = run(&mock, 1);
    assert_eq!(mock.started.lock().unwrap().len(), 4);
    assert_eq!(summary.passed.len(), jobs.len() - 4);
    assert!(
        summary
            .passed
            .iter()
            .all(|(_, because)| *because == Passed::Stopped)
    );
}

#[test]
fn cores_are_shared_by_the_jobs_that_can_run() {
    let options = Options {
        seeds: Some(vec![1]),
        ..Options::profile("smoke")
    };
    // One body, and eight jobs around it.
    let library = Library::embedded();
    let mut study = library.study("modality").unwrap();
    study.text.insert_str(0, "jobs-per-body = 2\n");
    let options = Options {
        filter: vec![parse_filter("pretraining=text").unwrap()],
        ..options
    };
    let plan = Plan::of(&library, study, &options, &Standing::nowhere()).unwrap();
    let check = |batch: Option<usize>, workers, threads, expected: (usize, usize)| {
        let mut jobs = plan.jobs.clone();
        for planned in &mut jobs {
            let recipe = &mut planned.job.recipe;
            recipe.batch_size = batch.unwrap_or(recipe.batch_size);
        }
        let mock = Mock {
            together: expected.0,
            ..Mock::default()
        };
        let pool = Pool {
            workers,
            threads,
            devices: 1,
        };
        let summary = pool.run(&jobs, &mock, &Stop::new(), |_| {}).unwrap();
        assert!(summary.complete());
        let [_, at_a_time, of_one] = *mock.threads.lock().unwrap();
        assert_eq!((at_a_time, of_one), expected);
    };
    let shared = Threads::Shared { cores: 8 };
    // The pretraining has all cores, if it has work for them; then a cell each.
    check(Some(1 << 20), 8, shared, (8, 8));
    check(None, 8, shared, (8, 1));
    // Fewer workers, more threads each; more workers than cores only where that was asked for.
    check(Some(1 << 20), 2, shared, (8, 8));
    check(None, 8, Threads::Shared { cores: 2 }, (8, 1));
    check(Some(1 << 20), 2, Threads::Each(3), (6, 3));
}

#[test]
fn a_job_without_memory_is_run_once_more_with_half_the_jobs_at_a_time() {
    let mock = Mock {
        memory: Some(2),
        ..Mock::default()
    };
    let (jobs, summary, events) = run(&mock, 4);
    assert!(summary.complete(), "{summary:?}");
    assert_eq!(summary.finished.len(), jobs.len());
    let again: Vec<(usize, usize)> = events
        .iter()
        .filter_map(|event| match event {
            Event::Again { job, at_a_time, .. } => Some((*job, *at_a_time)),
            _ => None,
        })
        .collect();
    assert!(
        !again.is_empty() && again.iter().all(|(_, most)| *most == 2),
        "{again:?}"
    );
    let order = order(&events);
    assert_eq!(
        order.len(),
        jobs.len() + again.len(),
        "each of them once more"
    );
}

#[test]
fn a_job_that_no_device_has_memory_for_fails_by_name_and_nothing_else() {
    let short = Ending::OutOfMemory("its device ran out of memory".to_owned());
    let title = "random · mnist · seed 1";
    for (workers, tries) in [(1, 1), (2, 2), (4, 2)] {
        let mock = Mock {
            endings: BTreeMap::from([(title.to_owned(), short.clone())]),
            ..Mock::default()
        };
        let (jobs, summary, events) = run(&mock, workers);
        let [(job, reason)] = &summary.failed[..] else {
            panic!("{summary:?}");
        };
        assert_eq!(jobs[*job].title, title);
        assert!(
            reason.starts_with("its device ran out of memory; run it "),
            "{reason}"
        );
        assert!(reason.contains("batch-size"), "{reason}");
        assert_eq!(reason.contains("--workers"), workers == 4, "{reason}");
        assert_eq!(summary.finished.len(), jobs.len() - 1);
        let order = order(&events);
        assert_eq!(
            order.iter().filter(|started| *started == job).count(),
            tries
        );
    }
}

#[test]
fn a_lost_device_ends_its_job_and_the_others_go_on() {
    let mock = Mock {
        lost: BTreeMap::from([(0, 2)]),
        ..Mock::default()
    };
    let (jobs, summary, events) = run(&mock, 2);
    let failed = summary.failed.len();
    assert!(failed <= 1, "{summary:?}");
    assert_eq!(
        summary.finished.len() + failed + summary.passed.len(),
        jobs.len()
    );
    let lost = events.contains(&Event::Lost { worker: 0 });
    assert_eq!(lost, failed == 1);

    // Without a device the rest cannot be started, and is said so.
    let mock = Mock {
        lost: BTreeMap::from([(0, 3)]),
        ..Mock::default()
    };
    let (jobs, summary, _) = run(&mock, 1);
    assert_eq!((summary.finished.len(), summary.failed.len()), (2, 1));
    assert_eq!(summary.passed.len(), jobs.len() - 3);
    let unstarted = |(_, because): &(usize, Passed)| !matches!(because, Passed::Stopped);
    assert!(summary.passed.iter().all(unstarted));
    assert!(
        summary
            .passed
            .iter()
            .any(|(_, because)| *because == Passed::NoWorker)
    );
}

/// Workers that wait for what a job was to leave would wait for ever.
#[test]
fn a_panic_in_the_pool_fails_its_job_and_keeps_nobody_waiting() {
    for workers in [1, 2, 4] {
        let mock = Mock {
            panics: Some("pretraining text, seed 1"),
            ..Mock::default()
        };
        let (jobs, summary, _) = run(&mock, workers);
        let [(job, reason)] = &summary.failed[..] else {
            panic!("{summary:?}");
        };
        assert_eq!(jobs[*job].title, "pretraining text, seed 1");
        assert!(reason.contains("panicked"), "{reason}");
        let told = summary.finished.len() + summary.failed.len() + summary.passed.len();
        assert_eq!(told, jobs.len(), "each job is accounted for");
        // The others finish all that does not need it; alone, the worker that panicked was the last.
        let needs = jobs
            .iter()
            .filter(|planned| planned.title.starts_with("text ·"))
            .filter(|planned| planned.title.ends_with("seed 1"));
        match workers {
            1 => assert!(
                summary
                    .passed
                    .iter()
                    .any(|(_, why)| *why == Passed::NoWorker)
            ),
            _ => assert_eq!(summary.finished.len(), jobs.len() - 1 - needs.count()),
        }
    }
}

#[test]
fn no_job_starts_that_would_end_too_late() {
    let jobs = jobs();
    let mock = Mock::default();
    let pool = Pool {
        workers: 2,
        threads: Threads::Each(1),
        devices: 1,
    };
    // Every fourth job is expected to take an hour.
    let hour = |index: usize| index % 4 == 3;
    let expected = (0..jobs.len()).map(|index| if hour(index) { 3600.0 } else { 0.001 });
    let end = Instant::now() + Duration::from_secs(600);
    let limit = Limit::new(end, expected.collect());
    let summary = pool.run_within(&jobs, &mock, &Stop::new(), Some(limit), |_| {});
    let summary = summary.unwrap();
    let is_late = |job: usize| {
        let mut passed = summary.passed.iter();
        passed.any(|(other, because)| *other == job && *because == Passed::TooLate)
    };
    for index in (0..jobs.len()).filter(|index| hour(*index)) {
        assert!(is_late(index), "{}", jobs[index].title);
    }
    // What needs one of them cannot run; all others do.
    let not_run = summary.passed.len();
    assert_eq!(summary.finished.len() + not_run, jobs.len());
    assert!(!summary.finished.is_empty() && summary.failed.is_empty());
}
