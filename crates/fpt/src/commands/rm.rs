use crate::context::Context;
use crate::exit::{Exit, Failing, Problem};
use crate::meant;
use crate::{planning, print, reports, study_folder};
use files::Holder;
use results::{Store, remove_rows, studies_with};
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use training::JobId;

/// Removes jobs: their folders, and their rows in the tables of every study. Nothing is removed where one of them is running.
pub fn run(context: &Context, name: &str, words: &[String], all: bool) -> Result<Exit, Problem> {
    let (store, jobs) = meant(context, name, words)?;
    if jobs.len() > 1 && !all {
        let lines = jobs.iter().map(|(id, title)| format!("\n  {id}  {title}"));
        return Err(Problem::Asked(format!(
            "{} jobs are meant: say which by more words of its title, or --all to remove them all:{}",
            jobs.len(),
            lines.collect::<String>()
        )));
    }
    for (id, title) in &jobs {
        if let Holder::Somebody = store.job(id).holder().failing("look for its process")? {
            return Err(Problem::Run(format!(
                "{id} ({title}) is running: stop it first"
            )));
        }
    }
    let ids: BTreeSet<JobId> = jobs.iter().map(|(id, _)| id.clone()).collect();
    let studies = studies_with(&store, &ids).map_err(|error| Problem::of_results(&error))?;
    // Rows first: what has a folder comes back with the next table, so that a kill in between loses nothing of another job.
    let mut rows = 0;
    for study in &studies {
        let removed = remove_rows(&store, study, &ids);
        rows += removed.map_err(|error| Problem::of_results(&error))?;
    }
    let mut folders = 0;
    for id in &ids {
        match fs::remove_dir_all(store.job(id).path()) {
            Ok(()) => folders += 1,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).failing("remove a job's folder"),
        }
    }
    for (id, title) in &jobs {
        print::say(format_args!("removed {id}  {title}"));
    }
    let many = |count: usize, thing: &str| match count {
        1 => format!("1 {thing}"),
        _ => format!("{count} {thing}s"),
    };
    let (folders, rows) = (many(folders, "folder"), many(rows, "row"));
    print::say(format_args!("{folders} and {rows} of tables are gone"));
    write_again(context, &store, &studies)
}

/// The jobs that have a folder or a row.
fn meant(
    context: &Context,
    name: &str,
    words: &[String],
) -> Result<(Store, Vec<(JobId, String)>), Problem> {
    if !meant::is_study(context, name) {
        let (store, id) = meant::find(context, name)?;
        return Ok((store, vec![(id, String::new())]));
    }
    if words.is_empty() {
        return Err(Problem::Asked(format!(
            "which jobs of `{name}`? Words of a title say which (`fpt rm {name} mnist \"seed 1\"`); `fpt plan {name}` lists them"
        )));
    }
    let store = context.read_store()?;
    let plan = planning::plan_as_run(context, name)?;
    let known = planning::stored(context, name, &store)?;
    let mut found = Vec::new();
    for meant in meant::cells(&plan, words)? {
        let has_folder = store.job(&meant.id).path().is_dir();
        if has_folder || known.has(&meant.id) {
            found.push((meant.id, meant.title));
        }
    }
    match found.is_empty() {
        true => Err(Problem::Asked(format!(
            "nothing is stored of `{name}` {}",
            words.join(" ")
        ))),
        false => Ok((store, found)),
    }
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
