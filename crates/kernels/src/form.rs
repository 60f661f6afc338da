//! Which attention, GELU and layers: what the passes of every backend are told.

use crate::mask::Dropout;

/// Which attention on a projection `[batch, tokens, 3 × width]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) heads: usize,
    pub(crate) reach: Reach,
    /// Whether scores are divided by the root of a head's width.
    pub(crate) scaled: bool,
    pub(crate) dropout: Option<Dropout>,
}

impl Form {
    /// Width of one head of a projection `width` wide.
    ///
    /// # Panics
    /// When the projection does not split into q, k and v of so many heads.
    pub(crate) fn head(&self, width: usize) -> usize {
        assert!(
            self.heads > 0 && width.is_multiple_of(3 * self.heads),
            "attention: a projection {width} wide does not split into q, k, v of {} heads",
            self.heads
        );
        width / 3 / self.heads
    }

    /// What scores of heads so wide are multiplied by.
    pub(crate) fn scale(&self, head: usize) -> f32 {
        match self.scaled {
            true => 1.0 / (head as f32).sqrt(),
            false => 1.0,
        }
    }
}

/// Which keys a query sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    All,
    /// Itself and those before it.
    Causal,
    /// Itself and so many on each side.
    Window(usize),
}

/// Which form of the Gaussian error linear unit.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Gelu {
    /// `x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))`.
    Tanh,
    /// `x Φ(x)`.
    Erf,
}

/// The columns of a layer among others: they begin at `first` in rows `stride` wide.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Columns {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) first: usize,
    pub(crate) stride: usize,
}

impl Columns {
    /// Those of each layer of a row of layers, by their weights' `[in, out]`.
    pub(crate) fn of(weights: &[[usize; 2]]) -> Vec<Self> {
        let stride = weights.iter().map(|[_, outputs]| outputs).sum();
        let mut first = 0;
        let layers = weights.iter().map(|&[inputs, outputs]| {
            let layer = Self {
                inputs,
                outputs,
                first,
                stride,
            };
            first += outputs;
            layer
        });
        layers.collect()
    }
}
