//! How a job trains: every setting once.
//!
//! The table below is all that there is to say of a setting: structs, keys of studies, ranges, what
//! lies over what, and the reference for users are made of it. A new one is an entry here and the
//! place that reads it; give it a value that changes nothing, and leave it out of the job where it
//! has that one (`precision` shows how), so that jobs keep their ids.

mod give_up;
mod precision;
mod range;
mod schedule;
mod table;

pub use give_up::GiveUp;
pub use precision::Precision;
pub use range::Range;
pub use schedule::Schedule;
pub use table::Field;
use table::recipe;

recipe! {
    /// Gradient steps of the run.
    required key steps: u64 = 1_000, Range::Count;

    /// Examples in the batch of a gradient step.
    required key batch_size: usize = 4, Range::Count;

    /// Step size of Adam, before what `schedule` makes of it.
    required key learning_rate: f64 = 1e-3, Range::Positive;

    /// Gradient steps between two points of the curve; a run that was killed goes on from the last.
    required key evaluate_every: u64 = 100, Range::AtLeastOne;

    /// Examples of the validation split behind each point of the curve (0: all).
    required key curve_examples: usize = 0;

    /// Points of the curve in a row after which a run stops (0: never): with a loss above the lowest by 2 % or more
    /// and no better accuracy, or after all was right. A plateau is neither, and ends no run. Form `fair` only.
    required key patience: u64 = 0;

    /// Chance of an activation of the input net and of the body to be dropped.
    required key dropout: f64 = 0.1, Range::Share;

    /// Largest norm of the gradient, taken over all parameters that train.
    required key clip_norm: f64 = 1.0, Range::Positive;

    /// Gain of the orthogonal weights that the input net starts with.
    required key input_gain: f64 = 1.41, Range::Positive;

    /// Decoupled weight decay (0: plain Adam).
    optional key weight_decay: f64 = 0.0, Range::NotNegative;

    /// The learning rate over the run: `{ kind = "constant" }`, or `{ kind = "cosine", warmup, floor }`
    /// with `warmup` steps up and a cosine down to `floor` times the rate.
    optional file schedule: Schedule = Schedule::Constant {};

    /// What dense layers multiply in: `f32`, `bf16` or `f16`. Sums, and all that trains, are kept in 32 bits.
    #[serde(default, skip_serializing_if = "is_default")]
    optional key precision: Precision = Precision::F32;

    /// Examples of each test set that are tested, and of the sample of what is trained on, to a batch more (0: all). Fewer are for trying whether something runs, as profile `smoke` does.
    #[serde(default, skip_serializing_if = "is_default")]
    optional key test_examples: usize = 0;

    /// Ends the run at a step where its best validation accuracy is below: `{ at = 1500, below = 0.7 }`. What trials of a
    /// learning rate are given once another has done better.
    #[serde(default, skip_serializing_if = "is_default")]
    optional file give_up: Option<GiveUp> = None;
}

/// Whether a job may leave a setting out.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Recipe {
    /// Names of the settings that studies set, under `[job]` or as an axis.
    pub fn keys() -> impl Iterator<Item = &'static str> {
        let keys = FIELDS.iter().filter(|field| field.key);
        keys.map(|field| field.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    fn changes(text: &str) -> RecipeChanges {
        RecipeChanges::deserialize(text.parse::<toml::Table>().unwrap()).unwrap()
    }

    #[test]
    fn a_field_is_named_as_files_name_it() {
        let recipe = toml::Table::try_from(Recipe {
            precision: Precision::F16,
            test_examples: 1,
            give_up: Some(GiveUp { at: 1, below: 0.5 }),
            ..Recipe::paper()
        });
        let names: Vec<String> = recipe.unwrap().keys().cloned().collect();
        let mut fields: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
        fields.sort_unstable();
        assert_eq!(names, fields);
    }

    /// Jobs are named by these bytes: a new setting must not be among them at its paper's value.
    #[test]
    fn the_papers_recipe_is_written_as_ever() {
        let written = serde_json::to_value(Recipe::paper()).unwrap().to_string();
        let expected = "{\"batch-size\":4,\"clip-norm\":1.0,\"curve-examples\":0,\"dropout\":0.1,\
                        \"evaluate-every\":100,\"input-gain\":1.41,\"learning-rate\":0.001,\
                        \"patience\":0,\"schedule\":{\"kind\":\"constant\"},\"steps\":1000,\
                        \"weight-decay\":0.0}";
        assert_eq!(written, expected);
    }

    #[test]
    fn what_says_more_lies_over_what_says_less() {
        let study = changes("steps = 7");
        let profile = changes("steps = 1\nbatch-size = 2\ndropout = 0.5");
        let both = study.over(&profile);
        assert_eq!(both, changes("steps = 7\nbatch-size = 2\ndropout = 0.5"));
    }

    #[test]
    fn what_nothing_says_is_the_papers_or_an_error() {
        let text = toml::to_string(&Recipe::paper()).unwrap();
        assert_eq!(changes(&text).finish(), Ok(Recipe::paper()));
        let without = |name: &str| {
            let others = text.lines().filter(|line| !line.starts_with(name));
            let others: Vec<&str> = others.collect();
            changes(&others.join("\n")).finish()
        };
        assert_eq!(without("weight-decay"), Ok(Recipe::paper()));
        assert_eq!(without("clip-norm"), Err("clip-norm"));
    }

    #[test]
    fn values_that_cannot_be_meant_are_named_with_their_range() {
        let cases = [
            ("steps = 0", "steps"),
            ("batch-size = 1073741825", "batch-size"),
            ("evaluate-every = 0", "evaluate-every"),
            ("learning-rate = 0.0", "learning-rate"),
            ("clip-norm = inf", "clip-norm"),
            ("input-gain = nan", "input-gain"),
            ("dropout = 1.0", "dropout"),
            ("weight-decay = -0.1", "weight-decay"),
            ("weight-decay = inf", "weight-decay"),
            // Of several, one that counts something comes first.
            ("learning-rate = 0.0\nevaluate-every = 0", "evaluate-every"),
        ];
        for (text, name) in cases {
            let field = FIELDS.iter().find(|field| field.name == name).unwrap();
            let expected = (field.name, field.range.unwrap().rule());
            assert_eq!(changes(text).problem(), Some(expected), "{text}");
        }
        let odd = "evaluate-every = 2000000000\ncurve-examples = 0\ndropout = 0.0";
        assert_eq!(changes(odd).problem(), None);
    }
}
