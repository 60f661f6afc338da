use crate::error::{StudyError, suggest};
use crate::keys::{BODY, TASK, Vocabulary};
use crate::library::{Library, Shelf};
use crate::pretraining::{Kind, Pretraining};
use crate::profile::Profile;
use crate::recipe::RecipePatch;
use crate::source::Source;
use crate::value::{Settings, Value};
use backbone::BodyConfig;
use serde::Deserialize;
use std::collections::BTreeMap;
use tasks::Form;
use training::{Initialisation, Job, Schedule, TaskSpec};

const DEFAULT_BACKBONE: &str = "gpt2";
const DEFAULT_POLICY: &str = "fpt";

/// Turns what a cell says into jobs: the profile and the pretrainings fill in the rest.
#[derive(Debug)]
pub(crate) struct Resolver {
    pub profile_name: String,
    pub profile: Profile,
    profile_source: Source,
    pretrainings: BTreeMap<String, (Source, Pretraining)>,
}

/// A job and the ones that have to be finished before it, in the order they have to run.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub job: Job,
    pub needs: Vec<(String, Job)>,
}

impl Resolver {
    /// Reads the profile and every pretraining.
    pub fn load(
        library: &Library,
        profile: &str,
        vocabulary: &Vocabulary,
    ) -> Result<Self, StudyError> {
        let profile_source = library.get(Shelf::Profiles, profile)?;
        let mut pretrainings = BTreeMap::new();
        for name in &vocabulary.pretrainings {
            let source = library.get(Shelf::Pretrainings, name)?;
            let known = &vocabulary.pretrainings;
            let pretraining = Pretraining::parse(&source, &vocabulary.tasks, known)?;
            pretrainings.insert(name.clone(), (source, pretraining));
        }
        Ok(Self {
            profile_name: profile.to_owned(),
            profile: Profile::parse(&profile_source, &vocabulary.tasks)?,
            profile_source,
            pretrainings,
        })
    }

    /// The job of a cell for one seed.
    pub fn resolve(
        &self,
        study: &Source,
        cell: &Settings,
        seed: u64,
    ) -> Result<Resolved, StudyError> {
        let body = self.body(study, cell)?;
        let (form, task) = self.task(study, cell)?;
        self.fits(study, cell, &task, &body)?;
        let recipe = self.recipe(study, cell, &task.name, form)?;
        let (initialisation, needs) = self.start(study, cell, &body)?;
        let policy = cell
            .get("policy")
            .map_or(DEFAULT_POLICY, |policy| policy.text.as_str());
        let policy = policy.split_whitespace().collect();
        let job = Job {
            seed,
            policy,
            keep_body: false,
            initialisation,
            task,
            recipe,
            body,
        };
        Ok(Resolved { job, needs })
    }

