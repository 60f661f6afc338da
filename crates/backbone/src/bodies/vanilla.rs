//! The small transformers that the paper's section 3.6 trains in full for comparison: the Long
//! Range Arena's vanilla encoder (Tay et al., 2021), pre-norm and bidirectional with learned
//! positions, and Linformer (Wang et al., 2020), which is the same with keys and values projected
//! from all positions to a few rows.

use crate::architecture::{Architecture, ModelConfig, Shapes};
use crate::check::{MOST_INNER, MOST_LAYERS, MOST_ROWS, MOST_WIDTH, heads, real, size};
use crate::error::BackboneError;
use crate::hub_format::HubFormat;
use crate::init::Init;
use crate::layers::{Dense, Norm, SelfAttention, Table};
use crate::model::{SequenceModel, keep};
use crate::pass::Pass;
use crate::size::Size;
use burn::module::{Module, Param};
use burn::tensor::activation::softmax;
use burn::tensor::{Tensor, s};
use freezing_policy::{Group, Ledger};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::ops::Range;

/// A vanilla encoder, or a Linformer. There is no such type on the hub; the fields are ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VanillaConfig {
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    pub max_position_embeddings: usize,
    /// Rows that a Linformer projects keys and values to; a vanilla encoder has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_rank_features: Option<usize>,
    pub layer_norm_eps: f64,
    pub initializer_range: f64,
}

impl ModelConfig for VanillaConfig {
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

    fn weighs_tokens(&self) -> bool {
        self.low_rank_features.is_none()
    }

    fn set_layers(&mut self, layers: usize) {
        self.num_hidden_layers = layers;
    }

    fn check(&self) -> Result<(), BackboneError> {
        size("hidden_size", self.hidden_size, MOST_WIDTH)?;
        size("num_hidden_layers", self.num_hidden_layers, MOST_LAYERS)?;
        size("intermediate_size", self.intermediate_size, MOST_INNER)?;
        let positions = self.max_position_embeddings;
        size("max_position_embeddings", positions, MOST_ROWS)?;
        if let Some(rows) = self.low_rank_features {
            size("low_rank_features", rows, positions)?;
        }
        let count = self.num_attention_heads;
        heads("num_attention_heads", count, self.hidden_size)?;
        real("layer_norm_eps", self.layer_norm_eps)?;
        real("initializer_range", self.initializer_range)
    }
}

impl Architecture for VanillaConfig {
    type Model = Vanilla;

    const SHAPES: Shapes<Self> = &[("vanilla", Self::of_size), ("linformer", Self::linformer)];

    fn hub_format() -> HubFormat {
        HubFormat {
            architecture: "Vanilla",
            defaults: json!({ "low_rank_features": null }),
            ..HubFormat::default()
        }
    }

    fn make(&self, init: &mut Init) -> Vanilla {
        Vanilla::random(self, init)
    }
}

impl VanillaConfig {
    /// Three layers, fewer only where all bodies have fewer.
    fn of_size(size: &Size) -> Self {
        Self {
            hidden_size: size.width,
            num_hidden_layers: size.layers.min(3),
            num_attention_heads: size.heads,
            intermediate_size: size.inner(),
            max_position_embeddings: size.positions,
            low_rank_features: None,
            layer_norm_eps: 1e-6,
            initializer_range: 0.02,
        }
    }

    fn linformer(size: &Size) -> Self {
        Self {
            low_rank_features: Some(16),
            ..Self::of_size(size)
        }
    }
}

/// The body: positions, layers and the final norm.
#[derive(Module, Debug)]
pub struct Vanilla {
    /// `[max_position_embeddings, hidden_size]`
    pub position_embeddings: Table,
    pub layer: Vec<Layer>,
    pub layernorm: Norm,
}

/// A layer: attention and feed-forward, each behind a norm and on a residual branch.
#[derive(Module, Debug)]
pub struct Layer {
    pub layernorm_before: Norm,
    pub attention: Attention,
    pub layernorm_after: Norm,
    pub intermediate: Dense,
    pub output: Dense,
}

/// Self-attention with its output projection.
#[derive(Module, Debug)]
pub struct Attention {
    pub attention: SelfAttention,
    pub low_rank: Option<LowRank>,
    pub output: Dense,
    heads: usize,
}

/// Linformer's projections over the positions, one for all heads of a layer.
#[derive(Module, Debug)]
pub struct LowRank {
    /// E, `[low_rank_features, max_position_embeddings]`
    pub key: Param<Tensor<2>>,
    /// F, `[low_rank_features, max_position_embeddings]`
    pub value: Param<Tensor<2>>,
}

