//! BERT: post-norm, bidirectional, learned positions (Devlin et al., 2019). Fields are
//! named as the hub's checkpoints name their tensors, but for `self`, which Rust keeps for itself
//! and is `attention` here, and `LayerNorm`, which is `layer_norm`.

use crate::activation::Activation;
use crate::architecture::{Architecture, ModelConfig, Shapes};
use crate::check::{MOST_INNER, MOST_LAYERS, MOST_ROWS, MOST_WIDTH, heads, real, size};
use crate::error::BackboneError;
use crate::hub_format::HubFormat;
use crate::init::Init;
use crate::layers::{Dense, Linear, Norm, SelfAttention, Table};
use crate::model::{SequenceModel, keep};
use crate::names::TensorNames;
use crate::pass::Pass;
use crate::size::Size;
use burn::module::{Module, Param};
use burn::tensor::{Int, Tensor, s};
use freezing_policy::{Group, Ledger};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::ops::Range;

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
    /// Between the dense layers of a feed-forward layer; GELU where a file does not say.
    #[serde(
        default = "Activation::gelu",
        skip_serializing_if = "Activation::is_gelu"
    )]
    pub hidden_act: Activation,
    pub layer_norm_eps: f64,
    pub initializer_range: f64,
}

impl ModelConfig for BertConfig {
    fn width(&self) -> usize {
        self.hidden_size
    }

    fn positions(&self) -> usize {
        self.max_position_embeddings
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
        size("vocab_size", self.vocab_size, MOST_ROWS)?;
        size("hidden_size", self.hidden_size, MOST_WIDTH)?;
        size("num_hidden_layers", self.num_hidden_layers, MOST_LAYERS)?;
        size("intermediate_size", self.intermediate_size, MOST_INNER)?;
        let positions = self.max_position_embeddings;
        size("max_position_embeddings", positions, MOST_ROWS)?;
        size("type_vocab_size", self.type_vocab_size, MOST_ROWS)?;
        heads(
            "num_attention_heads",
            self.num_attention_heads,
            self.hidden_size,
        )?;
        real("layer_norm_eps", self.layer_norm_eps)?;
        real("initializer_range", self.initializer_range)
    }
}

impl Architecture for BertConfig {
    type Model = Bert;

    const SHAPES: Shapes<Self> = &[("bert", Self::of_size)];

    fn hub_format() -> HubFormat {
        HubFormat {
            architecture: "BertModel",
            defaults: json!({
                "vocab_size": 30_522, "hidden_size": 768, "num_hidden_layers": 12,
                "num_attention_heads": 12, "intermediate_size": 3_072,
                "max_position_embeddings": 512, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
                "initializer_range": 0.02, "hidden_act": "gelu",
            }),
            fixed: json!({
                "position_embedding_type": "absolute", "is_decoder": false,
                "add_cross_attention": false,
            }),
            idle: &[
                "hidden_dropout_prob",
                "attention_probs_dropout_prob",
                "classifier_dropout",
                "directionality",
                "pooler_fc_size",
                "pooler_num_attention_heads",
                "pooler_num_fc_layers",
                "pooler_size_per_head",
                "pooler_type",
            ],
            written: json!({ "hidden_act": "gelu" }),
            names: TensorNames {
                prefixes: &["bert", "roberta", "longformer"],
                from_hub: &[
                    (r"\.self\.", ".attention."),
                    (r"\bLayerNorm\.", "layer_norm."),
                    (r"\.gamma$", ".weight"),
                    (r"\.beta$", ".bias"),
                ],
                to_hub: &[
                    (r"\.attention\.attention\.", ".attention.self."),
                    (r"\.layer_norm\.", ".LayerNorm."),
                ],
                unused: &[
                    "cls.",
                    "classifier.",
                    "lm_head.",
                    "pooler.",
                    "qa_outputs.",
                    "embeddings.position_ids",
                    "embeddings.token_type_ids",
                ],
                ..TensorNames::default()
            },
            ..HubFormat::default()
        }
    }

    fn make(&self, init: &mut Init) -> Bert {
        Bert::random(self, 0, init)
    }
}

impl BertConfig {
    fn of_size(size: &Size) -> Self {
        Self {
            vocab_size: size.vocabulary,
            hidden_size: size.width,
            num_hidden_layers: size.layers,
            num_attention_heads: size.heads,
            intermediate_size: size.inner(),
            max_position_embeddings: size.positions,
            type_vocab_size: 2,
            hidden_act: Activation::Gelu,
            layer_norm_eps: 1e-12,
            initializer_range: 0.02,
        }
    }
}

/// The body: embeddings with their norm, and the layers. There is no norm behind the last one.
#[derive(Module, Debug)]
pub struct Bert {
    pub embeddings: Embeddings,
    pub encoder: Encoder,
}

