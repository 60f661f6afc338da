//! Sliding-window attention (Longformer, Beltagy et al., 2020): time and memory grow with tokens ×
//! window, never with tokens squared. Fused where there are no global tokens; otherwise
//! composed from ordinary tensor operations.
//!
//! In the composed form queries are cut into chunks as long as one side of the window, so that every key a
//! chunk can see lies in the chunk before, the same or the next one.

use burn::backend::Dispatch;
use burn::tensor::activation::softmax;
use burn::tensor::{Bool, Device, Tensor, TensorData};

use crate::composed::{join_heads, split_heads};
use crate::dropout::dropout;
use crate::extension::Fused;
use crate::form::{Form, Reach};
use crate::fused::attends;
use crate::mask::{Dropout, Mask};

/// Far below any score, and finite: a row in which all is hidden stays a number.
const HIDDEN: f32 = -1e9;

/// Tokens at the front that see, and are seen by, all others.
#[derive(Clone, Debug)]
pub struct Global {
    /// How many there are.
    pub tokens: usize,
    /// Their queries, `[batch, tokens of Global, width]`, and everybody's keys and values for them,
    /// `[batch, tokens, width]`, from projections of their own.
    pub qkv: [Tensor<3>; 3],
}

/// Multi-head attention in which a token sees `side` tokens on each side of it, and itself.
///
/// Scores are scaled by `1 / sqrt(width / heads)`. Dropout falls on the attention weights: the
/// first mask on those of the window, the second on those of the global tokens.
///
/// # Shapes
/// - `qkv`: `[batch, tokens, 3 × width]`, queries first, then keys, then values; any number of tokens
/// - output: `[batch, tokens, width]`
///
/// # Panics
/// When `side` is 0.
pub fn windowed_attention(
    qkv: Tensor<3>,
    global: Option<Global>,
    heads: usize,
    side: usize,
    dropped: [Option<Dropout>; 2],
) -> Tensor<3> {
    assert!(side > 0, "windowed_attention: a window has a side");
    let dropped = dropped.map(|dropped| dropped.filter(Dropout::is_active));
    let form = Form {
        heads,
        reach: Reach::Window(side),
        scaled: true,
        dropout: dropped[0],
    };
    match global {
        None if attends(&qkv, form) => {
            Tensor::from_dispatch(Dispatch::fused_attention(qkv.into_dispatch(), form))
        }
        global => composed(qkv, global, heads, side, dropped),
    }
}

fn composed(
    qkv: Tensor<3>,
    global: Option<Global>,
    heads: usize,
    side: usize,
    dropped: [Option<Dropout>; 2],
) -> Tensor<3> {
    let [q, k, v] = split(qkv);
    let [batch, tokens, width] = q.dims();
    let window = Window::new(
        tokens,
        side,
        global.as_ref().map_or(0, |global| global.tokens),
    );
    let v = split_heads(v, heads);
    let mut weights = window.weights(split_heads(q, heads), split_heads(k, heads));
    if let Some(dropped) = dropped[0] {
        weights = weights.clone() * window.factors(batch * heads, dropped, &weights);
    }
    let near = weights.clone().narrow(3, window.global, 3 * side);
    let mut mixed = near.matmul(window.neighbours(v.clone()));
    if window.global > 0 {
        let far = weights.narrow(3, 0, window.global);
        let [rows, _, _, head] = mixed.dims();
        let seen = v.narrow(2, 0, window.global);
        let seen = seen.reshape([rows, 1, window.global, head]);
        mixed = mixed + far.matmul(seen);
    }
    let mixed = join_heads(window.unchunk(mixed, heads));
    let Some(global) = global else {
        return mixed;
    };
    let count = window.global;
    let [q, k, v] = global.qkv.map(|part| split_heads(part, heads));
    let scale = 1.0 / ((width / heads) as f64).sqrt();
    let mut weights = softmax(q.matmul(k.swap_dims(2, 3)) * scale, 3);
    if let Some(dropped) = dropped[1] {
        weights = dropout(weights, dropped);
    }
    let first = join_heads(weights.matmul(v));
    let rest = mixed.slice([0..batch, count..tokens, 0..width]);
    Tensor::cat(vec![first, rest], 1)
}

/// Queries, keys and values of a fused projection.
fn split(qkv: Tensor<3>) -> [Tensor<3>; 3] {
    let width = qkv.dims()[2] / 3;
    [0, 1, 2].map(|part| qkv.clone().narrow(2, part * width, width))
}

