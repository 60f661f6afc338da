//! T5's encoder: pre-norm with root-mean-square norms, bidirectional, relative positions as a bias
//! on the scores that all layers share, no scaling of the scores, no other bias anywhere (Raffel
//! et al., 2020). The feed-forward layer is T5 1.0's (ReLU) or 1.1's and flan's (gated tanh GELU).
//!
//! Checkpoints number what stands in a block, `layer.0` and `layer.1`; here they have names.

use super::feed_forward_proj::{FeedForwardProj, stored};
use super::relative::bucket;
use super::t5_layers::{Linear, RmsNorm};
use crate::activation::Activation;
use crate::architecture::{Architecture, ModelConfig, Shapes};
use crate::check::{MOST_INNER, MOST_LAYERS, MOST_ROWS, MOST_WIDTH, real, size, wrong};
use crate::error::BackboneError;
use crate::hub_format::HubFormat;
use crate::init::Init;
use crate::layers::Table;
use crate::model::{SequenceModel, keep};
use crate::names::TensorNames;
use crate::pass::Pass;
use crate::size::Size;
use burn::module::{Module, Param};
use burn::tensor::{Device, Int, Tensor, TensorData};
use freezing_policy::{Group, Ledger};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::ops::Range;

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

impl ModelConfig for T5Config {
    fn width(&self) -> usize {
        self.d_model
    }

    fn positions(&self) -> usize {
        usize::MAX
    }

    fn layers(&self) -> usize {
        self.num_layers
    }

    fn inner(&self) -> usize {
        self.d_ff
    }

    fn vocabulary(&self) -> Option<usize> {
        Some(self.vocab_size)
    }

    fn set_layers(&mut self, layers: usize) {
        self.num_layers = layers;
    }

    fn check(&self) -> Result<(), BackboneError> {
        size("vocab_size", self.vocab_size, MOST_ROWS)?;
        size("d_model", self.d_model, MOST_WIDTH)?;
        size("d_kv", self.d_kv, MOST_WIDTH)?;
        size("d_ff", self.d_ff, MOST_INNER)?;
        size("num_layers", self.num_layers, MOST_LAYERS)?;
        size("num_heads", self.num_heads, MOST_LAYERS)?;
        self.buckets()?;
        real("layer_norm_epsilon", self.layer_norm_epsilon)?;
        real("initializer_factor", self.initializer_factor)
    }
}

impl T5Config {
    /// Of T5 1.0, whose heads fill the width.
    fn of_size(size: &Size) -> Self {
        Self {
            vocab_size: size.vocabulary,
            d_model: size.width,
            d_kv: size.width / size.heads,
            d_ff: size.inner(),
            num_layers: size.layers,
            num_heads: size.heads,
            relative_attention_num_buckets: 32,
            relative_attention_max_distance: 128,
            layer_norm_epsilon: 1e-6,
            feed_forward_proj: FeedForwardProj::RELU,
            initializer_factor: 1.0,
        }
    }

    /// Buckets are halved twice, and distances must reach beyond those that have one each.
    fn buckets(&self) -> Result<(), BackboneError> {
        let (buckets, distance) = (
            self.relative_attention_num_buckets,
            self.relative_attention_max_distance,
        );
        size("relative_attention_max_distance", distance, MOST_ROWS)?;
        size("relative_attention_num_buckets", buckets, 1 << 16)?;
        if buckets >= 4 && distance > buckets / 4 {
            return Ok(());
        }
        Err(wrong(
            "relative_attention_num_buckets",
            format!("{buckets} up to a distance of {distance}"),
            "at least 4, and a distance above a quarter of them",
        ))
    }
}

impl Architecture for T5Config {
    type Model = T5;

    const SHAPES: Shapes<Self> = &[("t5", Self::of_size)];

