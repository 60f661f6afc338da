use crate::document::Document;
use crate::error::StudyError;
use backbone::{Remake, Unit};
use serde::Deserialize;
use std::collections::BTreeMap;
use tasks::Form;
use toml::Spanned;
use training::RecipeChanges;

/// Where a body's weights come from, as a file of `experiments/pretraining/` says it: one of
/// `task`, `initialisation`, `statistics-of`, `first-layers-of` and `longformer-of`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Pretraining {
    /// The task that the whole body is trained on.
    pub task: Option<Spanned<String>>,
    pub initialisation: Option<Start>,
    /// Random, with the means and standard deviations of this pretraining's body.
    pub statistics_of: Option<Spanned<String>>,
    /// What shares a mean and a deviation, for `statistics-of`; tensors when absent.
    pub unit: Option<Unit>,
    /// The first layers of this pretraining's body, which has as many as the profile says.
    pub first_layers_of: Option<Spanned<String>>,
    /// A Longformer made from this pretraining's RoBERTa or BERT.
    pub longformer_of: Option<Spanned<String>>,
    /// The only body that this pretraining makes sense for.
    pub backbone: Option<String>,
    /// Seed of the pretraining run: one body for every seed of a study.
    pub seed: Option<u64>,
    /// How it is done at each profile.
    #[serde(default)]
    pub profile: BTreeMap<String, Variant>,
}

/// Weights that no training made here.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Start {
    /// The paper's random body.
    Random,
    /// Random with scaled residual projections, as newer versions of `transformers` start.
    RandomScaled,
    /// The checkpoint that the cell's `backbone` names.
    Checkpoint,
}

/// A pretraining at the size of one profile.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Variant {
    /// Laid over the profile's settings of the task.
    #[serde(default)]
    pub settings: toml::Table,
    #[serde(default)]
    pub recipe: RecipeChanges,
    /// A checkpoint to take instead of training: a folder or a name on the hub.
    pub checkpoint: Option<String>,
    /// `fair` when absent: a pretraining has to be measured soundly whatever the study does.
    pub form: Option<Form>,
}

/// What a pretraining is.
pub(crate) enum Kind<'a> {
    Start(Start),
    Trained(&'a str),
    /// Something done to the body of another pretraining.
    Remade(&'a str, Remake),
}

impl Pretraining {
    /// # Errors
    /// When the file does not parse, says none or several of the kinds, or names what is not
    /// known.
    pub fn parse(
        file: &Document,
        tasks: &[String],
        pretrainings: &[String],
    ) -> Result<Self, StudyError> {
        let this: Self = file.parse()?;
        if let Some(task) = &this.task {
            file.known(task, tasks, "task")?;
        }
        let others = [
            &this.statistics_of,
            &this.first_layers_of,
            &this.longformer_of,
        ];
        for other in others.into_iter().flatten() {
            file.known(other, pretrainings, "pretraining")?;
        }
        let others = others.into_iter().filter(|other| other.is_some()).count();
        let own = usize::from(this.task.is_some()) + usize::from(this.initialisation.is_some());
        if own + others != 1 {
            let what = "a pretraining says one of `task`, `initialisation`, `statistics-of`, \
                        `first-layers-of` and `longformer-of`";
            return Err(file.spot(0..0, what, "in this file").into());
        }
        if this.unit.is_some() && this.statistics_of.is_none() {
            let what = "`unit` belongs to `statistics-of`";
            return Err(file.spot(0..0, what, "in this file").into());
        }
        Ok(this)
    }

    /// Which of the kinds it is.
    pub fn kind(&self) -> Kind<'_> {
        let of = self.unit.unwrap_or(Unit::Tensor);
        let remade = [
            (&self.statistics_of, Remake::Statistics { of }),
            (&self.first_layers_of, Remake::FirstLayers {}),
            (&self.longformer_of, Remake::Longformer {}),
        ];
        for (other, remake) in remade {
            if let Some(other) = other {
                return Kind::Remade(other.get_ref(), remake);
            }
        }
        match &self.task {
            Some(task) => Kind::Trained(task.get_ref()),
            None => Kind::Start(self.initialisation.unwrap_or(Start::Random)),
        }
    }
}
