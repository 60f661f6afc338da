//! Whose folder of results it is: two studies of one name share none.

use crate::context::Context;
use crate::exit::{Failing, Problem};
use results::{Owner, Store};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use study::{Plan, Shelf};

/// Takes a study's folder of results, unless it holds those of another study of its name. A study is its
/// file: it may be edited, and moved while its question stays. A folder without a note is the library's
/// study's, where there is one. `study` is the plan's, by name or by path.
///
/// # Errors
/// When the folder is another study's, or cannot be read or written.
pub fn claim(context: &Context, study: &str, plan: &Plan, store: &Store) -> Result<(), Problem> {
    let (asked, is_noted) = refuse_another_s(context, study, plan, store)?;
    let dir = store.study_dir(&plan.question.name);
    let of_library = format!("experiments/{}.toml", plan.question.name);
    match !is_noted && asked.file == of_library {
        // Without a note it is the library's: from its first job on.
        true => fs::create_dir_all(&dir).failing("make the study's folder"),
        false => asked.write(&dir).failing("open the results"),
    }
}

/// The note that the study would leave, and whether there is one; nothing is written.
///
/// # Errors
/// As [`claim`].
pub fn refuse_another_s(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
) -> Result<(Owner, bool), Problem> {
    let dir = store.study_dir(&plan.question.name);
    let home = home(&context.results);
    let asked = Owner {
        file: shown(&file(context, study, &home), &home),
        question: plan.question.question.clone(),
    };
    let noted = Owner::read(&dir).failing("open the results")?;
    let is_noted = noted.is_some();
    if let Some(other) = other(context, study, &plan.question.name, &dir, noted, || {
        Some(asked.question.clone())
    }) {
        return Err(Problem::Asked(format!(
            "{} holds the results of {other}, and {} is another study of that name: rename one of the \
             two, or name another folder with --results",
            context.shown(&dir),
            asked.file
        )));
    }
    Ok((asked, is_noted))
}

/// Whether a study's folder of results is another study's of its name, as far as a look tells.
pub fn is_another_s(context: &Context, study: &str, name: &str, store: &Store) -> bool {
    let dir = store.study_dir(name);
    match Owner::read(&dir) {
        Ok(noted) => other(context, study, name, &dir, noted, || {
            question(context, study)
        })
        .is_some(),
        // Whoever takes the folder says so.
        Err(_) => false,
    }
}

/// The file of another study whose results a folder holds, by its note: one that is there, or one that is gone and asked something else.
fn other(
    context: &Context,
    study: &str,
    name: &str,
    dir: &Path,
    noted: Option<Owner>,
    question: impl FnOnce() -> Option<String>,
) -> Option<String> {
    let home = home(&context.results);
    let file = file(context, study, &home);
    let of_library = format!("experiments/{name}.toml");
    let is_shadowed = shadows(context, study, name, &file);
    match noted {
        Some(noted) if noted.file == shown(&file, &home) => None,
        Some(noted) => {
            let is_there = fs::canonicalize(home.join(&noted.file)).is_ok_and(|at| at != file)
                || (is_shadowed && noted.file == of_library);
            let asks_else = || question().is_some_and(|question| question != noted.question);
            (is_there || asks_else()).then_some(noted.file)
        }
        None => (is_shadowed && dir.is_dir()).then_some(of_library),
    }
}

/// The studies of a profile that have a folder, as commands take them: those of the library, then files elsewhere.
pub fn with_results(context: &Context, store: &Store) -> Vec<String> {
    let names = results::studies(store).unwrap_or_default();
    names
        .iter()
        .filter_map(|name| study_of(context, store, name))
        .collect()
}

