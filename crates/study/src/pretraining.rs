use crate::error::{StudyError, suggest};
use crate::recipe::RecipePatch;
use crate::source::Source;
use serde::Deserialize;
use std::collections::BTreeMap;
use tasks::Form;
use toml::Spanned;

/// Where a body's weights come from, as a file of `experiments/pretraining/` says it: one of
/// `task`, `initialisation` and `statistics-of`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Pretraining {
    /// The task that the whole body is trained on.
    pub task: Option<Spanned<String>>,
    /// `random`.
    pub initialisation: Option<Spanned<String>>,
    /// Random, with each tensor's mean and standard deviation taken from this pretraining.
    pub statistics_of: Option<Spanned<String>>,
    /// The only body that this pretraining makes sense for.
    pub backbone: Option<String>,
    /// Seed of the pretraining run: one body for every seed of a study.
    pub seed: Option<u64>,
    /// How it is done at each profile.
    #[serde(default)]
    pub profile: BTreeMap<String, Variant>,
}

/// A pretraining at the size of one profile.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Variant {
    /// Laid over the profile's settings of the task.
    #[serde(default)]
    pub settings: toml::Table,
    #[serde(default)]
    pub recipe: RecipePatch,
    /// A checkpoint to take instead of training: a folder or a name on the hub.
    pub checkpoint: Option<String>,
    /// `fair` when absent: a pretraining has to be measured soundly whatever the study does.
    pub protocol: Option<Form>,
}

/// What a pretraining is.
pub(crate) enum Kind<'a> {
    Random,
    StatisticsOf(&'a str),
    Trained(&'a str),
}

impl Pretraining {
    /// # Errors
    /// When the file does not parse, says none or two of the three kinds, or names what is not
    /// known.
    pub fn parse(
        source: &Source,
        tasks: &[String],
        pretrainings: &[String],
    ) -> Result<Self, StudyError> {
        let this: Self = source.parse()?;
        let check = |name: &Option<Spanned<String>>, known: &[String], kind: &str| match name {
            Some(name) if !known.contains(name.get_ref()) => {
                let what = format!("unknown {kind} `{}`", name.get_ref());
                let help = suggest(name.get_ref(), known.iter().map(String::as_str));
                Err(StudyError::from(
                    source.spot(name.span(), what, "here").help(Some(help)),
                ))
            }
            _ => Ok(()),
        };
        check(&this.task, tasks, "task")?;
        check(&this.statistics_of, pretrainings, "pretraining")?;
        check(
            &this.initialisation,
            &["random".to_owned()],
            "initialisation",
        )?;
        let kinds = [&this.task, &this.initialisation, &this.statistics_of];
        if kinds.iter().filter(|kind| kind.is_some()).count() != 1 {
            let what = "a pretraining says one of `task`, `initialisation` and `statistics-of`";
            return Err(source.spot(0..0, what, "in this file").into());
        }
        Ok(this)
    }

    /// Which of the three it is.
    pub fn kind(&self) -> Kind<'_> {
        match (&self.task, &self.statistics_of) {
            (Some(task), _) => Kind::Trained(task.get_ref()),
            (None, Some(other)) => Kind::StatisticsOf(other.get_ref()),
            (None, None) => Kind::Random,
        }
    }
}
