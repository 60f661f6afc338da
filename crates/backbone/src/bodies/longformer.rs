//! Longformer (Beltagy et al., 2020): RoBERTa's layout with attention in a sliding window, and
//! tokens at the front that see all. Fields are named as the hub's checkpoints name their tensors,
//! but for `self`, which is `attention` here, and `LayerNorm`, which is `layer_norm`.

use super::bert::{Bert, BertConfig, Embeddings, Output};
use super::roberta::padding;
use super::windows::Windows;
use crate::activation::Activation;
use crate::architecture::{Architecture, ModelConfig, Shapes};
use crate::check::{MOST_ROWS, size, wrong};
use crate::error::BackboneError;
use crate::hub_format::HubFormat;
use crate::init::Init;
use crate::layers::{Dense, Linear, Table, side_by_side};
use crate::model::{SequenceModel, keep};
use crate::pass::Pass;
use crate::size::Size;
use burn::module::{Module, Param};
use burn::tensor::{Device, Int, Tensor};
use freezing_policy::{Group, Ledger};
use kernels::Global;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::ops::Range;

/// Longformer: post-norm, windowed, learned positions of which the first are unused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongformerConfig {
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
    /// Tokens seen on both sides together; one number, or one for each layer.
    pub attention_window: Windows,
    /// Tokens at the front with global attention; 0 as in the paper. Not a field of the hub's.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub global_tokens: usize,
    /// Between the dense layers of a feed-forward layer; GELU where a file does not say.
    #[serde(
        default = "Activation::gelu",
        skip_serializing_if = "Activation::is_gelu"
    )]
    pub hidden_act: Activation,
    pub layer_norm_eps: f64,
    pub initializer_range: f64,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl LongformerConfig {
    /// A token sees a quarter of the positions around it.
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
            attention_window: Windows::Same(2 * (size.positions / 8).max(1)),
            global_tokens: 0,
            hidden_act: Activation::Gelu,
            layer_norm_eps: 1e-5,
            initializer_range: 0.02,
        }
    }

    /// Row of the first token's position.
    fn offset(&self) -> usize {
        self.pad_token_id + 1
    }

    /// The BERT with the same layout, but for the global projections.
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

    fn window(&self, layer: usize) -> usize {
        match &self.attention_window {
            Windows::Same(window) => *window,
            Windows::PerLayer(windows) => windows.get(layer).copied().unwrap_or_default(),
        }
    }
}

impl ModelConfig for LongformerConfig {
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

    fn weighs_tokens(&self) -> bool {
        false
    }

    fn set_layers(&mut self, layers: usize) {
        self.num_hidden_layers = layers;
        if let Windows::PerLayer(windows) = &mut self.attention_window {
            windows.truncate(layers);
        }
    }

    fn check(&self) -> Result<(), BackboneError> {
        self.bert().check()?;
        padding(self.pad_token_id, self.max_position_embeddings)?;
        size("global_tokens", self.global_tokens + 1, MOST_ROWS)?;
        if let Windows::PerLayer(windows) = &self.attention_window
            && windows.len() != self.num_hidden_layers
        {
            let (found, layers) = (windows.len(), self.num_hidden_layers);
            let value = format!("{found} windows for {layers} layers");
            return Err(wrong("attention_window", value, "one for each layer"));
        }
        for layer in 0..self.num_hidden_layers {
            let window = self.window(layer);
            size("attention_window", window, MOST_ROWS)?;
            if !window.is_multiple_of(2) {
                return Err(wrong("attention_window", window, "an even number"));
            }
        }
        Ok(())
    }
}

impl Architecture for LongformerConfig {
    type Model = Longformer;

    const SHAPES: Shapes<Self> = &[("longformer", Self::of_size)];

    fn hub_format() -> HubFormat {
        HubFormat {
            architecture: "LongformerModel",
            defaults: json!({
                "type_vocab_size": 2, "layer_norm_eps": 1e-12, "initializer_range": 0.02,
                "pad_token_id": 1, "attention_window": 512, "global_tokens": 0,
                "hidden_act": "gelu",
            }),
            own: &["global_tokens"],
            // Causal, a Longformer would see its first token alone.
            fixed: json!({ "is_decoder": false }),
            idle: &[
                "hidden_dropout_prob",
                "attention_probs_dropout_prob",
                "position_embedding_type",
                "add_cross_attention",
                "attention_mode",
                "ignore_attention_mask",
                "onnx_export",
            ],
            ..BertConfig::hub_format()
        }
    }

