use serde::{Deserialize, Serialize};

/// What may differ between two runs of the same job. Kept apart from the numbers, so that those
/// have the same bytes however often they are made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Provenance {
    /// Time at work, interruptions not counted.
    pub wall_seconds: f64,
    /// Time that its threads computed, added up. Earlier versions noted none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor_seconds: Option<f64>,
    /// As named on the command line, e.g. `flex`.
    pub device: String,
    /// What it calls itself, e.g. `NVIDIA H100 80GB HBM3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
    /// What drives it, with its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    pub threads: usize,
    /// Version of this workspace.
    pub version: String,
    /// Full hash of the commit the program was built from, where known.
    pub git_commit: Option<String>,
    /// Whether the tree had changes beyond that commit.
    pub git_dirty: Option<bool>,
    /// Seconds since 1970-01-01 UTC.
    pub finished_at: u64,
    #[serde(default, skip_serializing_if = "Read::is_empty")]
    pub read: Read,
    /// The last lines of its log; earlier versions noted none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
}

/// What a job read, by content, and where that was found. Digests are blake3 in hex; earlier versions
/// noted none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Read {
    /// The weights that its body started from; none where they were drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_content: Option<String>,
    /// A folder, a name on the hub, or `job` and the id of a pretraining.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_source: Option<String>,
    /// What the name on the hub stood for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_commit: Option<String>,
    /// The task's data; none where it was drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_content: Option<String>,
}

impl Read {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Provenance {
    /// The kind of its device, without which of them it was: `cuda` of `cuda:1`.
    pub fn device_kind(&self) -> &str {
        self.device.split(':').next().unwrap_or_default()
    }
}
