//! What a body's config says, whatever its kind.

use crate::bodies::BodyConfig;
use crate::error::BackboneError;
use crate::size::Size;

impl BodyConfig {
    /// The shape of that name at a size that was checked.
    pub fn of_size(name: &str, size: &Size) -> Option<Self> {
        let mut shapes = Self::shapes(size).into_iter();
        let (_, shape) = shapes.find(|(known, _)| *known == name)?;
        Some(shape)
    }

    /// Size of a hidden state.
    pub fn width(&self) -> usize {
        self.model().width()
    }

    /// The longest sequence the body takes; `usize::MAX` where it has no table of positions.
    pub fn positions(&self) -> usize {
        self.model().positions()
    }

    /// Layers in the stack.
    pub fn layers(&self) -> usize {
        self.model().layers()
    }

    /// Width of the feed-forward layers (of an LSTM: of its gates).
    pub fn inner(&self) -> usize {
        self.model().inner()
    }

    /// Size of the token table that the body can read and predict with, if it has one.
    pub fn vocabulary(&self) -> Option<usize> {
        self.model().vocabulary()
    }

    /// Whether a token sees only those before it.
    pub fn is_causal(&self) -> bool {
        self.model().is_causal()
    }

    /// Whether its layers weigh all tokens, each by itself, so that it can be told at which it looks: not an LSTM, a Linformer's
    /// projected rows, nor the windows of a Longformer.
    pub fn weighs_tokens(&self) -> bool {
        self.model().weighs_tokens()
    }

    /// Whether a pass draws numbers even where nothing drops, so that it never gives the same twice
    /// in training.
    pub fn draws(&self) -> bool {
        self.model().draws()
    }

    /// The same shape with another number of layers.
    pub fn with_layers(mut self, layers: usize) -> Self {
        self.model_mut().set_layers(layers);
        self
    }

    /// Checks sizes before anything is allocated.
    ///
    /// # Errors
    /// [`BackboneError::Config`] with the field, its value and what was expected.
    pub fn check(&self) -> Result<(), BackboneError> {
        self.model().check()
    }
}
