use crate::error::BackboneError;
use serde::{Deserialize, Serialize};

/// The shape of a body, named as the hub's `config.json` names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model_type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum BodyConfig {
    Bert(BertConfig),
    Gpt2(Gpt2Config),
    T5(T5Config),
    Vit(VitConfig),
}

/// BERT: post-norm, bidirectional, learned positions (Devlin et al., 2019).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BertConfig {
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    pub max_position_embeddings: usize,
    /// Rows of the table of segments, of which the first is used.
    pub type_vocab_size: usize,
    pub layer_norm_eps: f64,
    pub initializer_range: f64,
}

/// GPT-2: pre-norm, causal, learned positions (Radford et al., 2019).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gpt2Config {
    pub vocab_size: usize,
    pub n_positions: usize,
    pub n_embd: usize,
    pub n_layer: usize,
    pub n_head: usize,
    /// Width of the feed-forward layer; 4 × `n_embd` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_inner: Option<usize>,
    pub layer_norm_epsilon: f64,
    /// Standard deviation of a random body's weights.
    pub initializer_range: f64,
}

/// T5's encoder: pre-norm, bidirectional, relative positions (Raffel et al., 2020).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct T5Config {
    pub vocab_size: usize,
    pub d_model: usize,
    /// Width of a head; `num_heads` of them need not add up to `d_model`.
    pub d_kv: usize,
    pub d_ff: usize,
    pub num_layers: usize,
    pub num_heads: usize,
    pub relative_attention_num_buckets: usize,
    pub relative_attention_max_distance: usize,
    pub layer_norm_epsilon: f64,
    pub feed_forward_proj: FeedForwardProj,
    /// What T5's own deviations of random weights are multiplied by.
    pub initializer_factor: f64,
}

/// What stands between T5's dense layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedForwardProj {
    /// T5 1.0.
    Relu,
    /// T5 1.1 and flan: the tanh GELU of one product times another.
    GatedGelu,
}

/// ViT's blocks and final norm on given tokens (Dosovitskiy et al., 2021), with a fresh table of
/// positions as the official code adds one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VitConfig {
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    /// Rows of the position table that the FPT model adds and trains.
    pub max_position_embeddings: usize,
    pub layer_norm_eps: f64,
    pub initializer_range: f64,
}

/// Model types this crate can build, as `config.json` spells them.
pub const MODEL_TYPES: [&str; 4] = ["bert", "gpt2", "t5", "vit"];

impl BodyConfig {
    /// Size of a hidden state.
    pub fn width(&self) -> usize {
        match self {
            Self::Bert(config) => config.hidden_size,
            Self::Gpt2(config) => config.n_embd,
            Self::T5(config) => config.d_model,
            Self::Vit(config) => config.hidden_size,
        }
    }

    /// The longest sequence the body takes; no limit where it has no table of positions.
    pub fn positions(&self) -> usize {
        match self {
            Self::Bert(config) => config.max_position_embeddings,
            Self::Gpt2(config) => config.n_positions,
            Self::T5(_) => usize::MAX,
            Self::Vit(config) => config.max_position_embeddings,
        }
    }

    /// Layers in the stack.
    pub fn layers(&self) -> usize {
        match self {
            Self::Bert(config) => config.num_hidden_layers,
            Self::Gpt2(config) => config.n_layer,
            Self::T5(config) => config.num_layers,
            Self::Vit(config) => config.num_hidden_layers,
        }
    }

    /// Width of the feed-forward layers.
    pub fn inner(&self) -> usize {
        match self {
            Self::Bert(config) => config.intermediate_size,
            Self::Gpt2(config) => config.inner(),
            Self::T5(config) => config.d_ff,
            Self::Vit(config) => config.intermediate_size,
        }
    }

    /// Size of the token table that the body reads and predicts with, if it has one.
    pub fn vocabulary(&self) -> Option<usize> {
        match self {
            Self::Gpt2(config) => Some(config.vocab_size),
            Self::Bert(_) | Self::T5(_) | Self::Vit(_) => None,
        }
    }

