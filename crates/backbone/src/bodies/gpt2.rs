//! GPT-2: pre-norm, causal, learned positions (Radford et al., 2019). Fields are named
//! as the hub's checkpoints name their tensors: `h.0.attn.c_attn.weight`.

use crate::activation::Activation;
use crate::architecture::{Architecture, ModelConfig, Shapes};
use crate::check::{MOST_INNER, MOST_LAYERS, MOST_ROWS, MOST_WIDTH, heads, real, size};
use crate::error::BackboneError;
use crate::hub_format::HubFormat;
use crate::init::Init;
use crate::layers::{Linear, Norm, Table};
use crate::model::{SequenceModel, keep};
use crate::names::TensorNames;
use crate::pass::Pass;
use crate::size::Size;
use burn::module::{Module, Param};
use burn::tensor::{Int, Tensor};
use freezing_policy::{Group, Ledger};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::ops::Range;

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
    /// Between the dense layers of a feed-forward layer; tanh GELU where a file does not say.
    #[serde(
        default = "Activation::gelu_new",
        skip_serializing_if = "Activation::is_gelu_new"
    )]
    pub activation_function: Activation,
    pub layer_norm_epsilon: f64,
    /// Standard deviation of a random body's weights.
    pub initializer_range: f64,
}

impl Gpt2Config {
    fn of_size(size: &Size) -> Self {
        Self {
            vocab_size: size.vocabulary,
            n_positions: size.positions,
            n_embd: size.width,
            n_layer: size.layers,
            n_head: size.heads,
            n_inner: None,
            activation_function: Activation::GeluNew,
            layer_norm_epsilon: 1e-5,
            initializer_range: 0.02,
        }
    }

    /// Width of the feed-forward layer.
    pub fn inner(&self) -> usize {
        self.n_inner.unwrap_or(4 * self.n_embd)
    }
}

impl ModelConfig for Gpt2Config {
    fn width(&self) -> usize {
        self.n_embd
    }

    fn positions(&self) -> usize {
        self.n_positions
    }

    fn layers(&self) -> usize {
        self.n_layer
    }

    fn inner(&self) -> usize {
        self.inner()
    }

    fn vocabulary(&self) -> Option<usize> {
        Some(self.vocab_size)
    }

    fn is_causal(&self) -> bool {
        true
    }

    fn set_layers(&mut self, layers: usize) {
        self.n_layer = layers;
    }

    fn check(&self) -> Result<(), BackboneError> {
        size("vocab_size", self.vocab_size, MOST_ROWS)?;
        size("n_positions", self.n_positions, MOST_ROWS)?;
        size("n_embd", self.n_embd, MOST_WIDTH)?;
        size("n_layer", self.n_layer, MOST_LAYERS)?;
        size("n_inner", self.inner(), MOST_INNER)?;
        heads("n_head", self.n_head, self.n_embd)?;
        real("layer_norm_epsilon", self.layer_norm_epsilon)?;
        real("initializer_range", self.initializer_range)
    }
}

impl Architecture for Gpt2Config {
    type Model = Gpt2;

    const SHAPES: Shapes<Self> = &[("gpt2", Self::of_size)];

    fn hub_format() -> HubFormat {
        HubFormat {
            architecture: "GPT2Model",
            defaults: json!({
                "vocab_size": 50_257, "n_positions": 1_024, "n_embd": 768, "n_layer": 12,
                "n_head": 12, "n_inner": null, "activation_function": "gelu_new",
                "layer_norm_epsilon": 1e-5, "initializer_range": 0.02,
            }),
            aliases: &[
                ("hidden_size", "n_embd"),
                ("max_position_embeddings", "n_positions"),
                ("num_attention_heads", "n_head"),
                ("num_hidden_layers", "n_layer"),
            ],
            fixed: json!({
                "scale_attn_weights": true, "scale_attn_by_inverse_layer_idx": false,
                "add_cross_attention": false,
            }),
            // The order in which scores are scaled and rounded is a matter of 16 bits.
            idle: &[
                "n_ctx",
                "resid_pdrop",
                "embd_pdrop",
                "attn_pdrop",
                "reorder_and_upcast_attn",
                "is_decoder",
                "summary_type",
                "summary_use_proj",
                "summary_activation",
                "summary_proj_to_labels",
                "summary_first_dropout",
                "summary_last_dropout",
                "summary_hidden_size",
            ],
            written: json!({ "activation_function": "gelu_new" }),
            convolutions: true,
            names: TensorNames {
                prefixes: &["transformer"],
                from_hub: &[
                    // The causal masks that old files keep for every layer.
                    (r"^h\.\d+\.attn\.(bias|masked_bias)$", "mask."),
                ],
                unused: &["lm_head.", "score.", "multiple_choice_head.", "mask."],
                ..TensorNames::default()
            },
            ..HubFormat::default()
        }
    }

    fn make(&self, init: &mut Init) -> Gpt2 {
        Gpt2::random(self, init)
    }
}

