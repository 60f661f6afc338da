//! What a config says of its model, and of all models of its kind.

use crate::error::BackboneError;
use crate::hub_format::HubFormat;
use crate::init::Init;
use crate::size::Size;

/// What every model's config can say about itself.
pub(crate) trait ModelConfig {
    /// Size of a hidden state.
    fn width(&self) -> usize;

    /// The longest sequence; `usize::MAX` without a table of positions.
    fn positions(&self) -> usize;

    /// Layers in the stack.
    fn layers(&self) -> usize;

    /// Width of the feed-forward layers, or of what stands in their place.
    fn inner(&self) -> usize;

    /// Size of the token table that the body can read and predict with, if it has one.
    fn vocabulary(&self) -> Option<usize> {
        None
    }

    /// Whether a token sees only those before it.
    fn is_causal(&self) -> bool {
        false
    }

    /// Whether its layers weigh all tokens, each by itself, so that it can be told at which it looks.
    fn weighs_tokens(&self) -> bool {
        true
    }

    /// Whether a pass draws numbers even where nothing drops.
    fn draws(&self) -> bool {
        false
    }

    /// Takes another number of layers.
    fn set_layers(&mut self, layers: usize);

    /// Takes another number of positions, where these are fresh in every body.
    fn set_fresh_positions(&mut self, _positions: usize) {}

    /// Checks sizes and how they fit together.
    fn check(&self) -> Result<(), BackboneError>;
}

/// Names of shapes, and how each is built of a size.
pub(crate) type Shapes<C> = &'static [(&'static str, fn(&Size) -> C)];

/// A kind of model: what is known of it without a config.
pub(crate) trait Architecture: ModelConfig + 'static + Sized {
    /// What is made of a config.
    type Model;

    /// What a profile's size makes of it, under the names that a study knows; the first is the
    /// model type.
    const SHAPES: Shapes<Self>;

    /// How the hub writes such a model.
    fn hub_format() -> HubFormat;

    /// A random model; without values when `init` has none.
    fn make(&self, init: &mut Init) -> Self::Model;
}
