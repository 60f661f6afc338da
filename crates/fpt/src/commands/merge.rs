use crate::anew::{nowhere, row};
use crate::context::Context;
use crate::exit::{Exit, Failing, Problem};
use crate::same::{self, Verdict};
use crate::{print, results_folder};
use results::{JobState, Owner, Store};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use training::JobId;

/// What is being copied lies here, beside the profiles' folders, until it is whole.
const PART: &str = ".merging";

/// Where the other one of two jobs lies that should be the same and are not.
const DIFFERS: &str = ".differs";

/// What came of folders that were put into this one.
#[derive(Default)]
struct Sum {
    taken: usize,
    same: usize,
    rows: usize,
    /// Jobs that are not finished there, and known here.
    open: usize,
    differs: usize,
    running: usize,
    studies: Vec<String>,
}

/// Puts the results of other folders into this one. What both have is compared, to the last bit; where it differs, this folder keeps its
/// own and the other one is laid aside.
pub fn run(
    context: &Context,
    folders: &[PathBuf],
    is_profile_named: bool,
) -> Result<Exit, Problem> {
    let here = std::env::current_dir().failing("find the current folder")?;
    let folders: Vec<PathBuf> = folders.iter().map(|folder| here.join(folder)).collect();
    for folder in &folders {
        check(context, folder)?;
    }
    let mut exit = Exit::Done;
    for folder in &folders {
        let there = Context {
            results: folder.clone(),
            ..context.clone()
        };
        let mut profiles = there.profiles_with_results();
        if is_profile_named {
            profiles.retain(|profile| *profile == context.options.profile);
        }
        if profiles.is_empty() {
            let at = match is_profile_named {
                true => format!(" at {}", context.options.profile),
                false => String::new(),
            };
            print::say(format_args!("{}: no results{at}", folder.display()));
        }
        for profile in profiles {
            let open = |context: &Context| context.at_profile(&profile).read_store();
            let (from, into) = (open(&there)?, Store::open(&context.results, &profile));
            let into = into.map_err(|error| Problem::of_results(&error))?;
            let sum = merge(context, &from, &into)?;
            let whence = format!("{} at {profile}", folder.display());
            print::say(format_args!("{whence}: {}", said(&sum)));
            for study in &sum.studies {
                print::note(format_args!(
                    "`fpt table {study} --profile {profile}` writes its table anew"
                ));
            }
            if sum.differs > 0 {
                exit = Exit::Failed;
            }
        }
    }
    let _ = fs::remove_dir_all(context.results.join(PART));
    Ok(exit)
}

/// Refuses what is no folder of results, or this one.
fn check(context: &Context, folder: &Path) -> Result<(), Problem> {
    let shown = folder.display();
    if !folder.is_dir() {
        return Err(Problem::Asked(format!("there is no folder {shown}")));
    }
    results_folder::check(folder, &context.options.profile)?;
    let real = |path: &Path| fs::canonicalize(path).ok();
    match real(folder) == real(&context.results) {
        true => Err(Problem::Asked(format!(
            "{shown} is the folder that it would be put into"
        ))),
        false => Ok(()),
    }
}

fn merge(context: &Context, from: &Store, into: &Store) -> Result<Sum, Problem> {
    let mut sum = Sum::default();
    let ids = from.ids().map_err(|error| Problem::of_results(&error))?;
    for id in ids {
        merge_job(context, from, into, &id, &mut sum)?;
    }
    let studies = results::studies(from).map_err(|error| Problem::of_results(&error))?;
    for study in studies {
        merge_study(from, into, &study, &mut sum)?;
    }
    Ok(sum)
}