    fn hub_format() -> HubFormat {
        HubFormat {
            architecture: "T5EncoderModel",
            defaults: json!({
                "d_kv": 64, "relative_attention_num_buckets": 32, "relative_attention_max_distance": 128,
                "layer_norm_epsilon": 1e-6, "feed_forward_proj": "relu", "initializer_factor": 1.0,
            }),
            aliases: &[
                ("hidden_size", "d_model"),
                ("num_attention_heads", "num_heads"),
                ("num_hidden_layers", "num_layers"),
                ("head_dim", "d_kv"),
            ],
            fixed: json!({ "is_decoder": false }),
            idle: &[
                "dense_act_fn",
                "is_gated_act",
                "dropout_rate",
                "classifier_dropout",
                "num_decoder_layers",
                "scale_decoder_outputs",
                "add_cross_attention",
                "n_positions",
            ],
            combine: Some(stored),
            // A whole T5 is read, too: as its encoder.
            written: json!({ "is_encoder_decoder": false }),
            names: TensorNames {
                prefixes: &["transformer"],
                from_hub: &[
                    (r"^encoder\.", ""),
                    (r"\.layer\.0\.", ".attention."),
                    (r"\.layer\.1\.", ".feed_forward."),
                    (r"\.(SelfAttention|DenseReluDense)\.", "."),
                    (r"^block\.0\.attention\.relative_", "relative_"),
                ],
                to_hub: &[
                    (r"\.attention\.([qkvo])\.", ".attention.SelfAttention.$1."),
                    (r"\.(wi|wi_0|wi_1|wo)\.", ".DenseReluDense.$1."),
                    (r"^relative_", "block.0.attention.SelfAttention.relative_"),
                    (r"\.attention\.", ".layer.0."),
                    (r"\.feed_forward\.", ".layer.1."),
                    (r"^(block|final)", "encoder.$1"),
                ],
                unused: &[
                    "decoder.",
                    "embed_tokens.",
                    "lm_head.",
                    "classification_head.",
                ],
                // Encoders saved alone may keep their tokens under the encoder's own name.
                stand_ins: &[("shared.weight", "embed_tokens.weight")],
                ..TensorNames::default()
            },
            ..HubFormat::default()
        }
    }

    fn make(&self, init: &mut Init) -> T5 {
        T5::random(self, init)
    }
}

/// The body: the stack of blocks between the tokens and the final norm.
#[derive(Module, Debug)]
pub struct T5 {
    /// Token embeddings, `[vocab_size, d_model]`: only text uses them.
    pub shared: Table,
    /// A score per bucket of distance and head, `[relative_attention_num_buckets, num_heads]`.
    pub relative_attention_bias: Table,
    pub block: Vec<Block>,
    pub final_layer_norm: RmsNorm,
    max_distance: usize,
}

/// A block: attention and feed-forward, each behind a norm and on a residual branch.
#[derive(Module, Debug)]
pub struct Block {
    pub attention: Attention,
    pub feed_forward: FeedForward,
}

/// Self-attention of `num_heads` heads, each `d_kv` wide.
#[derive(Module, Debug)]
pub struct Attention {
    pub q: Linear,
    pub k: Linear,
    pub v: Linear,
    pub o: Linear,
    pub layer_norm: RmsNorm,
}

/// `wo · act(wi · x)`, or `wo · (act(wi_0 · x) × (wi_1 · x))`.
#[derive(Module, Debug)]
pub struct FeedForward {
    pub wi: Option<Linear>,
    pub wi_0: Option<Linear>,
    pub wi_1: Option<Linear>,
    pub wo: Linear,
    pub layer_norm: RmsNorm,
    #[module(skip)]
    activation: Activation,
}

impl T5 {
    /// A random body with T5's own deviations, which replace the missing scaling of the scores.
    pub fn random(config: &T5Config, init: &mut Init) -> Self {
        let (width, factor) = (config.d_model, config.initializer_factor);
        let attention = factor * (width as f64).powf(-0.5);
        Self {
            shared: Table {
                weight: init.normal([config.vocab_size, width], factor),
            },
            relative_attention_bias: Table {
                weight: init.normal(
                    [config.relative_attention_num_buckets, config.num_heads],
                    attention,
                ),
            },
            block: (0..config.num_layers)
                .map(|_| Block::init(config, init))
                .collect(),
            final_layer_norm: RmsNorm::init(config.d_model, config.layer_norm_epsilon, init),
            max_distance: config.relative_attention_max_distance,
        }
    }

    /// What is added to the scores, `[num_heads, tokens, tokens]`.
    fn bias(&self, tokens: usize, device: &Device) -> Tensor<3> {
        let table = self.relative_attention_bias.weight.val();
        let [buckets, heads] = table.dims();
        // A bucket follows from how far apart two tokens are: one for each pair of them would be far
        // more to bring to a device.
        let apart = (0..2 * tokens - 1).map(|key| {
            let bucket = bucket(tokens - 1, key, buckets, self.max_distance);
            bucket as i32
        });
        let apart = TensorData::new(apart.collect(), [2 * tokens - 1]);
        let at = Tensor::<1, Int>::arange(0..tokens as i64, device);
        let pairs = at.clone().unsqueeze_dim::<2>(0) - at.unsqueeze_dim(1); // [query, key]
        let pairs = (pairs + (tokens as i64 - 1)).reshape([tokens * tokens]);
        let ids = Tensor::<1, Int>::from_data(apart, device).select(0, pairs);
        let bias = table.select(0, ids);
        bias.reshape([tokens, tokens, heads]).permute([2, 0, 1])
    }
}

impl SequenceModel for T5 {
    fn layers(&self) -> usize {
        self.block.len()
    }

    fn enter(&self, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        pass.drop(hidden)
    }

    fn stack(&self, range: Range<usize>, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let bias = self.bias(hidden.dims()[1], &hidden.device());
        let blocks = self.block[range].iter();
        blocks.fold(hidden, |hidden, block| {
            block.forward(hidden, bias.clone(), pass)
        })
    }

