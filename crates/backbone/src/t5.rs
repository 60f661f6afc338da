//! T5's encoder: pre-norm with root-mean-square norms, bidirectional, relative positions as a bias
//! on the scores that all layers share, no scaling of the scores, no other bias anywhere (Raffel
//! et al., 2020). The feed-forward layer is T5 1.0's (ReLU) or 1.1's and flan's (gated tanh GELU).
//!
//! Checkpoints number what stands in a block, `layer.0` and `layer.1`; here they have names.

use crate::config::{
    MOST_INNER, MOST_LAYERS, MOST_ROWS, MOST_WIDTH, ModelConfig, real, size, wrong,
};
use crate::error::BackboneError;
use crate::init::Init;
use crate::layers::Table;
use crate::model::SequenceModel;
use crate::pass::Pass;
use burn::module::{Module, Param};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Int, Tensor, TensorData};
use freezing_policy::{Group, Ledger};
use serde::{Deserialize, Serialize};
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

/// What stands between T5's dense layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedForwardProj {
    /// T5 1.0.
    Relu,
    /// T5 1.1 and flan: the tanh GELU of one product times another.
    GatedGelu,
}

impl ModelConfig for T5Config {
    fn model_type(&self) -> &'static str {
        "t5"
    }

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

/// `wo · relu(wi · x)`, or `wo · (gelu(wi_0 · x) × (wi_1 · x))`.
#[derive(Module, Debug)]
pub struct FeedForward {
    pub wi: Option<Linear>,
    pub wi_0: Option<Linear>,
    pub wi_1: Option<Linear>,
    pub wo: Linear,
    pub layer_norm: RmsNorm,
}

/// A dense layer without bias. Named so that burn-store transposes it.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[in, out]`
    pub weight: Param<Tensor<2>>,
}

/// Root-mean-square norm: no mean is taken away and no bias added.
#[derive(Module, Debug)]
pub struct RmsNorm {
    /// Gain, `[d_model]`
    pub weight: Param<Tensor<1>>,
    epsilon: f64,
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
            final_layer_norm: RmsNorm::init(config, init),
            max_distance: config.relative_attention_max_distance,
        }
    }

    /// What is added to the scores, `[num_heads, tokens, tokens]`.
    fn bias(&self, tokens: usize, device: &Device) -> Tensor<3> {
        let table = self.relative_attention_bias.weight.val();
        let [buckets, heads] = table.dims();
        let bucket = |query: usize, key: usize| bucket(query, key, buckets, self.max_distance);
        let ids: Vec<i32> = (0..tokens)
            .flat_map(|query| (0..tokens).map(move |key| bucket(query, key) as i32))
            .collect();
        let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [tokens * tokens]), device);
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
        Some(burn::tensor::module::embedding(
            self.shared.weight.val(),
            ids,
        ))
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

    fn keep_layers(&mut self, layers: usize) {
        self.block.truncate(layers);
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

/// The bucket of a key as seen from a query: half of them for keys behind it, half for keys ahead;
/// in each half the first ones hold one distance each, the others widen up to `max_distance`.
fn bucket(query: usize, key: usize, buckets: usize, max_distance: usize) -> usize {
    let side = buckets / 2;
    let exact = side / 2;
    let distance = query.abs_diff(key);
    let within = if distance < exact {
        distance
    } else {
        // In 32 bits and cut off, as `transformers` does it.
        let ratio = (distance as f32 / exact as f32).ln();
        let whole = (max_distance as f64 / exact as f64).ln() as f32;
        let steps = (ratio / whole * (side - exact) as f32) as usize;
        (exact + steps).min(side - 1)
    };
    within + if key > query { side } else { 0 }
}

impl Block {
    fn init(config: &T5Config, init: &mut Init) -> Self {
        let (width, inner, heads) = (config.d_model, config.d_ff, config.num_heads * config.d_kv);
        let root = |size: usize| config.initializer_factor * (size as f64).powf(-0.5);
        let gated = config.feed_forward_proj == FeedForwardProj::GatedGelu;
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
                layer_norm: RmsNorm::init(config, init),
            },
            feed_forward: FeedForward {
                wi,
                wi_0,
                wi_1,
                wo,
                layer_norm: RmsNorm::init(config, init),
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
                kernels::gelu_tanh(gate.forward(normed.clone())) * linear.forward(normed)
            }
            (Some(wi), _, _) => relu(wi.forward(normed)),
            _ => unreachable!("a feed-forward layer has `wi`, or `wi_0` and `wi_1`"),
        };
        self.wo.forward(pass.drop(inner))
    }
}

impl Linear {
    fn init(inputs: usize, outputs: usize, deviation: f64, init: &mut Init) -> Self {
        Self {
            weight: init.normal([inputs, outputs], deviation),
        }
    }

    fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        kernels::linear(input, self.weight.val(), None)
    }
}

impl RmsNorm {
    fn init(config: &T5Config, init: &mut Init) -> Self {
        Self {
            weight: init.ones([config.d_model]),
            epsilon: config.layer_norm_epsilon,
        }
    }

    fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        kernels::rms_norm(input, self.weight.val(), self.epsilon)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_those_of_the_paper() {
        let of = |query, key| bucket(query, key, 32, 128);
        assert_eq!([of(0, 0), of(7, 0), of(8, 0), of(1000, 0)], [0, 7, 8, 15]);
        assert_eq!(
            [of(0, 1), of(0, 7), of(0, 8), of(0, 1000)],
            [17, 23, 24, 31]
        );
    }
}
