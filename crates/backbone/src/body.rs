use crate::bert::Bert;
use crate::config::BodyConfig;
use crate::error::BackboneError;
use crate::gpt2::Gpt2;
use crate::init::{Init, redraw};
use crate::noise::Noise;
use crate::t5::T5;
use crate::vit::Vit;
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Int, Tensor, TensorData};
use freezing_policy::Ledger;
use rand_chacha::ChaCha8Rng;

/// A sequence model of any kind: hidden states in, hidden states of the same shape out.
#[derive(Module, Debug)]
pub enum Body {
    Bert(Bert),
    Gpt2(Gpt2),
    T5(T5),
    Vit(Vit),
}

impl Body {
    /// The paper's random body; without values when `init` has none.
    ///
    /// # Errors
    /// When the config contradicts itself.
    pub fn random(config: &BodyConfig, init: &mut Init) -> Result<Self, BackboneError> {
        config.check()?;
        Ok(match config {
            BodyConfig::Bert(config) => Self::Bert(Bert::random(config, init)),
            BodyConfig::Gpt2(config) => Self::Gpt2(Gpt2::random(config, init)),
            BodyConfig::T5(config) => Self::T5(T5::random(config, init)),
            BodyConfig::Vit(config) => Self::Vit(Vit::random(config, init)),
        })
    }

    /// A random body in which every tensor is normal with the mean and standard deviation of the
    /// same tensor of this one (the paper's section 3.8; its unit is not published, ours is the
    /// tensor, norms and positions included).
    pub fn statistics(self, rng: &mut ChaCha8Rng) -> Self {
        self.map(&mut Redraw(rng))
    }

    /// # Shapes
    /// - hidden, output: `[batch, tokens, width]` with `tokens` at most the config's positions
    pub fn forward(&self, hidden: Tensor<3>, noise: &mut Noise) -> Tensor<3> {
        match self {
            Self::Bert(body) => body.forward(hidden, noise),
            Self::Gpt2(body) => body.forward(hidden, noise),
            Self::T5(body) => body.forward(hidden, noise),
            Self::Vit(body) => body.forward(hidden, noise),
        }
    }

    /// The body's own token embedding, for bodies that have one.
    ///
    /// # Shapes
    /// - ids: `[batch, tokens]`
    /// - output: `[batch, tokens, width]`
    pub fn embed(&self, ids: Tensor<2, Int>) -> Option<Tensor<3>> {
        match self {
            Self::Bert(body) => Some(body.embed(ids)),
            Self::Gpt2(body) => Some(body.embed(ids)),
            Self::T5(body) => Some(body.embed(ids)),
            Self::Vit(_) => None,
        }
    }

    /// Logits over the body's own tokens, for bodies that predict with their token table.
    ///
    /// # Shapes
    /// - hidden: `[batch, tokens, width]`
    /// - output: `[batch, tokens, vocabulary]`
    pub fn unembed(&self, hidden: Tensor<3>) -> Option<Tensor<3>> {
        match self {
            Self::Gpt2(body) => Some(hidden.matmul(body.wte.weight.val().transpose().unsqueeze())),
            Self::Bert(_) | Self::T5(_) | Self::Vit(_) => None,
        }
    }

    /// Enters every parameter under its group.
    pub fn label(&self, ledger: &mut Ledger) {
        match self {
            Self::Bert(body) => body.label(ledger),
            Self::Gpt2(body) => body.label(ledger),
            Self::T5(body) => body.label(ledger),
            Self::Vit(body) => body.label(ledger),
        }
    }
}

struct Redraw<'a>(&'a mut ChaCha8Rng);

impl ModuleMapper for Redraw<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|tensor| {
            let (device, shape) = (tensor.device(), tensor.dims());
            let values: Vec<f32> = tensor.into_data().iter::<f32>().collect();
            Tensor::from_data(TensorData::new(redraw(&values, self.0), shape), &device)
        })
    }
}
