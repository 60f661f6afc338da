//! Attention, head by head in cache: the scores of 64 queries at a time, nothing of their size
//! stored. The backward pass computes the weights again from each row's log-sum-exp.

use super::buffer::{self, Loan};
use super::lanes::{LANES, max, sum};
use super::math::exp;
use super::product::{Extent, Matrix, add_transposed_product, product};
use super::reach::Shape;
use super::simd::vectorised;
use super::threads::{by_rows, by_rows_of_two};
use crate::form::Reach;
use crate::mask::Mask;

/// Queries whose scores are held at a time.
const BLOCK: usize = 64;

/// What comes besides the projection.
#[derive(Clone, Copy)]
pub(crate) struct Extras<'a> {
    /// Added to the scores, `[heads, tokens, tokens]`.
    pub(crate) bias: Option<&'a [f32]>,
    pub(crate) mask: Option<Mask>,
}

#[inline(always)]
fn padded(count: usize) -> usize {
    count.next_multiple_of(LANES)
}

/// The output and the log-sum-exp of every row of scores, `[batch, heads, tokens]`.
pub(crate) fn forward(qkv: &[f32], shape: Shape, extras: Extras) -> [Vec<f32>; 2] {
    let sequence = shape.sequence();
    let sums = shape.heads * shape.tokens;
    let mut output = buffer::take(qkv.len() / 3);
    let mut log_sums = buffer::take(qkv.len() / sequence.max(1) * sums);
    let outputs = (output.as_mut_slice(), log_sums.as_mut_slice());
    by_rows_of_two(
        [sequence / 3, sums],
        outputs,
        shape.cost(),
        |first, output, log_sums| {
            let mut scratch = Scratch::new(shape);
            let outputs = output.chunks_exact_mut((sequence / 3).max(1));
            let outputs = outputs.zip(log_sums.chunks_exact_mut(sums.max(1)));
            for (batch, (output, log_sums)) in (first..).zip(outputs) {
                let qkv = &qkv[batch * sequence..][..sequence];
                forward_sequence(batch, qkv, shape, extras, &mut scratch, output, log_sums);
            }
        },
    );
    [output, log_sums]
}

/// The gradient of `qkv` from `grad`, that of the output; that of the bias is added to what
/// `bias_grad` holds.
pub(crate) fn backward(
    qkv: &[f32],
    log_sums: &[f32],
    grad: &[f32],
    shape: Shape,
    extras: Extras,
    mut bias_grad: Option<&mut [f32]>,
) -> Vec<f32> {
    let sequence = shape.sequence();
    let sums = shape.heads * shape.tokens;
    let mut qkv_grad = buffer::take(qkv.len());
    let run = |first: usize, output: &mut [f32], mut bias_grad: Option<&mut [f32]>| {
        let mut scratch = Scratch::new(shape);
        for (batch, output) in (first..).zip(output.chunks_exact_mut(sequence.max(1))) {
            let inputs = (
                &qkv[batch * sequence..][..sequence],
                &grad[batch * sequence / 3..][..sequence / 3],
                &log_sums[batch * sums..][..sums],
            );
            let bias_grad = bias_grad.as_deref_mut();
            backward_sequence(
                batch,
                inputs,
                shape,
                extras,
                &mut scratch,
                output,
                bias_grad,
            );
        }
    };
    match bias_grad.take() {
        // The sequences' shares of it add up in order.
        Some(bias_grad) => run(0, &mut qkv_grad, Some(bias_grad)),
        None => by_rows(
            &mut qkv_grad,
            sequence,
            3 * shape.cost(),
            1,
            |first, output| {
                run(first, output, None);
            },
        ),
    }
    qkv_grad
}

/// Copies of one head, rows padded with zeros to whole lanes, and what is computed from them.
struct Scratch {
    q: Loan,
    k: Loan,
    v: Loan,
    k_transposed: Loan,
    v_transposed: Loan,
    output: Loan,
    q_grad: Loan,
    k_grad: Loan,
    v_grad: Loan,
    weights: Loan,
    weights_grad: Loan,
    factors: Loan,
}

impl Scratch {
    fn new(shape: Shape) -> Self {
        let by_token = || Loan::zeros(shape.tokens * padded(shape.head));
        let transposed = || Loan::zeros(shape.head * padded(shape.tokens));
        let scores = || Loan::zeros(BLOCK.min(shape.tokens) * padded(shape.tokens));
        let mut factors = Loan::zeros(padded(shape.tokens));
        factors.fill(1.0);
        Self {
            q: by_token(),
            k: by_token(),
            v: by_token(),
            k_transposed: transposed(),
            v_transposed: transposed(),
            output: by_token(),
            q_grad: by_token(),
            k_grad: by_token(),
            v_grad: by_token(),
            weights: scores(),
            weights_grad: scores(),
            factors,
        }
    }
}

