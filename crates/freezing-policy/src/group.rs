use serde::{Deserialize, Serialize};
use std::fmt;

/// What a parameter is for, in the words of the paper (section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// The input net, made anew for each task.
    Input,
    /// The output net, made anew for each task.
    Output,
    /// Learned positions.
    Position,
    /// Gains and biases of layer (or RMS) norms.
    LayerNorm,
    /// The two dense layers of each block.
    FeedForward,
    /// Query, key, value and output projections.
    Attention,
    /// Token, type, patch, class and relative-bias tables: what the paper never trains.
    Embedding,
}

impl Group {
    /// Every group, in the order of tables and files.
    pub const ALL: [Group; 7] = [
        Group::Input,
        Group::Output,
        Group::Position,
        Group::LayerNorm,
        Group::FeedForward,
        Group::Attention,
        Group::Embedding,
    ];

    /// The name in TOML, parquet and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Group::Input => "input",
            Group::Output => "output",
            Group::Position => "position",
            Group::LayerNorm => "layer-norm",
            Group::FeedForward => "feed-forward",
            Group::Attention => "attention",
            Group::Embedding => "embedding",
        }
    }

    /// What is in it.
    pub const fn says(self) -> &'static str {
        match self {
            Group::Input => "The input net, made anew for each task.",
            Group::Output => "The output net, made anew for each task.",
            Group::Position => "Learned positions.",
            Group::LayerNorm => "Gains and biases of layer (or RMS) norms.",
            Group::FeedForward => "The two dense layers of each block.",
            Group::Attention => "Query, key, value and output projections.",
            Group::Embedding => {
                "Token, type, patch, class and relative-bias tables: what the paper never trains."
            }
        }
    }

    /// The group of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A group and, for parameters inside the stack, the layer counted from the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    pub group: Group,
    pub layer: Option<usize>,
}
