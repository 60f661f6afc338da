use crate::anew::{nowhere, row};
use crate::context::Context;
use crate::copied::copy;
use crate::exit::{Exit, Failing, Problem};
use crate::same::{self, Verdict};
use crate::{contents, hint, meant, print, results_folder, study_folder};
use files::{Hold, Sign, Watch};
use results::{JobFolder, JobState, Owner, Row, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use training::JobId;

/// What is being copied lies here, beside the profiles' folders, until it is whole.
pub const PART: &str = ".merging";

/// How names there end of jobs that were moved away to make place for others.
const BEFORE: &str = ".before";

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
    /// Jobs there whose files are not what they left.
    damaged: usize,
    running: usize,
    /// Jobs, and studies, that could not be read there or not be put here.
    not_taken: usize,
    rows_not_taken: usize,
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
    let mut all = Vec::new();
    for folder in &folders {
        let profiles = profiles(context, folder, is_profile_named)?;
        all.extend(profiles.into_iter().map(|profile| (folder, profile)));
    }
    let (parts, hold) = parts(context)?;
    let mut exit = Exit::Done;
    for (folder, profile) in all {
        let merged = merge_at(context, &parts, folder, &profile).unwrap_or_else(|problem| {
            // The others are merged all the same.
            print::problem(&problem);
            problem.exit()
        });
        if exit == Exit::Done {
            exit = merged;
        }
    }
    drop(hold);
    clear(&parts);
    // Unless another merge has some there.
    let _ = fs::remove_dir(context.results.join(PART));
    Ok(exit)
}

/// Puts the results of a profile into this folder's, and says what came of it.
fn merge_at(
    context: &Context,
    parts: &Path,
    folder: &Path,
    profile: &str,
) -> Result<Exit, Problem> {
    let at = context.at_profile(profile);
    let there = Context {
        results: folder.to_owned(),
        ..at.clone()
    };
    let (from, into) = (there.read_store()?, Store::open(&at.results, profile));
    let into = into.map_err(|error| Problem::of_results(&error))?;
    let sum = merge(&at, parts, &from, &into)?;
    print::say(format_args!(
        "{} at {profile}: {}",
        folder.display(),
        said(&sum)
    ));
    for study in &sum.studies {
        print::note(match study_folder::study_of(&at, &into, study) {
            Some(study) => format!(
                "{} writes its table anew",
                hint::at(profile, &["table", &study])
            ),
            None => format!("{study}: its study is not here, nor is its table written"),
        });
    }
    let wrong = [sum.differs, sum.damaged, sum.not_taken, sum.rows_not_taken];
    Ok(match wrong.iter().all(|count| *count == 0) {
        true => Exit::Done,
        false => Exit::Failed,
    })
}

/// The profiles of a folder that are to be merged. Refuses what is no folder of results, has none, or is this one.
fn profiles(
    context: &Context,
    folder: &Path,
    is_profile_named: bool,
) -> Result<Vec<String>, Problem> {
    let (shown, named) = (folder.display(), &context.options.profile);
    match fs::metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Problem::Asked(format!("there is no folder {shown}")));
        }
        about => {
            about.failing(&format!("look at {shown}"))?;
        }
    }
    results_folder::check(folder, named, "")?;
    let real = |path: &Path| fs::canonicalize(path).ok();
    if real(folder) == real(&context.results) {
        return Err(Problem::Asked(format!(
            "{shown} is the folder that it would be put into"
        )));
    }
    let there = Context {
        results: folder.to_owned(),
        ..context.clone()
    };
    let mut profiles = there.profiles_with_results()?;
    if is_profile_named {
        profiles.retain(|profile| profile == named);
    }
    if profiles.is_empty() {
        let at = match is_profile_named {
            true => format!(" at {named}"),
            false => String::new(),
        };
        return Err(Problem::Asked(format!(
            "{shown} has no results{at}: a folder as --results names it is asked for"
        )));
    }
    Ok(profiles)
}

/// Two stores of one profile, and what is found on the way.
struct Merge<'a> {
    context: &'a Context,
    /// Where what is not whole yet is put.
    parts: &'a Path,
    from: &'a Store,
    into: &'a Store,
    /// What was published here.
    rows: BTreeMap<JobId, Row>,
    /// What both had and was held against each other.
    compared: BTreeSet<JobId>,
    sum: Sum,
}

