use burn::tensor::Tensor;
use kernels::Dropout;

/// The dropout of one forward pass.
///
/// Each place that drops takes the next mask, so a pass is a pure function of `key`.
#[derive(Clone, Debug)]
pub struct Noise {
    probability: f32,
    key: u64,
    site: u64,
}

impl Noise {
    /// Dropout with `probability` at every site; all masks follow from `key`.
    pub fn new(probability: f64, key: u64) -> Self {
        Self {
            probability: probability as f32,
            key,
            site: 0,
        }
    }

    /// No dropout: evaluation.
    pub fn off() -> Self {
        Self::new(0.0, 0)
    }

    /// The dropout of the next site, or none when it would do nothing.
    pub fn next_site(&mut self) -> Option<Dropout> {
        if self.probability == 0.0 {
            return None;
        }
        self.site += 1;
        // The odd multiplier spreads neighbouring sites over the whole key space.
        let key = self.key ^ self.site.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Some(Dropout {
            probability: self.probability,
            key,
        })
    }

    /// `hidden` with the next site's dropout.
    pub fn drop(&mut self, hidden: Tensor<3>) -> Tensor<3> {
        match self.next_site() {
            Some(dropout) => kernels::dropout(hidden, dropout),
            None => hidden,
        }
    }
}
