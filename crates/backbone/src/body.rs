use crate::bert::Bert;
use crate::config::BodyConfig;
use crate::error::BackboneError;
use crate::gpt2::Gpt2;
use crate::init::Init;
use crate::longformer::Longformer;
use crate::lstm::Lstm;
use crate::model::SequenceModel;
use crate::pass::Pass;
use crate::t5::T5;
use crate::vanilla::Vanilla;
use crate::vit::Vit;
use burn::module::Module;
use burn::tensor::{Int, Tensor};
use freezing_policy::Ledger;

/// A sequence model of any kind: hidden states in, hidden states of the same shape out.
#[derive(Module, Debug)]
pub enum Body {
    /// BERT, and RoBERTa, which differs in where its positions start.
    Bert(Bert),
    Gpt2(Gpt2),
    Longformer(Longformer),
    Lstm(Lstm),
    T5(T5),
    Vanilla(Vanilla),
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
            BodyConfig::Bert(config) => Self::Bert(Bert::random(config, 0, init)),
            BodyConfig::Gpt2(config) => Self::Gpt2(Gpt2::random(config, init)),
            BodyConfig::Longformer(config) => Self::Longformer(Longformer::random(config, init)),
            BodyConfig::Lstm(config) => Self::Lstm(Lstm::random(config, init)),
            BodyConfig::Roberta(config) => {
                Self::Bert(Bert::random(&config.bert(), config.offset(), init))
            }
            BodyConfig::T5(config) => Self::T5(T5::random(config, init)),
            BodyConfig::Vanilla(config) => Self::Vanilla(Vanilla::random(config, init)),
            BodyConfig::Vit(config) => Self::Vit(Vit::random(config, init)),
        })
    }

    /// # Shapes
    /// - hidden, output: `[batch, tokens, width]` with `tokens` at most the config's positions
    pub fn forward(&self, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let entering = self.below(0, hidden, pass);
        self.above(0, entering, pass)
    }

    /// The first part of [`forward`](Self::forward): hidden states as they enter layer `layer`,
    /// which is at most the number of layers. The same pass goes on with [`above`](Self::above).
    ///
    /// # Shapes
    /// - hidden, output: `[batch, tokens, width]`
    pub fn below(&self, layer: usize, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let entering = self.model().enter(hidden, pass);
        match layer {
            0 => entering,
            _ => self.model().stack(0..layer, entering, pass),
        }
    }

    /// A body of the first `layers` layers, enough for [`below`](Self::below).
    pub fn first_layers(mut self, layers: usize) -> Self {
        self.model_mut().keep_layers(layers);
        self
    }

    /// The second part: from what enters layer `layer` to the end.
    ///
    /// # Shapes
    /// - hidden, output: `[batch, tokens, width]`
    pub fn above(&self, layer: usize, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let model = self.model();
        let leaving = model.stack(layer..model.layers(), hidden, pass);
        model.leave(leaving, pass)
    }

    /// The body's own token embedding, for bodies that have one.
    ///
    /// # Shapes
    /// - ids: `[batch, tokens]`
    /// - output: `[batch, tokens, width]`
    pub fn embed(&self, ids: Tensor<2, Int>) -> Option<Tensor<3>> {
        self.model().embed(ids)
    }

    /// Logits over the body's own tokens, for bodies that predict with their token table.
    ///
    /// # Shapes
    /// - hidden: `[batch, tokens, width]`
    /// - output: `[batch, tokens, vocabulary]`
    pub fn unembed(&self, hidden: Tensor<3>) -> Option<Tensor<3>> {
        self.model().unembed(hidden)
    }

    /// Enters every parameter under its group.
    pub fn label(&self, ledger: &mut Ledger) {
        self.model().label(ledger);
    }

    fn model(&self) -> &dyn SequenceModel {
        match self {
            Self::Bert(body) => body,
            Self::Gpt2(body) => body,
            Self::Longformer(body) => body,
            Self::Lstm(body) => body,
            Self::T5(body) => body,
            Self::Vanilla(body) => body,
            Self::Vit(body) => body,
        }
    }

    pub(crate) fn model_mut(&mut self) -> &mut dyn SequenceModel {
        match self {
            Self::Bert(body) => body,
            Self::Gpt2(body) => body,
            Self::Longformer(body) => body,
            Self::Lstm(body) => body,
            Self::T5(body) => body,
            Self::Vanilla(body) => body,
            Self::Vit(body) => body,
        }
    }
}
