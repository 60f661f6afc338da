//! What there is to know about tasks and their data, for people and for scripts.

use crate::context::Context;
use crate::ticking::tick;
use data::{DataDir, DataError, Item, Package, Source};
use indicatif::ProgressBar;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;
use tasks::{Entry, Floor, Form, Inputs, Shape, Split};
use toml::Table;

/// Tasks and data at a profile.
#[derive(Serialize)]
pub struct Survey {
    pub profile: String,
    pub folder: PathBuf,
    pub tasks: Vec<TaskFacts>,
    pub data: Vec<ItemFacts>,
}

#[derive(Serialize)]
pub struct TaskFacts {
    pub name: &'static str,
    pub about: &'static str,
    /// Names of the data it needs.
    pub data: Vec<&'static str>,
    /// Under each form that was asked for.
    pub forms: Vec<FormFacts>,
}

#[derive(Serialize)]
pub struct FormFacts {
    pub form: Form,
    pub settings: Table,
    pub sizes: Option<Sizes>,
    /// Of the opened task.
    pub splits: Option<Splits>,
    /// Why it is not open.
    pub problem: Option<String>,
    pub state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Ready,
    /// Data has to be fetched first.
    Missing,
    /// Settings that do not go together, or damaged files.
    Broken,
}

#[derive(Serialize)]
pub struct Sizes {
    pub tokens: usize,
    /// Numbers a token; none where tokens are symbols.
    pub width: Option<usize>,
    /// Symbols; none where tokens are numbers.
    pub vocabulary: Option<usize>,
    pub positions: usize,
    pub predictions: usize,
    pub classes: usize,
    /// Whether the symbols are what is predicted.
    #[serde(skip)]
    pub language: bool,
    /// Whether some of them are hidden, and predicted where they stood.
    #[serde(skip)]
    pub masked: bool,
}

#[derive(Serialize)]
pub struct Splits {
    /// None where examples are drawn, or changed each time.
    pub train: Option<usize>,
    pub validation: usize,
    pub tests: Vec<TestFacts>,
    /// blake3 of what the task reads.
    pub checksum: Option<String>,
}

#[derive(Serialize)]
pub struct TestFacts {
    pub name: &'static str,
    pub examples: usize,
    pub floors: Vec<Floor>,
}

#[derive(Serialize)]
pub struct ItemFacts {
    pub name: &'static str,
    /// Where it is; none where it is not here.
    pub folder: Option<PathBuf>,
    /// What is wrong with what is here.
    pub problem: Option<String>,
    pub bytes: Option<u64>,
    /// Where it came from; none where that is not known.
    pub source: Option<String>,
    /// About how much a download is.
    pub download: u64,
    pub licence: &'static str,
    pub citation: &'static str,
    /// Lists of files of which one has to be there.
    pub layouts: &'static [&'static [&'static str]],
    pub sources: Vec<SourceFacts>,
}

#[derive(Serialize)]
pub struct SourceFacts {
    pub source: String,
    /// Of its archives, or of the file in one.
    pub sha256: Vec<&'static str>,
}

impl TaskFacts {
    /// Of a task at the size of the profile, in these forms or the profile's own.
    pub fn of(context: &Context, entry: &'static Entry, forms: Option<&[Form]>) -> Self {
        let mut facts = Self {
            name: entry.name,
            about: entry.about,
            data: Vec::new(),
            forms: Vec::new(),
        };
        let folder = DataDir::new(&context.data);
        let asked = forms.map_or_else(
            || vec![None],
            |forms| forms.iter().copied().map(Some).collect(),
        );
        for form in asked {
            let spec = study::task(
                &context.experiments,
                &context.options.profile,
                entry.name,
                form,
            );
            facts.forms.push(match spec {
                Ok(spec) => {
                    let data = tasks::data(entry.name, &spec.settings).unwrap_or_default();
                    facts.data = data.iter().map(|item| item.name).collect();
                    FormFacts::of(entry, spec.settings, spec.form, &folder)
                }
                Err(error) => FormFacts {
                    form: form.unwrap_or(Form::Fair),
                    settings: Table::new(),
                    sizes: None,
                    splits: None,
                    problem: Some(error.to_string()),
                    state: State::Broken,
                },
            });
        }
        facts
    }

