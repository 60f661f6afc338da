use crate::precision::Precision;
use backbone::{BodyConfig, Remake};
use serde::{Deserialize, Serialize};
use std::fmt;
use tasks::Form;

/// Version of what a job means. It enters every id: raise it when the same settings would give
/// other numbers.
pub const SCHEMA: u32 = 2;

/// One training run: everything its numbers depend on and nothing else.
///
/// A pretraining is a job as well: policy `full`, and [`keep_body`](Job::keep_body) set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Job {
    /// Keys every random stream of the run.
    pub seed: u64,
    /// Written as [`freezing_policy::Policy`] reads it.
    pub policy: String,
    /// Whether the trained body is left behind for other jobs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep_body: bool,
    pub initialisation: Initialisation,
    /// What is done to the body after that, one after the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remakes: Vec<Remake>,
    pub task: TaskSpec,
    pub recipe: Recipe,
    pub body: BodyConfig,
}

/// Where the body's weights come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Initialisation {
    /// The paper's random body: N(0, 0.02) weights, zero biases, unit layer norms.
    Random {},
    /// The body that another job left.
    Job { id: JobId },
    /// A checkpoint folder in the hub's layout, or a name on the hub.
    Checkpoint { source: String },
}

impl Initialisation {
    /// The job that has to be finished before this one can start.
    pub fn depends_on(&self) -> Option<&JobId> {
        match self {
            Self::Job { id } => Some(id),
            Self::Random {} | Self::Checkpoint { .. } => None,
        }
    }
}

/// A task by name with all its settings, defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TaskSpec {
    /// A name of `tasks::REGISTRY`.
    pub name: String,
    pub form: Form,
    /// What `tasks::settings` made of the user's table: complete and checked.
    pub settings: toml::Table,
}

/// How long and how the model trains. Batch sizes are examples, lengths are gradient steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Recipe {
    pub steps: u64,
    pub batch_size: usize,
    pub learning_rate: f64,
    /// Gradient steps between two points of the curve; also where a killed run resumes.
    pub evaluate_every: u64,
    /// Examples of the validation split behind each point of the curve (0: all).
    pub curve_examples: usize,
    /// Evaluations without improvement before the run stops (0: never). Form `fair` only.
    pub patience: u64,
    /// Dropout of the input net and of the body.
    pub dropout: f64,
    /// Largest global norm of the gradient.
    pub clip_norm: f64,
    /// Gain of the orthogonal input net.
    pub input_gain: f64,
    /// Decoupled weight decay (0 is plain Adam).
    pub weight_decay: f64,
    pub schedule: Schedule,
    /// Of frozen weights.
    #[serde(default, skip_serializing_if = "Precision::is_full")]
    pub frozen_precision: Precision,
}

impl Recipe {
    /// What the paper and its code used for transformers (appendix C), with the length and batch
    /// size left at the official script's: studies say their own.
    pub fn paper() -> Self {
        Self {
            steps: 1_000,
            batch_size: 4,
            learning_rate: 1e-3,
            evaluate_every: 100,
            curve_examples: 0,
            patience: 0,
            dropout: 0.1,
            clip_norm: 1.0,
            input_gain: 1.41,
            weight_decay: 0.0,
            schedule: Schedule::Constant {},
            frozen_precision: Precision::F32,
        }
    }
}

/// The learning rate over the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Schedule {
    /// The same from first to last step, as in the paper.
    Constant {},
    /// Linear warm-up over `warmup` steps, then a cosine down to `floor` times the rate.
    Cosine { warmup: u64, floor: f64 },
}

/// A job's name: 16 hex digits of blake3 over its canonical settings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub String);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Job {
    /// The job's content address.
    pub fn id(&self) -> JobId {
        // A `serde_json::Value` keeps its keys sorted, which makes the text canonical.
        let settings = serde_json::to_value(self).expect("a job is plain data");
        let text = format!("fpt job schema {SCHEMA}\n{settings}");
        JobId(blake3::hash(text.as_bytes()).to_hex()[..16].to_owned())
    }
}
