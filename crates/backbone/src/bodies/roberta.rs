//! RoBERTa (Liu et al., 2019): a BERT whose positions start behind the padding's id.

use super::bert::{Bert, BertConfig};
use crate::activation::Activation;
use crate::architecture::{Architecture, ModelConfig, Shapes};
use crate::check::{MOST_ROWS, wrong};
use crate::error::BackboneError;
use crate::hub_format::HubFormat;
use crate::init::Init;
use crate::size::Size;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// RoBERTa: post-norm, bidirectional, learned positions of which the first are unused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RobertaConfig {
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    /// Rows of the table of positions, the unused ones included.
    pub max_position_embeddings: usize,
    pub type_vocab_size: usize,
    /// Positions start at the row behind this one.
    pub pad_token_id: usize,
    /// Between the dense layers of a feed-forward layer; GELU where a file does not say.
    #[serde(
        default = "Activation::gelu",
        skip_serializing_if = "Activation::is_gelu"
    )]
    pub hidden_act: Activation,
    pub layer_norm_eps: f64,
    pub initializer_range: f64,
}

impl RobertaConfig {
    fn of_size(size: &Size) -> Self {
        let pad_token_id = 1;
        Self {
            vocab_size: size.vocabulary,
            hidden_size: size.width,
            num_hidden_layers: size.layers,
            num_attention_heads: size.heads,
            intermediate_size: size.inner(),
            max_position_embeddings: pad_token_id + 1 + size.positions,
            type_vocab_size: 1,
            pad_token_id,
            hidden_act: Activation::Gelu,
            layer_norm_eps: 1e-5,
            initializer_range: 0.02,
        }
    }

    /// Row of the first token's position.
    fn offset(&self) -> usize {
        self.pad_token_id + 1
    }

    /// The BERT with the same tensors.
    fn bert(&self) -> BertConfig {
        BertConfig {
            vocab_size: self.vocab_size,
            hidden_size: self.hidden_size,
            num_hidden_layers: self.num_hidden_layers,
            num_attention_heads: self.num_attention_heads,
            intermediate_size: self.intermediate_size,
            max_position_embeddings: self.max_position_embeddings,
            type_vocab_size: self.type_vocab_size,
            hidden_act: self.hidden_act,
            layer_norm_eps: self.layer_norm_eps,
            initializer_range: self.initializer_range,
        }
    }
}

impl ModelConfig for RobertaConfig {
    fn width(&self) -> usize {
        self.hidden_size
    }

    fn positions(&self) -> usize {
        self.max_position_embeddings.saturating_sub(self.offset())
    }

    fn layers(&self) -> usize {
        self.num_hidden_layers
    }

    fn inner(&self) -> usize {
        self.intermediate_size
    }

    fn vocabulary(&self) -> Option<usize> {
        Some(self.vocab_size)
    }

    fn set_layers(&mut self, layers: usize) {
        self.num_hidden_layers = layers;
    }

    fn check(&self) -> Result<(), BackboneError> {
        self.bert().check()?;
        padding(self.pad_token_id, self.max_position_embeddings)
    }
}

impl Architecture for RobertaConfig {
    type Model = Bert;

    const SHAPES: Shapes<Self> = &[("roberta", Self::of_size)];

    fn hub_format() -> HubFormat {
        HubFormat {
            architecture: "RobertaModel",
            defaults: json!({
                "type_vocab_size": 2, "layer_norm_eps": 1e-12, "initializer_range": 0.02,
                "pad_token_id": 1, "hidden_act": "gelu",
            }),
            ..BertConfig::hub_format()
        }
    }

    fn make(&self, init: &mut Init) -> Bert {
        Bert::random(&self.bert(), self.offset(), init)
    }
}

/// Refuses a padding id that leaves no position.
pub(super) fn padding(id: usize, rows: usize) -> Result<(), BackboneError> {
    if id < MOST_ROWS && id + 1 < rows {
        return Ok(());
    }
    let value = format!("{id} with {rows} rows of positions");
    Err(wrong(
        "pad_token_id",
        value,
        "an id that leaves rows behind it",
    ))
}
