//! The shape of a training step: `tiny`, or `4x128,32x64`.

use backbone::{BodyConfig, Size, Windows};
use std::fmt;
use std::str::FromStr;

/// Layers and width of the body, examples and tokens of the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepShape {
    pub layers: usize,
    pub width: usize,
    pub batch: usize,
    pub tokens: usize,
}

/// Tokens that a Longformer of [`StepShape::body`] sees around each, both sides together.
const WINDOW: usize = 128;

impl StepShape {
    pub const NAMED: [(&str, Self); 4] = [
        ("micro", Self::new([2, 64], [32, 16])),
        ("tiny", Self::new([4, 128], [32, 64])),
        ("base", Self::new([12, 768], [4, 64])),
        ("large", Self::new([36, 1280], [4, 64])),
    ];

    const fn new([layers, width]: [usize; 2], [batch, tokens]: [usize; 2]) -> Self {
        Self {
            layers,
            width,
            batch,
            tokens,
        }
    }

    /// Heads as GPT-2 has them, 64 wide; half as wide in small bodies.
    pub fn heads(&self) -> usize {
        (self.width / if self.width < 512 { 32 } else { 64 }).max(1)
    }

    /// A body of this shape, without a vocabulary to speak of: `gpt2` or `longformer`.
    pub fn body(&self, backbone: &str) -> Option<BodyConfig> {
        let vocabulary = match backbone {
            "gpt2" => 1,
            "longformer" => 2,
            _ => return None,
        };
        let mut body = BodyConfig::of_size(
            backbone,
            &Size {
                layers: self.layers,
                width: self.width,
                heads: self.heads(),
                positions: self.tokens.max(128),
                vocabulary,
            },
        )?;
        if let BodyConfig::Longformer(config) = &mut body {
            config.attention_window = Windows::Same(WINDOW);
        }
        Some(body)
    }

    /// Multiply-adds of the products of a forward pass: dense layers, and attention over the keys
    /// that `gpt2` sees.
    pub fn forward_products(&self) -> u64 {
        let Self {
            layers,
            width,
            batch,
            tokens,
        } = *self;
        let dense = 12 * width * width * batch * tokens;
        let attention = width * batch * tokens * (tokens + 1);
        (layers * (dense + attention)) as u64
    }

    /// Multiply-adds of a step under a policy that freezes the dense layers: the forward pass once
    /// more for the gradients of the dense layers' inputs, attention's twice. What attention
    /// computes again in the backward pass is not counted.
    pub fn step_products(&self) -> u64 {
        let attention = self.width * self.batch * self.tokens * (self.tokens + 1);
        2 * self.forward_products() + (self.layers * attention) as u64
    }

    /// Bytes that a step moves at the least where nothing stays in a cache: the frozen weights once
    /// forward and once backward, and the activations of each operation, written and read, which
    /// are about 34 vectors of the width a token forward and twice as many backward.
    pub fn step_bytes(&self) -> u64 {
        let weights = 2 * 12 * self.width * self.width;
        let activations = 3 * 34 * self.width * self.batch * self.tokens;
        (4 * self.layers * (weights + activations)) as u64
    }
}

impl FromStr for StepShape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((_, shape)) = Self::NAMED.iter().find(|(name, _)| *name == text) {
            return Ok(*shape);
        }
        let pair = |text: &str| -> Option<[usize; 2]> {
            let (left, right) = text.split_once('x')?;
            let pair = [left.trim().parse().ok()?, right.trim().parse().ok()?];
            pair.iter()
                .all(|size| (1..=65_536).contains(size))
                .then_some(pair)
        };
        let parts = text.split_once(',');
        let shape = parts.and_then(|(body, batch)| Some(Self::new(pair(body)?, pair(batch)?)));
        shape.ok_or_else(|| {
            "expected micro, tiny, base, large, or LAYERSxWIDTH,BATCHxTOKENS as in 4x128,32x64"
                .to_owned()
        })
    }
}

impl fmt::Display for StepShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            layers,
            width,
            batch,
            tokens,
        } = self;
        write!(f, "{layers}x{width},{batch}x{tokens}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sizes_are_read_and_nonsense_is_not() {
        let tiny: StepShape = "tiny".parse().unwrap();
        assert_eq!(Ok(tiny), "4x128,32x64".parse());
        assert_eq!(
            (tiny.heads(), tiny.to_string().as_str()),
            (4, "4x128,32x64")
        );
        for wrong in ["", "huge", "4x128", "4x128,32", "0x8,1x1", "4xx8,1x1"] {
            assert!(wrong.parse::<StepShape>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn products_of_one_layer_by_hand() {
        let shape: StepShape = "1x2,1x3".parse().unwrap();
        // Dense: 3 tokens by (3 + 1 + 4 + 4) squares of 2. Attention: 1 + 2 + 3 keys, scores and
        // mixture, 2 wide.
        assert_eq!(shape.forward_products(), 3 * 12 * 4 + 2 * 6 * 2);
        assert_eq!(shape.step_products(), 2 * 3 * 12 * 4 + 3 * 2 * 6 * 2);
    }
}
