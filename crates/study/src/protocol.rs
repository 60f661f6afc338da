use crate::document::Document;
use crate::error::StudyError;
use crate::pilots::Pilots;
use crate::profile::TaskDefaults;
use serde::Deserialize;
use std::collections::BTreeMap;
use tasks::Form;
use toml::Spanned;
use training::RecipeChanges;

/// What traps of all tasks go by.
pub(crate) const ANY: &str = "any";

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
    /// Instead: each cell's rate is chosen on pilots before its first replicate starts.
    pub pilots: Option<Spanned<Pilots>>,
    /// When replicates are looked at.
    pub looks: Option<Spanned<LooksTable>>,
    /// Jobs with seeds of their own around the body of each replicate, averaged there.
    pub jobs_per_body: Option<Spanned<u64>>,
    /// What a reader has to beware of, by task; `any` for all of them.
    #[serde(default)]
    pub traps: BTreeMap<Spanned<String>, String>,
    #[serde(default)]
    pub recipe: RecipeChanges,
    #[serde(default)]
    pub tasks: BTreeMap<Spanned<String>, TaskDefaults>,
}

/// `[looks]`: what is fixed of the test before anything runs.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct LooksTable {
    /// Replicates at each look.
    pub at: Vec<usize>,
    /// Share of the level that each look may spend.
    pub weights: Vec<f64>,
    /// What counts as small where a claim says nothing: points of accuracy.
    pub margin: f64,
}

impl Default for LooksTable {
    fn default() -> Self {
        Self {
            at: vec![3, 5, 8, 12],
            weights: vec![0.4, 0.2, 0.2, 0.2],
            margin: 2.0,
        }
    }
}

/// More replicates are a slip of the finger.
const MOST: usize = 10_000;

impl LooksTable {
    /// What cannot be meant.
    fn problem(&self) -> Option<String> {
        let falls = self.at.windows(2).find(|pair| pair[0] >= pair[1]);
        let sum: f64 = self.weights.iter().sum();
        match () {
            () if self.at.is_empty() => {
                Some("there is no look: write `at = [3, 5, 8, 12]`".to_owned())
            }
            () if self.at[0] < 2 => {
                Some("one replicate has no spread: the first look is at 2 or more".to_owned())
            }
            () if falls.is_some() => Some(format!(
                "looks rise, and {:?} does not: write `at = [3, 5, 8, 12]`",
                self.at
            )),
            () if self.at.last().is_some_and(|last| *last > MOST) => {
                Some(format!("the last look is at {MOST} replicates at most"))
            }
            () if self.weights.len() != self.at.len() => Some(format!(
                "{} looks have {} weights: each has one, and they are 1 at most together",
                self.at.len(),
                self.weights.len()
            )),
            () if self
                .weights
                .iter()
                .any(|weight| weight.is_nan() || *weight <= 0.0) =>
            {
                Some("a look that spends nothing decides nothing: weights are above 0".to_owned())
            }
            () if sum > 1.0 + 1e-9 => Some(format!(
                "the weights are {sum:.3} together: a level can be spent once, so they are 1 at most"
            )),
            () if !(self.margin > 0.0 && self.margin < 100.0) => {
                Some("`margin` is in points of accuracy, above 0 and below 100".to_owned())
            }
            () => None,
        }
    }
}

impl Protocol {
    /// # Errors
    /// When the file does not parse, or names a task or a rate that cannot be meant.
    pub fn parse(file: &Document, tasks: &[String]) -> Result<Self, StudyError> {
        let protocol: Self = file.parse()?;
        for name in protocol.tasks.keys() {
            file.known(name, tasks, "task")?;
        }
        for name in protocol.traps.keys().filter(|name| name.get_ref() != ANY) {
            file.known(name, tasks, "task")?;
        }
        if let Some(looks) = &protocol.looks
            && let Some(what) = looks.get_ref().problem()
        {
            return Err(file.spot(looks.span(), what, "these looks").into());
        }
        if let Some(pilots) = &protocol.pilots {
            if let Some(what) = pilots.get_ref().problem() {
                return Err(file.spot(pilots.span(), what, "these pilots").into());
            }
            if !protocol.learning_rates.is_empty() {
                let what = "a protocol has either `learning-rates`, which every replicate is trained with, or `[pilots]`";
                return Err(file.spot(pilots.span(), what, "has both").into());
            }
        }
        if let Some(jobs) = &protocol.jobs_per_body
            && !(1..=100).contains(jobs.get_ref())
        {
            let what = "`jobs-per-body` is a count from 1 to 100";
            return Err(file.spot(jobs.span(), what, "not such a count").into());
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
        let of_tasks =
            of_tasks.map(|(name, task)| (format!("`{}`: ", name.get_ref()), &task.recipe));
        for (of, recipe) in [(String::new(), &protocol.recipe)]
            .into_iter()
            .chain(of_tasks)
        {
            if let Some((key, rule)) = recipe.problem() {
                let what = format!("{of}`{key}` of the recipe {rule}");
                return Err(file.mistake(what).into());
            }
            if let Some(what) = recipe
                .give_up
                .flatten()
                .and_then(|give_up| give_up.misfit())
            {
                return Err(file.mistake(format!("{of}{what}")).into());
            }
            let chooses = !protocol.learning_rates.is_empty() || protocol.pilots.is_some();
            if recipe.learning_rate.is_some() && chooses {
                let what = format!(
                    "{of}a protocol has either learning rates to choose from or a recipe's `learning-rate`"
                );
                return Err(file.mistake(what).into());
            }
        }
        for (name, task) in &protocol.tasks {
            let settings = tasks::settings(name.get_ref(), &task.settings(protocol.form));
            settings.map_err(|error| file.spot(name.span(), error.to_string(), "this task"))?;
        }
        if protocol.form == Form::Paper
            && (protocol.learning_rates.len() > 1 || protocol.pilots.is_some())
        {
            let what = "form `paper` holds nothing out to choose a learning rate on";
            return Err(file.mistake(what).into());
        }
        Ok(protocol)
    }

    /// When replicates are looked at.
    pub fn looks(&self) -> LooksTable {
        let looks = self.looks.as_ref().map(|looks| looks.get_ref().clone());
        looks.unwrap_or_default()
    }

    /// What it says of a task.
    pub fn task(&self, name: &str) -> TaskDefaults {
        let task = self.tasks.iter().find(|(task, _)| task.get_ref() == name);
        task.map(|(_, task)| task.clone()).unwrap_or_default()
    }
}
