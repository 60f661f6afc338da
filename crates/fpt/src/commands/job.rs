use crate::checkpoints;
use crate::context::Context;
use crate::device::device;
use crate::exit::{Exit, Failing, Problem};
use crate::interrupt::{self, STOP};
use crate::print;
use crate::recorder::Recorder;
use results::{JobFolder, JobLock, JobState, Provenance, Store};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, SystemTime};
use study::Line;
use tasks::{DataDir, TaskError};
use training::{Job, JobId, Observer, Outcome, Surroundings, TrainingError};

/// Runs the job in `file`, a `job.toml` in its folder of a results folder.
pub fn run(context: &Context, file: &Path, supervised: bool) -> Result<Exit, Problem> {
    let (store, id) = place(file)?;
    let folder = store.job(&id);
    let Some(job) = folder.job().failing("read the job")? else {
        return Err(Problem::Asked(format!(
            "there is no job at {}",
            file.display()
        )));
    };
    if job.id() != id {
        return Err(Problem::Asked(format!(
            "{} was changed by hand: its folder is {id}, its settings make {}; a study names its \
             jobs itself",
            file.display(),
            job.id()
        )));
    }
    if supervised {
        interrupt::obey_runner()?;
    } else {
        interrupt::listen(|line: &str| print::note(line))?;
    }
    // Fails only where the pool exists already, which a fresh process rules out.
    let _ = rayon::ThreadPoolBuilder::new()
        .num_threads(context.threads)
        .build_global();
    let Some(_lock) = claim(&folder)? else {
        return Ok(Exit::Stopped);
    };
    if is_done(&folder, &job) {
        return Ok(Exit::Done);
    }
    folder.restart().failing("forget the earlier outcome")?;
    let mut recorder = Recorder::new(&folder).failing("open the log")?;
    // A panic ends this job with a message, like any other failure; its place is on stderr, which
    // a runner sends to the log.
    let result = catch_unwind(AssertUnwindSafe(|| {
        train(context, &store, &folder, &job, &mut recorder)
    }));
    match result {
        Ok(Ok(())) => Ok(Exit::Done),
        Ok(Err(Ended::Stopped)) => Ok(Exit::Stopped),
        Ok(Err(Ended::Waiting(reason))) => {
            print::say(Line::Reason(reason));
            Ok(Exit::Waiting)
        }
        Ok(Err(Ended::Failed(reason))) => failed(&folder, &mut recorder, &reason),
        Err(_) => failed(&folder, &mut recorder, "it panicked; its log says where"),
    }
}

/// Whether a job has left everything that it is asked for.
pub fn is_done(folder: &JobFolder, job: &Job) -> bool {
    let body = folder.body_dir().join("model.safetensors");
    folder.state() == JobState::Finished && (!job.keep_body || body.is_file())
}

enum Ended {
    Stopped,
    Waiting(String),
    Failed(String),
}

impl From<TrainingError> for Ended {
    fn from(error: TrainingError) -> Self {
        match error {
            TrainingError::Interrupted { .. } => Self::Stopped,
            TrainingError::Task(TaskError::MissingData { .. }) => Self::Waiting(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

fn train(
    context: &Context,
    store: &Store,
    folder: &JobFolder,
    job: &Job,
    recorder: &mut Recorder<'_>,
) -> Result<(), Ended> {
    let fail = |problem: String| Ended::Failed(problem);
    let device = device(&context.device).map_err(|problem| fail(problem.to_string()))?;
    let data = DataDir::new(&context.data);
    let (checkpoint, body) = (folder.checkpoint_dir(), folder.body_dir());
    let trained = folder.trained_path();
    let bodies = |id: &JobId| store.job(id).body_dir();
    let features = context.features();
    let surroundings = Surroundings {
        data: &data,
        device,
        checkpoint: &checkpoint,
        body: &body,
        trained: &trained,
        features: &features,
        bodies: &bodies,
        checkpoints: &checkpoints::folder,
    };
    let outcome: Outcome = training::run(job, &surroundings, recorder)?;
    let provenance = provenance(context, recorder.wall_seconds());
    folder
        .finish(&outcome, &provenance)
        .map_err(|error| fail(error.to_string()))?;
    training::forget(&checkpoint);
    recorder.finished();
    Ok(())
}

fn failed(folder: &JobFolder, recorder: &mut Recorder<'_>, reason: &str) -> Result<Exit, Problem> {
    recorder.note(&format!("failed: {reason}"));
    print::say(Line::Reason(reason.to_owned()));
    folder.fail(reason).failing("note the failure")?;
    Ok(Exit::Failed)
}

/// The lock of the job, waited for while another process runs it; `None` when asked to stop.
fn claim(folder: &JobFolder) -> Result<Option<JobLock>, Problem> {
    while !STOP.requested() {
        if let Some(lock) = folder.lock().failing("lock the job")? {
            return Ok(Some(lock));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(None)
}

/// `…/results/<profile>/jobs/<id>/job.toml` → the store and the job's id.
pub fn place(file: &Path) -> Result<(Store, JobId), Problem> {
    let file = std::path::absolute(file).failing("find the job")?;
    let mut above = file.ancestors().skip(1);
    let id = above.next().and_then(Path::file_name);
    let profile = above.nth(1);
    let root = above.next();
    match (id, profile.and_then(Path::file_name), root) {
        (Some(id), Some(profile), Some(root)) => {
            let profile = profile.to_string_lossy();
            let store = Store::read_only(root, &profile).failing("open the results")?;
            Ok((store, JobId(id.to_string_lossy().into_owned())))
        }
        _ => Err(Problem::Asked(format!(
            "`{}` is no job: expected …/<profile>/jobs/<id>/job.toml",
            file.display()
        ))),
    }
}

fn provenance(context: &Context, wall_seconds: f64) -> Provenance {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Provenance {
        wall_seconds,
        device: context.device.clone(),
        threads: context.threads,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        git_commit: option_env!("FPT_COMMIT").map(ToOwned::to_owned),
        git_dirty: option_env!("FPT_DIRTY").map(|dirty| dirty == "true"),
        finished_at: now.map_or(0, |now| now.as_secs()),
    }
}
