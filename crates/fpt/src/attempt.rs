//! One try at one job.

use crate::bodies::StoredBodies;
use crate::contents;
use crate::context::Context;
use crate::device::{Facts, open_only};
use crate::exit::{Failing, Problem};
use crate::interrupt::STOP;
use crate::last_words;
use crate::print;
use crate::recorder::{Recorder, Spent, Tell};
use files::Watch;
use results::{JobFolder, JobLock, JobState, Provenance, Read, ResultsError, Store};
use runner::{Ending, is_out_of_memory};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, SystemTime};
use tasks::DataDir;
use training::{Initialisation, Job, JobFiles, JobId, Observer, Reuse, TrainingError, Workplace};

/// The job in a folder.
///
/// # Errors
/// When there is none, or it is not the one that the folder is named after.
pub fn read(folder: &JobFolder, id: &JobId) -> Result<Job, Problem> {
    let path = folder.path().display();
    let Some(job) = folder.job().failing("read the job")? else {
        return Err(Problem::Asked(format!("there is no job at {path}")));
    };
    match job.id() == *id {
        true => Ok(job),
        false => Err(Problem::Asked(format!(
            "{path} was changed by hand: its folder is {id}, its settings make {}; a study names \
             its jobs itself",
            job.id()
        ))),
    }
}

/// Whether a job has left everything that it is asked for.
///
/// # Errors
/// When a file of it cannot be read, or a newer version wrote it.
pub fn is_done(folder: &JobFolder, job: &Job) -> Result<bool, ResultsError> {
    let body = folder.body_dir().join("model.safetensors");
    // One that cannot be looked at is there: who reads it says what is wrong.
    let has_body = !matches!(files::is_file(&body), Ok(false));
    Ok(folder.state()? == JobState::Finished && (!job.keep_body || has_body))
}

/// What is done about a job that another process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It is waited for.
    Wait,
    /// It is left to that one.
    Leave,
}

/// Runs a job of a results folder to its end, unless it is done.
///
/// # Errors
/// When its folder cannot be read or written. What goes wrong in the run itself is its ending.
pub fn run(
    context: &Context,
    store: &Store,
    id: &JobId,
    reuse: &Reuse,
    tell: Tell,
    held: Held,
) -> Result<Ending, Problem> {
    let folder = store.job(id);
    let job = read(&folder, id)?;
    let lock = match claim(&folder, held)? {
        Ok(lock) => lock,
        Err(ending) => return Ok(ending),
    };
    print::lacks();
    if is_done(&folder, &job).failing("read what the job left")? {
        return Ok(Ending::Finished);
    }
    folder.restart().failing("forget the earlier outcome")?;
    let mut recorder = Recorder::new(&folder, &lock, tell).failing("open the log")?;
    // A panic ends this job with a message, like any other failure; its place is on stderr, which
    // a runner sends to the log.
    last_words::take();
    let ended = catch_unwind(AssertUnwindSafe(|| {
        train(context, store, &folder, &job, &mut recorder, reuse)
    }));
    let ending = match ended.unwrap_or_else(|_| Err(panicked())) {
        Ok(()) if !is_done(&folder, &job).unwrap_or(false) => Ending::Failed(format!(
            "{} was removed or changed while the job ran; the same command runs it again",
            folder.path().display()
        )),
        Ok(()) => Ending::Finished,
        // Whatever came of it: who was given up is not who says how the job ended.
        Err(_) if lock.is_lost() => Ending::Elsewhere,
        Err(ending) => ending,
    };
    if ending == Ending::Stopped
        && let Err(error) = recorder.paused()
    {
        recorder.note(&format!("failed to keep the time that it took: {error}"));
    }
    if let Ending::Failed(reason) | Ending::OutOfMemory(reason) = &ending {
        recorder.note(&format!("failed: {reason}"));
        if let Err(error) = folder.fail(reason) {
            // Why the job failed matters more; a full disk is often why both did.
            recorder.note(&format!("failed to note the failure: {error}"));
        }
    }
    Ok(ending)
}

/// Trains the job and writes its outcome down; an error is how it ended instead.
fn train(
    context: &Context,
    store: &Store,
    folder: &JobFolder,
    job: &Job,
    recorder: &mut Recorder<'_>,
    reuse: &Reuse,
) -> Result<(), Ending> {
    let opened = open_only(&context.device).map_err(failed)?;
    let data = DataDir::new(&context.data);
    contents::check(&job.task, &data).map_err(Ending::Failed)?;
    let states = context.hidden_states();
    let workplace = Workplace::new(opened.device.autodiff(), data.clone(), states, reuse);
    let files = JobFiles {
        checkpoint: folder.checkpoint_dir(),
        body: folder.body_dir(),
        trained: folder.trained_path(),
    };
    let bodies = StoredBodies { store, data: &data };
    let read = read_by(job, &bodies, &data).map_err(ending)?;
    let outcome = training::run(job, &workplace, &files, &bodies, recorder).map_err(ending)?;
    let provenance = Provenance {
        log: folder.log_end(),
        ..provenance(context, opened.facts, read, recorder.spent())
    };
    folder.finish(&outcome, &provenance).map_err(failed)?;
    training::forget(&files.checkpoint);
    recorder.finished();
    Ok(())
}