/// The body: positions, blocks and the final norm, with the token table beside them.
#[derive(Module, Debug)]
pub struct Gpt2 {
    /// Token embeddings, `[vocab_size, n_embd]`: only text uses them.
    pub wte: Table,
    /// Positions, `[n_positions, n_embd]`.
    pub wpe: Table,
    pub h: Vec<Block>,
    pub ln_f: Norm,
}

/// A layer: attention and feed-forward, each behind a norm and on a residual branch.
#[derive(Module, Debug)]
pub struct Block {
    pub ln_1: Norm,
    pub attn: Attention,
    pub ln_2: Norm,
    pub mlp: FeedForward,
}

/// Causal self-attention with a fused projection.
#[derive(Module, Debug)]
pub struct Attention {
    /// Query, key and value side by side, `[n_embd, 3 × n_embd]`.
    pub c_attn: Linear,
    pub c_proj: Linear,
    heads: usize,
}

/// Two dense layers around an activation.
#[derive(Module, Debug)]
pub struct FeedForward {
    pub c_fc: Linear,
    pub c_proj: Linear,
    #[module(skip)]
    activation: Activation,
}

impl Gpt2 {
    /// The paper's random body: every weight N(0, `initializer_range`), biases 0, norms (1, 0), no
    /// scaling with depth (transformers 4.1.1, PAPER section 3.2).
    pub fn random(config: &Gpt2Config, init: &mut Init) -> Self {
        let (width, deviation) = (config.n_embd, config.initializer_range);
        Self {
            wte: Table {
                weight: init.normal([config.vocab_size, width], deviation),
            },
            wpe: Table {
                weight: init.normal([config.n_positions, width], deviation),
            },
            h: (0..config.n_layer)
                .map(|_| Block::init(config, init))
                .collect(),
            ln_f: Norm::init(width, config.layer_norm_epsilon, init),
        }
    }
}

impl SequenceModel for Gpt2 {
    fn layers(&self) -> usize {
        self.h.len()
    }

    fn enter(&self, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let [_, tokens, width] = hidden.dims();
        let positions = self.wpe.weight.val().slice([0..tokens, 0..width]);
        pass.drop(hidden + positions.unsqueeze())
    }

    fn stack(&self, range: Range<usize>, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let blocks = self.h[range].iter();
        blocks.fold(hidden, |hidden, block| block.forward(hidden, pass))
    }

    fn leave(&self, hidden: Tensor<3>, _: &mut Pass) -> Tensor<3> {
        self.ln_f.forward(hidden)
    }

    fn embed(&self, ids: Tensor<2, Int>) -> Option<Tensor<3>> {
        Some(self.wte.forward(ids))
    }

    fn unembed(&self, hidden: Tensor<3>) -> Option<Tensor<3>> {
        Some(kernels::linear(
            hidden,
            self.wte.weight.val().transpose(),
            None,
        ))
    }

    fn label(&self, ledger: &mut Ledger) {
        ledger.add(Group::Embedding, None, &self.wte);
        ledger.add(Group::Position, None, &self.wpe);
        for (layer, block) in self.h.iter().enumerate() {
            ledger.add(Group::LayerNorm, Some(layer), &block.ln_1);
            ledger.add(Group::Attention, Some(layer), &block.attn);
            ledger.add(Group::LayerNorm, Some(layer), &block.ln_2);
            ledger.add(Group::FeedForward, Some(layer), &block.mlp);
        }
        ledger.add(Group::LayerNorm, None, &self.ln_f);
    }

    fn keep_layers(&mut self, layers: Range<usize>) {
        keep(&mut self.h, layers);
    }

    fn residual_projections(&mut self) -> Vec<&mut Param<Tensor<2>>> {
        let blocks = self.h.iter_mut();
        blocks
            .flat_map(|block| [&mut block.attn.c_proj.weight, &mut block.mlp.c_proj.weight])
            .collect()
    }
}

impl Block {
    fn init(config: &Gpt2Config, init: &mut Init) -> Self {
        let (width, inner, deviation) = (config.n_embd, config.inner(), config.initializer_range);
        Self {
            ln_1: Norm::init(width, config.layer_norm_epsilon, init),
            attn: Attention {
                c_attn: Linear::init(width, 3 * width, deviation, init),
                c_proj: Linear::init(width, width, deviation, init),
                heads: config.n_head,
            },
            ln_2: Norm::init(width, config.layer_norm_epsilon, init),
            mlp: FeedForward {
                c_fc: Linear::init(width, inner, deviation, init),
                c_proj: Linear::init(inner, width, deviation, init),
                activation: config.activation_function,
            },
        }
    }

    fn forward(&self, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let qkv = self.attn.c_attn.forward(self.ln_1.forward(hidden.clone()));
        let mixed = pass.attention(qkv, self.attn.heads, true);
        let branch = self.attn.c_proj.forward(mixed);
        let hidden = kernels::add_dropout(hidden, branch, pass.next_site());

        let inner = self.mlp.c_fc.forward(self.ln_2.forward(hidden.clone()));
        let branch = self.mlp.c_proj.forward(self.mlp.activation.forward(inner));
        kernels::add_dropout(hidden, branch, pass.next_site())
    }
}
