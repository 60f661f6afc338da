use crate::recipe::Recipe;
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