    fn leave(&self, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        pass.drop(self.final_layer_norm.forward(hidden))
    }

    fn embed(&self, ids: Tensor<2, Int>) -> Option<Tensor<3>> {
        Some(self.shared.forward(ids))
    }

    // T5 1.0's decoder shares the table, too, whose rows are far longer than those of a GPT-2: hidden states
    // are scaled down before it.
    fn unembed(&self, hidden: Tensor<3>) -> Option<Tensor<3>> {
        let table = self.shared.weight.val();
        let scale = (table.dims()[1] as f64).powf(-0.5);
        Some(kernels::linear(hidden * scale, table.transpose(), None))
    }

    // The bias of the scores is one of the tables that the paper never trains, so a T5 has no
    // positions that fpt could.
    fn label(&self, ledger: &mut Ledger) {
        ledger.add(Group::Embedding, None, &self.shared);
        ledger.add(Group::Embedding, None, &self.relative_attention_bias);
        for (layer, block) in self.block.iter().enumerate() {
            let (attention, inner) = (&block.attention, &block.feed_forward);
            for projection in [&attention.q, &attention.k, &attention.v, &attention.o] {
                ledger.add(Group::Attention, Some(layer), projection);
            }
            ledger.add(Group::LayerNorm, Some(layer), &attention.layer_norm);
            for dense in [&inner.wi, &inner.wi_0, &inner.wi_1].into_iter().flatten() {
                ledger.add(Group::FeedForward, Some(layer), dense);
            }
            ledger.add(Group::FeedForward, Some(layer), &inner.wo);
            ledger.add(Group::LayerNorm, Some(layer), &inner.layer_norm);
        }
        ledger.add(Group::LayerNorm, None, &self.final_layer_norm);
    }

    fn keep_layers(&mut self, layers: Range<usize>) {
        keep(&mut self.block, layers);
    }

    fn residual_projections(&mut self) -> Vec<&mut Param<Tensor<2>>> {
        let blocks = self.block.iter_mut();
        blocks
            .flat_map(|block| {
                [
                    &mut block.attention.o.weight,
                    &mut block.feed_forward.wo.weight,
                ]
            })
            .collect()
    }
}

impl Block {
    fn init(config: &T5Config, init: &mut Init) -> Self {
        let (width, inner, heads) = (config.d_model, config.d_ff, config.num_heads * config.d_kv);
        let root = |size: usize| config.initializer_factor * (size as f64).powf(-0.5);
        let FeedForwardProj { gated, activation } = config.feed_forward_proj;
        let mut dense = |inputs, outputs, deviation| Linear::init(inputs, outputs, deviation, init);
        let q = dense(width, heads, root(width * config.d_kv));
        let k = dense(width, heads, root(width));
        let v = dense(width, heads, root(width));
        let o = dense(heads, width, root(heads));
        let mut enter = || dense(width, inner, root(width));
        let wi = (!gated).then(&mut enter);
        let wi_0 = gated.then(&mut enter);
        let wi_1 = gated.then(&mut enter);
        let wo = dense(inner, width, root(inner));
        Self {
            attention: Attention {
                q,
                k,
                v,
                o,
                layer_norm: RmsNorm::init(config.d_model, config.layer_norm_epsilon, init),
            },
            feed_forward: FeedForward {
                wi,
                wi_0,
                wi_1,
                wo,
                layer_norm: RmsNorm::init(config.d_model, config.layer_norm_epsilon, init),
                activation,
            },
        }
    }

    fn forward(&self, hidden: Tensor<3>, bias: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let attention = &self.attention;
        let normed = attention.layer_norm.forward(hidden.clone());
        let projections = [&attention.q, &attention.k, &attention.v];
        let qkv = kernels::linears(normed, projections.map(|part| part.weight.val()), None);
        pass.watch(|| kernels::biased_attention_weights(qkv.clone(), bias.clone()));
        let mixed = kernels::biased_attention(qkv, bias, pass.next_site());
        let branch = attention.o.forward(mixed);
        let hidden = kernels::add_dropout(hidden, branch, pass.next_site());

        let branch = self.feed_forward.forward(hidden.clone(), pass);
        kernels::add_dropout(hidden, branch, pass.next_site())
    }
}

impl FeedForward {
    fn forward(&self, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let normed = self.layer_norm.forward(hidden);
        let inner = match (&self.wi, &self.wi_0, &self.wi_1) {
            (_, Some(gate), Some(linear)) => {
                self.activation.forward(gate.forward(normed.clone())) * linear.forward(normed)
            }
            (Some(wi), _, _) => self.activation.forward(wi.forward(normed)),
            _ => unreachable!("a feed-forward layer has `wi`, or `wi_0` and `wi_1`"),
        };
        self.wo.forward(pass.drop(inner))
    }
}
