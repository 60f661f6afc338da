//! What a study's jobs read: as it is now, and as it was when they ran.

use crate::checkpoints::{self, short};
use crate::exit::{Failing, Problem};
use crate::hint;
use crate::print;
use data::Content;
use results::Store;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use study::{CheckpointContent, Contents, Plan, Sources};
use tasks::DataDir;
use training::{Checkpoint, Initialisation, Job, TaskSpec};

/// In the folder of a study.
const FILE: &str = "contents.toml";
const HEAD: &str = "# What the jobs of this study read when it last ran, by content; data that is not listed was what is published\n\
                    # under its name. `fpt table`, `plot` and `status` find finished results by it where neither is here any more.\n\n";

/// The note as it stands in a file.
#[derive(Serialize, Deserialize)]
struct Note {
    version: u64,
    #[serde(flatten)]
    contents: Contents,
}

const VERSION: u64 = 1;

/// What a study's jobs read when it last ran or was last looked at; `None` where nothing is noted.
pub fn recorded(store: &Store, study: &str) -> Result<Option<Contents>, Problem> {
    let path = store.study_dir(study).join(FILE);
    let bytes = match files::read(&path) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(None),
        Err(error) if error.kind() == ErrorKind::NotADirectory => return Ok(None),
        Err(error) => return Err(error).failing(&format!("read {}", path.display())),
    };
    let text = String::from_utf8_lossy(&bytes);
    let shown = path.display();
    let table: Result<toml::Table, _> = toml::from_str(&text);
    let version = table
        .as_ref()
        .ok()
        .and_then(|table| table.get("version")?.as_integer());
    if version.is_some_and(|version| version > VERSION as i64) {
        return Err(Problem::Asked(format!(
            "{shown} was written by a newer version of this program: update this one, or name another \
             folder with --results"
        )));
    }
    let note: Result<Note, _> = toml::from_str(&text);
    note.map(|note| Some(note.contents)).map_err(|error| {
        Problem::Run(format!(
            "{shown} cannot be understood ({}): move it away, and the study writes it anew when it is run",
            error.message()
        ))
    })
}

/// What the studies of a results folder read when they last ran, together.
pub fn of_all(store: &Store) -> Result<Contents, Problem> {
    let mut all = Contents::default();
    let folders = fs::read_dir(store.folder()).into_iter().flatten().flatten();
    let mut names: Vec<_> = folders.map(|folder| folder.file_name()).collect();
    names.sort();
    for name in names {
        let found = recorded(store, &name.to_string_lossy())?.unwrap_or_default();
        all.checkpoints.extend(found.checkpoints);
        all.data.extend(found.data);
    }
    Ok(all)
}

/// Notes what the jobs of a plan read, beside what is noted of what it does not read any more.
pub fn record(store: &Store, plan: &Plan) -> Result<(), Problem> {
    let study = &plan.question.name;
    let before = recorded(store, study)?;
    let mut contents = before.clone().unwrap_or_default();
    contents
        .checkpoints
        .extend(plan.contents.checkpoints.clone());
    contents
        .data
        .retain(|source, _| !plan.sources.data.contains_key(source));
    contents.data.extend(plan.contents.data.clone());
    if before.is_none() && contents.is_empty() {
        return Ok(());
    }
    write(store, study, contents)
}

/// Notes what a study of another store has read, beside what it read here.
pub fn take(from: &Store, into: &Store, study: &str) -> Result<(), Problem> {
    let Some(mut contents) = recorded(from, study)? else {
        return Ok(());
    };
    let own = recorded(into, study)?.unwrap_or_default();
    contents.checkpoints.extend(own.checkpoints);
    contents.data.extend(own.data);
    write(into, study, contents)
}

fn write(store: &Store, study: &str, contents: Contents) -> Result<(), Problem> {
    let note = Note {
        version: VERSION,
        contents,
    };
    let text = toml::to_string(&note).failing("note what the jobs read")?;
    let folder = store.study_dir(study);
    fs::create_dir_all(&folder).failing("make the study's folder")?;
    let written = files::write_changed(&folder.join(FILE), format!("{HEAD}{text}").as_bytes());
    written.map(drop).failing("note what the jobs read")
}

