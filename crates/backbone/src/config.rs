use crate::bert::BertConfig;
use crate::error::BackboneError;
use crate::gpt2::Gpt2Config;
use crate::longformer::LongformerConfig;
use crate::lstm::LstmConfig;
use crate::roberta::RobertaConfig;
use crate::t5::T5Config;
use crate::vanilla::VanillaConfig;
use crate::vit::VitConfig;
use serde::{Deserialize, Serialize};

/// The shape of a body, named as the hub's `config.json` names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model_type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum BodyConfig {
    Bert(BertConfig),
    Gpt2(Gpt2Config),
    Longformer(LongformerConfig),
    Lstm(LstmConfig),
    Roberta(RobertaConfig),
    T5(T5Config),
    Vanilla(VanillaConfig),
    Vit(VitConfig),
}

/// What every model's config can say about itself.
pub(crate) trait ModelConfig {
    /// The name in `model_type`.
    fn model_type(&self) -> &'static str;
    /// Size of a hidden state.
    fn width(&self) -> usize;
    /// The longest sequence; `usize::MAX` without a table of positions.
    fn positions(&self) -> usize;
    /// Layers in the stack.
    fn layers(&self) -> usize;
    /// Width of the feed-forward layers, or of what stands in their place.
    fn inner(&self) -> usize;
    /// Size of the token table that the body reads and predicts with, if it has one.
    fn vocabulary(&self) -> Option<usize> {
        None
    }
    /// Takes another number of layers.
    fn set_layers(&mut self, layers: usize);
    /// Checks sizes and how they fit together.
    fn check(&self) -> Result<(), BackboneError>;
}

/// Model types this crate can build, as `config.json` spells them; `lstm` and `vanilla` are ours.
pub const MODEL_TYPES: [&str; 8] = [
    "bert",
    "gpt2",
    "longformer",
    "lstm",
    "roberta",
    "t5",
    "vanilla",
    "vit",
];

impl BodyConfig {
    /// Size of a hidden state.
    pub fn width(&self) -> usize {
        self.model().width()
    }

    /// The longest sequence the body takes; `usize::MAX` where it has no table of positions.
    pub fn positions(&self) -> usize {
        self.model().positions()
    }

    /// Layers in the stack.
    pub fn layers(&self) -> usize {
        self.model().layers()
    }

    /// Width of the feed-forward layers (of an LSTM: of its gates).
    pub fn inner(&self) -> usize {
        self.model().inner()
    }

    /// Size of the token table that the body reads and predicts with, if it has one.
    pub fn vocabulary(&self) -> Option<usize> {
        self.model().vocabulary()
    }

    /// The name in `model_type`.
    pub fn model_type(&self) -> &'static str {
        self.model().model_type()
    }

    /// The same shape with another number of layers.
    pub fn with_layers(mut self, layers: usize) -> Self {
        let model: &mut dyn ModelConfig = match &mut self {
            Self::Bert(config) => config,
            Self::Gpt2(config) => config,
            Self::Longformer(config) => config,
            Self::Lstm(config) => config,
            Self::Roberta(config) => config,
            Self::T5(config) => config,
            Self::Vanilla(config) => config,
            Self::Vit(config) => config,
        };
        model.set_layers(layers);
        self
    }

    /// Checks sizes before anything is allocated.
    ///
    /// # Errors
    /// [`BackboneError::Config`] with the field, its value and what was expected.
    pub fn check(&self) -> Result<(), BackboneError> {
        self.model().check()
    }

    fn model(&self) -> &dyn ModelConfig {
        match self {
            Self::Bert(config) => config,
            Self::Gpt2(config) => config,
            Self::Longformer(config) => config,
            Self::Lstm(config) => config,
            Self::Roberta(config) => config,
            Self::T5(config) => config,
            Self::Vanilla(config) => config,
            Self::Vit(config) => config,
        }
    }
}

/// Most that a config may ask for: beyond what fits in memory, below what overflows.
pub(crate) const MOST_LAYERS: usize = 1 << 10;
pub(crate) const MOST_WIDTH: usize = 1 << 14;
pub(crate) const MOST_INNER: usize = 1 << 17;
pub(crate) const MOST_ROWS: usize = 1 << 20;

pub(crate) fn size(field: &'static str, value: usize, most: usize) -> Result<(), BackboneError> {
    if (1..=most).contains(&value) {
        return Ok(());
    }
    let expected = "a size from 1 to what fits in memory";
    Err(wrong(field, value, expected))
}

pub(crate) fn heads(field: &'static str, heads: usize, width: usize) -> Result<(), BackboneError> {
    if heads > 0 && width.is_multiple_of(heads) {
        return Ok(());
    }
    let value = format!("{heads} at width {width}");
    Err(wrong(field, value, "a divisor of the width"))
}

pub(crate) fn real(field: &'static str, value: f64) -> Result<(), BackboneError> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(wrong(field, value, "a number that is not negative"))
}

pub(crate) fn wrong(
    field: &'static str,
    value: impl ToString,
    expected: &'static str,
) -> BackboneError {
    BackboneError::Config {
        field,
        value: value.to_string(),
        expected,
    }
}
