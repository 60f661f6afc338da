//! The tables against the parsers: neither knows a key that the other does not, and a schema refuses what they refuse.

use super::kind::FileKind;
use super::paper_file::PAPER;
use super::pretraining_file::PRETRAINING;
use super::profile_file::PROFILE;
use super::protocol_file::PROTOCOL;
use super::shape::Table;
use super::{job, page, pretraining_file, profile_file, protocol_file, schema};
use crate::document::Document;
use crate::keys::Vocabulary;
use crate::library::{Library, Shelf};
use crate::pilots::{Pilots, Rule};
use crate::pretraining::{Pretraining, Variant};
use crate::profile::{Profile, TaskDefaults};
use crate::protocol::{LooksTable, Protocol};
use crate::resolve::Resolver;
use crate::size::SizeChanges;
use crate::study::Study;
use backbone::Size;
use boon::{Compiler, SchemaIndex, Schemas};
use evidence::PaperTable;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use toml::Value;
use training::RecipeChanges;

/// The fields that serde knows, as its message for another one lists them.
fn fields<T: DeserializeOwned>() -> BTreeSet<String> {
    let Err(error) = toml::from_str::<T>("no-such-field = 1") else {
        panic!("it takes any field")
    };
    let message = error.message().to_owned();
    let listed = message.split_once("expected").unwrap().1;
    let names = listed.split('`').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

#[test]
fn structs_and_tables_have_the_same_keys() {
    let own = |table: &Table| {
        let names = table.names().into_iter().map(str::to_owned);
        names.collect::<BTreeSet<String>>()
    };
    assert_eq!(fields::<Profile>(), own(&PROFILE));
    assert_eq!(fields::<SizeChanges>(), own(&profile_file::SIZE));
    assert_eq!(fields::<TaskDefaults>(), own(&profile_file::TASK));
    assert_eq!(fields::<Protocol>(), own(&PROTOCOL));
    assert_eq!(fields::<Pilots>(), own(&protocol_file::PILOTS));
    assert_eq!(fields::<Rule>(), own(&protocol_file::GIVE_UP));
    assert_eq!(fields::<LooksTable>(), own(&protocol_file::LOOKS));
    assert_eq!(fields::<Pretraining>(), own(&PRETRAINING));
    assert_eq!(fields::<Variant>(), own(&pretraining_file::VARIANT));
    assert_eq!(fields::<PaperTable>(), own(&PAPER));
    let recipe = job::recipe_keys();
    let recipe: BTreeSet<String> = recipe.iter().map(|key| key.name.to_owned()).collect();
    assert_eq!(fields::<RecipeChanges>(), recipe);
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// `FPT_BLESS=1` writes them.
fn is_as_committed(path: &str, text: &str) {
    let path = root().join(path);
    if std::env::var_os("FPT_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let shown = path.display();
    assert!(committed == text, "{shown}: FPT_BLESS=1 writes it anew");
}

#[test]
fn the_page_and_the_schemas_are_made_of_the_tables() {
    is_as_committed("docs/study-files.md", &page());
    for kind in FileKind::ALL {
        let text = serde_json::to_string_pretty(&schema(kind)).unwrap() + "\n";
        is_as_committed(&format!("docs/schema/{}.json", kind.name()), &text);
    }
}

/// The parsers and the schemas of all kinds of files.
struct Both {
    vocabulary: Vocabulary,
    files: Library,
    schemas: Schemas,
    of: BTreeMap<&'static str, SchemaIndex>,
}

impl Both {
    fn new() -> Self {
        let files = Library::discover(&root());
        let (_, vocabulary) = Resolver::load(&files, "smoke").unwrap();
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        let mut of = BTreeMap::new();
        for kind in FileKind::ALL {
            let name = format!("{}.json", kind.name());
            compiler.add_resource(&name, schema(kind)).unwrap();
            of.insert(kind.name(), compiler.compile(&name, &mut schemas).unwrap());
        }
        Self {
            vocabulary,
            files,
            schemas,
            of,
        }
    }

    fn parser(&self, kind: FileKind, text: &str) -> Result<(), String> {
        let file = Document {
            name: "mutated".to_owned(),
            path: "mutated.toml".to_owned(),
            text: text.to_owned(),
        };
        let (tasks, vocabulary) = (&self.vocabulary.tasks, &self.vocabulary);
        let read = match kind {
            FileKind::Study => Study::parse(file, vocabulary).map(drop),
            FileKind::Pretraining => {
                Pretraining::parse(&file, tasks, &vocabulary.pretrainings).map(drop)
            }
            FileKind::Protocol => Protocol::parse(&file, tasks).map(drop),
            FileKind::Profile => file.parse::<Profile>().map(drop),
            FileKind::Paper => match file.parse::<PaperTable>() {
                Ok(table) => return table.problem().map_or(Ok(()), Err),
                Err(error) => Err(error),
            },
        };
        read.map_err(|error| error.to_string())?;
        // A job's recipe is looked at when it is put together.
        match toml::from_str::<Value>(text)
            .ok()
            .and_then(|value| problem(&value))
        {
            Some(problem) => Err(problem),
            None => Ok(()),
        }
    }

    fn schema(&self, kind: FileKind, text: &str) -> Result<(), String> {
        let value: serde_json::Value = toml::from_str(text).map_err(|error| error.to_string())?;
        let held = self.schemas.validate(&value, self.of[kind.name()]);
        held.map_err(|error| format!("{error:#}"))
    }

    /// Every file that ships, and those of the guide.
    fn files(&self) -> Vec<(FileKind, String, String)> {
        let mut files = Vec::new();
        let shelves = [
            (FileKind::Study, Shelf::Studies),
            (FileKind::Pretraining, Shelf::Pretrainings),
            (FileKind::Protocol, Shelf::Protocols),
            (FileKind::Profile, Shelf::Profiles),
            (FileKind::Paper, Shelf::Papers),
        ];
        for (kind, shelf) in shelves {
            for name in self.files.names(shelf) {
                files.push((
                    kind,
                    name.clone(),
                    self.files.get(shelf, &name).unwrap().text,
                ));
            }
        }
        for kind in FileKind::ALL {
            let template = root().join(format!("crates/fpt/templates/{}.toml", kind.name()));
            // Of a table of the paper nobody is given one.
            if let Ok(text) = fs::read_to_string(&template) {
                files.push((kind, template.display().to_string(), text));
            }
        }
        for page in ["README.md", "docs/guide.md"] {
            let text = fs::read_to_string(root().join(page)).unwrap();
            let blocks = text.split("```toml\n").skip(1);
            let blocks = blocks.map(|block| block.split("```").next().unwrap());
            let studies = blocks.filter(|block| {
                block.contains("\nquestion = ") || block.starts_with("question = ")
            });
            files.extend(studies.map(|block| (FileKind::Study, page.to_owned(), block.to_owned())));
        }
        files
    }
}

#[test]
fn every_file_that_ships_is_taken_by_its_schema() {
    let both = Both::new();
    let files = both.files();
    assert!(files.len() > 50);
    for (kind, name, text) in files {
        assert_eq!(both.schema(kind, &text), Ok(()), "{name}");
    }
}

/// What cannot be meant of a recipe in a file, or of a size.
fn problem(value: &Value) -> Option<String> {
    let table = value.as_table()?;
    table.iter().find_map(|(key, inner)| match key.as_str() {
        "recipe" => {
            let changes = RecipeChanges::deserialize(inner.clone()).ok()?;
            changes
                .problem()
                .map(|(name, rule)| format!("{name} {rule}"))
        }
        "size" => {
            let size = Size::deserialize(inner.clone()).ok()?;
            size.check().err().map(|error| error.to_string())
        }
        "tasks" => {
            let tasks = inner.as_table()?.keys();
            let is_known =
                |task: &&String| tasks::REGISTRY.iter().any(|known| known.name == **task);
            let unknown = { tasks }.find(|task| !is_known(task));
            unknown.cloned().or_else(|| problem(inner))
        }
        _ => problem(inner),
    })
}

/// One mistake in a file, with what it is.
fn mutated(
    value: &Value,
    path: &str,
    all: &mut Vec<(String, Value)>,
    whole: &dyn Fn(Value) -> Value,
) {
    let mut put = |what: String, value: Value| all.push((what, whole(value)));
    let wrong: &[Value] = match value {
        Value::Table(_) => &[Value::Integer(7), Value::Boolean(true)],
        Value::Array(_) => &[Value::Array(vec![Value::Array(Vec::new())])],
        Value::String(_) => &[Value::Float(-7.5), Value::Boolean(true)],
        Value::Integer(_) | Value::Float(_) => &[
            Value::String("seven".into()),
            Value::Integer(-7),
            Value::Float(-0.5),
        ],
        _ => &[Value::String("yes".into()), Value::Integer(7)],
    };
    for other in wrong {
        put(format!("{path} is {other}"), other.clone());
    }
    match value {
        Value::Table(table) => {
            for key in table.keys() {
                let mut other = table.clone();
                let own = other.remove(key).unwrap();
                put(format!("{path} has no {key}"), Value::Table(other.clone()));
                other.insert(format!("{key}x"), own);
                put(format!("{path} has {key}x"), Value::Table(other));
            }
            for (key, inner) in table {
                let whole = |changed: Value| {
                    let mut table = table.clone();
                    table.insert(key.clone(), changed);
                    whole(Value::Table(table))
                };
                mutated(inner, &format!("{path}.{key}"), all, &whole);
            }
        }
        Value::Array(array) => {
            for (index, inner) in array.iter().enumerate().take(1) {
                let whole = |changed: Value| {
                    let mut array = array.clone();
                    array[index] = changed;
                    whole(Value::Array(array))
                };
                mutated(inner, &format!("{path}[{index}]"), all, &whole);
            }
        }
        _ => {}
    }
}

/// What only the parser can know: what one part of a file says of another, what stands in other files, or what others read.
const BEYOND: [&str; 11] = [
    "no such cell",
    "is not an axis",
    "no job has it",
    "nothing says what",
    "these are variants of",
    "the reference is one value",
    "the rule matches nothing",
    "is recalled, but has no value",
    "settings of task",
    "go together",
    "`at` is missing",
];

#[test]
fn a_schema_refuses_what_its_parser_refuses() {
    let both = Both::new();
    let (mut refused, mut beyond) = (0, Vec::new());
    for (kind, name, text) in both.files() {
        let value: Value = toml::from_str(&text).unwrap();
        let mut all = Vec::new();
        mutated(&value, "", &mut all, &|value| value);
        for (what, value) in all {
            let Ok(text) = toml::to_string(&value) else {
                continue;
            };
            let (parser, schema) = (both.parser(kind, &text), both.schema(kind, &text));
            match (parser, schema) {
                (Ok(()), Err(error)) => {
                    panic!("{name}{what}: the schema alone refuses it: {error}")
                }
                (Err(_), Err(_)) => refused += 1,
                (Err(error), Ok(())) => {
                    let error = error.lines().next().unwrap_or_default().to_owned();
                    if !BEYOND.iter().any(|known| error.contains(known)) {
                        beyond.push(format!("{}: {name}{what}: {error}", kind.name()));
                    }
                }
                (Ok(()), Ok(())) => {}
            }
        }
    }
    assert!(
        beyond.is_empty(),
        "{}\n{} of {refused}",
        beyond.join("\n"),
        beyond.len()
    );
    assert!(refused > 100, "{refused}");
}