fn merge(context: &Context, parts: &Path, from: &Store, into: &Store) -> Result<Sum, Problem> {
    let rows = results::rows_of_all(into).map_err(|error| Problem::of_results(&error))?;
    let mut merge = Merge {
        context,
        parts,
        from,
        into,
        rows,
        compared: BTreeSet::new(),
        sum: Sum::default(),
    };
    let ids = from.ids().map_err(|error| Problem::of_results(&error))?;
    let studies = results::studies(from).map_err(|error| Problem::of_results(&error))?;
    let (mut watch, failing) = (Watch::default(), "look for a job's process");
    let mut wanted = Vec::new();
    for id in ids {
        // One that cannot be looked at is not watched with the others.
        let mut look = || from.job(&id).look(&mut watch).failing(failing);
        match merge.is_wanted(&id).and_then(|is| look().map(|_| is)) {
            Ok(true) => wanted.push(id),
            Ok(false) => {}
            Err(problem) => merge.leave(&id, &problem),
        }
    }
    let folder = |id: &JobId| from.job(id).path().to_owned();
    let settled = watch.settle(wanted, folder, meant::tell_watching);
    for (id, _) in settled.failing(failing)? {
        // Who is watched for others may be begun meanwhile.
        let taken = match from.job(&id).look(&mut watch).failing(failing) {
            Ok(Sign::Free | Sign::Silent) => merge.take(&id),
            Ok(Sign::Alive | Sign::Quiet) => {
                print::note(format_args!("{id} is running there, and left"));
                merge.sum.running += 1;
                Ok(())
            }
            Err(problem) => Err(problem),
        };
        if let Err(problem) = taken {
            merge.leave(&id, &problem);
        }
    }
    for study in studies {
        if let Err(problem) = merge.study(&study) {
            print::note(format_args!("{study}: its rows are left there: {problem}"));
            merge.sum.rows_not_taken += 1;
        }
    }
    Ok(merge.sum)
}

