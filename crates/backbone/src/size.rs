use crate::check::{MOST_LAYERS, MOST_ROWS, MOST_WIDTH, heads, size};
use crate::error::BackboneError;
use serde::Deserialize;

/// How large bodies are. Said once; each body says how it is built of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Layers in the stack.
    pub layers: usize,
    /// Size of a hidden state.
    pub width: usize,
    /// Heads of attention, a divisor of the width.
    pub heads: usize,
    /// The longest sequence.
    pub positions: usize,
    /// Rows of the table of tokens.
    pub vocabulary: usize,
}

impl Size {
    /// Width of the feed-forward layers.
    pub(crate) fn inner(&self) -> usize {
        4 * self.width
    }

    /// A dimension by its name; 0 of none.
    pub fn get(&self, dimension: &str) -> usize {
        let mut size = *self;
        size.dimension(dimension).map_or(0, |number| *number)
    }

    /// Takes another number for a dimension.
    pub fn set(&mut self, dimension: &str, number: usize) {
        if let Some(own) = self.dimension(dimension) {
            *own = number;
        }
    }

    fn dimension(&mut self, name: &str) -> Option<&mut usize> {
        match name {
            "layers" => Some(&mut self.layers),
            "width" => Some(&mut self.width),
            "heads" => Some(&mut self.heads),
            "positions" => Some(&mut self.positions),
            "vocabulary" => Some(&mut self.vocabulary),
            _ => None,
        }
    }

    /// Checks what a body may take for granted when it is built of the size.
    ///
    /// # Errors
    /// [`BackboneError::Config`] with the field, its value and what was expected.
    pub fn check(&self) -> Result<(), BackboneError> {
        size("layers", self.layers, MOST_LAYERS)?;
        size("width", self.width, MOST_WIDTH)?;
        size("positions", self.positions, MOST_ROWS)?;
        size("vocabulary", self.vocabulary, MOST_ROWS)?;
        heads("heads", self.heads, self.width)
    }
}
