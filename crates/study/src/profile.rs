use crate::document::Document;
use crate::error::StudyError;
use crate::suggest::suggest;
use serde::Deserialize;
use std::collections::BTreeMap;
use tasks::Form;
use toml::Spanned;
use training::RecipeChanges;

/// The key that says what a shape is a shape of.
pub(crate) const MODEL_TYPE: &str = "model_type";

/// How large and how long: what a study leaves open.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Profile {
    pub seeds: Vec<u64>,
    /// How studies measure unless they say otherwise.
    pub protocol: Spanned<String>,
    /// Shapes by name, fields as in the hub's `config.json`. The name is the model type unless
    /// `model_type` says it.
    pub body: BTreeMap<Spanned<String>, toml::Table>,
    /// What every job has unless its task says otherwise.
    pub recipe: RecipeChanges,
    #[serde(default)]
    pub tasks: BTreeMap<Spanned<String>, TaskDefaults>,
}

/// A task at the size of the profile.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct TaskDefaults {
    #[serde(default)]
    pub settings: toml::Table,
    /// Settings of form `fair` that differ, where whole examples need other sizes.
    #[serde(default)]
    pub fair: toml::Table,
    #[serde(default)]
    pub recipe: RecipeChanges,
}

impl TaskDefaults {
    /// The settings of a form.
    pub fn settings(&self, form: Form) -> toml::Table {
        let mut settings = self.settings.clone();
        if form == Form::Fair {
            settings.extend(self.fair.clone());
        }
        settings
    }
}

impl Profile {
    /// # Errors
    /// When the file does not parse or names a body, task or protocol that is not known.
    pub fn parse(
        source: &Document,
        tasks: &[String],
        protocols: &[String],
    ) -> Result<Self, StudyError> {
        let profile: Self = source.parse()?;
        let known = |names: Vec<&Spanned<String>>, known: &[&str], kind: &str| match names
            .into_iter()
            .find(|name| !known.contains(&name.get_ref().as_str()))
        {
            None => Ok(()),
            Some(name) => {
                let what = format!("unknown {kind} `{}`", name.get_ref());
                let help = suggest(name.get_ref(), known.iter().copied());
                let spot = source.spot(name.span(), what, "not known").help(Some(help));
                Err(StudyError::from(spot))
            }
        };
        let tasks: Vec<&str> = tasks.iter().map(String::as_str).collect();
        let plain = profile.body.iter();
        let plain = plain.filter(|(_, shape)| !shape.contains_key(MODEL_TYPE));
        known(
            plain.map(|(name, _)| name).collect(),
            &backbone::MODEL_TYPES,
            "backbone",
        )?;
        known(profile.tasks.keys().collect(), &tasks, "task")?;
        let protocols: Vec<&str> = protocols.iter().map(String::as_str).collect();
        known(vec![&profile.protocol], &protocols, "protocol")?;
        Ok(profile)
    }

    /// The shape of that name, its model type among the fields.
    pub fn body(&self, backbone: &str) -> Option<toml::Table> {
        let mut shapes = self.body.iter();
        let (_, shape) = shapes.find(|(name, _)| name.get_ref() == backbone)?;
        let mut shape = shape.clone();
        shape.entry(MODEL_TYPE).or_insert_with(|| backbone.into());
        Some(shape)
    }

    /// Names of the shapes.
    pub fn backbones(&self) -> Vec<String> {
        self.body
            .keys()
            .map(|name| name.get_ref().clone())
            .collect()
    }

    pub fn task(&self, name: &str) -> TaskDefaults {
        let task = self.tasks.iter().find(|(task, _)| task.get_ref() == name);
        task.map(|(_, task)| task.clone()).unwrap_or_default()
    }
}
