use burn::tensor::{FloatDType, Tensor, TensorData};
use kernels::Dropout;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

/// One forward pass: what it drops, and what it is asked to remember.
///
/// Each place that is random takes the next site, so a pass is a pure function of `key`.
#[derive(Clone, Debug)]
pub struct Pass {
    probability: f32,
    key: u64,
    site: u64,
    attention: Option<Vec<Tensor<4>>>,
    precision: Option<FloatDType>,
}

impl Pass {
    /// A pass of training: dropout with `probability` at every site; all masks follow from `key`.
    pub fn training(probability: f64, key: u64) -> Self {
        Self {
            probability: probability as f32,
            key,
            site: 0,
            attention: None,
            precision: None,
        }
    }

    /// A pass without dropout.
    pub fn evaluation() -> Self {
        Self::training(0.0, 0)
    }

    /// The same pass, its dense layers multiplying in that number type (none: in that of their
    /// weights), see [`kernels::autocast`].
    pub fn multiplying_in(mut self, precision: Option<FloatDType>) -> Self {
        self.precision = precision;
        self
    }

    /// What its dense layers multiply in.
    pub fn precision(&self) -> Option<FloatDType> {
        self.precision
    }

    /// The same pass, keeping each layer's attention weights on the way.
    pub fn with_attention_maps(mut self) -> Self {
        self.attention = Some(Vec::new());
        self
    }

    /// Weights kept, a tensor per layer with attention: `[batch, heads, queries, keys]`, each row
    /// summing to 1, before dropout. Keys are tokens; in a Longformer, the global tokens and then
    /// the window (see [`Longformer`](crate::Longformer)); in a Linformer, the projected rows.
    pub fn into_attention_maps(self) -> Vec<Tensor<4>> {
        self.attention.unwrap_or_default()
    }

    /// Keeps a layer's attention weights if they were asked for.
    pub(crate) fn watch(&mut self, weights: impl FnOnce() -> Tensor<4>) {
        if let Some(maps) = &mut self.attention {
            maps.push(weights().detach());
        }
    }

    /// The dropout of the next site, or none when it would do nothing.
    pub fn next_site(&mut self) -> Option<Dropout> {
        if self.probability == 0.0 {
            return None;
        }
        Some(Dropout {
            probability: self.probability,
            key: self.next_key(),
        })
    }

    /// `hidden` with the next site's dropout.
    pub fn drop<const D: usize>(&mut self, hidden: Tensor<D>) -> Tensor<D> {
        match self.next_site() {
            Some(dropout) => kernels::dropout(hidden, dropout),
            None => hidden,
        }
    }

    /// Self-attention of `heads` heads on a fused projection, see [`kernels::attention`].
    pub(crate) fn attention(&mut self, qkv: Tensor<3>, heads: usize, causal: bool) -> Tensor<3> {
        self.watch(|| kernels::attention_weights(qkv.clone(), heads, causal));
        kernels::attention(qkv, heads, causal, self.next_site())
    }

    /// Numbers from N(0, `deviation`) shaped like `like`, drawn in evaluation, too.
    pub(crate) fn normal<const D: usize>(&mut self, like: &Tensor<D>, deviation: f64) -> Tensor<D> {
        let shape = like.dims();
        let rng = ChaCha8Rng::seed_from_u64(self.next_key());
        let values: Vec<f32> = StandardNormal
            .sample_iter(rng)
            .take(shape.iter().product())
            .map(|x: f32| x * deviation as f32)
            .collect();
        Tensor::from_data(
            TensorData::new(values, shape),
            (&like.device(), like.dtype()),
        )
    }

    fn next_key(&mut self) -> u64 {
        self.site += 1;
        // The odd multiplier spreads neighbouring sites over the whole key space.
        self.key ^ self.site.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}
