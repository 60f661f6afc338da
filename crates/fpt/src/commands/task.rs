use crate::attempt;
use crate::commands::run;
use crate::context::Context;
use crate::exit::{Exit, Problem};
use crate::interrupt::STOP;
use crate::submission::{Submission, To, Used};
use crate::{print, signals};
use queue::Slurm;
use std::path::Path;
use std::time::{Duration, Instant};
use training::{JobId, Progress};

/// Runs the jobs of a task that a queue has started. When its time is about to end, what it has is stored and the task goes back into
/// the queue.
pub fn run(context: &Context, folder: &Path, array: usize, task: usize) -> Result<Exit, Problem> {
    let submission = Submission::read(folder)?;
    let sent = submission.note.arrays.get(array);
    let jobs = sent.and_then(|sent| Some((&sent.request, sent.tasks.get(task)?)));
    let Some((request, jobs)) = jobs else {
        return Err(Problem::Asked(format!(
            "{} has no task {task} of array {}",
            folder.display(),
            array + 1
        )));
    };
    let started = Instant::now();
    signals::expect_warning()?;
    let store = context.read_store()?;
    let mut exit = Exit::Done;
    let mut names = Vec::new();
    for id in jobs {
        // One that somebody has removed meanwhile must not take the others along.
        match attempt::read(&store.job(id), id) {
            Ok(_) => names.push(id.to_string()),
            Err(problem) => {
                print::note(format_args!("job {id} is left out: {problem}"));
                exit = Exit::Failed;
            }
        }
    }
    // What is done of its jobs, and how far the others have come.
    let progress = || -> Vec<(bool, Option<Progress>)> {
        let of = |id: &JobId| {
            let come = training::progress(&store.job(id).checkpoint_dir());
            (run::is_done(&store, id), come)
        };
        jobs.iter().map(of).collect()
    };
    let before = progress();
    if !names.is_empty() {
        let ended = run::run(context, &names, None, run::in_few_words)?;
        exit = if ended == Exit::Done { exit } else { ended };
    }
    let used = Used {
        seconds: started.elapsed().as_secs_f64(),
        memory: crate::memory::peak(),
    };
    if let Err(error) = submission.used(array, task, used) {
        print::note(format_args!("failed to note what the task took: {error}"));
    }
    let after = progress();
    let is_left = STOP.requested() && !after.iter().all(|(is_done, _)| *is_done);
    if is_left && signals::was_warned() && submission.note.to == To::Slurm {
        if before == after && started.elapsed() >= most_of(request.time) {
            return Err(Problem::Run(
                "the task's time is too short: it has come no further in all of it, and does not go back into the queue; \
                 `fpt submit` with more `--time` sends its jobs again, and they go on where they are"
                    .to_owned(),
            ));
        }
        print::note("the task's time ends: it goes back into the queue");
        Slurm::requeue().map_err(|why| {
            Problem::Run(format!(
                "it cannot be put back into the queue: {why}; `fpt submit` sends its jobs again, and they go on where they are"
            ))
        })?;
    }
    Ok(exit)
}

/// Half of the minutes that were asked for: who is told of the end before was told early, and says nothing of how long a job needs.
fn most_of(minutes: Option<u64>) -> Duration {
    // Where nobody asked, the queue has a usual time.
    Duration::from_secs(60 * minutes.unwrap_or(10) / 2)
}
