//! BERT: post-norm, bidirectional, learned positions, exact GELU (Devlin et al., 2019). Fields are
//! named as the hub's checkpoints name their tensors, but for `self`, which Rust keeps for itself
//! and is `attention` here, and `LayerNorm`, which is `layer_norm`.

use crate::config::BertConfig;
use crate::init::Init;
use crate::layers::{Dense, Linear, Norm, SelfAttention, Table};
use crate::noise::Noise;
use burn::module::Module;
use burn::tensor::{Int, Tensor};
use freezing_policy::{Group, Ledger};

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
    /// A random body: every weight N(0, `initializer_range`), biases 0, norms (1, 0).
    pub fn random(config: &BertConfig, init: &mut Init) -> Self {
        let (width, deviation) = (config.hidden_size, config.initializer_range);
        let mut table = |rows| Table {
            weight: init.normal([rows, width], deviation),
        };
        let word_embeddings = table(config.vocab_size);
        let position_embeddings = table(config.max_position_embeddings);
        let token_type_embeddings = table(config.type_vocab_size);
        Self {
            embeddings: Embeddings {
                word_embeddings,
                position_embeddings,
                token_type_embeddings,
                layer_norm: Norm::init(width, config.layer_norm_eps, init),
            },
            encoder: Encoder {
                layer: (0..config.num_hidden_layers)
                    .map(|_| Layer::init(config, init))
                    .collect(),
            },
        }
    }

    /// # Shapes
    /// - hidden, output: `[batch, tokens, hidden_size]`, `tokens ≤ max_position_embeddings`
    pub fn forward(&self, hidden: Tensor<3>, noise: &mut Noise) -> Tensor<3> {
        let [_, tokens, width] = hidden.dims();
        let embeddings = &self.embeddings;
        let positions = embeddings.position_embeddings.weight.val();
        let types = embeddings.token_type_embeddings.weight.val();
        let hidden = hidden
            + types.slice([0..1, 0..width]).unsqueeze()
            + positions.slice([0..tokens, 0..width]).unsqueeze();
        let mut hidden = noise.drop(embeddings.layer_norm.forward(hidden));
        for layer in &self.encoder.layer {
            hidden = layer.forward(hidden, noise);
        }
        hidden
    }

    /// # Shapes
    /// - ids: `[batch, tokens]`
    /// - output: `[batch, tokens, hidden_size]`
    pub fn embed(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        burn::tensor::module::embedding(self.embeddings.word_embeddings.weight.val(), ids)
    }

    /// Enters every parameter under its group.
    pub fn label(&self, ledger: &mut Ledger) {
        let embeddings = &self.embeddings;
        ledger.add(Group::Embedding, None, &embeddings.word_embeddings);
        ledger.add(Group::Position, None, &embeddings.position_embeddings);
        ledger.add(Group::Embedding, None, &embeddings.token_type_embeddings);
        ledger.add(Group::LayerNorm, None, &embeddings.layer_norm);
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
        }
    }

    fn forward(&self, hidden: Tensor<3>, noise: &mut Noise) -> Tensor<3> {
        let qkv = self.attention.attention.forward(hidden.clone());
        let mixed = kernels::attention(qkv, self.attention.heads, false, noise.next_site());
        let hidden = self.attention.output.forward(mixed, hidden, noise);

        let inner = kernels::gelu_erf(self.intermediate.dense.forward(hidden.clone()));
        self.output.forward(inner, hidden, noise)
    }
}

impl Output {
    fn init(inputs: usize, config: &BertConfig, init: &mut Init) -> Self {
        let (width, deviation) = (config.hidden_size, config.initializer_range);
        Self {
            dense: Linear::init(inputs, width, deviation, init),
            layer_norm: Norm::init(width, config.layer_norm_eps, init),
        }
    }

    /// # Shapes
    /// - branch: `[batch, tokens, in]`
    /// - residual, output: `[batch, tokens, hidden_size]`
    fn forward(&self, branch: Tensor<3>, residual: Tensor<3>, noise: &mut Noise) -> Tensor<3> {
        let branch = self.dense.forward(branch);
        let sum = kernels::add_dropout(residual, branch, noise.next_site());
        self.layer_norm.forward(sum)
    }
}
