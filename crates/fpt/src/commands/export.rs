use crate::attempt::is_done;
use crate::bodies::StoredBodies;
use crate::checkpoints::short;
use crate::context::Context;
use crate::exit::{Exit, Failing, Problem};
use crate::hint;
use crate::meant;
use crate::{device, print};
use results::{JobFolder, Store};
use std::fs;
use std::path::Path;
use tasks::DataDir;
use training::{Job, JobId};

/// Writes the body of a finished job into a new folder, in the hub's layout.
pub fn run(context: &Context, named: &str, into: &Path) -> Result<Exit, Problem> {
    let (store, id) = meant::find(context, named)?;
    let folder = store.job(&id);
    let job = finished(&folder, &id, named)?;
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
    let data = &DataDir::new(&context.data);
    let (trained, bodies) = (folder.trained_path(), StoredBodies { store, data });
    same_origin(folder, job, &bodies)?;
    training::export(job, &trained, &bodies, &device, into).failing("export the job")?;
    backbone::write_reference(into, &device.inner()).failing("compute hidden states")
}

/// Refuses to put what was trained into another body than it was trained in.
fn same_origin(folder: &JobFolder, job: &Job, bodies: &StoredBodies) -> Result<(), Problem> {
    let record = folder.provenance().failing("read where the job ran")?;
    let was = record.and_then(|record| record.read.body_content);
    let now = training::origin(job, bodies).failing("find the body that the job started from")?;
    match was == now || was.is_none() {
        true => Ok(()),
        false => Err(Problem::Run(format!(
            "the body that the job was trained around is not here any more ({} then, {} now): remove {} and run \
             its study again, or bring that body back",
            was.as_deref().map_or("none", short),
            now.as_deref().map_or("none", short),
            folder.path().display()
        ))),
    }
}

/// The job in a finished folder.
fn finished(folder: &JobFolder, id: &JobId, named: &str) -> Result<Job, Problem> {
    let Some(job) = folder.job().failing("read the job")? else {
        return Err(Problem::Asked(format!("there is no job `{id}`")));
    };
    if !is_done(folder, &job).failing("read what the job left")? {
        return Err(Problem::Asked(format!("job {id} is not finished")));
    }
    if !folder.trained_path().is_file() {
        return Err(Problem::Run(format!(
            "{} is not there, and it has what the job trained: {} trains it anew",
            folder.trained_path().display(),
            hint::command(&["run", named, "--again"])
        )));
    }
    Ok(job)
}