/// What is found under these names now, beside the checkpoints that were looked at already; what is not to
/// be had is as it was before.
pub fn now(sources: &Sources, data: &DataDir, before: &Contents, looked: &Contents) -> Contents {
    let checkpoints = sources.checkpoints.iter().filter_map(|source| {
        let known = match looked.checkpoints.get(source) {
            Some(known) => known.clone(),
            None => checkpoint(source, data, before).ok()?,
        };
        Some((source.clone(), known))
    });
    let data = sources.data.iter().filter_map(|(source, task)| {
        let digest = match read(task, data) {
            Some(content) => own(content)?,
            None => before.data.get(source)?.clone(),
        };
        Some((source.clone(), digest))
    });
    Contents {
        checkpoints: checkpoints.collect(),
        data: data.collect(),
    }
}

/// What is found under a checkpoint's name now; as it was before where there is none, or where its commit
/// is the same and its weights were not downloaded here. A folder that is there speaks for itself.
///
/// # Errors
/// Why there is none.
pub fn checkpoint(
    source: &str,
    data: &DataDir,
    before: &Contents,
) -> Result<CheckpointContent, String> {
    let before = before.checkpoints.get(source);
    match (checkpoints::look(source, data), before) {
        (Ok(now), Some(before))
            if now.content.is_none() && now.commit.is_some() && now.commit == before.commit =>
        {
            Ok(before.clone())
        }
        (Err(_), Some(before)) if !Path::new(source).is_dir() => Ok(before.clone()),
        (now, _) => now,
    }
}

/// What was noted, with folders of the user's that were not here then and are now.
pub fn with_what_came(before: &Contents, sources: &Sources, data: &DataDir) -> Contents {
    let mut contents = before.clone();
    for (source, task) in &sources.data {
        let is_folder = matches!(tasks::folder(&task.name, &task.settings), Ok(Some(_)));
        if is_folder && !contents.data.contains_key(source) {
            contents.data.extend(
                read(task, data)
                    .and_then(own)
                    .map(|digest| (source.clone(), digest)),
            );
        }
    }
    contents
}

/// Says, once a process, which data is another than what is shown was computed on.
pub fn tell_other(
    (study, profile): (&str, &str),
    before: &Contents,
    sources: &Sources,
    data: &DataDir,
) {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    for (source, task) in &sources.data {
        let Some(content) = read(task, data) else {
            continue;
        };
        if own(content) != before.data.get(source).cloned()
            && TOLD
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(format!("{study} {profile} {source}"))
        {
            print::note(format_args!(
                "{source} holds other data now than when `{study}` last ran; what is shown is of then, and {} runs anew what reads it",
                hint::at(profile, &["study", study])
            ));
        }
    }
}

/// Says which data is here and cannot be read: what is finished was computed on it before that. And which folders of the
/// user's are not here.
pub fn tell_unread(sources: &Sources, data: &DataDir) {
    for name in sources.checkpoints.union(&sources.listed) {
        let is_folder = Path::new(name).is_absolute() || name.starts_with('.');
        if is_folder && let Err(why) = checkpoints::look(name, data) {
            print::note(format_args!("{why}; what starts from it cannot run"));
        }
    }
    for (source, task) in &sources.data {
        if let Ok(Some(folder)) = tasks::folder(&task.name, &task.settings)
            && !folder.path.exists()
        {
            print::note(format_args!(
                "`{}` of {}: there is no {}; what reads it cannot run",
                folder.key,
                task.name,
                absolute(&folder.path).display()
            ));
            continue;
        }
        if let Err(error) = tasks::content(&task.name, &task.settings, data) {
            print::note(format_args!(
                "{source}: {error}; what is finished was computed before"
            ));
        }
    }
}

