use backbone::BodyConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What stands outside a study's files and decides which jobs it comes to: jobs are named by what they
/// read, not by where it lies. Planning looks at nothing; who plans says what is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Contents {
    /// By the name that studies and pretrainings give them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub checkpoints: BTreeMap<String, CheckpointContent>,
    /// Digests of data, by [`tasks::source`]: only of what is not published under its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, String>,
}

/// What is known of a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CheckpointContent {
    /// Hex of blake3 over config and weights; none before they are here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// What the name on the hub stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    pub config: BodyConfig,
}

impl Contents {
    pub fn is_empty(&self) -> bool {
        self.checkpoints.is_empty() && self.data.is_empty()
    }
}
