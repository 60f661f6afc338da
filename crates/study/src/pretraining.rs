use crate::document::Document;
use crate::error::StudyError;
use crate::keys::is_checkpoint;
use crate::suggest::suggest;
use crate::title::drawn;
use backbone::{BodyConfig, Remake, Unit};
use evidence::seed::{self, LAST_REPLICATE};
use freezing_policy::Policy;
use serde::Deserialize;
use std::collections::BTreeMap;
use tasks::Form;
use toml::Spanned;
use training::RecipeChanges;

/// Where a body's weights come from, as a file of `experiments/pretraining/` says it: one of
/// `task`, `initialisation`, `statistics-of`, `first-layers-of`, `layers-of`, `parts-of` and `longformer-of`.
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
    /// Layers of this pretraining's body, as many as the cell's body has.
    pub layers_of: Option<Spanned<String>>,
    /// The first of them, counted from 0, or `"last"`, for `layers-of`.
    pub from: Option<From>,
    /// A random body with parts of this pretraining's.
    pub parts_of: Option<Spanned<String>>,
    /// Which, written as in a policy, for `parts-of`.
    pub parts: Option<Spanned<String>>,
    /// A Longformer made from this pretraining's RoBERTa or BERT.
    pub longformer_of: Option<Spanned<String>>,
    /// The only bodies that this pretraining makes sense for.
    pub backbone: Option<Bodies>,
    /// Pins the seed of the pretraining run: one body for every replicate. Without it, each has its own.
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

/// Where a slice of layers begins.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected the number of a layer, from 0, or \"last\""
)]
pub(crate) enum From {
    Layer(usize),
    Named(Last),
}

/// So that the slice ends with the last layer.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Last {
    Last,
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
    /// A checkpoint to take instead of training, a folder or a name on the hub; or a list of them, of which each
    /// replicate takes its own; or either by backbone.
    pub checkpoint: Option<Checkpoint>,
    /// `fair` when absent: a pretraining has to be measured soundly whatever the study does.
    pub form: Option<Form>,
}

/// A kind of body, or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a kind of body, or a list of them")]
pub(crate) enum Bodies {
    One(String),
    Several(Vec<String>),
}

impl Bodies {
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(body) => std::slice::from_ref(body),
            Self::Several(bodies) => bodies,
        }
    }
}

/// Checkpoints that every body has, or each its own: by the backbone's name, or its kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a checkpoint, a list of them, or either by backbone"
)]
pub(crate) enum Checkpoint {
    Any(Checkpoints),
    ByBody(BTreeMap<String, Checkpoints>),
}

impl Checkpoint {
    fn all(&self) -> Vec<&String> {
        match self {
            Self::Any(checkpoints) => checkpoints.all().iter().collect(),
            Self::ByBody(bodies) => bodies.values().flat_map(Checkpoints::all).collect(),
        }
    }

    /// Those of a backbone.
    pub fn of(&self, backbone: &str, model_type: &str) -> Option<&Checkpoints> {
        match self {
            Self::Any(checkpoints) => Some(checkpoints),
            Self::ByBody(bodies) => bodies.get(backbone).or_else(|| bodies.get(model_type)),
        }
    }
}

/// One checkpoint for all replicates, or one for each.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a checkpoint, or a list of them")]
pub(crate) enum Checkpoints {
    One(String),
    Each(Vec<String>),
}

