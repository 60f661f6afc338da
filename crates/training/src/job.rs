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
    /// Keys what is drawn of the body before anything is trained around it, in a job that is not the first
    /// around its body; `seed` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_seed: Option<u64>,
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
    /// A checkpoint in the hub's layout.
    Checkpoint(Checkpoint),
}

/// A checkpoint, by where it was found and by what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Checkpoint {
    /// A folder, or a name on the hub. No part of the job's id once the content is known.
    pub source: String,
    /// Hex of blake3 over config and weights; none before they are here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// What the name on the hub stood for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

impl Initialisation {
    /// The job that has to be finished before this one can start.
    pub fn depends_on(&self) -> Option<&JobId> {
        match self {
            Self::Job { id } => Some(id),
            Self::Random {} | Self::Checkpoint(_) => None,
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
    /// What `tasks::settings` made of the user's table: complete and checked. A folder of the user's in
    /// it is no part of the job's id once its content is known.
    pub settings: toml::Table,
    /// Hex of blake3 over the data it reads, where that is not what is published under its name or
    /// drawn from the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// [`tasks::Entry::version`] of the task that is meant.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub version: u32,
}

impl TaskSpec {
    /// A task as this program knows it, on published data.
    pub fn new(name: &str, form: Form, settings: toml::Table) -> Self {
        Self {
            name: name.to_owned(),
            form,
            settings,
            content: None,
            version: tasks::entry(name).map_or_else(|_| first(), |entry| entry.version),
        }
    }
}

const fn first() -> u32 {
    1
}

fn is_first(version: &u32) -> bool {
    *version == first()
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
    /// Keys what is drawn of the body.
    pub fn draws_body_by(&self) -> u64 {
        self.body_seed.unwrap_or(self.seed)
    }

    /// Whether anything is drawn of the body.
    pub fn draws_body(&self) -> bool {
        matches!(self.initialisation, Initialisation::Random {})
            || self.remakes.iter().any(|remake| match remake {
                Remake::Statistics { .. } | Remake::Parts { .. } => true,
                Remake::FirstLayers {}
                | Remake::Layers { .. }
                | Remake::LastLayers {}
                | Remake::Longformer {}
                | Remake::ScaledResiduals {} => false,
            })
    }

    /// The job's content address: where a checkpoint or a folder lies is no part of it once what is in
    /// there is known.
    pub fn id(&self) -> JobId {
        let settings = self.meaning();
        let text = format!("fpt job schema {SCHEMA}\n{settings}");
        JobId(blake3::hash(text.as_bytes()).to_hex()[..16].to_owned())
    }

    /// Whether it can say where something lies that is no part of its id: of two jobs with one id only such may differ.
    pub fn has_places(&self) -> bool {
        let checkpoint = match &self.initialisation {
            Initialisation::Checkpoint(checkpoint) => checkpoint.content.is_some(),
            Initialisation::Random {} | Initialisation::Job { .. } => false,
        };
        checkpoint || self.task.content.is_some()
    }

    /// Everything that the numbers depend on, keys sorted: what the id is made of, and what two jobs
    /// are compared by.
    pub fn meaning(&self) -> serde_json::Value {
        // A `serde_json::Value` keeps its keys sorted, which makes its text canonical.
        let mut meaning = serde_json::to_value(self).expect("a job is plain data");
        if self.recipe.patience > 0 {
            // The same patience ended runs on a plateau before.
            meaning["recipe"]["patience-rule"] = 2.into();
        }
        let mut forget = |room: &str, place: &str| {
            let room = meaning
                .pointer_mut(room)
                .and_then(|room| room.as_object_mut());
            room.map(|room| room.remove(place));
        };
        if let Initialisation::Checkpoint(checkpoint) = &self.initialisation
            && checkpoint.content.is_some()
        {
            forget("/initialisation", "source");
        }
        if self.task.content.is_some()
            && let Ok(Some(folder)) = tasks::folder(&self.task.name, &self.task.settings)
        {
            forget("/task/settings", folder.key);
        }
        meaning
    }
}
