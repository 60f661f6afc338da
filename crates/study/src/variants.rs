//! `[variants.AXIS]`: what the values of an axis of the study's own stand for, several keys each.

use crate::document::{Document, in_file_order, table_of};
use crate::error::{Span, StudyError};
use crate::grid_axis::GridAxis;
use crate::keys::Vocabulary;
use crate::name::is_name;
use crate::suggest::suggest;
use crate::value::{Settings, Value};
use toml::Spanned;
use toml::de::DeValue;

/// Columns of the files that studies write, beside their axes (a test compares them).
const COLUMNS: [&str; 32] = [
    "run",
    "cell",
    "job",
    "seed",
    "replicate",
    "replicates",
    "pilot",
    "step",
    "train_loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
    "test_loss",
    "test_accuracy",
    "n",
    "mean",
    "half_width",
    "floor",
    "floor_strategy",
    "paper",
    "paper_flag",
    "difference_to_paper",
    "reference",
    "difference_to_reference",
    "difference_half_width",
    "verdict",
    "trained_parameters",
    "total_parameters",
    "steps_to_accuracy",
    "at_accuracy",
    "arrived",
    "learning_rate",
];

/// The variants of a study, until each is on its axis.
pub(crate) struct Variants(Vec<Own>);

/// The variants of one axis.
pub(crate) struct Own {
    axis: String,
    at: Span,
    named: Vec<(String, Span, Settings)>,
}

impl Variants {
    /// Reads `[variants]`.
    ///
    /// # Errors
    /// At an axis whose name is a key of jobs, and at what no cell can say.
    pub fn read(
        document: &Document,
        value: Option<&Spanned<DeValue<'_>>>,
        vocabulary: &Vocabulary,
    ) -> Result<Self, StudyError> {
        let Some(value) = value else {
            return Ok(Self(Vec::new()));
        };
        let mut all = Vec::new();
        for (axis, variants) in in_file_order(table_of(document, value)?) {
            let at = axis.span();
            let axis = axis.get_ref().to_string();
            if Vocabulary::is_key(&axis) {
                let what = format!("`{axis}` is a key of jobs: its values stand for themselves");
                let spot = document.spot(at, what, "a key of jobs");
                let help = "give the axis a name of its own, and set this key in its variants";
                return Err(spot.help(Some(help.to_owned())).into());
            }
            let column = axis.replace('-', "_").to_lowercase();
            if !is_name(&axis) || COLUMNS.contains(&&*column) {
                let what = format!(
                    "no axis can be called {axis:?}: files have a column of that name, or none can have it"
                );
                let spot = document.spot(at, what, "call this axis otherwise");
                return Err(spot.into());
            }
            let mut named = Vec::new();
            for (name, settings) in in_file_order(table_of(document, variants)?) {
                if name.get_ref().trim().is_empty() {
                    let what = "a variant has a name: tables would show nothing".to_owned();
                    return Err(document.spot(name.span(), what, "no name").into());
                }
                let settings = vocabulary.settings(document, settings)?;
                named.push((name.get_ref().to_string(), name.span(), settings));
            }
            all.push(Own { axis, at, named });
        }
        Ok(Self(all))
    }

    /// The variants of an axis, where it has some.
    pub fn take(&mut self, axis: &str) -> Option<Own> {
        let index = self.0.iter().position(|own| own.axis == axis)?;
        Some(self.0.remove(index))
    }

    /// Refuses variants of no axis, and such that set what varies already.
    pub fn are_all_taken(&self, document: &Document, axes: &[GridAxis]) -> Result<(), StudyError> {
        if let Some(own) = self.0.first() {
            let what = format!("these are variants of `{}`, which is not an axis", own.axis);
            let help = suggest(&own.axis, axes.iter().map(|axis| axis.key.as_str()));
            let spot = document.spot(own.at.clone(), what, "not in [axes]");
            return Err(spot.help(Some(help)).into());
        }
        for axis in axes {
            let set = axis.variants.iter().flatten();
            for (key, value) in set {
                let sets = |other: &&GridAxis| {
                    let variants = other.variants.iter().filter(|_| other.key != axis.key);
                    other.key == *key || variants.flatten().any(|(theirs, _)| theirs == key)
                };
                if let Some(other) = axes.iter().find(sets) {
                    let what = format!(
                        "a variant of `{}` cannot set `{key}`: axis `{}` does",
                        axis.key, other.key
                    );
                    return Err(document
                        .spot(value.at.clone(), what, "varies already")
                        .into());
                }
            }
        }
        Ok(())
    }
}

impl Own {
    /// What each value of the axis stands for.
    ///
    /// # Errors
    /// At a value without a variant, and at a variant that the axis does not have.
    pub fn on(self, document: &Document, values: &[Value]) -> Result<Vec<Settings>, StudyError> {
        let (axis, names) = (
            &self.axis,
            self.named.iter().map(|(name, ..)| name.as_str()),
        );
        let of = |value: &Value| {
            let mut named = self.named.iter();
            let found = named.find(|(name, ..)| *name == value.text);
            found.map(|(.., settings)| settings.clone()).ok_or_else(|| {
                let what = format!("nothing says what `{}` of `{axis}` stands for", value.text);
                let help = suggest(&value.text, names.clone());
                let spot = document.spot(value.at.clone(), what, "no such variant");
                StudyError::from(spot.help(Some(help)))
            })
        };
        let settings = values.iter().map(of).collect::<Result<_, _>>()?;
        let is_lost =
            |(name, ..): &&(String, Span, Settings)| values.iter().all(|value| value.text != *name);
        if let Some((name, at, _)) = self.named.iter().find(is_lost) {
            let what = format!("axis `{axis}` has no `{name}`");
            return Err(document.spot(at.clone(), what, "on no axis").into());
        }
        Ok(settings)
    }
}