impl Checkpoints {
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(source) => std::slice::from_ref(source),
            Self::Each(list) => list,
        }
    }

    /// The checkpoint of a replicate: of a list the one with its number. So many pilots have theirs at the end.
    ///
    /// # Errors
    /// Where the list is too short.
    pub fn of(&self, replicate: u64, pilots: u64) -> Result<&String, String> {
        let list = match self {
            Self::One(source) => return Ok(source),
            Self::Each(list) => list,
        };
        let index = match seed::pilot_of(replicate) {
            Some(pilot) => list.len().checked_sub(pilot as usize),
            None => (replicate as usize).checked_sub(1),
        };
        let is_pilots = |index: &usize| index + pilots as usize >= list.len();
        let is_own = |index: &usize| seed::pilot_of(replicate).is_some() == is_pilots(index);
        index.filter(is_own).and_then(|index| list.get(index)).ok_or_else(|| {
            let (count, whose) = (list.len(), drawn(replicate));
            format!(
                "there are {count} checkpoints, and {whose} needs one of its own: a list has one for each replicate, and \
                 one more for each pilot; ask for fewer with `--seeds`"
            )
        })
    }
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
            &this.layers_of,
            &this.parts_of,
            &this.longformer_of,
        ];
        for other in others.into_iter().flatten() {
            file.known(other, pretrainings, "pretraining")?;
        }
        let others = others.into_iter().filter(|other| other.is_some()).count();
        let own = usize::from(this.task.is_some()) + usize::from(this.initialisation.is_some());
        if own + others != 1 {
            let what = "a pretraining says one of `task`, `initialisation`, `statistics-of`, \
                        `first-layers-of`, `layers-of`, `parts-of` and `longformer-of`";
            return Err(file.mistake(what).into());
        }
        if this.seed.is_some() && this.task.is_none() {
            let what = "`seed` pins a pretraining that is trained here: it goes with `task`";
            return Err(file.mistake(what).into());
        }
        if this.seed.is_some_and(|seed| seed > LAST_REPLICATE) {
            let what = format!("`seed` is a number up to {LAST_REPLICATE}");
            return Err(file.mistake(what).into());
        }
        let variants = this.profile.values();
        let sources =
            variants.flat_map(|variant| variant.checkpoint.iter().flat_map(Checkpoint::all));
        if let Some(source) = sources.into_iter().find(|source| !is_checkpoint(source)) {
            let what = format!(
                "`checkpoint` is a folder, such as ./body, or owner/name on the hub, not `{source}`"
            );
            return Err(file.mistake(what).into());
        }
        if this.unit.is_some() && this.statistics_of.is_none() {
            let what = "`unit` belongs to `statistics-of`";
            return Err(file.mistake(what).into());
        }
        if this.from.is_some() != this.layers_of.is_some() {
            let what =
                "`layers-of` and `from` go together: the first layer, counted from 0, or \"last\"";
            return Err(file.mistake(what).into());
        }
        match (&this.parts, this.parts_of.is_some()) {
            (Some(parts), true) => {
                if let Err(error) = parts.get_ref().parse::<Policy>() {
                    let what = error.to_string();
                    return Err(file.spot(parts.span(), what, "no such parts").into());
                }
            }
            (None, false) => {}
            _ => {
                let what = "`parts-of` and `parts` go together: `parts = \"attention\"`";
                return Err(file.mistake(what).into());
            }
        }
        let kinds = BodyConfig::MODEL_TYPES;
        let named = this.backbone.iter().flat_map(Bodies::all);
        let mut unknown = named.filter(|name| !kinds.contains(&name.as_str()));
        if let Some(unknown) = unknown.next() {
            let help = suggest(unknown, kinds.iter().copied());
            let what = format!("there is no `{unknown}` body");
            let spot = file.mistake(what);
            return Err(spot.help(Some(help)).into());
        }
        Ok(this)
    }

    /// Which of the kinds it is.
    pub fn kind(&self) -> Kind<'_> {
        let of = self.unit.unwrap_or(Unit::Tensor);
        let slice = match self.from {
            Some(From::Layer(from)) => Remake::Layers { from },
            Some(From::Named(Last::Last)) | None => Remake::LastLayers {},
        };
        let parts = self.parts.as_ref();
        let parts = parts.map_or_else(String::new, |parts| parts.get_ref().clone());
        // Terms mean the same however they are spaced.
        let parts = parts.split_whitespace().collect();
        let remade = [
            (&self.statistics_of, Remake::Statistics { of }),
            (&self.first_layers_of, Remake::FirstLayers {}),
            (&self.layers_of, slice),
            (&self.parts_of, Remake::Parts { parts }),
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