fn merge_job(
    context: &Context,
    from: &Store,
    into: &Store,
    id: &JobId,
    sum: &mut Sum,
) -> Result<(), Problem> {
    let (theirs, ours) = (from.job(id), into.job(id));
    let state = |folder: &results::JobFolder| folder.state().failing("read what a job left");
    let (there, here) = (state(&theirs)?, state(&ours)?);
    let is_finished = there == JobState::Finished;
    match (there, here) {
        // A folder that somebody has made, and nothing in it.
        (JobState::Absent, _) => return Ok(()),
        (JobState::Finished, JobState::Finished) => {
            match compare(from, into, id) {
                Some(Verdict::Differs { first, made_by }) => {
                    let aside = lay_aside(context, theirs.path(), into, id)?;
                    let made_by = made_by.map_or(String::new(), |made_by| format!(" ({made_by})"));
                    print::note(format_args!(
                        "{id} differs{made_by}: {first}; theirs is in {}. `fpt run {id} --again` trains it anew and says which of them comes out here",
                        context.shown(&aside)
                    ));
                    sum.differs += 1;
                }
                _ => sum.same += 1,
            }
            return Ok(());
        }
        (_, JobState::Finished) => {
            sum.same += 1;
            return Ok(());
        }
        (JobState::Finished, _) | (_, JobState::Absent) => {}
        _ => {
            sum.open += 1;
            return Ok(());
        }
    }
    if !is_finished && let Some(holder) = theirs.holder().failing("look for a job's process")? {
        print::note(format_args!("{id} is running: {holder}; it is left there"));
        sum.running += 1;
        return Ok(());
    }
    let Some(lock) = ours.lock().failing("lock the job")? else {
        print::note(format_args!("{id} is running here; theirs is left there"));
        sum.running += 1;
        return Ok(());
    };
    let part = part(into, id);
    let _ = fs::remove_dir_all(&part);
    let placed = copy(theirs.path(), &part).and_then(|()| {
        // What was begun here has less than what is put in its place. The lock goes with it.
        fs::remove_dir_all(ours.path())?;
        fs::rename(&part, ours.path())
    });
    placed.failing(&format!("copy job {id}"))?;
    drop(lock);
    sum.taken += 1;
    Ok(())
}

fn compare(from: &Store, into: &Store, id: &JobId) -> Option<Verdict> {
    let cell = nowhere(id);
    Some(same::compare(&row(from, &cell)?, &row(into, &cell)?))
}

/// The rows that a study has there and not here; they come to their cells with the next table.
fn merge_study(from: &Store, into: &Store, study: &str, sum: &mut Sum) -> Result<(), Problem> {
    let (theirs, ours) = (from.study_dir(study), into.study_dir(study));
    let owner = |dir: &Path| Owner::read(dir).map_err(|error| Problem::of_results(&error));
    let (note, own) = (owner(&theirs)?, owner(&ours)?);
    if ours.is_dir() && note != own {
        print::note(format_args!(
            "{study}: a study of another file or question has that name here; its rows are left there ({})",
            theirs.display()
        ));
        return Ok(());
    }
    let taken = results::take_rows(from, into, study);
    let taken = taken.map_err(|error| Problem::of_results(&error))?;
    if let Some(note) = note.filter(|_| taken > 0) {
        note.write(&ours).failing("note whose results they are")?;
    }
    sum.rows += taken;
    if taken > 0 || sum.taken > 0 {
        sum.studies.push(study.to_owned());
    }
    Ok(())
}

fn said(sum: &Sum) -> String {
    let counts = [
        (sum.taken, print::many(sum.taken, "job") + " taken"),
        (sum.rows, print::many(sum.rows, "published row") + " taken"),
        (
            sum.same,
            format!("{} here already", print::many(sum.same, "job")),
        ),
        (
            sum.open,
            format!(
                "{} begun on both sides, ours kept",
                print::many(sum.open, "job")
            ),
        ),
        (
            sum.running,
            format!("{} left, running", print::many(sum.running, "job")),
        ),
        (
            sum.differs,
            format!("{} not the same", print::many(sum.differs, "job")),
        ),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(_, words)| words).collect();
    match counts.is_empty() {
        true => "nothing that is not here".to_owned(),
        false => counts.join(", "),
    }
}

fn lay_aside(
    context: &Context,
    theirs: &Path,
    into: &Store,
    id: &JobId,
) -> Result<PathBuf, Problem> {
    let profile = into.folder().file_name().unwrap_or_default();
    let folder = context.results.join(DIFFERS).join(profile);
    fs::create_dir_all(&folder).failing("make a folder for what differs")?;
    let free = |number: &usize| !folder.join(format!("{id}-{number}")).exists();
    let number = (1..).find(free).unwrap_or_default();
    let aside = folder.join(format!("{id}-{number}"));
    let part = part(into, id);
    let _ = fs::remove_dir_all(&part);
    let copied = copy(theirs, &part).and_then(|()| fs::rename(&part, &aside));
    copied.failing("lay a job aside")?;
    Ok(aside)
}

fn part(into: &Store, id: &JobId) -> PathBuf {
    let profile = into.folder();
    let root = profile.parent().unwrap_or(profile);
    root.join(PART).join(&id.0)
}

/// A job's folder without what says who runs it, on the disk when it returns.
fn copy(from: &Path, into: &Path) -> io::Result<()> {
    fs::create_dir_all(into)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let target = into.join(&name);
        match entry.file_type()?.is_dir() {
            true => copy(&path, &target)?,
            false if files::is_passing(&name.to_string_lossy()) => {}
            false => {
                fs::copy(&path, &target)?;
                files::sync(&fs::File::open(&target)?, &target)?;
            }
        }
    }
    Ok(())
}
