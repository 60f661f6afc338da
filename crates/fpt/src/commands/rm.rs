use crate::context::Context;
use crate::exit::{Exit, Failing, Problem};
use crate::hint;
use crate::meant;
use crate::{planning, print, reports, shown, study_folder};
use files::Hold;
use results::{JobLock, Known, Store, remove_rows, studies_with};
use std::collections::BTreeSet;
use std::fs;
use training::JobId;

/// What asks for pretrainings, too: they are not meant by what their names have in common with cells.
const PRETRAINING: &str = "pretraining";

/// Where a profile's jobs go that are being removed, those of each command in a folder of its own.
pub const REMOVED: &str = ".removed";

/// Removes jobs: their folders, and their rows in the tables of every study. Nothing is removed where one of them is running.
pub fn run(context: &Context, name: &str, words: &[String], all: bool) -> Result<Exit, Problem> {
    let store = context.read_store()?;
    let jobs = meant(context, &store, name, words, all)?;
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
            let named = match title.is_empty() {
                true => id.to_string(),
                false => format!("{id} ({title})"),
            };
            let running = || Problem::Run(format!("{named} is running: stop it first"));
            locks.push(lock.ok_or_else(running)?);
        }
    }
    let ids: BTreeSet<JobId> = jobs.iter().map(|(id, _)| id.clone()).collect();
    let studies = studies_with(&store, &ids).map_err(|error| Problem::of_results(&error))?;
    let has_folder = |id: &&JobId| store.job(id).path().is_dir();
    let published = ids.iter().filter(|id| !has_folder(id)).count();
    let mut was_here: BTreeSet<JobId> = ids.iter().filter(has_folder).cloned().collect();
    was_here.extend(with_rows(&store, &studies, &ids)?);
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
    // Whoever wrote a table meanwhile had their folders.
    let again = studies_with(&store, &ids).map_err(|error| Problem::of_results(&error))?;
    for study in &again {
        let removed = remove_rows(&store, study, &ids);
        removed.map_err(|error| Problem::of_results(&error))?;
    }
    if folders == 0 && rows == 0 {
        let asked = [&[name.to_owned()], words].concat().join(" ");
        return Err(Problem::Asked(format!("nothing is stored of `{asked}`")));
    }
    for (id, title) in jobs.iter().filter(|(id, _)| was_here.contains(id)) {
        print::say(format!("removed {id}  {title}").trim_end());
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
    all: bool,
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
    if words.is_empty() && !all {
        return Err(Problem::Asked(format!(
            "which jobs of `{name}`? Words of a title say which ({}), --all means each of them; {} lists them",
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

/// Those of the jobs of which a study has rows.
fn with_rows(
    store: &Store,
    studies: &[String],
    ids: &BTreeSet<JobId>,
) -> Result<BTreeSet<JobId>, Problem> {
    let mut found = BTreeSet::new();
    for study in studies {
        let pretrainings = planning::pretrainings_of(study);
        for study in [study, &pretrainings] {
            let known =
                Known::as_left(store, study).map_err(|error| Problem::of_results(&error))?;
            found.extend(ids.iter().filter(|id| known.has(id)).cloned());
        }
    }
    Ok(found)
}

/// Each is out of the way at once, and then removed: half a folder is no job. Nobody else uses the folder for that.
fn remove_folders(
    store: &Store,
    ids: &BTreeSet<JobId>,
    locks: Vec<JobLock>,
) -> Result<usize, Problem> {
    let removed = store.folder().join(REMOVED);
    let aside = removed.join(files::token());
    let (mut count, mut held) = (0, None);
    for id in ids {
        let folder = store.job(id);
        if folder.path().is_dir() {
            let shown = folder.path().display();
            let making = format!("make {}", aside.display());
            fs::create_dir_all(&aside).failing(&making)?;
            if held.is_none() {
                held = Hold::try_take(&aside).failing(&making)?;
            }
            let there = aside.join(&id.0);
            fs::rename(folder.path(), &there).failing(&format!("remove {shown}"))?;
            count += 1;
        }
    }
    // Some file systems keep a folder in which a file is open.
    drop((locks, held));
    if aside.is_dir() {
        fs::remove_dir_all(&aside).failing(&format!("remove {}", aside.display()))?;
        // Where no other is at it.
        let _ = fs::remove_dir(removed);
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
