use serde::{Deserialize, Serialize};

/// When a run is not worth going on with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GiveUp {
    /// Gradient steps after which it is looked at, at the first point of the curve from there on.
    pub at: u64,
    /// The validation accuracy, between 0 and 1, that its best point so far must not stay below.
    pub below: f64,
}

impl GiveUp {
    /// Why no run can be meant by it.
    pub fn misfit(&self) -> Option<&'static str> {
        let is_share = (0.0..=1.0).contains(&self.below);
        (!is_share).then_some("`give-up`: `below` is an accuracy, from 0 to 1")
    }
}
