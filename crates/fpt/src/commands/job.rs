use crate::attempt;
use crate::context::Context;
use crate::device::open_only;
use crate::exit::{Exit, Failing, Problem};
use crate::interrupt::{self, STOP};
use crate::{last_words, print};
use results::Store;
use runner::{Ending, Line};
use std::path::{Path, PathBuf};
use training::{JobId, Reuse};

/// Runs the jobs in `files`, each a `job.toml` in its folder of a results folder, one after the
/// other. Nothing is started when one of them is no job; a failure does not stop the others.
pub fn run(context: &Context, files: &[PathBuf]) -> Result<Exit, Problem> {
    let jobs = files.iter().map(|file| {
        let (store, id) = of_file(file)?;
        attempt::read(&store.job(&id), &id)?;
        Ok((store, id))
    });
    let jobs = jobs.collect::<Result<Vec<_>, Problem>>()?;
    open_only(&context.device)?;
    interrupt::listen(|line: &str| print::note(line))?;
    let reuse = start(context)?;
    let mut exit = Exit::Done;
    for (store, id) in &jobs {
        if STOP.requested() {
            break;
        }
        let ending = attempt::run(context, store, id, &reuse, in_words)
            .unwrap_or_else(|problem| Ending::Failed(problem.to_string()));
        exit = match (exit, &ending) {
            (Exit::Failed, _) | (_, Ending::Failed(_) | Ending::OutOfMemory(_)) => Exit::Failed,
            (_, Ending::Waiting(_)) => Exit::Waiting,
            // Whatever stopped it ends the process, too.
            (before, Ending::Finished | Ending::Stopped) => before,
        };
        in_words(&Line::Ended(ending));
    }
    Ok(exit)
}

/// Runs the jobs that a runner names on stdin until it has no more.
pub fn obey(context: &Context) -> Result<Exit, Problem> {
    let store = context.read_store()?;
    let orders = interrupt::obey_runner()?;
    let reuse = start(context)?;
    for id in orders {
        let ending = attempt::run(context, &store, &id, &reuse, in_json)
            .unwrap_or_else(|problem| Ending::Failed(problem.to_string()));
        in_json(&Line::Ended(ending));
    }
    Ok(Exit::Done)
}

/// For whoever runs a job by hand.
fn in_words(line: &Line) {
    print::say(line);
}

/// For the runner of this process.
fn in_json(line: &Line) {
    print::say(line.to_line());
}

/// Sets the threads of the process, for the first of its jobs.
fn start(context: &Context) -> Result<Reuse, Problem> {
    context.use_threads()?;
    last_words::listen();
    Ok(Reuse::default())
}

/// `…/results/<profile>/jobs/<id>/job.toml` → the store and the job's id.
pub fn of_file(file: &Path) -> Result<(Store, JobId), Problem> {
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

/// A job by its folder, its job.toml, or the beginning of its id.
pub fn find(context: &Context, name: &str) -> Result<(Store, JobId), Problem> {
    let path = Path::new(name);
    match (path.is_dir(), path.is_file()) {
        (true, _) => return of_file(&path.join("job.toml")),
        (_, true) => return of_file(path),
        _ => {}
    }
    let store = context.read_store()?;
    let ids = store.ids().failing("list the jobs")?;
    let mut found = ids.into_iter().filter(|id| id.0.starts_with(name));
    match (found.next(), found.next()) {
        (Some(id), None) => Ok((store, id)),
        (None, _) => Err(Problem::Asked(format!(
            "there is no job `{name}` in {}",
            store.folder().display()
        ))),
        (Some(_), Some(_)) => Err(Problem::Asked(format!("several jobs begin with `{name}`"))),
    }
}
