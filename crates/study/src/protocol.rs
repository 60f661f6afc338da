use crate::error::{StudyError, suggest};
use crate::profile::TaskDefaults;
use crate::recipe::RecipePatch;
use crate::source::Source;
use serde::Deserialize;
use std::collections::BTreeMap;
use tasks::Form;
use toml::Spanned;

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
    pub learning_rates: Vec<f64>,
    /// What a reader has to beware of.
    #[serde(default)]
    pub traps: Vec<String>,
    #[serde(default)]
    pub recipe: RecipePatch,
    #[serde(default)]
    pub tasks: BTreeMap<Spanned<String>, TaskDefaults>,
}

impl Protocol {
    /// # Errors
    /// When the file does not parse, or names a task or a rate that cannot be meant.
    pub fn parse(source: &Source, tasks: &[String]) -> Result<Self, StudyError> {
        let protocol: Self = source.parse()?;
        let known = tasks.iter().map(String::as_str);
        if let Some(name) = protocol
            .tasks
            .keys()
            .find(|name| !tasks.contains(name.get_ref()))
        {
            let what = format!("unknown task `{}`", name.get_ref());
            let help = suggest(name.get_ref(), known);
            let spot = source.spot(name.span(), what, "not known").help(Some(help));
            return Err(spot.into());
        }
        let mut rates = protocol.learning_rates.iter().enumerate();
        let wrong = rates.find(|(index, rate)| {
            let twice = protocol.learning_rates[..*index].contains(rate);
            twice || !rate.is_finite() || **rate <= 0.0
        });
        if let Some((_, rate)) = wrong {
            let what = format!("learning-rates: {rate} is not above 0, or stands twice");
            return Err(source.spot(0..0, what, "in this file").into());
        }
        if let Some(problem) = protocol.recipe.problem() {
            let what = format!("a value of the recipe {problem}");
            return Err(source.spot(0..0, what, "in [recipe]").into());
        }
        Ok(protocol)
    }

    /// What it says of a task.
    pub fn task(&self, name: &str) -> TaskDefaults {
        let task = self.tasks.iter().find(|(task, _)| task.get_ref() == name);
        task.map(|(_, task)| task.clone()).unwrap_or_default()
    }
}