    /// Whether it predicts its own symbols, as corpora for pretraining do.
    pub fn is_language(&self) -> bool {
        let mut sizes = self.forms.iter().filter_map(|facts| facts.sizes.as_ref());
        sizes.any(|sizes| sizes.language)
    }

    pub fn has(&self, state: State) -> bool {
        self.forms.iter().any(|facts| facts.state == state)
    }
}

impl FormFacts {
    fn of(entry: &Entry, settings: Table, form: Form, data: &DataDir) -> Self {
        let sizes = (entry.shape)(&settings, form).map(Sizes::from);
        let splits = match &sizes {
            Ok(_) => Splits::read(entry, &settings, form, data),
            Err(error) => Err((State::Broken, error.to_string())),
        };
        let (splits, problem, state) = match splits {
            Ok(splits) => (Some(splits), None, State::Ready),
            Err((state, problem)) => (None, Some(problem), state),
        };
        Self {
            form,
            settings,
            sizes: sizes.ok(),
            splits,
            problem,
            state,
        }
    }
}

impl Splits {
    /// Opens the task, which may take seconds.
    fn read(
        entry: &Entry,
        settings: &Table,
        form: Form,
        data: &DataDir,
    ) -> Result<Self, (State, String)> {
        let spinner = ProgressBar::new_spinner();
        spinner.set_message(format!("reading {}", entry.name));
        tick(&spinner, Duration::from_millis(100));
        let task = (entry.open)(settings, form, data).map_err(|error| match error.is_missing() {
            true => (State::Missing, error.to_string()),
            false => (State::Broken, error.to_string()),
        });
        let task = task.inspect_err(|_| spinner.finish_and_clear())?;
        spinner.set_message(format!("{}: what trivial strategies reach", entry.name));
        let test = |(number, name): (usize, &&'static str)| TestFacts {
            name,
            examples: task.len(Split::Test(number)),
            floors: task.floors(number),
        };
        let splits = Self {
            train: task.stored().map(|stored| stored.count()),
            validation: task.len(Split::Validation),
            tests: task.tests().iter().enumerate().map(test).collect(),
            checksum: task.data_checksum(),
        };
        spinner.finish_and_clear();
        Ok(splits)
    }
}

impl From<Shape> for Sizes {
    fn from(shape: Shape) -> Self {
        let (width, vocabulary) = match shape.inputs {
            Inputs::Features { width } => (Some(width), None),
            Inputs::Tokens { vocabulary }
            | Inputs::Language { vocabulary }
            | Inputs::Masked { vocabulary } => (None, Some(vocabulary)),
        };
        let is_masked = matches!(shape.inputs, Inputs::Masked { .. });
        Self {
            tokens: shape.tokens,
            width,
            vocabulary,
            positions: shape.readout.positions,
            predictions: shape.readout.predictions,
            classes: shape.readout.classes,
            language: is_masked || matches!(shape.inputs, Inputs::Language { .. }),
            masked: is_masked,
        }
    }
}

impl ItemFacts {
    pub fn of(item: &'static Item, data: &DataDir) -> Self {
        let source = |source: &Source| SourceFacts {
            source: source.to_string(),
            sha256: match source {
                Source::Npm { packages, .. } => sums(packages),
                Source::Debian { sha256, .. } => vec![*sha256],
                Source::BuiltIn { .. } | Source::Hub { .. } => Vec::new(),
            },
        };
        Self {
            name: item.name,
            folder: data.find(item).ok(),
            problem: match data.find(item) {
                Err(error @ DataError::Damaged { .. }) => Some(error.to_string()),
                _ => None,
            },
            bytes: data.bytes(item),
            source: data.origin(item),
            download: item.bytes,
            licence: item.licence,
            citation: item.citation,
            layouts: item.layouts,
            sources: item.sources.iter().map(source).collect(),
        }
    }
}

fn sums(packages: &[Package]) -> Vec<&'static str> {
    packages.iter().map(|package| package.sha256).collect()
}
