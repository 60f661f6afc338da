use freezing_policy::{Group, GroupCount};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use tasks::Floor;

/// Loss and accuracy over a set of examples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Score {
    /// Mean cross entropy in nats per prediction; no number where an example of a test set is beyond what the precision holds.
    #[serde(deserialize_with = "number_or_none")]
    pub loss: f64,
    /// Share of right predictions, between 0 and 1.
    pub accuracy: f64,
    /// Examples behind the two.
    pub examples: usize,
}

/// JSON has no word for numbers that are none: `null`.
fn number_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Option::deserialize(from).map(|number| number.unwrap_or(f64::NAN))
}

/// One point of a job's curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CurvePoint {
    /// Gradient steps taken.
    pub step: u64,
    /// Mean over the training batches since the point before (dropout on); there is no point at step 0.
    pub train_loss: f64,
    pub train_accuracy: f64,
    pub validation_loss: f64,
    pub validation_accuracy: f64,
}

impl CurvePoint {
    /// The point of a step whose quantities are not known yet.
    pub fn at(step: u64) -> Self {
        Self {
            step,
            train_loss: f64::NAN,
            train_accuracy: f64::NAN,
            validation_loss: f64::NAN,
            validation_accuracy: f64::NAN,
        }
    }
}

/// What a job reached on a test set, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Tested {
    /// Its name among [`tasks::Task::tests`].
    pub name: String,
    pub score: Score,
    /// What trivial strategies reach on it.
    pub floors: Vec<Floor>,
}

impl Tested {
    /// The best trivial strategy, the first of equals.
    pub fn floor(&self) -> Floor {
        let nothing = Floor {
            strategy: "none".to_owned(),
            accuracy: 0.0,
        };
        let better = |best: Floor, next: &Floor| match next.accuracy > best.accuracy {
            true => next.clone(),
            false => best,
        };
        self.floors.iter().fold(nothing, better)
    }
}

/// Where read positions look: weights of attention, a mean over heads and over those validation examples whose answers lie
/// in the same tokens as those of the first one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AttentionMap {
    /// Tokens of an example.
    pub tokens: usize,
    /// `[layers][positions × tokens]`, in steps of 1e-4.
    pub layers: Vec<Vec<f32>>,
    /// The tokens that hold the answer of each read position.
    pub sources: Vec<Vec<usize>>,
}

/// What a finished job has to say. Everything here is the same for the same job on the same
/// machine; times and versions are kept apart by `results`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Outcome {
    /// Gradient steps taken (fewer than asked when stopped early).
    pub steps: u64,
    /// The step whose weights were tested: the last in form `paper`, the best on validation in
    /// form `fair`.
    pub tested_step: u64,
    /// The step at which the loss was no number any more; what was tested comes from before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diverged: Option<u64>,
    /// The task's first test set, which tables show.
    pub test: Tested,
    /// The others, in the task's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<Tested>,
    /// On a fixed sample of what is trained on, without dropout; earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<Score>,
    /// Share of their attention that read positions pay to the tokens that hold their answer, a mean over
    /// layers and heads, where the task knows such tokens and the body has attention over tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention: Option<f64>,
    /// The share that those tokens would have if each token that a read position sees had as much as any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention_uniform: Option<f64>,
    /// Where that is, layer by layer; versions before it have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention_map: Option<AttentionMap>,
    /// Numbers trained and held, input and output nets included.
    pub parameters: BTreeMap<Group, GroupCount>,
    /// A sample of the language model, for jobs that train one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An outcome with such a score is read again as it was written: the job has ended.
    #[test]
    fn a_loss_that_is_no_number_stays_none() {
        let score = Score {
            loss: f64::INFINITY,
            accuracy: 0.5,
            examples: 2,
        };
        let text = serde_json::to_string(&score).unwrap();
        let read: Score = serde_json::from_str(&text).unwrap();
        assert!(read.loss.is_nan() && read.accuracy == 0.5 && read.examples == 2);
        let lacking = r#"{"accuracy": 0.5, "examples": 2}"#;
        assert!(serde_json::from_str::<Score>(lacking).is_err());
    }
}
