//! What a body does, whatever its kind.

use crate::bodies::{Body, BodyConfig};
use crate::error::BackboneError;
use crate::init::Init;
use crate::pass::Pass;
use burn::tensor::{Int, Tensor};
use freezing_policy::Ledger;

impl Body {
    /// The paper's random body; without values when `init` has none.
    ///
    /// # Errors
    /// When the config contradicts itself.
    pub fn random(config: &BodyConfig, init: &mut Init) -> Result<Self, BackboneError> {
        config.check()?;
        Ok(config.make(init))
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
        self.model_mut().keep_layers(0..layers);
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
}