impl Vanilla {
    /// A random body: every weight N(0, `initializer_range`), biases 0, norms (1, 0); projections
    /// over n positions N(0, 1/n), which keeps the scale of what they project.
    pub fn random(config: &VanillaConfig, init: &mut Init) -> Self {
        let (width, rows) = (config.hidden_size, config.max_position_embeddings);
        Self {
            position_embeddings: Table {
                weight: init.normal([rows, width], config.initializer_range),
            },
            layer: (0..config.num_hidden_layers)
                .map(|_| Layer::init(config, init))
                .collect(),
            layernorm: Norm::init(width, config.layer_norm_eps, init),
        }
    }
}

impl SequenceModel for Vanilla {
    fn layers(&self) -> usize {
        self.layer.len()
    }

    fn enter(&self, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let [_, tokens, _] = hidden.dims();
        let positions = self.position_embeddings.weight.val().slice(s![0..tokens]);
        pass.drop(hidden + positions.unsqueeze())
    }

    fn stack(&self, range: Range<usize>, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let layers = self.layer[range].iter();
        layers.fold(hidden, |hidden, layer| layer.forward(hidden, pass))
    }

    fn leave(&self, hidden: Tensor<3>, _: &mut Pass) -> Tensor<3> {
        self.layernorm.forward(hidden)
    }

    fn label(&self, ledger: &mut Ledger) {
        ledger.add(Group::Position, None, &self.position_embeddings);
        for (index, layer) in self.layer.iter().enumerate() {
            ledger.add(Group::LayerNorm, Some(index), &layer.layernorm_before);
            ledger.add(Group::Attention, Some(index), &layer.attention);
            ledger.add(Group::LayerNorm, Some(index), &layer.layernorm_after);
            ledger.add(Group::FeedForward, Some(index), &layer.intermediate);
            ledger.add(Group::FeedForward, Some(index), &layer.output);
        }
        ledger.add(Group::LayerNorm, None, &self.layernorm);
    }

    fn keep_layers(&mut self, layers: Range<usize>) {
        keep(&mut self.layer, layers);
    }

    fn residual_projections(&mut self) -> Vec<&mut Param<Tensor<2>>> {
        let layers = self.layer.iter_mut();
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
    fn init(config: &VanillaConfig, init: &mut Init) -> Self {
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        let deviation = config.initializer_range;
        let positions = config.max_position_embeddings;
        Self {
            layernorm_before: Norm::init(width, config.layer_norm_eps, init),
            attention: Attention {
                attention: SelfAttention::init(width, deviation, init),
                low_rank: config.low_rank_features.map(|rows| {
                    let spread = (positions as f64).powf(-0.5);
                    LowRank {
                        key: init.normal([rows, positions], spread),
                        value: init.normal([rows, positions], spread),
                    }
                }),
                output: Dense::init(width, width, deviation, init),
                heads: config.num_attention_heads,
            },
            layernorm_after: Norm::init(width, config.layer_norm_eps, init),
            intermediate: Dense::init(width, inner, deviation, init),
            output: Dense::init(inner, width, deviation, init),
        }
    }

    fn forward(&self, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let mixed = self
            .attention
            .forward(self.layernorm_before.forward(hidden.clone()), pass);
        let branch = self.attention.output.dense.forward(mixed);
        let hidden = kernels::add_dropout(hidden, branch, pass.next_site());

        let normed = self.layernorm_after.forward(hidden.clone());
        let inner = kernels::gelu_erf(self.intermediate.dense.forward(normed));
        let branch = self.output.dense.forward(inner);
        kernels::add_dropout(hidden, branch, pass.next_site())
    }
}

impl Attention {
    /// # Shapes
    /// - normed, output: `[batch, tokens, width]`
    fn forward(&self, normed: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let qkv = self.attention.forward(normed);
        let Some(low_rank) = &self.low_rank else {
            return pass.attention(qkv, self.heads, false);
        };
        let [batch, tokens, width] = qkv.dims();
        let (width, heads) = (width / 3, self.heads);
        let part = |index: usize| qkv.clone().narrow(2, index * width, width);
        let split = |x: Tensor<3>| {
            let [batch, rows, width] = x.dims();
            x.reshape([batch, rows, heads, width / heads])
                .swap_dims(1, 2)
        };
        let project = |net: &Param<Tensor<2>>, x: Tensor<3>| {
            let net = net.val().slice(s![.., 0..tokens]);
            let net = net.cast(x.dtype());
            split(net.unsqueeze().matmul(x)) // [batch, heads, low_rank_features, head]
        };
        let (keys, values) = (
            project(&low_rank.key, part(1)),
            project(&low_rank.value, part(2)),
        );
        let scale = ((width / heads) as f64).powf(-0.5);
        let mut weights = softmax(split(part(0)).matmul(keys.swap_dims(2, 3)) * scale, 3);
        pass.watch(|| weights.clone());
        weights = pass.drop(weights);
        let mixed = weights.matmul(values).swap_dims(1, 2);
        mixed.reshape([batch, tokens, width])
    }
}