/// Copies the columns from `start` on of rows `stride` apart.
#[inline(always)]
fn gather(from: &[f32], start: usize, stride: usize, head: usize, scale: f32, to: &mut [f32]) {
    for (from, to) in from
        .chunks_exact(stride)
        .zip(to.chunks_exact_mut(padded(head)))
    {
        for (from, to) in from[start..start + head].iter().zip(to) {
            *to = from * scale;
        }
    }
}

#[inline(always)]
fn scatter(from: &[f32], start: usize, stride: usize, head: usize, scale: f32, to: &mut [f32]) {
    for (from, to) in from
        .chunks_exact(padded(head))
        .zip(to.chunks_exact_mut(stride))
    {
        for (from, to) in from.iter().zip(&mut to[start..start + head]) {
            *to = from * scale;
        }
    }
}

/// Adds a query's bias to its scores, whose first column is the key `base`.
#[inline(always)]
fn add_bias(
    scores: &mut [f32],
    bias: &[f32],
    shape: Shape,
    (head, query, base): (usize, usize, usize),
) {
    let seen = shape.seen(query);
    let bias = &bias[shape.bias_row(head, query) + base..][..seen - base];
    for (score, bias) in scores.iter_mut().zip(bias) {
        *score += bias;
    }
}

#[inline(always)]
fn transpose(from: &[f32], head: usize, to: &mut [f32], stride: usize) {
    for (token, row) in from.chunks_exact(padded(head)).enumerate() {
        for (i, value) in row[..head].iter().enumerate() {
            to[i * stride + token] = *value;
        }
    }
}

vectorised! {
    fn forward_sequence(
        batch: usize,
        qkv: &[f32],
        shape: Shape,
        extras: Extras,
        scratch: &mut Scratch,
        output: &mut [f32],
        log_sums: &mut [f32],
    ) {
        let Shape { tokens, head, .. } = shape;
        let Extras { bias, mask } = extras;
        let (width, stride, keys) = (shape.width(), padded(head), padded(tokens));
        for h in 0..shape.heads {
            let start = h * head;
            gather(qkv, start, 3 * width, head, shape.scale, &mut scratch.q);
            gather(qkv, width + start, 3 * width, head, 1.0, &mut scratch.k);
            gather(qkv, 2 * width + start, 3 * width, head, 1.0, &mut scratch.v);
            transpose(&scratch.k, head, &mut scratch.k_transposed, keys);
            for first in (0..tokens).step_by(BLOCK) {
                let count = BLOCK.min(tokens - first);
                let (deep, wide) = (Extent::fixed(head), Extent::fixed(stride));
                let (base, columns) = (shape.base(first), shape.columns(first, count));
                let q = Matrix { values: &scratch.q[first * stride..], stride };
                let k = Matrix { values: &scratch.k_transposed[base..], stride: keys };
                product(q, k, count, deep, columns, &mut scratch.weights);

                let end = padded(shape.seen(first + count - 1) - base);
                for (i, row) in scratch.weights.chunks_exact_mut(keys).take(count).enumerate() {
                    let query = first + i;
                    let seen = shape.seen(query) - base;
                    row[..shape.first_seen(query) - base].fill(f32::NEG_INFINITY);
                    row[seen..padded(seen)].fill(f32::NEG_INFINITY);
                    row[padded(seen)..end].fill(0.0);
                    if let Some(bias) = bias {
                        add_bias(row, bias, shape, (h, query, base));
                    }
                    let row = &mut row[..padded(seen)];
                    let greatest = max(row);
                    for weight in row.iter_mut() {
                        *weight = exp(*weight - greatest);
                    }
                    let total = sum(row.len(), |j| row[j]);
                    log_sums[h * tokens + query] = greatest + total.ln();
                    let share = 1.0 / total;
                    if let Some(mask) = mask {
                        let start = shape.first_weight(batch, h, query).wrapping_add(base as u32);
                        for (j, weight) in row.iter_mut().enumerate() {
                            *weight *= share * mask.factor(start.wrapping_add(j as u32));
                        }
                    } else {
                        for weight in row.iter_mut() {
                            *weight *= share;
                        }
                    }
                }

                let weights = Matrix { values: &scratch.weights, stride: keys };
                let v = Matrix { values: &scratch.v[base * stride..], stride };
                product(weights, v, count, columns, wide, &mut scratch.output[first * stride..]);
            }
            scatter(&scratch.output, start, width, head, 1.0, output);
        }
    }
}

