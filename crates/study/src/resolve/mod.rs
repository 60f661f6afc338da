mod beginning;

use crate::error::{StudyError, suggest};
use crate::keys::{BODY, TASK, Vocabulary, is_checkpoint};
use crate::library::{Library, Shelf};
use crate::options::{Checkpoints, Options};
use crate::pretraining::Pretraining;
use crate::profile::{MODEL_TYPE, Profile};
use crate::protocol::Protocol;
use crate::question::{Measured, Question};
use crate::recipe::RecipePatch;
use crate::source::Source;
use crate::value::{Settings, Value};
use backbone::BodyConfig;
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use tasks::{Form, TaskError};
use training::{Job, TaskSpec, TrainingError};

const DEFAULT_BACKBONE: &str = "gpt2";
const DEFAULT_POLICY: &str = "fpt";
const LEARNING_RATE: &str = Question::RATE;

/// Turns what a cell says into jobs: the profile and the pretrainings fill in the rest.
#[derive(Debug)]
pub(crate) struct Resolver {
    pub profile_name: String,
    pub profile: Profile,
    profile_source: Source,
    pretrainings: BTreeMap<String, (Source, Pretraining)>,
    protocols: BTreeMap<String, Protocol>,
    checkpoints: Checkpoints,
    /// Shapes of the checkpoints that were read.
    read: RefCell<BTreeMap<String, toml::Table>>,
}

/// A job and the ones that have to be finished before it, in the order they have to run.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub job: Job,
    pub needs: Vec<(String, Job)>,
}

impl Resolver {
    /// Reads the profile, every pretraining and every protocol, and says what names may stand for.
    pub fn load(library: &Library, options: &Options) -> Result<(Self, Vocabulary), StudyError> {
        let profile_source = library.get(Shelf::Profiles, &options.profile)?;
        let tasks: Vec<String> = tasks::REGISTRY
            .iter()
            .map(|entry| entry.name.to_owned())
            .collect();
        let names = library.names(Shelf::Pretrainings);
        let mut pretrainings = BTreeMap::new();
        for name in &names {
            let source = library.get(Shelf::Pretrainings, name)?;
            let pretraining = Pretraining::parse(&source, &tasks, &names)?;
            pretrainings.insert(name.clone(), (source, pretraining));
        }
        let mut protocols = BTreeMap::new();
        for name in library.names(Shelf::Protocols) {
            let protocol = Protocol::parse(&library.get(Shelf::Protocols, &name)?, &tasks)?;
            protocols.insert(name, protocol);
        }
        let known: Vec<String> = protocols.keys().cloned().collect();
        let profile = Profile::parse(&profile_source, &tasks, &known)?;
        let vocabulary = Vocabulary {
            tasks,
            pretrainings: names,
            protocols: known,
            backbones: profile.backbones(),
        };
        let resolver = Self {
            profile_name: options.profile.clone(),
            profile,
            profile_source,
            pretrainings,
            protocols,
            checkpoints: options.checkpoints,
            read: RefCell::default(),
        };
        Ok((resolver, vocabulary))
    }

    /// How a cell is measured.
    pub fn protocol(&self, cell: &Settings) -> (&str, &Protocol) {
        let name = match cell.get("protocol") {
            Some(protocol) => &protocol.text,
            None => self.profile.protocol.get_ref(),
        };
        // Both are known names: the one by the vocabulary, the other by the profile's check.
        let (name, protocol) = self
            .protocols
            .get_key_value(name)
            .expect("a protocol that was looked up before");
        (name, protocol)
    }

    /// The learning rates to choose from in a cell; none where it says its own, or its protocol
    /// leaves it to the recipe.
    pub fn rates(&self, cell: &Settings) -> Vec<f64> {
        if cell.contains_key(LEARNING_RATE) {
            return Vec::new();
        }
        let rates = self.protocol(cell).1.learning_rates.iter();
        rates.map(|rate| *rate.get_ref()).collect()
    }

