use serde::Deserialize;
use training::{Precision, Recipe, Schedule};

/// Steps and examples of a batch; more is a slip of the finger.
const MOST: u64 = 1 << 30;

/// A recipe with some fields left to what it is laid over.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct RecipePatch {
    pub steps: Option<u64>,
    pub batch_size: Option<usize>,
    pub learning_rate: Option<f64>,
    pub evaluate_every: Option<u64>,
    pub curve_examples: Option<usize>,
    pub patience: Option<u64>,
    pub dropout: Option<f64>,
    pub clip_norm: Option<f64>,
    pub input_gain: Option<f64>,
    pub weight_decay: Option<f64>,
    pub schedule: Option<Schedule>,
    pub frozen_precision: Option<Precision>,
}

impl RecipePatch {
    /// The fields that a study may set.
    pub const KEYS: [&str; 11] = [
        "steps",
        "batch-size",
        "learning-rate",
        "evaluate-every",
        "curve-examples",
        "patience",
        "dropout",
        "clip-norm",
        "input-gain",
        "weight-decay",
        "frozen-precision",
    ];

    /// This patch where it says something, `below` where it does not.
    pub fn over(self, below: &Self) -> Self {
        Self {
            steps: self.steps.or(below.steps),
            batch_size: self.batch_size.or(below.batch_size),
            learning_rate: self.learning_rate.or(below.learning_rate),
            evaluate_every: self.evaluate_every.or(below.evaluate_every),
            curve_examples: self.curve_examples.or(below.curve_examples),
            patience: self.patience.or(below.patience),
            dropout: self.dropout.or(below.dropout),
            clip_norm: self.clip_norm.or(below.clip_norm),
            input_gain: self.input_gain.or(below.input_gain),
            weight_decay: self.weight_decay.or(below.weight_decay),
            schedule: self.schedule.or_else(|| below.schedule.clone()),
            frozen_precision: self.frozen_precision.or(below.frozen_precision),
        }
    }

    /// The first key whose value cannot be meant, and what it must be.
    pub fn problem(&self) -> Option<(&'static str, &'static str)> {
        let counts = [
            (
                "steps",
                self.steps.is_some_and(|n| !(1..=MOST).contains(&n)),
            ),
            (
                "batch-size",
                self.batch_size
                    .is_some_and(|n| !(1..=MOST).contains(&(n as u64))),
            ),
            ("evaluate-every", self.evaluate_every == Some(0)),
        ];
        let outside = |number: Option<f64>| number.is_some_and(|n| !(n.is_finite() && n > 0.0));
        let positive = [
            ("learning-rate", outside(self.learning_rate)),
            ("clip-norm", outside(self.clip_norm)),
            ("input-gain", outside(self.input_gain)),
        ];
        let share = |p: f64| (0.0..1.0).contains(&p);
        let dropout = [("dropout", self.dropout.is_some_and(|p| !share(p)))];
        let decay = |decay: f64| (0.0..).contains(&decay);
        let decay = [("weight-decay", self.weight_decay.is_some_and(|d| !decay(d)))];
        let kinds: [(&[(&'static str, bool)], &'static str); 4] = [
            (
                &counts,
                "must be at least 1, and steps and batches at most 2^30",
            ),
            (&positive, "must be a number above 0"),
            (&dropout, "must be at least 0 and below 1"),
            (&decay, "must be at least 0"),
        ];
        kinds.iter().find_map(|(keys, rule)| {
            let (key, _) = keys.iter().find(|(_, wrong)| *wrong)?;
            Some((*key, *rule))
        })
    }

    /// The whole recipe. The error names the first field that nothing has set.
    pub fn finish(self) -> Result<Recipe, &'static str> {
        Ok(Recipe {
            steps: self.steps.ok_or("steps")?,
            batch_size: self.batch_size.ok_or("batch-size")?,
            learning_rate: self.learning_rate.ok_or("learning-rate")?,
            evaluate_every: self.evaluate_every.ok_or("evaluate-every")?,
            curve_examples: self.curve_examples.ok_or("curve-examples")?,
            patience: self.patience.ok_or("patience")?,
            dropout: self.dropout.ok_or("dropout")?,
            clip_norm: self.clip_norm.ok_or("clip-norm")?,
            input_gain: self.input_gain.ok_or("input-gain")?,
            weight_decay: self.weight_decay.unwrap_or(0.0),
            schedule: self.schedule.unwrap_or(Schedule::Constant {}),
            frozen_precision: self.frozen_precision.unwrap_or_default(),
        })
    }
}