vectorised! {
    fn backward_sequence(
        batch: usize,
        inputs: (&[f32], &[f32], &[f32]),
        shape: Shape,
        extras: Extras,
        scratch: &mut Scratch,
        qkv_grad: &mut [f32],
        bias_grad: Option<&mut [f32]>,
    ) {
        let Shape { tokens, head, .. } = shape;
        let Extras { bias, mask } = extras;
        let (qkv, grad, log_sums) = inputs;
        let mut bias_grad = bias_grad;
        let (width, stride, keys) = (shape.width(), padded(head), padded(tokens));
        for h in 0..shape.heads {
            let start = h * head;
            gather(qkv, start, 3 * width, head, shape.scale, &mut scratch.q);
            gather(qkv, width + start, 3 * width, head, 1.0, &mut scratch.k);
            gather(qkv, 2 * width + start, 3 * width, head, 1.0, &mut scratch.v);
            transpose(&scratch.k, head, &mut scratch.k_transposed, keys);
            transpose(&scratch.v, head, &mut scratch.v_transposed, keys);
            gather(grad, start, width, head, 1.0, &mut scratch.output);
            scratch.k_grad.fill(0.0);
            scratch.v_grad.fill(0.0);
            for first in (0..tokens).step_by(BLOCK) {
                let count = BLOCK.min(tokens - first);
                let (deep, wide) = (Extent::fixed(head), Extent::fixed(stride));
                let (base, columns) = (shape.base(first), shape.columns(first, count));
                let q = Matrix { values: &scratch.q[first * stride..], stride };
                let k = Matrix { values: &scratch.k_transposed[base..], stride: keys };
                let v = Matrix { values: &scratch.v_transposed[base..], stride: keys };
                let grad = Matrix { values: &scratch.output[first * stride..], stride };
                product(q, k, count, deep, columns, &mut scratch.weights);
                product(grad, v, count, deep, columns, &mut scratch.weights_grad);

                let last = shape.seen(first + count - 1) - base;
                for i in 0..count {
                    let query = first + i;
                    let (from, seen) = (shape.first_seen(query) - base, shape.seen(query) - base);
                    let row = &mut scratch.weights[i * keys..][..padded(last)];
                    let row_grad = &mut scratch.weights_grad[i * keys..][..padded(last)];
                    if let Some(bias) = bias {
                        add_bias(row, bias, shape, (h, query, base));
                    }
                    row[..from].fill(f32::NEG_INFINITY);
                    row_grad[..from].fill(0.0);
                    row[seen..].fill(f32::NEG_INFINITY);
                    row_grad[seen..].fill(0.0);
                    let row = &mut row[..padded(seen)];
                    let row_grad = &mut row_grad[..padded(seen)];
                    let factors = &mut scratch.factors[..padded(seen)];
                    if let Some(mask) = mask {
                        let start = shape.first_weight(batch, h, query).wrapping_add(base as u32);
                        for (j, factor) in factors.iter_mut().enumerate() {
                            *factor = mask.factor(start.wrapping_add(j as u32));
                        }
                    }
                    let log_sum = log_sums[h * tokens + query];
                    for weight in row.iter_mut() {
                        *weight = exp(*weight - log_sum);
                    }
                    let mean = sum(row.len(), |j| row[j] * (factors[j] * row_grad[j]));
                    for ((weight, grad), factor) in row.iter_mut().zip(row_grad).zip(factors) {
                        *grad = *weight * (*factor * *grad - mean);
                        *weight *= *factor;
                    }
                    scratch.weights[i * keys..][padded(seen)..padded(last)].fill(0.0);
                    if let Some(bias_grad) = &mut bias_grad {
                        let to = &mut bias_grad[shape.bias_row(h, query) + base..][..seen];
                        for (to, grad) in to.iter_mut().zip(&scratch.weights_grad[i * keys..]) {
                            *to += grad;
                        }
                    }
                }

                let weights = Matrix { values: &scratch.weights, stride: keys };
                let scores_grad = Matrix { values: &scratch.weights_grad, stride: keys };
                let k = Matrix { values: &scratch.k[base * stride..], stride };
                let q_grad = &mut scratch.q_grad[first * stride..];
                product(scores_grad, k, count, columns, wide, q_grad);
                let lag = (shape.reach == Reach::Causal).then_some(first);
                let k_grad = &mut scratch.k_grad[base * stride..];
                add_transposed_product(scores_grad, q, last, count, lag, k_grad);
                let v_grad = &mut scratch.v_grad[base * stride..];
                add_transposed_product(weights, grad, last, count, lag, v_grad);
            }
            scatter(&scratch.q_grad, start, 3 * width, head, shape.scale, qkv_grad);
            scatter(&scratch.k_grad, width + start, 3 * width, head, 1.0, qkv_grad);
            scatter(&scratch.v_grad, 2 * width + start, 3 * width, head, 1.0, qkv_grad);
        }
    }
}