/// Says what of these sources is another than it was, and what follows.
pub fn tell(before: &Contents, now: &Contents, sources: &Sources) {
    for (name, found) in &now.checkpoints {
        let Some(was) = before.checkpoints.get(name) else {
            continue;
        };
        match was.commit == found.commit {
            false => changed(
                &format!("{name} stands for another commit"),
                was.commit.as_deref(),
                found.commit.as_deref(),
            ),
            true if was.content != found.content => changed(
                &format!("{name} holds another config or other weights"),
                was.content.as_deref(),
                found.content.as_deref(),
            ),
            true => {}
        }
    }
    for (name, task) in &sources.data {
        let (was, found) = (before.data.get(name), now.data.get(name));
        // A folder of the user's that no note has was not read before: it is never what is published.
        let is_own = tasks::folder(&task.name, &task.settings).is_ok_and(|folder| folder.is_some());
        if was != found && !(is_own && was.is_none()) {
            let what = format!("{name} holds other data");
            changed(&what, was.map(String::as_str), found.map(String::as_str));
        }
    }
}

fn changed(what: &str, was: Option<&str>, found: Option<&str>) {
    let [was, found] = [was, found].map(|sum| sum.map_or("as published", short));
    print::note(format_args!(
        "{what} than when its jobs last ran ({was} then, {found} now): what reads it runs anew"
    ));
}

/// Refuses a job whose task does not read any more what the job is named by, or that another version
/// of this program would draw other examples for.
pub fn check(task: &TaskSpec, data: &DataDir) -> Result<(), String> {
    let known = tasks::entry(&task.name).map_err(|error| error.to_string())?;
    if known.version != task.version {
        return Err(format!(
            "it is of version {} of `{}`, this program has version {}: run its study again, which plans it \
             anew",
            task.version, task.name, known.version
        ));
    }
    // What cannot be looked at is said by whoever opens it.
    let Some(content) = read(task, data) else {
        return Ok(());
    };
    let found = own(content);
    if found == task.content {
        return Ok(());
    }
    let [was, found] =
        [&task.content, &found].map(|sum| sum.as_deref().map_or("as published", short));
    Err(format!(
        "the data of `{}` is not what this job was planned on ({was} then, {found} now): run its study again, \
         which plans it anew",
        task.name
    ))
}

/// What a task needs that is not here, in words.
pub fn lacking(task: &TaskSpec, data: &DataDir) -> Option<String> {
    if let Ok(Some(folder)) = tasks::folder(&task.name, &task.settings) {
        let path = absolute(&folder.path);
        let found = tasks::content(&task.name, &task.settings, data);
        return match (path.exists(), found) {
            (false, _) => Some(path.display().to_string()),
            (true, Ok(found)) if found.is_empty() => Some(format!("files in {}", path.display())),
            (true, _) => None,
        };
    }
    // What is here and cannot be read is another trouble.
    let found = tasks::content(&task.name, &task.settings, data);
    let source = tasks::source(&task.name, &task.settings).ok().flatten();
    let source = source.filter(|_| found.is_ok_and(|found| found.is_empty()))?;
    let fetch = hint::of_data(&["fetch", &source]);
    Some(format!("{source}, which {fetch} gets"))
}

/// What a task reads; `None` where it is not here, or cannot be read.
pub fn read(task: &TaskSpec, data: &DataDir) -> Option<Content> {
    let found = tasks::content(&task.name, &task.settings, data).ok()?;
    // No task reads two.
    found.into_iter().next()
}

/// The digest that a job is named by: of what is not published under its name.
fn own(content: Content) -> Option<String> {
    (!content.published).then_some(content.digest)
}

/// Settings name folders from where the program runs.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The job with folders as anyone finds them, wherever they stand. Its id is the same.
pub fn anchored(job: &Job) -> Job {
    let mut job = job.clone();
    if let Initialisation::Checkpoint(Checkpoint {
        source, content, ..
    }) = &mut job.initialisation
        && content.is_some()
        && Path::new(source).is_dir()
    {
        *source = absolute(Path::new(source)).display().to_string();
    }
    if job.task.content.is_some()
        && let Ok(Some(folder)) = tasks::folder(&job.task.name, &job.task.settings)
    {
        let path = absolute(&folder.path).display().to_string();
        job.task.settings.insert(folder.key.to_owned(), path.into());
    }
    job
}