    fn make(&self, init: &mut Init) -> Longformer {
        Longformer::random(self, init)
    }
}

/// The body: embeddings with their norm, and the layers.
#[derive(Module, Debug)]
pub struct Longformer {
    pub embeddings: Embeddings,
    pub encoder: Encoder,
    global_tokens: usize,
}

/// The stack of layers.
#[derive(Module, Debug)]
pub struct Encoder {
    pub layer: Vec<Layer>,
}

/// A layer: attention and feed-forward, each with a norm behind its residual sum.
#[derive(Module, Debug)]
pub struct Layer {
    pub attention: Attention,
    pub intermediate: Dense,
    pub output: Output,
    #[module(skip)]
    activation: Activation,
}

/// Windowed self-attention up to its norm.
#[derive(Module, Debug)]
pub struct Attention {
    pub attention: WindowedAttention,
    pub output: Output,
    heads: usize,
    /// Tokens seen on each side.
    side: usize,
}

/// Projections for the window and for the global tokens, which stand idle where there are none.
#[derive(Module, Debug)]
pub struct WindowedAttention {
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    pub query_global: Linear,
    pub key_global: Linear,
    pub value_global: Linear,
}

impl Longformer {
    /// A random body: every weight N(0, `initializer_range`), biases 0, norms (1, 0).
    pub fn random(config: &LongformerConfig, init: &mut Init) -> Self {
        let layers = config.num_hidden_layers;
        Self {
            embeddings: Embeddings::init(&config.bert(), config.offset(), init),
            encoder: Encoder {
                layer: (0..layers)
                    .map(|layer| Layer::init(config, layer, init))
                    .collect(),
            },
            global_tokens: config.global_tokens,
        }
    }
}

impl Longformer {
    /// A Longformer with a BERT's or RoBERTa's weights (section 5 of its paper).
    ///
    /// # Errors
    /// When the two differ in more than positions and windows.
    pub(crate) fn from_bert(
        config: &LongformerConfig,
        bert: &Bert,
        device: &Device,
    ) -> Result<Self, BackboneError> {
        let mut this = Self::random(config, &mut Init::shapes(device));
        let differs = |what: &'static str| Err(wrong(what, "another", "that of the BERT body"));
        if bert.encoder.layer.len() != this.encoder.layer.len() {
            return differs("num_hidden_layers");
        }
        let (from, to) = (&bert.embeddings, &mut this.embeddings);
        let shapes = [
            (&from.word_embeddings, &to.word_embeddings, "vocab_size"),
            (
                &from.token_type_embeddings,
                &to.token_type_embeddings,
                "type_vocab_size",
            ),
        ];
        for (from, to, what) in shapes {
            if from.weight.lazy_shape() != to.weight.lazy_shape() {
                return differs(what);
            }
        }
        let positions = from.tiled(config.offset(), config.max_position_embeddings);
        *to = Embeddings {
            position_embeddings: Table { weight: positions },
            offset: config.offset(),
            ..from.clone()
        };
        for (to, from) in this.encoder.layer.iter_mut().zip(&bert.encoder.layer) {
            if from.intermediate.dense.weight.lazy_shape()
                != to.intermediate.dense.weight.lazy_shape()
            {
                return differs("intermediate_size");
            }
            if from.attention.heads() != to.attention.heads {
                return differs("num_attention_heads");
            }
            if from.activation() != to.activation {
                return differs("hidden_act");
            }
            let local = from.attention.attention.clone();
            to.attention.attention = WindowedAttention {
                query_global: local.query.copy(),
                key_global: local.key.copy(),
                value_global: local.value.copy(),
                query: local.query,
                key: local.key,
                value: local.value,
            };
            to.attention.output = from.attention.output.clone();
            to.intermediate = from.intermediate.clone();
            to.output = from.output.clone();
        }
        Ok(this)
    }
}

