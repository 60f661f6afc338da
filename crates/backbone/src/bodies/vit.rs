//! ViT: pre-norm, bidirectional (Dosovitskiy et al., 2021), as the official code uses
//! it: blocks and final norm on given tokens, a fresh zero table of positions, no class token and
//! no patch embedding. Fields are named as the hub's checkpoints name their tensors.

use crate::activation::Activation;
use crate::architecture::{Architecture, ModelConfig, Shapes};
use crate::check::{MOST_INNER, MOST_LAYERS, MOST_ROWS, MOST_WIDTH, heads, real, size};
use crate::error::BackboneError;
use crate::hub_format::HubFormat;
use crate::init::Init;
use crate::layers::{Dense, Norm, SelfAttention};
use crate::model::{SequenceModel, keep};
use crate::names::TensorNames;
use crate::pass::Pass;
use crate::size::Size;
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use freezing_policy::{Group, Ledger};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::ops::Range;

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
    /// Between the dense layers of a feed-forward layer; GELU where a file does not say.
    #[serde(
        default = "Activation::gelu",
        skip_serializing_if = "Activation::is_gelu"
    )]
    pub hidden_act: Activation,
    pub layer_norm_eps: f64,
    pub initializer_range: f64,
}

impl ModelConfig for VitConfig {
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

    fn set_layers(&mut self, layers: usize) {
        self.num_hidden_layers = layers;
    }

    fn set_fresh_positions(&mut self, positions: usize) {
        self.max_position_embeddings = positions;
    }

    fn check(&self) -> Result<(), BackboneError> {
        size("hidden_size", self.hidden_size, MOST_WIDTH)?;
        size("num_hidden_layers", self.num_hidden_layers, MOST_LAYERS)?;
        size("intermediate_size", self.intermediate_size, MOST_INNER)?;
        let positions = self.max_position_embeddings;
        size("max_position_embeddings", positions, MOST_ROWS)?;
        heads(
            "num_attention_heads",
            self.num_attention_heads,
            self.hidden_size,
        )?;
        real("layer_norm_eps", self.layer_norm_eps)?;
        real("initializer_range", self.initializer_range)
    }
}

impl Architecture for VitConfig {
    type Model = Vit;

    const SHAPES: Shapes<Self> = &[("vit", Self::of_size)];

    fn hub_format() -> HubFormat {
        HubFormat {
            architecture: "ViTModel",
            // The official code adds 1,024 fresh positions to a ViT.
            defaults: json!({
                "layer_norm_eps": 1e-12, "initializer_range": 0.02,
                "max_position_embeddings": 1_024, "hidden_act": "gelu",
            }),
            own: &["max_position_embeddings"],
            fixed: json!({ "qkv_bias": true }),
            // Patches, the mask over them and the pooler are not part of the body.
            idle: &[
                "hidden_dropout_prob",
                "attention_probs_dropout_prob",
                "image_size",
                "patch_size",
                "num_channels",
                "encoder_stride",
                "pooler_act",
                "pooler_output_size",
                "is_decoder",
                "add_cross_attention",
                "head_dim",
            ],
            combine: Some(head_dim),
            written: json!({ "hidden_act": "gelu" }),
            names: TensorNames {
                prefixes: &["vit"],
                from_hub: &[
                    // As a model of `transformers` 5 calls its own tensors, which `save_pretrained` calls as ever.
                    (r"^layers\.", "encoder.layer."),
                    (r"\.attention\.q_proj\.", ".attention.attention.query."),
                    (r"\.attention\.k_proj\.", ".attention.attention.key."),
                    (r"\.attention\.v_proj\.", ".attention.attention.value."),
                    (r"\.attention\.o_proj\.", ".attention.output.dense."),
                    (r"\.mlp\.fc1\.", ".intermediate.dense."),
                    (r"\.mlp\.fc2\.", ".output.dense."),
                    // What the checkpoint has under the name of our positions is left alone.
                    (r"^embeddings\.", "patches."),
                ],
                // Positions over tokens are no part of a ViTModel, whose own have another length.
                to_hub: &[(
                    r"^embeddings\.position_embeddings$",
                    "fpt_position_embeddings",
                )],
                unused: &[
                    "fpt_position_embeddings",
                    "patches.",
                    "pooler.",
                    "classifier.",
                    "lm_head.",
                    "decoder.",
                ],
                fresh: &["embeddings.position_embeddings"],
                ..TensorNames::default()
            },
            ..HubFormat::default()
        }
    }

    fn make(&self, init: &mut Init) -> Vit {
        Vit::random(self, init)
    }
}

/// Refuses heads that do not fill the width, which `transformers` 5 makes where `head_dim` says so.
fn head_dim(hub: &Map<String, Value>, fields: &mut Map<String, Value>) -> Result<(), String> {
    let given = hub.get("head_dim").filter(|given| !given.is_null());
    let size = |field: &str| fields.get(field).and_then(Value::as_u64);
    let filled = size("hidden_size").zip(size("num_attention_heads"));
    let filled = filled.and_then(|(width, heads)| width.checked_div(heads));
    match given {
        Some(given) if given.as_u64() != filled => Err(format!(
            "`head_dim` is {given}; the vit here has heads that fill its width: take another checkpoint"
        )),
        _ => Ok(()),
    }
}