fn ending(error: TrainingError) -> Ending {
    match error {
        TrainingError::Interrupted { .. } => Ending::Stopped,
        TrainingError::Task(missing) if missing.is_missing() => {
            Ending::Waiting(missing.to_string())
        }
        _ => failed(error),
    }
}

fn failed(problem: impl ToString) -> Ending {
    let reason = problem.to_string();
    match is_out_of_memory(&reason) {
        true => out_of_memory(&reason),
        false => Ending::Failed(reason),
    }
}

/// How a job that panicked has ended: what says that memory ran out may be said on a thread of the
/// device's, and the job's own panic only follows.
fn panicked() -> Ending {
    let said = last_words::take();
    match said.iter().find(|words| is_out_of_memory(words)) {
        Some(words) => out_of_memory(words),
        None => Ending::Failed("it panicked; its log says where".to_owned()),
    }
}

fn out_of_memory(words: &str) -> Ending {
    Ending::OutOfMemory(format!("its device ran out of memory: {words}"))
}

/// The lock of the job, or how it ends without.
fn claim(folder: &JobFolder, held: Held) -> Result<Result<JobLock, Ending>, Problem> {
    let mut watch = Watch::default();
    while !STOP.requested() {
        if let Some(lock) = folder.lock().failing("lock the job")? {
            return Ok(Ok(lock));
        }
        if held == Held::Leave {
            return Ok(Err(Ending::Elsewhere));
        }
        // Who is gone is given up; then the lock is to be had.
        folder.is_free(&mut watch).failing("look for its process")?;
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(Err(Ending::Stopped))
}

/// What the job reads, by content, and where it is found.
fn read_by(job: &Job, bodies: &StoredBodies, data: &DataDir) -> Result<Read, TrainingError> {
    let (source, commit) = match &job.initialisation {
        Initialisation::Random {} => (None, None),
        Initialisation::Job { id } => (Some(format!("job {id}")), None),
        Initialisation::Checkpoint(checkpoint) => (
            Some(from_here(&checkpoint.source)),
            checkpoint.commit.clone(),
        ),
    };
    Ok(Read {
        body_content: training::origin(job, bodies)?,
        body_commit: commit,
        body_source: source,
        data_content: contents::read(&job.task, data).map(|content| content.digest),
    })
}

/// A folder as it is seen from where the command is run: what is published says no more of somebody's machine than that.
fn from_here(source: &str) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let inside = Path::new(source).strip_prefix(here);
    inside.map_or_else(|_| source.to_owned(), |inside| inside.display().to_string())
}

/// What computes here: another build, or another device, may come to other numbers.
pub fn made_by(context: &Context) -> String {
    let program = std::env::current_exe().and_then(std::fs::metadata);
    let built = program.and_then(|program| program.modified()).ok();
    let built = built.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    let built = built.map_or(0, |since| since.as_secs());
    let commit = option_env!("FPT_COMMIT").unwrap_or("unknown");
    let version = env!("CARGO_PKG_VERSION");
    format!("{version} {commit} {built} {}\n", context.device)
}

fn provenance(context: &Context, facts: Facts, read: Read, spent: Spent) -> Provenance {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Provenance {
        wall_seconds: spent.wall,
        processor_seconds: spent.processor,
        device: context.device.to_string(),
        device_name: facts.name,
        driver: facts.driver,
        threads: context.threads,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        git_commit: option_env!("FPT_COMMIT").map(ToOwned::to_owned),
        git_dirty: option_env!("FPT_DIRTY").map(|dirty| dirty == "true"),
        finished_at: now.map_or(0, |now| now.as_secs()),
        read,
        log: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_of_a_checkpoint_tells_nothing_of_the_way_there() {
        let here = std::env::current_dir().unwrap();
        let folder = Path::new("checkpoints").join("a");
        let noted = from_here(&here.join(&folder).display().to_string());
        assert_eq!(Path::new(&noted), folder);
        assert_eq!(from_here("owner/name"), "owner/name");
    }

    #[test]
    fn a_panic_on_the_device_s_thread_tells_why_memory_ran_out() {
        last_words::listen();
        // Other tests listen to panics, too.
        let _alone = crate::device::panic_hook();
        let device = || panic!("cannot allocate 64 bytes: CUDA_ERROR_OUT_OF_MEMORY");
        let step = || {
            std::thread::spawn(device)
                .join()
                .expect("the device answers")
        };
        assert!(catch_unwind(step).is_err());
        let said =
            "its device ran out of memory: cannot allocate 64 bytes: CUDA_ERROR_OUT_OF_MEMORY";
        assert_eq!(panicked(), Ending::OutOfMemory(said.to_owned()));
        assert_eq!(failed("Out of Memory"), out_of_memory("Out of Memory"));
        assert!(matches!(failed("the loss is no number"), Ending::Failed(_)));
    }
}
