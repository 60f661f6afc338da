use serde::{Deserialize, Serialize};

/// The shape of a body, named as the hub's `config.json` names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model_type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum BodyConfig {
    Gpt2(Gpt2Config),
    Vit(VitConfig),
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