impl Merge<'_> {
    /// Whether a job there is to be put in the place of what is here. What both have is compared.
    fn is_wanted(&mut self, id: &JobId) -> Result<bool, Problem> {
        let state = |store: &Store| store.job(id).state().failing("read what a job left");
        let there = state(self.from)?;
        match (there, state(self.into)?) {
            // A folder that somebody has made, and nothing in it.
            (JobState::Absent, _) => {
                self.is_flawed(id);
                Ok(false)
            }
            // That it is finished here does not mend it there.
            (_, JobState::Finished) if self.is_flawed(id) => Ok(false),
            (JobState::Finished, JobState::Finished) => {
                let is_same = self.compare(id, &row(self.into, &nowhere(id))?)?;
                self.sum.same += usize::from(is_same);
                Ok(false)
            }
            (_, JobState::Finished) => {
                self.sum.same += 1;
                Ok(false)
            }
            (JobState::Finished, _) => match self.rows.get(id).cloned() {
                Some(_) if self.is_flawed(id) => Ok(false),
                Some(published) => self.compare(id, &published),
                None => Ok(true),
            },
            (_, JobState::Absent) => Ok(true),
            // Named here, and no more: somebody submitted it, or was stopped before its first point.
            (_, JobState::Started) if !self.has_begun(id)? => Ok(true),
            _ => {
                let is_flawed = self.is_flawed(id);
                self.sum.open += usize::from(!is_flawed);
                Ok(false)
            }
        }
    }

    /// Says why a job stays where it is; the others are taken all the same.
    fn leave(&mut self, id: &JobId, problem: &Problem) {
        print::note(format_args!("{id} is left there: {problem}"));
        self.sum.not_taken += 1;
    }

    /// Whether a job there is damaged, and so left, which is said.
    fn is_flawed(&mut self, id: &JobId) -> bool {
        let why = flaw(&self.from.job(id), id);
        if let Some(why) = &why {
            print::note(format_args!("{id} is left there: {why}"));
            self.sum.damaged += 1;
        }
        why.is_some()
    }

    /// Whether a job here has anything that would be lost.
    fn has_begun(&self, id: &JobId) -> Result<bool, Problem> {
        let ours = self.into.job(id);
        let has_points = !matches!(ours.curve(), Ok(None));
        let checkpoint = ours.checkpoint_dir().try_exists();
        Ok(has_points || checkpoint.failing("look for a checkpoint")?)
    }

    /// Holds a job there against what is known of it here; whether it is the same. What is not is laid aside.
    fn compare(&mut self, id: &JobId, here: &Row) -> Result<bool, Problem> {
        let there = row(self.from, &nowhere(id))?;
        self.compared.insert(id.clone());
        let Verdict::Differs { first, made_by } = same::compare(&there, here) else {
            return Ok(true);
        };
        let aside = self.lay_aside(id)?;
        let made_by = made_by.map_or(String::new(), |made_by| format!(" ({made_by})"));
        print::note(format_args!(
            "{id} differs{made_by}: {first}; theirs is in {}. {} trains it anew and says which of them comes out here",
            self.context.shown(&aside),
            hint::at(&self.into.profile(), &["run", &id.0, "--again"])
        ));
        self.sum.differs += 1;
        Ok(false)
    }

    /// Puts a job in its place, whole; what was begun here goes when it is there.
    fn take(&mut self, id: &JobId) -> Result<(), Problem> {
        let (theirs, ours) = (self.from.job(id), self.into.job(id));
        if self.is_flawed(id) {
            return Ok(());
        }
        let lock = ours.lock_or_watch(meant::tell_waiting);
        let Some(lock) = lock.failing("lock the job")? else {
            print::note(format_args!("{id} is running here; theirs is left there"));
            self.sum.running += 1;
            return Ok(());
        };
        // Who runs it here may have ended it since it was looked at.
        if !self.is_wanted(id)? {
            return Ok(());
        }
        let (part, before) = (self.part(id), self.parts.join(self.before(id)));
        for folder in [&part, &before] {
            let _ = fs::remove_dir_all(folder);
        }
        let placed = copy(theirs.path(), &part).and_then(|()| {
            fs::rename(ours.path(), &before)?;
            fs::rename(&part, ours.path()).inspect_err(|_| drop(fs::rename(&before, ours.path())))
        });
        placed.failing(&format!("copy job {id}"))?;
        drop(lock);
        // What is left of it is swept with the rest.
        let _ = fs::remove_dir_all(&before);
        self.sum.taken += 1;
        Ok(())
    }

    /// What is noted of a study there, and the rows that it has and this one has not; they come to their cells with the next table.
    fn study(&mut self, study: &str) -> Result<(), Problem> {
        let (theirs, ours) = (self.from.study_dir(study), self.into.study_dir(study));
        let owner = |dir: &Path| Owner::read(dir).map_err(|error| Problem::of_results(&error));
        let (note, own) = (owner(&theirs)?, owner(&ours)?);
        let has_rows = ours.join("runs.parquet").try_exists();
        let is_another = match (&note, &own) {
            (None, None) => false,
            (Some(_), None) if !has_rows.failing("look for rows")? => false,
            // The question is the study: its file may have been moved. Without a note it is the library's.
            _ => self.question(study, note.as_ref()) != self.question(study, own.as_ref()),
        };
        if is_another {
            print::note(format_args!(
                "{study}: a study of another file or question has that name here; its rows are left there ({})",
                theirs.display()
            ));
            return Ok(());
        }
        // Before the rows: a merge that is killed behind them would not come back to it.
        let there = self.from.folder().parent();
        let note = note.filter(|_| own.is_none()).zip(there);
        let note = note
            .and_then(|(note, there)| study_folder::note_here(self.context, there, study, note));
        if let Some(note) = note {
            note.write(&ours).failing("note whose results they are")?;
        }
        contents::take(self.from, self.into, study)?;
        let taken = results::take_rows(self.from, self.into, study);
        let taken = taken.map_err(|error| Problem::of_results(&error))?;
        for (there, here) in &taken.both {
            let is_new = self.compared.insert(here.run.cell.job.clone());
            if is_new && let Verdict::Differs { first, .. } = same::compare(there, here) {
                print::note(format_args!(
                    "{study}: the published row of {} differs: {first}; theirs is left there ({})",
                    here.run.cell.job,
                    theirs.display()
                ));
                self.sum.differs += 1;
            }
        }
        if taken.rows > 0 || self.sum.taken > 0 {
            self.sum.studies.push(study.to_owned());
        }
        self.sum.rows += taken.rows;
        Ok(())
    }

    /// What a study asks that has this note.
    fn question(&self, study: &str, note: Option<&Owner>) -> Option<String> {
        match note {
            Some(note) => Some(note.question.clone()),
            None => study_folder::question(self.context, study),
        }
    }

    fn lay_aside(&self, id: &JobId) -> Result<PathBuf, Problem> {
        let folder = self.context.results.join(DIFFERS).join(self.into.profile());
        fs::create_dir_all(&folder).failing("make a folder for what differs")?;
        let part = self.part(id);
        let _ = fs::remove_dir_all(&part);
        copy(self.from.job(id).path(), &part).failing("lay a job aside")?;
        let bytes = |folder: &Path| {
            ["outcome.json", "curve.parquet"].map(|name| fs::read(folder.join(name)).ok())
        };
        let mut number = 1;
        let aside = loop {
            let aside = folder.join(format!("{id}-{number}"));
            if !aside.exists() {
                break aside;
            }
            // By an earlier merge.
            if bytes(&aside) == bytes(&part) {
                return Ok(aside);
            }
            number += 1;
        };
        fs::rename(&part, &aside).failing("lay a job aside")?;
        Ok(aside)
    }

    fn part(&self, id: &JobId) -> PathBuf {
        self.parts.join(&id.0)
    }

    /// What a job here is called while another run is put in its place, as [`moved_away`] reads it.
    fn before(&self, id: &JobId) -> String {
        format!("{id}.{}{BEFORE}", self.into.profile())
    }
}