    /// The protocols of these cells, for readers.
    pub fn measured<'c>(&self, cells: impl Iterator<Item = &'c Settings>) -> Vec<Measured> {
        let mut measured: BTreeMap<&str, Measured> = BTreeMap::new();
        for cell in cells {
            let (name, protocol) = self.protocol(cell);
            let known = measured.entry(name).or_insert_with(|| Measured {
                name: name.to_owned(),
                says: protocol.says.clone(),
                rates: 0,
                traps: protocol.traps.get("any").cloned().into_iter().collect(),
            });
            let task = cell.get("task").map_or("", |task| &task.text);
            let trap = protocol.traps.get(task);
            known.rates = known.rates.max(self.rates(cell).len());
            known
                .traps
                .extend(trap.filter(|trap| !known.traps.contains(trap)).cloned());
        }
        measured.into_values().collect()
    }

    /// The job of a cell for one seed, at one of its [`rates`](Self::rates) where it has some.
    pub fn resolve(
        &self,
        study: &Source,
        cell: &Settings,
        seed: u64,
        rate: Option<f64>,
    ) -> Result<Resolved, StudyError> {
        let body = self.body(study, cell)?;
        let task = self.task(study, cell)?;
        self.fits(study, cell, &task, &body)?;
        let mut recipe = self.recipe(study, cell, &task.name, task.form)?;
        recipe.learning_rate = rate.unwrap_or(recipe.learning_rate);
        let start = self.start(study, cell, &body)?;
        let policy = cell
            .get("policy")
            .map_or(DEFAULT_POLICY, |policy| policy.text.as_str());
        self.check_policy(study, cell, policy, &task, &body)?;
        let policy = policy.split_whitespace().collect();
        let job = Job {
            seed,
            policy,
            keep_body: false,
            initialisation: start.initialisation,
            remakes: start.remakes,
            task,
            recipe,
            body,
        };
        Ok(Resolved {
            job,
            needs: start.needs,
        })
    }

    pub fn body(&self, study: &Source, cell: &Settings) -> Result<BodyConfig, StudyError> {
        let backbone = backbone_of(cell);
        let mut shape = self.shape(study, cell, backbone)?;
        let model_type = shape[MODEL_TYPE].as_str().unwrap_or(backbone).to_owned();
        let known = BodyConfig::fields(&model_type);
        let overrides = cell
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix(BODY)?, value)));
        let mut last = None;
        for (field, value) in overrides {
            if !known.contains(&field) {
                let help = suggest(field, known.iter().copied());
                let what = format!("a `{backbone}` body has no `{field}`");
                let spot = study.spot(value.at.clone(), what, format!("sets `{field}`"));
                return Err(spot.help(Some(help)).into());
            }
            shape.insert(field.to_owned(), value.value.clone());
            last = Some(value);
        }
        config(shape).map_err(|reason| {
            let what = format!("not a `{backbone}` body: {reason}");
            match last {
                Some(value) => study.spot(value.at.clone(), what, "with this value").into(),
                None => self.profile_source.spot(0..0, what, "[body]").into(),
            }
        })
    }

    /// The fields of a checkpoint's config.
    fn read(&self, checkpoint: &str) -> Result<toml::Table, String> {
        let folder = (self.checkpoints)(checkpoint)?;
        let config = backbone::read_config(&folder).map_err(|error| error.to_string())?;
        let shape = toml::Table::try_from(config).map_err(|error| error.to_string())?;
        let mut read = self.read.borrow_mut();
        read.insert(checkpoint.to_owned(), shape.clone());
        Ok(shape)
    }

    /// The fields of a backbone before the cell's own say: the profile's, or a checkpoint's.
    fn shape(
        &self,
        study: &Source,
        cell: &Settings,
        backbone: &str,
    ) -> Result<toml::Table, StudyError> {
        if is_checkpoint(backbone) {
            // A hub is asked once, however many cells name it.
            let known = self.read.borrow().get(backbone).cloned();
            let shape = known.map_or_else(|| self.read(backbone), Ok);
            return shape.map_err(|reason| {
                let at = cell.get("backbone").map_or(0..0, |value| value.at.clone());
                study.spot(at, reason, "this checkpoint").into()
            });
        }
        self.profile.body(backbone).ok_or_else(|| {
            let what = format!("the profile has no shape for a `{backbone}` body");
            let names = self.profile.backbones();
            let help = suggest(backbone, names.iter().map(String::as_str));
            let spot = self.profile_source.spot(0..0, what, "expected [body.…]");
            spot.help(Some(help)).into()
        })
    }

    pub fn task(&self, study: &Source, cell: &Settings) -> Result<TaskSpec, StudyError> {
        let Some(name) = cell.get("task") else {
            let what = "the study names no task: neither [job] nor an axis says `task`";
            return Err(study.spot(0..0, what, "in this file").into());
        };
        let protocol = self.protocol(cell).1;
        let form = protocol.form;
        let mut table = self.profile.task(&name.text).settings(form);
        table.extend(protocol.task(&name.text).settings(form));
        let mut blame = name;
        for (key, value) in cell {
            if let Some(setting) = key.strip_prefix(TASK) {
                table.insert(setting.to_owned(), value.value.clone());
                blame = value;
            }
        }
        spec(&name.text, form, &table).map_err(|error| {
            let spot = study.spot(blame.at.clone(), error.to_string(), "of this task");
            spot.help(Some(format!("with profile `{}`", self.profile_name)))
                .into()
        })
    }

    /// Refuses sequences that are longer than the body's table of positions.
    fn fits(
        &self,
        study: &Source,
        cell: &Settings,
        task: &TaskSpec,
        body: &BodyConfig,
    ) -> Result<(), StudyError> {
        let shape = tasks::shape(&task.name, &task.settings, task.form);
        let tokens = shape.map_or(0, |shape| shape.tokens);
        if tokens <= body.positions() {
            return Ok(());
        }
        let what = format!(
            "`{}` has {tokens} tokens an example, but the body takes at most {}",
            task.name,
            body.positions()
        );
        Err(study.spot(cell["task"].at.clone(), what, "too long").into())
    }

    /// Refuses a policy with a term that names no parameter of the model.
    fn check_policy(
        &self,
        study: &Source,
        cell: &Settings,
        policy: &str,
        task: &TaskSpec,
        body: &BodyConfig,
    ) -> Result<(), StudyError> {
        let fits = policy
            .parse()
            .map_err(TrainingError::from)
            .and_then(|policy| training::labels(body, Some(task), &policy));
        fits.map(drop).map_err(|error| {
            let at = cell.get("policy").map_or(0..0, |value| value.at.clone());
            let help = format!("`fpt params {} --layers` lists them", backbone_of(cell));
            let spot = study.spot(at, error.to_string(), "of this policy");
            spot.help(Some(help)).into()
        })
    }

    fn recipe(
        &self,
        study: &Source,
        cell: &Settings,
        task: &str,
        form: Form,
    ) -> Result<training::Recipe, StudyError> {
        let own = cell
            .iter()
            .filter(|(key, _)| RecipePatch::KEYS.contains(&key.as_str()));
        let own: toml::Table = own
            .map(|(key, value): (_, &Value)| (key.clone(), value.value.clone()))
            .collect();
        let own = RecipePatch::deserialize(own)
            .map_err(|error| study.spot(0..0, error.message(), "in this study"))?;
        let protocol = self.protocol(cell).1;
        let measured = protocol.task(task).recipe.over(&protocol.recipe);
        let defaults = self.profile.task(task).recipe.over(&self.profile.recipe);
        self.finish(
            own.over(&measured).over(&defaults),
            form,
            &self.profile_source,
        )
    }

    /// The whole recipe. What cannot be meant is shown in `source`, the last file that could say it:
    /// studies and protocols are checked before.
    fn finish(
        &self,
        patch: RecipePatch,
        form: Form,
        source: &Source,
    ) -> Result<training::Recipe, StudyError> {
        if let Some((key, rule)) = patch.problem() {
            let what = format!("`{key}` of the recipe {rule}");
            return Err(source.spot(0..0, what, "in this file").into());
        }
        let mut recipe = patch.finish().map_err(|field| {
            let what = format!("profile `{}` does not say `{field}`", self.profile_name);
            StudyError::from(self.profile_source.spot(0..0, what, "in [recipe]"))
        })?;
        if form == Form::Paper {
            // The paper never stops early: without effect, so it must not tell two jobs apart.
            recipe.patience = 0;
        }
        Ok(recipe)
    }
}

/// The shape or checkpoint that a cell names.
fn backbone_of(cell: &Settings) -> &str {
    cell.get("backbone")
        .map_or(DEFAULT_BACKBONE, |name| name.text.as_str())
}

/// A task with all its settings, checked.
fn spec(name: &str, form: Form, settings: &toml::Table) -> Result<TaskSpec, TaskError> {
    let settings = tasks::settings(name, settings)?;
    tasks::shape(name, &settings, form)?;
    Ok(TaskSpec {
        name: name.to_owned(),
        form,
        settings,
    })
}

/// A body's config from its fields, checked.
fn config(shape: toml::Table) -> Result<BodyConfig, String> {
    let body = BodyConfig::deserialize(shape).map_err(|error| error.message().to_owned())?;
    body.check().map_err(|error| error.to_string())?;
    Ok(body)
}