impl SequenceModel for Longformer {
    fn layers(&self) -> usize {
        self.encoder.layer.len()
    }

    fn enter(&self, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        self.embeddings.forward(hidden, pass)
    }

    fn stack(&self, range: Range<usize>, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let layers = self.encoder.layer[range].iter();
        layers.fold(hidden, |hidden, layer| {
            layer.forward(hidden, self.global_tokens, pass)
        })
    }

    fn embed(&self, ids: Tensor<2, Int>) -> Option<Tensor<3>> {
        Some(self.embeddings.embed(ids))
    }

    fn unembed(&self, hidden: Tensor<3>) -> Option<Tensor<3>> {
        Some(self.embeddings.unembed(hidden))
    }

    fn label(&self, ledger: &mut Ledger) {
        self.embeddings.label(ledger);
        for (index, layer) in self.encoder.layer.iter().enumerate() {
            let attention = &layer.attention;
            ledger.add(Group::Attention, Some(index), &attention.attention);
            ledger.add(Group::Attention, Some(index), &attention.output.dense);
            ledger.add(Group::LayerNorm, Some(index), &attention.output.layer_norm);
            ledger.add(Group::FeedForward, Some(index), &layer.intermediate);
            ledger.add(Group::FeedForward, Some(index), &layer.output.dense);
            ledger.add(Group::LayerNorm, Some(index), &layer.output.layer_norm);
        }
    }

    fn keep_layers(&mut self, layers: Range<usize>) {
        keep(&mut self.encoder.layer, layers);
    }

    fn residual_projections(&mut self) -> Vec<&mut Param<Tensor<2>>> {
        let layers = self.encoder.layer.iter_mut();
        layers
            .flat_map(|layer| {
                [
                    &mut layer.attention.output.dense.weight,
                    &mut layer.output.dense.weight,
                ]
            })
            .collect()
    }
}

impl Layer {
    fn init(config: &LongformerConfig, layer: usize, init: &mut Init) -> Self {
        let bert = config.bert();
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        let deviation = config.initializer_range;
        let mut square = || Linear::init(width, width, deviation, init);
        let attention = WindowedAttention {
            query: square(),
            key: square(),
            value: square(),
            query_global: square(),
            key_global: square(),
            value_global: square(),
        };
        Self {
            attention: Attention {
                attention,
                output: Output::init(width, &bert, init),
                heads: config.num_attention_heads,
                side: config.window(layer) / 2,
            },
            intermediate: Dense::init(width, inner, deviation, init),
            output: Output::init(inner, &bert, init),
            activation: config.hidden_act,
        }
    }

    fn forward(&self, hidden: Tensor<3>, global_tokens: usize, pass: &mut Pass) -> Tensor<3> {
        let mixed = self.attention.forward(hidden.clone(), global_tokens, pass);
        let hidden = self.attention.output.forward(mixed, hidden, pass);

        let inner = self.intermediate.dense.forward(hidden.clone());
        let inner = self.activation.forward(inner);
        self.output.forward(inner, hidden, pass)
    }
}

impl Attention {
    fn forward(&self, hidden: Tensor<3>, global_tokens: usize, pass: &mut Pass) -> Tensor<3> {
        let (heads, side, own) = (self.heads, self.side, &self.attention);
        let [batch, tokens, width] = hidden.dims();
        let front = global_tokens.min(tokens);
        let local = side_by_side([&own.query, &own.key, &own.value], hidden.clone());
        let global = (front > 0).then(|| Global {
            tokens: front,
            qkv: [
                own.query_global
                    .forward(hidden.clone().slice([0..batch, 0..front, 0..width])),
                own.key_global.forward(hidden.clone()),
                own.value_global.forward(hidden),
            ],
        });
        pass.watch(|| kernels::windowed_attention_weights(local.clone(), front, heads, side));
        let dropped = [
            pass.next_site(),
            global.as_ref().and_then(|_| pass.next_site()),
        ];
        kernels::windowed_attention(local, global, heads, side, dropped)
    }
}