/// The studies that are asked for: those named, each once; without a name those with results, and all of the library where that is said.
pub fn asked(context: &Context, store: &Store, names: &[String], all: bool) -> Vec<String> {
    let (mut asked, mut files) = (Vec::new(), BTreeSet::new());
    let library = match names.is_empty() && all {
        true => context.experiments.names(Shelf::Studies),
        false => Vec::new(),
    };
    let here = match names.is_empty() {
        true => with_results(context, store),
        false => Vec::new(),
    };
    for name in names.iter().cloned().chain(library).chain(here) {
        // A study has several names: its path is one.
        if files.insert(file(context, &name, &home(&context.results))) {
            asked.push(name);
        }
    }
    asked
}

/// The study whose folder of results has this name, as its commands take it. Where its file is gone, as for results that were moved, it is
/// the library's of that name and question; `None` where there is none.
pub fn study_of(context: &Context, store: &Store, name: &str) -> Option<String> {
    let noted = Owner::read(&store.study_dir(name)).ok().flatten();
    let is_known = context
        .experiments
        .names(Shelf::Studies)
        .iter()
        .any(|known| known == name);
    let Some(noted) = noted else {
        return is_known.then(|| name.to_owned());
    };
    let file = home(&context.results).join(noted.file);
    match file.is_file() {
        true => Some(file.display().to_string()),
        false => (question(context, name) == Some(noted.question)).then(|| name.to_owned()),
    }
}

/// What a study asks, by name or by path; `None` where it is not here or cannot be read.
pub fn question(context: &Context, study: &str) -> Option<String> {
    let document = context.experiments.study(study).ok()?;
    let table: toml::Table = toml::from_str(&document.text).ok()?;
    let question = table.get("question")?.as_str()?;
    Some(question.to_owned())
}

/// A note of the folder of results `there` as it would stand in this one, whose paths are relative to another place; as it is where its study
/// is not here. `None` for the library's study, which needs none.
pub fn note_here(context: &Context, there: &Path, name: &str, noted: Owner) -> Option<Owner> {
    let here = home(&context.results);
    let files = [
        Some(here.join(&noted.file)),
        context.experiments.study_path(name),
        Some(home(there).join(&noted.file)),
    ];
    let is_it = |file: &PathBuf| {
        let asked = question(context, &file.display().to_string());
        asked.as_ref() == Some(&noted.question)
    };
    let file = files.into_iter().flatten().find(is_it);
    let Some(file) = file else {
        return Some(noted);
    };
    let file = shown(&fs::canonicalize(&file).unwrap_or(file), &here);
    (file != format!("experiments/{name}.toml")).then_some(Owner { file, ..noted })
}

/// Where a study's file is; one that was embedded stands where a workspace would have it.
fn file(context: &Context, study: &str, home: &Path) -> PathBuf {
    let file = match study.ends_with(".toml") {
        true => PathBuf::from(study),
        false => context
            .experiments
            .study_path(study)
            .unwrap_or_else(|| home.join(format!("experiments/{study}.toml"))),
    };
    fs::canonicalize(&file).unwrap_or(file)
}

/// Whether a file is another study than the library's of its name.
fn shadows(context: &Context, study: &str, name: &str, file: &Path) -> bool {
    let names = context.experiments.names(Shelf::Studies);
    names.iter().any(|known| known == name) && !is_of_library(context, study, name, file)
}

/// Whether a file is what the library has by its name.
fn is_of_library(context: &Context, study: &str, name: &str, file: &Path) -> bool {
    let of_library = context.experiments.study_path(name);
    let of_library = of_library.and_then(|path| fs::canonicalize(path).ok());
    !study.ends_with(".toml") || of_library.is_some_and(|of_library| of_library == file)
}

/// What paths in notes are relative to, so that a clone finds them: the folder that has the results.
fn home(results: &Path) -> PathBuf {
    let results = fs::canonicalize(results).unwrap_or_else(|_| results.to_owned());
    results.parent().unwrap_or(&results).to_owned()
}

fn shown(file: &Path, home: &Path) -> String {
    let inside = file.strip_prefix(home).unwrap_or(file);
    inside.to_string_lossy().replace('\\', "/")
}