    /// The name in `model_type`.
    pub fn model_type(&self) -> &'static str {
        match self {
            Self::Bert(_) => "bert",
            Self::Gpt2(_) => "gpt2",
            Self::T5(_) => "t5",
            Self::Vit(_) => "vit",
        }
    }

    /// Checks sizes before anything is allocated.
    ///
    /// # Errors
    /// [`BackboneError::Config`] with the field, its value and what was expected.
    pub fn check(&self) -> Result<(), BackboneError> {
        match self {
            Self::Bert(config) => {
                size("vocab_size", config.vocab_size, 1 << 20)?;
                size("hidden_size", config.hidden_size, 1 << 14)?;
                size("num_hidden_layers", config.num_hidden_layers, 1 << 10)?;
                size("intermediate_size", config.intermediate_size, 1 << 17)?;
                let positions = config.max_position_embeddings;
                size("max_position_embeddings", positions, 1 << 20)?;
                size("type_vocab_size", config.type_vocab_size, 1 << 20)?;
                let heads_of = config.num_attention_heads;
                heads("num_attention_heads", heads_of, config.hidden_size)?;
                real("layer_norm_eps", config.layer_norm_eps)?;
                real("initializer_range", config.initializer_range)
            }
            Self::Gpt2(config) => {
                size("vocab_size", config.vocab_size, 1 << 20)?;
                size("n_positions", config.n_positions, 1 << 20)?;
                size("n_embd", config.n_embd, 1 << 14)?;
                size("n_layer", config.n_layer, 1 << 10)?;
                size("n_inner", config.inner(), 1 << 17)?;
                heads("n_head", config.n_head, config.n_embd)?;
                real("layer_norm_epsilon", config.layer_norm_epsilon)?;
                real("initializer_range", config.initializer_range)
            }
            Self::T5(config) => {
                size("vocab_size", config.vocab_size, 1 << 20)?;
                size("d_model", config.d_model, 1 << 14)?;
                size("d_kv", config.d_kv, 1 << 14)?;
                size("d_ff", config.d_ff, 1 << 17)?;
                size("num_layers", config.num_layers, 1 << 10)?;
                size("num_heads", config.num_heads, 1 << 10)?;
                config.buckets()?;
                real("layer_norm_epsilon", config.layer_norm_epsilon)?;
                real("initializer_factor", config.initializer_factor)
            }
            Self::Vit(config) => {
                size("hidden_size", config.hidden_size, 1 << 14)?;
                size("num_hidden_layers", config.num_hidden_layers, 1 << 10)?;
                size("intermediate_size", config.intermediate_size, 1 << 17)?;
                size(
                    "max_position_embeddings",
                    config.max_position_embeddings,
                    1 << 20,
                )?;
                heads(
                    "num_attention_heads",
                    config.num_attention_heads,
                    config.hidden_size,
                )?;
                real("layer_norm_eps", config.layer_norm_eps)?;
                real("initializer_range", config.initializer_range)
            }
        }
    }
}

impl Gpt2Config {
    /// Width of the feed-forward layer.
    pub fn inner(&self) -> usize {
        self.n_inner.unwrap_or(4 * self.n_embd)
    }
}

impl T5Config {
    /// Buckets are halved twice, and distances must reach beyond those that have one each.
    fn buckets(&self) -> Result<(), BackboneError> {
        let (buckets, distance) = (
            self.relative_attention_num_buckets,
            self.relative_attention_max_distance,
        );
        size("relative_attention_max_distance", distance, 1 << 20)?;
        size("relative_attention_num_buckets", buckets, 1 << 16)?;
        if buckets >= 4 && distance > buckets / 4 {
            return Ok(());
        }
        Err(BackboneError::Config {
            field: "relative_attention_num_buckets",
            value: format!("{buckets} up to a distance of {distance}"),
            expected: "at least 4, and a distance above a quarter of them",
        })
    }
}

fn size(field: &'static str, value: usize, most: usize) -> Result<(), BackboneError> {
    if (1..=most).contains(&value) {
        return Ok(());
    }
    let expected = "a size from 1 to what fits in memory";
    Err(BackboneError::Config {
        field,
        value: value.to_string(),
        expected,
    })
}

fn heads(field: &'static str, heads: usize, width: usize) -> Result<(), BackboneError> {
    if heads > 0 && width.is_multiple_of(heads) {
        return Ok(());
    }
    let value = format!("{heads} at width {width}");
    Err(BackboneError::Config {
        field,
        value,
        expected: "a divisor of the width",
    })
}

fn real(field: &'static str, value: f64) -> Result<(), BackboneError> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    let expected = "a number that is not negative";
    Err(BackboneError::Config {
        field,
        value: value.to_string(),
        expected,
    })
}
