use crate::document::{Document, flatten, table_of};
use crate::error::{Span, StudyError};
use crate::reference::KEYS;
use crate::suggest::suggest;
use crate::value::{Settings, Value};
use backbone::{BodyConfig, Size};
use evidence::PaperTable;
use freezing_policy::{Group, Policy};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use toml::Spanned;
use toml::de::DeValue;
use training::{Recipe, RecipeChanges};

pub(crate) const LEARNING_RATE: &str = "learning-rate";
/// What the steps of a recipe are multiplied by.
pub(crate) const BUDGET: &str = "budget";
/// What every body has, under one name: fields of a profile's `[size]` but its vocabulary.
pub(crate) const SIZES: [&str; 4] = ["layers", "width", "heads", "positions"];
const BACKBONE: &str = "backbone";
pub(crate) const DEFAULT_BACKBONE: &str = "gpt2";
pub(crate) const DEFAULT_POLICY: &str = "fpt";
/// Prefixes of keys that reach into the body's shape and into the task's settings.
pub(crate) const BODY: &str = "body.";
pub(crate) const TASK: &str = "task.";

/// What names in a study may stand for.
#[derive(Clone, Debug)]
pub(crate) struct Vocabulary {
    pub tasks: Vec<String>,
    pub pretrainings: Vec<String>,
    pub protocols: Vec<String>,
    /// The profile's.
    pub protocol: String,
    /// Shapes of the profile; checkpoints have names of their own.
    pub backbones: Vec<String>,
    /// Tables of the paper.
    pub papers: BTreeMap<String, Document>,
}

/// Whether a backbone is a checkpoint rather than a shape of the profile: a folder, or
/// `owner/name` on the hub.
pub fn is_checkpoint(backbone: &str) -> bool {
    backbone.contains(['/', '\\'])
}

/// The shape or checkpoint that a cell names.
pub(crate) fn backbone_of(cell: &Settings) -> &str {
    cell.get(BACKBONE)
        .map_or(DEFAULT_BACKBONE, |name| name.text.as_str())
}

