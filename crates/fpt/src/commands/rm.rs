use crate::context::Context;
use crate::exit::{Exit, Failing, Problem};
use crate::hint;
use crate::meant;
use crate::{planning, print, reports, shown, study_folder};
use results::{JobLock, Store, remove_rows, studies_with};
use std::collections::BTreeSet;
use std::fs;
use training::JobId;

/// What asks for pretrainings, too: they are not meant by what their names have in common with cells.
const PRETRAINING: &str = "pretraining";

/// Removes jobs: their folders, and their rows in the tables of every study. Nothing is removed where one of them is running.
pub fn run(context: &Context, name: &str, words: &[String], all: bool) -> Result<Exit, Problem> {
    let store = context.read_store()?;
    let jobs = meant(context, &store, name, words)?;
    if !all {
        meant::be_one(
            jobs.iter().map(|(id, title)| (id, title.as_str())),
            "remove them all",
        )?;
    }
    let mut locks = Vec::new();
    for (id, title) in &jobs {
        let folder = store.job(id);
        if folder.path().is_dir() {
            let lock = folder.lock_or_watch(meant::tell_waiting);
            let lock = lock.failing("lock the job")?;
            let running = || Problem::Run(format!("{id} ({title}) is running: stop it first"));
            locks.push(lock.ok_or_else(running)?);
        }
    }
    let ids: BTreeSet<JobId> = jobs.iter().map(|(id, _)| id.clone()).collect();
    let studies = studies_with(&store, &ids).map_err(|error| Problem::of_results(&error))?;
    let published = ids
        .iter()
        .filter(|id| !store.job(id).path().is_dir())
        .count();
    if published > 0 && !studies.is_empty() && !all {
        return Err(Problem::Asked(format!(
            "{} has no folder here, and its rows in {} are all that there is of it: --all removes them",
            jobs[0].1,
            studies.join(", ")
        )));
    }
    // Rows first: what has a folder comes back with the next table, so that a kill in between loses nothing of another job.
    let mut rows = 0;
    for study in &studies {
        let removed = remove_rows(&store, study, &ids);
        rows += removed.map_err(|error| Problem::of_results(&error))?;
    }
    let folders = remove_folders(&store, &ids, locks)?;
    if folders == 0 && rows == 0 {
        return Err(Problem::Asked(format!(
            "nothing is stored of `{name}` {}",
            words.join(" ")
        )));
    }
    for (id, title) in &jobs {
        print::say(format_args!("removed {id}  {title}"));
    }
    let (folders, rows) = (print::many(folders, "folder"), print::many(rows, "row"));
    print::say(format_args!("{folders} and {rows} of tables are gone"));
    write_again(context, &store, &studies)
}

/// The jobs that are meant, stored or not.
fn meant(
    context: &Context,
    store: &Store,
    name: &str,
    words: &[String],
) -> Result<Vec<(JobId, String)>, Problem> {
    if let ([], Some(study)) = (words, meant::published(context, name)?) {
        let plan = shown::all(context, &study, store)?;
        let found = meant::cells(context, &study, &plan, &[name.to_owned()])?;
        let found = found.into_iter().map(|meant| meant.planned);
        return Ok(found.map(|planned| (planned.id, planned.title)).collect());
    }
    if !meant::is_study(context, name) {
        let (found, id) = meant::one(context, name, words)?;
        let places = [found.folder(), store.folder()].map(|folder| fs::canonicalize(folder).ok());
        if places[0] != places[1] || places[0].is_none() {
            return Err(Problem::Asked(format!(
                "`{name}` is no job of {}: say its --profile, and its --results",
                context.shown(store.folder())
            )));
        }
        return Ok(vec![(id, String::new())]);
    }
    if words.is_empty() {
        return Err(Problem::Asked(format!(
            "which jobs of `{name}`? Words of a title say which ({}); {} lists them",
            hint::command(&["rm", name, "mnist", "seed 1"]),
            hint::command(&["show", name])
        )));
    }
    let plan = shown::all(context, name, store)?;
    let with_pretrainings = words.iter().any(|word| word == PRETRAINING);
    let found = meant::cells(context, name, &plan, words)?.into_iter();
    let found = found.filter(|meant| with_pretrainings || meant.cell.is_some());
    let found: Vec<_> = found
        .map(|meant| (meant.planned.id, meant.planned.title))
        .collect();
    match found.is_empty() {
        true => Err(Problem::Asked(format!(
            "only pretrainings have `{}` in their titles: with the word `{PRETRAINING}` those are meant",
            words.join(" ")
        ))),
        false => Ok(found),
    }
}

/// Each is out of the way at once, and then removed: half a folder is no job.
fn remove_folders(
    store: &Store,
    ids: &BTreeSet<JobId>,
    locks: Vec<JobLock>,
) -> Result<usize, Problem> {
    let aside = store.folder().join(".removed");
    let mut count = 0;
    for id in ids {
        let folder = store.job(id);
        if folder.path().is_dir() {
            fs::create_dir_all(&aside).failing("make room for what is removed")?;
            let there = aside.join(&id.0);
            let _ = fs::remove_dir_all(&there);
            fs::rename(folder.path(), &there).failing("remove a job's folder")?;
            count += 1;
        }
    }
    // Some file systems keep a folder in which a file is open.
    drop(locks);
    if aside.is_dir() {
        fs::remove_dir_all(&aside).failing("remove a job's folder")?;
    }
    Ok(count)
}

/// The tables of these studies without what was removed.
fn write_again(context: &Context, store: &Store, studies: &[String]) -> Result<Exit, Problem> {
    for name in studies {
        let folder = context.shown(&store.study_dir(name));
        let Some(study) = study_folder::study_of(context, store, name) else {
            print::note(format_args!(
                "{folder}: its study is not here, its tables are as they were until `fpt table` is run"
            ));
            continue;
        };
        let whole = context.of_all();
        let plan = planning::plan_as_run(&whole, &study)?;
        reports::write_quietly(&whole, &study, &plan, store)?;
        print::say(format_args!("{folder}: written again"));
    }
    Ok(Exit::Done)
}