/// The job that was moved away under this name, and its profile, which earlier versions did not say.
pub fn moved_away(name: &str) -> Option<(JobId, Option<String>)> {
    let name = name.strip_suffix(BEFORE)?;
    let (id, profile) = match name.split_once('.') {
        Some((id, profile)) => (id, Some(profile.to_owned())),
        None => (name, None),
    };
    Some((JobId(id.to_owned()), profile))
}

/// Takes a merge's folder away, but for a job that could not be put back.
fn clear(parts: &Path) {
    for entry in fs::read_dir(parts).into_iter().flatten().flatten() {
        if moved_away(&entry.file_name().to_string_lossy()).is_none() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let _ = fs::remove_dir(parts);
}

/// A folder of this merge alone for what is not whole yet, held as long as it is at work: `fpt doctor` takes away what nobody holds.
fn parts(context: &Context) -> Result<(PathBuf, Hold), Problem> {
    let all = context.results.join(PART);
    let making = format!("make {}, for what is copied", all.display());
    let making = making.as_str();
    fs::create_dir_all(&all).failing(making)?;
    let parts = tempfile::Builder::new().prefix("").tempdir_in(&all);
    let parts = parts.failing(making)?.keep();
    let hold = Hold::try_take(&parts).failing(making)?;
    match hold {
        Some(hold) => Ok((parts, hold)),
        None => Err(Problem::Run(format!(
            "another process has taken {}: call this again",
            parts.display()
        ))),
    }
}

/// Why what a job has left is not taken for what it found; `None` also of one that has not ended.
fn flaw(folder: &JobFolder, id: &JobId) -> Option<String> {
    let job = match folder.job() {
        Err(error) => return Some(error.to_string()),
        Ok(Some(job)) => job,
        Ok(None) => {
            let has_ended = folder.path().join("outcome.json").exists();
            return has_ended.then(|| "it has no job.toml".to_owned());
        }
    };
    if job.id() != *id {
        return Some(format!("it has the settings of job {}", job.id()));
    }
    // The sums of a run before stay until the next one ends.
    let has_ended = match folder.outcome() {
        Err(error) => return Some(error.to_string()),
        Ok(outcome) => outcome.is_some(),
    };
    match folder.altered() {
        Ok(Some(names)) if has_ended && !names.is_empty() => Some(format!(
            "not what the job left (sums.b3): {}",
            names.join(", ")
        )),
        Err(error) if has_ended => Some(error.to_string()),
        _ => None,
    }
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
        (
            sum.damaged,
            format!("{} left, damaged", print::many(sum.damaged, "job")),
        ),
        (
            sum.not_taken,
            format!("{} not taken", print::many(sum.not_taken, "job")),
        ),
        (
            sum.rows_not_taken,
            match sum.rows_not_taken {
                1 => "rows of 1 study not taken".to_owned(),
                studies => format!("rows of {studies} studies not taken"),
            },
        ),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(_, words)| words).collect();
    match counts.is_empty() {
        true => "nothing that is not here".to_owned(),
        false => counts.join(", "),
    }
}