impl Vocabulary {
    /// One value per key, each checked.
    pub(crate) fn settings(
        &self,
        document: &Document,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Settings, StudyError> {
        let mut settings = Settings::new();
        for (key, at, value) in flatten(table_of(document, value)?) {
            self.key(document, &key, at)?;
            let value = Value::read(document, value)?;
            self.value(document, &key, &value)?;
            settings.insert(key, value);
        }
        Ok(settings)
    }

    /// Tables of the paper by name: one, or a list of them.
    pub(crate) fn papers(
        &self,
        document: &Document,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Vec<PaperTable>, StudyError> {
        let names = Value::read_list(document, value)?;
        let papers = names.into_iter().map(|name| self.paper(document, name));
        papers.collect()
    }

    fn paper(&self, document: &Document, name: Value) -> Result<PaperTable, StudyError> {
        let (name, at) = (name.text, name.at);
        let Some(file) = self.papers.get(&name) else {
            let help = suggest(&name, self.papers.keys().map(String::as_str));
            let what = format!("no table `{name}` of the paper is known here");
            let spot = document.spot(at, what, "not known");
            return Err(spot.help(Some(help)).into());
        };
        let table: PaperTable = file.parse()?;
        match table.problem() {
            None => Ok(table),
            Some(what) => Err(file.mistake(what).into()),
        }
    }

    /// Whether jobs have such a key.
    pub(crate) fn is_key(key: &str) -> bool {
        names().any(|name| name == key) || key.starts_with(BODY) || key.starts_with(TASK)
    }

    /// Refuses a key that no cell has.
    pub(crate) fn key(&self, document: &Document, key: &str, at: Span) -> Result<(), StudyError> {
        if Self::is_key(key) {
            return Ok(());
        }
        let help = of_a_body(key)
            .or_else(|| of_the_study(key))
            .unwrap_or_else(|| suggest(key, names().chain(["body.<field>", "task.<setting>"])));
        let what = format!("unknown key `{key}`: no job has it");
        Err(document
            .spot(at, what, "not a key of a job")
            .help(Some(help))
            .into())
    }

    /// Refuses a value that `key` cannot take.
    pub(crate) fn value(
        &self,
        document: &Document,
        key: &str,
        value: &Value,
    ) -> Result<(), StudyError> {
        let names = |known: &[String]| {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            one_of(document, key, value, &known)
        };
        match key {
            "backbone" if is_checkpoint(&value.text) => Ok(()),
            "backbone" => {
                names(&self.backbones).map_err(|error| or_folder(document, value).unwrap_or(error))
            }
            "protocol" => names(&self.protocols),
            "task" => names(&self.tasks),
            "pretraining" => names(&self.pretrainings),
            "policy" => policy(document, value),
            BUDGET => budget(document, value),
            _ if SIZES.contains(&key) => size(document, key, value),
            _ if key.starts_with(BODY) || key.starts_with(TASK) => Ok(()),
            _ => recipe(document, key, value),
        }
    }
}

/// Keys of jobs that are whole names.
fn names() -> impl Iterator<Item = &'static str> {
    // Those with a dot stand for many, and are looked for by what they begin with.
    let own = KEYS.iter().map(|key| key.name);
    own.filter(|name| !name.contains('.')).chain(Recipe::keys())
}

/// The way out for a key that is the whole study's.
fn of_the_study(key: &str) -> Option<String> {
    let is = crate::reference::STUDY.names().contains(&key);
    is.then(|| format!("`{key}` is the whole study's: it stands at the top of the file, above the first [table]"))
}

/// What is to be said of a key that is a field of some body's config.
fn of_a_body(key: &str) -> Option<String> {
    let size = |layers, width, heads, positions| Size {
        layers,
        width,
        heads,
        positions,
        vocabulary: 64,
    };
    let fields = |shape: &str, size: &Size| {
        let config = BodyConfig::of_size(shape, size)?;
        toml::Table::try_from(config).ok()
    };
    let usual = size(2, 32, 2, 16);
    let shapes = BodyConfig::shapes(&usual);
    let shapes = shapes
        .iter()
        .filter(|(shape, _)| fields(shape, &usual).is_some_and(|fields| fields.contains_key(key)));
    let shape = shapes.map(|(shape, _)| *shape).next()?;
    let others = [
        size(3, 32, 2, 16),
        size(2, 64, 2, 16),
        size(2, 32, 4, 16),
        size(2, 32, 2, 24),
    ];
    let follows = |other: &Size| fields(shape, other)?.get(key).cloned();
    let here = follows(&usual);
    let alias = SIZES.into_iter().zip(&others);
    let alias = alias
        .filter(|(_, other)| follows(other) != here)
        .map(|(alias, _)| alias)
        .next();
    let own = format!("`{key}` is a field of a body's config: write `body.{key}`");
    Some(match alias {
        Some(alias) => format!("{own}, or `{alias}`, which every body has"),
        None => own,
    })
}

/// What is to be said of a backbone that is not known where a folder has its name.
fn or_folder(document: &Document, value: &Value) -> Option<StudyError> {
    let name = value.text.trim();
    if name.is_empty() || !Path::new(name).is_dir() {
        return None;
    }
    let what = format!("`{name}` is no body of the profile, but a folder here");
    let spot = document.spot(value.at.clone(), what, "a folder's name has a `/`");
    let help = format!("write `./{name}` for the checkpoint in that folder");
    Some(spot.help(Some(help)).into())
}

fn one_of(document: &Document, key: &str, value: &Value, known: &[&str]) -> Result<(), StudyError> {
    if known.contains(&value.text.as_str()) {
        return Ok(());
    }
    let help = suggest(&value.text, known.iter().copied());
    let what = format!("`{}` is no value of `{key}`", value.text);
    Err(document
        .spot(value.at.clone(), what, format!("unknown {key}"))
        .help(Some(help))
        .into())
}

fn policy(document: &Document, value: &Value) -> Result<(), StudyError> {
    let Err(error) = value.text.parse::<Policy>() else {
        return Ok(());
    };
    let known = ["fpt", "full", "both"]
        .into_iter()
        .chain(Group::ALL.iter().map(|g| g.name()));
    let help = value
        .text
        .split('+')
        .map(|term| term.split('@').next().unwrap_or(term).trim());
    let unknown = help
        .clone()
        .find(|term| !known.clone().any(|name| name == *term));
    let help = unknown.map(|term| suggest(term, known));
    Err(document
        .spot(value.at.clone(), error.to_string(), "unknown policy")
        .help(help)
        .into())
}

fn budget(document: &Document, value: &Value) -> Result<(), StudyError> {
    let number = value.number();
    match number.is_some_and(|number| (0.001..=1000.0).contains(&number)) {
        true => Ok(()),
        false => {
            let what =
                "`budget` is what the steps are multiplied by, a number between 0.001 and 1000";
            Err(document
                .spot(value.at.clone(), what, "no such number")
                .into())
        }
    }
}

fn size(document: &Document, key: &str, value: &Value) -> Result<(), StudyError> {
    let count = value.value.as_integer();
    match count.is_some_and(|count| (1..=1_000_000).contains(&count)) {
        true => Ok(()),
        false => {
            let what = format!("`{key}` of a body is a count from 1 to a million");
            Err(document
                .spot(value.at.clone(), what, "not such a count")
                .into())
        }
    }
}

fn recipe(document: &Document, key: &str, value: &Value) -> Result<(), StudyError> {
    let table = toml::Table::from_iter([(key.to_owned(), value.value.clone())]);
    let problem = match RecipeChanges::deserialize(table) {
        Ok(changes) => changes.problem().map(|(_, rule)| rule.to_owned()),
        Err(error) => Some(files::plain(error.message())),
    };
    match problem {
        None => Ok(()),
        Some(problem) => {
            let what = format!("`{}` is no value of `{key}`: {problem}", value.text);
            Err(document
                .spot(value.at.clone(), what, "cannot be taken")
                .into())
        }
    }
}