/// The weights of [`windowed_attention`] before dropout, to look at.
///
/// # Shapes
/// - `qkv`: `[batch, tokens, 3 × width]`
/// - output: `[batch, heads, tokens, global + 2 × side + 1]`: first the `global` tokens at the
///   front, then the window, whose column `side` is the query itself. Columns outside the
///   sequence are 0. Rows of the global tokens themselves show what they would see as local ones.
pub fn windowed_attention_weights(
    qkv: Tensor<3>,
    global: usize,
    heads: usize,
    side: usize,
) -> Tensor<4> {
    let [q, k, _] = split(qkv);
    let tokens = q.dims()[1];
    let window = Window::new(tokens, side, global);
    let weights = window.weights(split_heads(q, heads), split_heads(k, heads));
    let [rows, chunks, _, _] = weights.dims();
    let far = (window.global > 0).then(|| weights.clone().narrow(3, 0, window.global));
    // Row i of a chunk sees columns i..=i + 2 × side: one number more a row lines them up.
    let near = weights.narrow(3, window.global, 3 * side);
    let flat = near.reshape([rows, chunks, 3 * side * side]);
    let more = Tensor::zeros([rows, chunks, side], (&flat.device(), flat.dtype()));
    let skewed = Tensor::cat(vec![flat, more], 2).reshape([rows, chunks, side, 3 * side + 1]);
    let near = skewed.narrow(3, 0, 2 * side + 1);
    let parts = far.into_iter().chain([near]).collect();
    window.unchunk(Tensor::cat(parts, 3), heads)
}

/// How a sequence is cut.
struct Window {
    tokens: usize,
    side: usize,
    chunks: usize,
    global: usize,
}

impl Window {
    fn new(tokens: usize, side: usize, global: usize) -> Self {
        Self {
            tokens,
            side,
            chunks: tokens.div_ceil(side),
            global: global.min(tokens),
        }
    }

    /// Attention weights, `[batch × heads, chunks, side, global + 3 × side]`.
    fn weights(&self, q: Tensor<4>, k: Tensor<4>) -> Tensor<4> {
        let [batch, heads, _, head] = q.dims();
        let q = self.padded(q * (1.0 / (head as f64).sqrt()), 0);
        let q = q.reshape([batch * heads, self.chunks, self.side, head]);
        let near = q.clone().matmul(self.neighbours(k.clone()).swap_dims(2, 3));
        let near = near.mask_fill(self.hidden(&q.device()), HIDDEN);
        if self.global == 0 {
            return softmax(near, 3);
        }
        let far = k.narrow(2, 0, self.global).swap_dims(2, 3);
        let far = q.matmul(far.reshape([batch * heads, 1, head, self.global]));
        softmax(Tensor::cat(vec![far, near], 3), 3)
    }

