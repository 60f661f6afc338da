use crate::attempt::is_done;
use crate::bodies::StoredBodies;
use crate::commands::job;
use crate::context::Context;
use crate::exit::{Exit, Failing, Problem};
use crate::{device, print};
use results::{JobFolder, Store};
use std::fs;
use std::path::Path;
use training::{Job, JobId};

/// Writes the body of a finished job into a new folder, in the hub's layout.
pub fn run(context: &Context, job: &str, into: &Path) -> Result<Exit, Problem> {
    let (store, id) = find(context, job)?;
    let folder = store.job(&id);
    let job = finished(&folder, &id)?;
    if fs::read_dir(into).is_ok_and(|mut entries| entries.next().is_some()) || into.is_file() {
        let into = into.display();
        return Err(Problem::Asked(format!(
            "{into} is not empty: name a new folder"
        )));
    }
    // Whole or not at all: made beside its place, then renamed.
    let parent = match into.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).failing("make the folder")?;
    let beside = tempfile::tempdir_in(parent).failing("make the folder")?;
    let part = beside.path().join("export");
    write(context, &store, &folder, &job, &part)?;
    // An empty folder that is there already gives way.
    let _ = fs::remove_dir(into);
    fs::rename(&part, into).failing("put the folder in place")?;
    print::say(format_args!(
        "{}: a {} body of job {id}, with its nets and hidden states to compare with",
        into.display(),
        job.body.model_type()
    ));
    Ok(Exit::Done)
}

fn write(
    context: &Context,
    store: &Store,
    folder: &JobFolder,
    job: &Job,
    into: &Path,
) -> Result<(), Problem> {
    context.use_cores()?;
    let device = device::device(&context.device)?;
    let (trained, bodies) = (folder.trained_path(), StoredBodies(store));
    training::export(job, &trained, &bodies, &device, into).failing("export the job")?;
    backbone::write_reference(into, &device.inner()).failing("compute hidden states")
}

/// The job in a finished folder.
fn finished(folder: &JobFolder, id: &JobId) -> Result<Job, Problem> {
    let Some(job) = folder.job().failing("read the job")? else {
        return Err(Problem::Asked(format!("there is no job `{id}`")));
    };
    if !is_done(folder, &job) {
        return Err(Problem::Asked(format!("job {id} is not finished")));
    }
    if !folder.trained_path().is_file() {
        return Err(Problem::Asked(format!(
            "job {id} was run by an older version, which kept no weights: remove {} and run its \
             study again",
            folder.path().display()
        )));
    }
    Ok(job)
}

/// A job by its folder, its job.toml, or the beginning of its id.
fn find(context: &Context, name: &str) -> Result<(Store, JobId), Problem> {
    let path = Path::new(name);
    match (path.is_dir(), path.is_file()) {
        (true, _) => return job::of_file(&path.join("job.toml")),
        (_, true) => return job::of_file(path),
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