    fn body(&self, study: &Source, cell: &Settings) -> Result<BodyConfig, StudyError> {
        let backbone = cell
            .get("backbone")
            .map_or(DEFAULT_BACKBONE, |name| name.text.as_str());
        let Some(shape) = self.profile.body(backbone) else {
            let what = format!("the profile has no shape for a `{backbone}` body");
            return Err(self
                .profile_source
                .spot(0..0, what, "expected [body.…]")
                .into());
        };
        let mut shape = shape.clone();
        shape.insert("model_type".to_owned(), backbone.into());
        let overrides = cell
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix(BODY)?, value)));
        let mut last = None;
        for (field, value) in overrides {
            if !shape.contains_key(field) {
                let help = suggest(field, shape.keys().map(String::as_str));
                let what = format!("a `{backbone}` body has no `{field}`");
                let spot = study.spot(value.at.clone(), what, format!("sets `{field}`"));
                return Err(spot.help(Some(help)).into());
            }
            shape.insert(field.to_owned(), value.value.clone());
            last = Some(value);
        }
        let body = BodyConfig::deserialize(shape).map_err(|error| error.message().to_owned());
        let body = body.and_then(|body| match body.check() {
            Ok(()) => Ok(body),
            Err(error) => Err(error.to_string()),
        });
        body.map_err(|reason| {
            let what = format!("not a `{backbone}` body: {reason}");
            match last {
                Some(value) => study.spot(value.at.clone(), what, "with this value").into(),
                None => self.profile_source.spot(0..0, what, "[body]").into(),
            }
        })
    }

    fn task(&self, study: &Source, cell: &Settings) -> Result<(Form, TaskSpec), StudyError> {
        let Some(name) = cell.get("task") else {
            let what = "the study names no task: neither [job] nor an axis says `task`";
            return Err(study.spot(0..0, what, "in this file").into());
        };
        let form = match cell.get("protocol").map(|protocol| protocol.text.as_str()) {
            None => self.profile.protocol,
            Some("paper") => Form::Paper,
            Some(_) => Form::Fair,
        };
        let mut table = self.profile.task(&name.text).settings;
        let mut blame = name;
        for (key, value) in cell {
            if let Some(setting) = key.strip_prefix(TASK) {
                table.insert(setting.to_owned(), value.value.clone());
                blame = value;
            }
        }
        let checked = tasks::settings(&name.text, &table)
            .and_then(|settings| tasks::shape(&name.text, &settings, form).map(|_| settings));
        let settings = checked.map_err(|error| {
            let spot = study.spot(blame.at.clone(), error.to_string(), "of this task");
            StudyError::from(spot.help(Some(format!("with profile `{}`", self.profile_name))))
        })?;
        Ok((
            form,
            TaskSpec {
                name: name.text.clone(),
                form,
                settings,
            },
        ))
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
        let defaults = self.profile.task(task).recipe.over(&self.profile.recipe);
        let mut recipe = self.finish(own.over(&defaults))?;
        if form == Form::Paper {
            // The paper never stops early: without effect, so it must not tell two jobs apart.
            recipe.patience = 0;
        }
        Ok(recipe)
    }

    fn finish(&self, patch: RecipePatch) -> Result<training::Recipe, StudyError> {
        if let Some(problem) = patch.problem() {
            let what = format!("a value of the recipe {problem}");
            return Err(self.profile_source.spot(0..0, what, "in [recipe]").into());
        }
        patch.finish().map_err(|field| {
            let what = format!("profile `{}` does not say `{field}`", self.profile_name);
            self.profile_source.spot(0..0, what, "in [recipe]").into()
        })
    }

    /// Where the body of a cell comes from.
    fn start(
        &self,
        study: &Source,
        cell: &Settings,
        body: &BodyConfig,
    ) -> Result<(Initialisation, Vec<(String, Job)>), StudyError> {
        let Some(name) = cell.get("pretraining") else {
            return Ok((Initialisation::Random {}, Vec::new()));
        };
        let refuse = |what: String| StudyError::from(study.spot(name.at.clone(), what, "here"));
        self.pretrained(&name.text, body, &refuse, 0)
    }

    fn pretrained(
        &self,
        name: &str,
        body: &BodyConfig,
        refuse: &dyn Fn(String) -> StudyError,
        depth: usize,
    ) -> Result<(Initialisation, Vec<(String, Job)>), StudyError> {
        let Some((_, pretraining)) = self.pretrainings.get(name) else {
            return Err(refuse(format!("there is no pretraining `{name}`")));
        };
        let backbone = body.model_type();
        if let Some(only) = pretraining
            .backbone
            .as_deref()
            .filter(|only| *only != backbone)
        {
            return Err(refuse(format!(
                "pretraining `{name}` makes a `{only}` body, but this cell has a `{backbone}`: \
                 add a rule that sets backbone = \"{only}\""
            )));
        }
        match pretraining.kind() {
            Kind::Random => Ok((Initialisation::Random {}, Vec::new())),
            Kind::StatisticsOf(_) if depth > 0 => Err(refuse(format!(
                "pretraining `{name}` takes statistics of statistics"
            ))),
            Kind::StatisticsOf(other) => {
                let (start, needs) = self.pretrained(other, body, refuse, depth + 1)?;
                let start = match start {
                    Initialisation::Job { id } => Initialisation::StatisticsOfJob { id },
                    Initialisation::Checkpoint { source } => {
                        Initialisation::StatisticsOfCheckpoint { source }
                    }
                    other => other,
                };
                Ok((start, needs))
            }
            Kind::Trained(task) => {
                let Some(variant) = pretraining.profile.get(&self.profile_name) else {
                    return Err(refuse(format!(
                        "pretraining `{name}` does not say how it goes at profile `{}`",
                        self.profile_name
                    )));
                };
                if let Some(source) = variant.checkpoint.clone() {
                    return Ok((Initialisation::Checkpoint { source }, Vec::new()));
                }
                let job = self.pretraining_job(name, task, pretraining, body)?;
                Ok((
                    Initialisation::Job { id: job.id() },
                    vec![(name.to_owned(), job)],
                ))
            }
        }
    }

    fn pretraining_job(
        &self,
        name: &str,
        task: &str,
        pretraining: &Pretraining,
        body: &BodyConfig,
    ) -> Result<Job, StudyError> {
        let variant = pretraining
            .profile
            .get(&self.profile_name)
            .cloned()
            .unwrap_or_default();
        let source = |what: String| match self.pretrainings.get(name) {
            Some((source, _)) => StudyError::from(source.spot(0..0, what, "in this file")),
            None => StudyError::from(self.profile_source.spot(0..0, what, "in this file")),
        };
        let form = variant.protocol.unwrap_or(Form::Fair);
        let defaults = self.profile.task(task);
        let mut settings = defaults.settings;
        settings.extend(variant.settings);
        let settings = tasks::settings(task, &settings)
            .and_then(|settings| tasks::shape(task, &settings, form).map(|_| settings))
            .map_err(|error| source(error.to_string()))?;
        let recipe = variant
            .recipe
            .over(&defaults.recipe.over(&self.profile.recipe));
        let mut recipe = self.finish(recipe)?;
        if let Schedule::Cosine { warmup, .. } = recipe.schedule
            && warmup >= recipe.steps
        {
            let what = format!(
                "{warmup} steps of warm-up do not fit in {} steps",
                recipe.steps
            );
            return Err(source(what));
        }
        if form == Form::Paper {
            recipe.patience = 0;
        }
        Ok(Job {
            seed: pretraining.seed.unwrap_or(0),
            policy: "full".to_owned(),
            keep_body: true,
            initialisation: Initialisation::Random {},
            task: TaskSpec {
                name: task.to_owned(),
                form,
                settings,
            },
            recipe,
            body: body.clone(),
        })
    }
}