    /// What each chunk of queries can see: the chunk before, its own and the next,
    /// `[batch × heads, chunks, 3 × side, head]`.
    fn neighbours(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, heads, _, head] = x.dims();
        let padded = self.padded(x, self.side);
        let shifted = (0..3).map(|shift| {
            let part = padded.clone();
            let part = part.narrow(2, shift * self.side, self.chunks * self.side);
            part.reshape([batch * heads, self.chunks, self.side, head])
        });
        Tensor::cat(shifted.collect(), 2)
    }

    /// `[batch, heads, tokens, head]` with zeros up to whole chunks, and `around` more on both sides.
    fn padded(&self, x: Tensor<4>, around: usize) -> Tensor<4> {
        let [batch, heads, tokens, head] = x.dims();
        let zeros = |count: usize| {
            let shape = [batch, heads, count, head];
            (count > 0).then(|| Tensor::zeros(shape, (&x.device(), x.dtype())))
        };
        let behind = zeros(around + self.chunks * self.side - tokens);
        let parts = zeros(around).into_iter().chain([x.clone()]).chain(behind);
        Tensor::cat(parts.collect(), 2)
    }

    /// Which of a chunk's keys its queries do not see, `[1, chunks, side, 3 × side]`.
    fn hidden(&self, device: &Device) -> Tensor<4, Bool> {
        let (side, mut hidden) = (self.side, Vec::new());
        hidden.reserve(self.chunks * side * 3 * side);
        for chunk in 0..self.chunks {
            for query in 0..side {
                hidden.extend((0..3 * side).map(|key| {
                    let near = (query..=query + 2 * side).contains(&key);
                    let token = (chunk * side + key).checked_sub(side);
                    let there = token.is_some_and(|at| (self.global..self.tokens).contains(&at));
                    !(near && there)
                }));
            }
        }
        let shape = [1, self.chunks, side, 3 * side];
        Tensor::from_data(TensorData::new(hidden, shape), device)
    }

    /// What each of `weights` is multiplied by. A weight's index in full attention, `[rows, tokens,
    /// tokens]`, names it, so that the fused form drops the same ones.
    fn factors(&self, rows: usize, dropped: Dropout, weights: &Tensor<4>) -> Tensor<4> {
        let (mask, side) = (Mask::new(dropped), self.side);
        let mut factors = Vec::with_capacity(weights.shape().num_elements());
        for row in 0..rows {
            for query in 0..self.chunks * side {
                let start = (row * self.tokens + query).wrapping_mul(self.tokens);
                let near = (query / side * side).wrapping_sub(side);
                let keys = (0..self.global).chain((0..3 * side).map(|key| near.wrapping_add(key)));
                factors.extend(keys.map(|key| mask.factor(start.wrapping_add(key) as u32)));
            }
        }
        Tensor::from_data(
            TensorData::new(factors, weights.dims()),
            (&weights.device(), weights.dtype()),
        )
    }

    /// `[batch × heads, chunks, side, n]` as `[batch, heads, tokens, n]`.
    fn unchunk(&self, x: Tensor<4>, heads: usize) -> Tensor<4> {
        let [rows, _, _, last] = x.dims();
        x.reshape([rows / heads, heads, self.chunks * self.side, last])
            .narrow(2, 0, self.tokens)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, Tolerance};

    use super::*;

    fn projection(tokens: usize, device: &Device) -> Tensor<3> {
        Tensor::random([2, tokens, 36], Distribution::Default, device)
    }

    #[test]
    fn a_window_wider_than_the_sequence_is_full_attention() {
        for tokens in [1, 3, 7] {
            let qkv = projection(tokens, &Device::flex());
            let full = crate::composed::attention(qkv.clone(), 3, false, None).into_data();
            for windowed in [windowed_attention, composed] {
                let found = windowed(qkv.clone(), None, 3, 8, [None, None]).into_data();
                found.assert_approx_eq::<f32>(&full, Tolerance::absolute(1e-5));
            }
        }
    }

    #[test]
    fn the_fused_form_is_the_composed_one_dropout_and_gradients_included() {
        let device = Device::flex().autodiff();
        let dropped = Dropout {
            probability: 0.3,
            key: 11,
        };
        for (tokens, side) in [(1, 1), (9, 2), (70, 3), (150, 20), (200, 64), (33, 40)] {
            for dropped in [None, Some(dropped)] {
                let qkv = projection(tokens, &device).require_grad();
                let probe = projection(tokens, &device).narrow(2, 0, 12);
                let [fused, composed] = [windowed_attention, composed].map(|windowed| {
                    let output = windowed(qkv.clone(), None, 3, side, [dropped, None]);
                    let gradients = (output.clone() * probe.clone()).sum().backward();
                    let gradient = qkv.grad(&gradients).expect("the projection is tracked");
                    [output.into_data(), gradient.into_data()]
                });
                for (fused, composed) in fused.iter().zip(&composed) {
                    fused.assert_approx_eq::<f32>(composed, Tolerance::absolute(1e-5));
                }
            }
        }
    }

    #[test]
    fn weights_lie_in_the_window_and_sum_to_one() {
        let qkv = projection(7, &Device::flex());
        let weights = windowed_attention_weights(qkv, 2, 3, 2);
        assert_eq!(weights.dims(), [2, 3, 7, 2 + 5]);
        let sums = weights.clone().sum_dim(3).into_data();
        let ones = Tensor::<4>::ones([2, 3, 7, 1], &Device::flex()).into_data();
        sums.assert_approx_eq::<f32>(&ones, Tolerance::absolute(1e-5));
        // The last token has nothing ahead, and the third sees the first two as global ones only.
        let ahead = weights.clone().slice([0..2, 0..3, 6..7, 5..7]).abs().sum();
        assert_eq!(ahead.into_scalar::<f32>(), 0.0);
        let twice = weights.slice([0..2, 0..3, 2..3, 2..4]).abs().sum();
        assert_eq!(twice.into_scalar::<f32>(), 0.0);
    }
}
