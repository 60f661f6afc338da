use crate::document::Document;
use crate::error::StudyError;
use crate::profile::TaskDefaults;
use serde::Deserialize;
use std::collections::BTreeMap;
use tasks::Form;
use toml::Spanned;
use training::RecipeChanges;

/// How a study measures. What it says goes before what the profile says, and after the study.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Protocol {
    /// In a few words, for the tables.
    pub says: String,
    /// Which version of each task.
    pub form: Form,
    /// Each cell is trained with all of them and shown with the one that validation prefers;
    /// where there are none, with the rate of the recipe.
    #[serde(default)]
    pub learning_rates: Vec<Spanned<f64>>,
    /// What a reader has to beware of, by task; `any` for all of them.
    #[serde(default)]
    pub traps: BTreeMap<String, String>,
    #[serde(default)]
    pub recipe: RecipeChanges,
    #[serde(default)]
    pub tasks: BTreeMap<Spanned<String>, TaskDefaults>,
}

impl Protocol {
    /// # Errors
    /// When the file does not parse, or names a task or a rate that cannot be meant.
    pub fn parse(file: &Document, tasks: &[String]) -> Result<Self, StudyError> {
        let protocol: Self = file.parse()?;
        for name in protocol.tasks.keys() {
            file.known(name, tasks, "task")?;
        }
        for (index, rate) in protocol.learning_rates.iter().enumerate() {
            let problem = match rate.get_ref() {
                value if !value.is_finite() || *value <= 0.0 => "has to be a number above 0",
                value
                    if protocol.learning_rates[..index]
                        .iter()
                        .any(|r| r.get_ref() == value) =>
                {
                    "stands twice"
                }
                _ => continue,
            };
            let what = format!("learning rate {:e} {problem}", rate.get_ref());
            return Err(file.spot(rate.span(), what, "this one").into());
        }
        let of_tasks = protocol.tasks.iter();
        let of_tasks = of_tasks.map(|(name, task)| (name.span(), &task.recipe));
        for (at, recipe) in [(0..0, &protocol.recipe)].into_iter().chain(of_tasks) {
            if let Some((key, rule)) = recipe.problem() {
                let what = format!("`{key}` of the recipe {rule}");
                return Err(file.spot(at, what, "in this recipe").into());
            }
            if recipe.learning_rate.is_some() && !protocol.learning_rates.is_empty() {
                let what =
                    "a protocol has either `learning-rates` to choose from or a recipe's one";
                return Err(file.spot(at, what, "sets `learning-rate`").into());
            }
        }
        for (name, task) in &protocol.tasks {
            let settings = tasks::settings(name.get_ref(), &task.settings(protocol.form));
            settings.map_err(|error| file.spot(name.span(), error.to_string(), "this task"))?;
        }
        if protocol.form == Form::Paper && protocol.learning_rates.len() > 1 {
            let what = "form `paper` holds nothing out to choose a learning rate on";
            return Err(file.spot(0..0, what, "in this file").into());
        }
        Ok(protocol)
    }

    /// What it says of a task.
    pub fn task(&self, name: &str) -> TaskDefaults {
        let task = self.tasks.iter().find(|(task, _)| task.get_ref() == name);
        task.map(|(_, task)| task.clone()).unwrap_or_default()
    }
}