impl VitConfig {
    fn of_size(size: &Size) -> Self {
        Self {
            hidden_size: size.width,
            num_hidden_layers: size.layers,
            num_attention_heads: size.heads,
            intermediate_size: size.inner(),
            max_position_embeddings: size.positions,
            hidden_act: Activation::Gelu,
            layer_norm_eps: 1e-6,
            initializer_range: 0.02,
        }
    }
}

/// The body: positions, blocks and the final norm.
#[derive(Module, Debug)]
pub struct Vit {
    pub embeddings: Embeddings,
    pub encoder: Encoder,
    pub layernorm: Norm,
}

/// The table of positions; always fresh, never read from a checkpoint.
#[derive(Module, Debug)]
pub struct Embeddings {
    /// `[1, max_position_embeddings, hidden_size]`
    pub position_embeddings: Param<Tensor<3>>,
}

/// The stack of layers.
#[derive(Module, Debug)]
pub struct Encoder {
    pub layer: Vec<Layer>,
}

/// A layer: attention and feed-forward, each behind a norm and on a residual branch.
#[derive(Module, Debug)]
pub struct Layer {
    pub layernorm_before: Norm,
    pub attention: Attention,
    pub layernorm_after: Norm,
    pub intermediate: Dense,
    pub output: Dense,
    #[module(skip)]
    activation: Activation,
}

/// Self-attention with its output projection.
#[derive(Module, Debug)]
pub struct Attention {
    pub attention: SelfAttention,
    pub output: Dense,
    heads: usize,
}

impl Vit {
    /// A random body: every weight N(0, `initializer_range`), biases 0, norms (1, 0), positions 0.
    pub fn random(config: &VitConfig, init: &mut Init) -> Self {
        let width = config.hidden_size;
        let layers = config.num_hidden_layers;
        Self {
            embeddings: Embeddings {
                position_embeddings: init.zeros([1, config.max_position_embeddings, width]),
            },
            encoder: Encoder {
                layer: (0..layers).map(|_| Layer::init(config, init)).collect(),
            },
            layernorm: Norm::init(width, config.layer_norm_eps, init),
        }
    }
}

impl SequenceModel for Vit {
    fn layers(&self) -> usize {
        self.encoder.layer.len()
    }

    fn enter(&self, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let [_, tokens, width] = hidden.dims();
        let positions = self.embeddings.position_embeddings.val();
        pass.drop(hidden + positions.slice([0..1, 0..tokens, 0..width]))
    }

    fn stack(&self, range: Range<usize>, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let layers = self.encoder.layer[range].iter();
        layers.fold(hidden, |hidden, layer| layer.forward(hidden, pass))
    }

    fn leave(&self, hidden: Tensor<3>, _: &mut Pass) -> Tensor<3> {
        self.layernorm.forward(hidden)
    }

    fn label(&self, ledger: &mut Ledger) {
        ledger.add(Group::Position, None, &self.embeddings);
        for (index, layer) in self.encoder.layer.iter().enumerate() {
            ledger.add(Group::LayerNorm, Some(index), &layer.layernorm_before);
            ledger.add(Group::Attention, Some(index), &layer.attention);
            ledger.add(Group::LayerNorm, Some(index), &layer.layernorm_after);
            ledger.add(Group::FeedForward, Some(index), &layer.intermediate);
            ledger.add(Group::FeedForward, Some(index), &layer.output);
        }
        ledger.add(Group::LayerNorm, None, &self.layernorm);
    }

    fn keep_layers(&mut self, layers: Range<usize>) {
        keep(&mut self.encoder.layer, layers);
    }

    fn set_fresh_positions(&mut self, positions: usize, device: &Device) {
        let table = &mut self.embeddings.position_embeddings;
        let [one, _, width] = table.dims();
        *table = Param::from_tensor(Tensor::zeros([one, positions, width], device));
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
    fn init(config: &VitConfig, init: &mut Init) -> Self {
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        let deviation = config.initializer_range;
        Self {
            layernorm_before: Norm::init(width, config.layer_norm_eps, init),
            attention: Attention {
                attention: SelfAttention::init(width, deviation, init),
                output: Dense::init(width, width, deviation, init),
                heads: config.num_attention_heads,
            },
            layernorm_after: Norm::init(width, config.layer_norm_eps, init),
            intermediate: Dense::init(width, inner, deviation, init),
            output: Dense::init(inner, width, deviation, init),
            activation: config.hidden_act,
        }
    }

    // Dropout stands where timm 0.4 has it: on the attention weights, on both residual branches
    // and behind the activation.
    fn forward(&self, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let qkv = self
            .attention
            .attention
            .forward(self.layernorm_before.forward(hidden.clone()));
        let mixed = pass.attention(qkv, self.attention.heads, false);
        let branch = self.attention.output.dense.forward(mixed);
        let hidden = kernels::add_dropout(hidden, branch, pass.next_site());

        let inner = self
            .intermediate
            .dense
            .forward(self.layernorm_after.forward(hidden.clone()));
        let inner = pass.drop(self.activation.forward(inner));
        let branch = self.output.dense.forward(inner);
        kernels::add_dropout(hidden, branch, pass.next_site())
    }
}