/// What is added to the tokens, and the norm of the sum.
#[derive(Module, Debug)]
pub struct Embeddings {
    /// `[vocab_size, hidden_size]`: only text uses them.
    pub word_embeddings: Table,
    /// `[max_position_embeddings, hidden_size]`
    pub position_embeddings: Table,
    /// `[type_vocab_size, hidden_size]`: row 0 is added to every token.
    pub token_type_embeddings: Table,
    pub layer_norm: Norm,
    /// Row of the first token's position.
    pub(crate) offset: usize,
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

/// Self-attention up to its norm.
#[derive(Module, Debug)]
pub struct Attention {
    pub attention: SelfAttention,
    pub output: Output,
    heads: usize,
}

/// The end of a branch: a dense layer, and the norm of its sum with the residual.
#[derive(Module, Debug)]
pub struct Output {
    pub dense: Linear,
    pub layer_norm: Norm,
}

impl Bert {
    /// A random body: every weight N(0, `initializer_range`), biases 0, norms (1, 0). Its first
    /// token takes row `offset` of the positions.
    pub fn random(config: &BertConfig, offset: usize, init: &mut Init) -> Self {
        Self {
            embeddings: Embeddings::init(config, offset, init),
            encoder: Encoder {
                layer: (0..config.num_hidden_layers)
                    .map(|_| Layer::init(config, init))
                    .collect(),
            },
        }
    }
}

impl Embeddings {
    pub(crate) fn init(config: &BertConfig, offset: usize, init: &mut Init) -> Self {
        let (width, deviation) = (config.hidden_size, config.initializer_range);
        let mut table = |rows| Table {
            weight: init.normal([rows, width], deviation),
        };
        let word_embeddings = table(config.vocab_size);
        let position_embeddings = table(config.max_position_embeddings);
        let token_type_embeddings = table(config.type_vocab_size);
        Self {
            word_embeddings,
            position_embeddings,
            token_type_embeddings,
            layer_norm: Norm::init(width, config.layer_norm_eps, init),
            offset,
        }
    }

    /// # Shapes
    /// - hidden, output: `[batch, tokens, hidden_size]`
    pub(crate) fn forward(&self, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let (first, tokens) = (self.offset, hidden.dims()[1]);
        let positions = self.position_embeddings.weight.val();
        let types = self.token_type_embeddings.weight.val();
        let hidden = hidden
            + types.slice(s![0..1]).unsqueeze()
            + positions.slice(s![first..first + tokens]).unsqueeze();
        pass.drop(self.layer_norm.forward(hidden))
    }

    /// # Shapes
    /// - ids: `[batch, tokens]`
    /// - output: `[batch, tokens, hidden_size]`
    pub(crate) fn embed(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        self.word_embeddings.forward(ids)
    }

    /// The same table behind the body, as BERT's head has it behind a dense layer that is thrown away.
    ///
    /// # Shapes
    /// - hidden: `[batch, tokens, hidden_size]`
    /// - output: `[batch, tokens, vocab_size]`
    pub(crate) fn unembed(&self, hidden: Tensor<3>) -> Tensor<3> {
        kernels::linear(hidden, self.word_embeddings.weight.val().transpose(), None)
    }

    /// The positions again and again, up to `rows` rows of which the first `offset` are zero.
    pub(crate) fn tiled(&self, offset: usize, rows: usize) -> Param<Tensor<2>> {
        let table = self.position_embeddings.weight.val();
        let [there, width] = table.dims();
        let (own, fill) = (table.slice(s![self.offset..]), rows - offset);
        let times = fill.div_ceil(there - self.offset);
        let tiled = own.repeat_dim(0, times).slice(s![0..fill]);
        let front = Tensor::zeros([offset, width], &tiled.device());
        Param::from_tensor(Tensor::cat(vec![front, tiled], 0))
    }

    pub(crate) fn label(&self, ledger: &mut Ledger) {
        ledger.add(Group::Embedding, None, &self.word_embeddings);
        ledger.add(Group::Position, None, &self.position_embeddings);
        ledger.add(Group::Embedding, None, &self.token_type_embeddings);
        ledger.add(Group::LayerNorm, None, &self.layer_norm);
    }
}

impl SequenceModel for Bert {
    fn layers(&self) -> usize {
        self.encoder.layer.len()
    }

    fn enter(&self, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        self.embeddings.forward(hidden, pass)
    }

    fn stack(&self, range: Range<usize>, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let layers = self.encoder.layer[range].iter();
        layers.fold(hidden, |hidden, layer| layer.forward(hidden, pass))
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

impl Attention {
    pub(crate) fn heads(&self) -> usize {
        self.heads
    }
}

impl Layer {
    pub(crate) fn activation(&self) -> Activation {
        self.activation
    }
}

impl Layer {
    fn init(config: &BertConfig, init: &mut Init) -> Self {
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        let deviation = config.initializer_range;
        Self {
            attention: Attention {
                attention: SelfAttention::init(width, deviation, init),
                output: Output::init(width, config, init),
                heads: config.num_attention_heads,
            },
            intermediate: Dense::init(width, inner, deviation, init),
            output: Output::init(inner, config, init),
            activation: config.hidden_act,
        }
    }

    fn forward(&self, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let qkv = self.attention.attention.forward(hidden.clone());
        let mixed = pass.attention(qkv, self.attention.heads, false);
        let hidden = self.attention.output.forward(mixed, hidden, pass);

        let inner = self.intermediate.dense.forward(hidden.clone());
        let inner = self.activation.forward(inner);
        self.output.forward(inner, hidden, pass)
    }
}

impl Output {
    pub(crate) fn init(inputs: usize, config: &BertConfig, init: &mut Init) -> Self {
        let (width, deviation) = (config.hidden_size, config.initializer_range);
        Self {
            dense: Linear::init(inputs, width, deviation, init),
            layer_norm: Norm::init(width, config.layer_norm_eps, init),
        }
    }

    /// # Shapes
    /// - branch: `[batch, tokens, in]`
    /// - residual, output: `[batch, tokens, hidden_size]`
    pub(crate) fn forward(
        &self,
        branch: Tensor<3>,
        residual: Tensor<3>,
        pass: &mut Pass,
    ) -> Tensor<3> {
        let branch = self.dense.forward(branch);
        let sum = kernels::add_dropout(residual, branch, pass.next_site());
        self.layer_norm.forward(sum)
    }
}
