//! A layer of an LSTM with layer norms over a whole sequence, and back through it.

use burn_flex::FlexTensor;

use super::buffer;
use super::lanes::sum;
use super::linear;
use super::math::exp;
use super::simd::vectorised;
use crate::form::Columns;
use crate::mask::{Dropout, Mask};

/// What a layer is made of, and the sizes of a sequence.
pub(crate) struct Layer<'a> {
    pub(crate) batch: usize,
    pub(crate) tokens: usize,
    pub(crate) width: usize,
    /// `[width, 4 × width]`
    pub(crate) weight: &'a FlexTensor,
    /// Whether it never changes.
    pub(crate) frozen: bool,
    pub(crate) bias: &'a [f32],
    pub(crate) state_gain: &'a [f32],
    pub(crate) state_bias: &'a [f32],
    pub(crate) cell_gain: &'a [f32],
    pub(crate) cell_bias: &'a [f32],
    pub(crate) epsilon: [f32; 2],
    /// Of each token, or of none.
    pub(crate) drops: &'a [Dropout],
}

/// What the way back needs, token by token: `[tokens, batch, ..]`, of states and cells one token more, the start.
pub(crate) struct Kept {
    /// Products with the state, and the moments of their rows.
    pub(crate) products: Vec<f32>,
    pub(crate) product_moments: Vec<f32>,
    /// Input, forget and output gate, then the candidate.
    pub(crate) gates: Vec<f32>,
    /// Cells before their norm, and the moments of their rows.
    pub(crate) sums: Vec<f32>,
    pub(crate) sum_moments: Vec<f32>,
    pub(crate) cells: Vec<f32>,
    pub(crate) states: Vec<f32>,
}

/// The same as slices.
pub(crate) struct KeptSlices<'a> {
    pub(crate) products: &'a [f32],
    pub(crate) product_moments: &'a [f32],
    pub(crate) gates: &'a [f32],
    pub(crate) sums: &'a [f32],
    pub(crate) sum_moments: &'a [f32],
    pub(crate) cells: &'a [f32],
    pub(crate) states: &'a [f32],
}

/// The gradients of all that may train.
pub(crate) struct Grads {
    pub(crate) from_input: Vec<f32>,
    pub(crate) weight: Option<Vec<f32>>,
    pub(crate) bias: Vec<f32>,
    pub(crate) state_norm: [Vec<f32>; 2],
    pub(crate) cell_norm: [Vec<f32>; 2],
}

impl Layer<'_> {
    fn columns(&self) -> Columns {
        Columns {
            inputs: self.width,
            outputs: 4 * self.width,
            first: 0,
            stride: 4 * self.width,
        }
    }

    /// What each element of a token's states is multiplied by.
    fn factors(&self, token: usize, factors: &mut [f32]) {
        match self.drops.get(token) {
            Some(dropout) => Mask::new(*dropout).fill(0, factors),
            None => factors.fill(1.0),
        }
    }
}

/// The states of every token, `[batch, tokens, width]`, from the normalised projections of the input,
/// `[batch, tokens, 4 × width]`, and state and cell before the first token.
pub(crate) fn forward(
    layer: &Layer<'_>,
    from_input: &[f32],
    [state, cell]: [&[f32]; 2],
) -> (Vec<f32>, Kept) {
    let Layer {
        batch,
        tokens,
        width,
        ..
    } = *layer;
    let one = batch * width;
    let mut kept = Kept {
        products: buffer::take(4 * tokens * one),
        product_moments: buffer::take(2 * tokens * batch),
        gates: buffer::take(4 * tokens * one),
        sums: buffer::take(tokens * one),
        sum_moments: buffer::take(2 * tokens * batch),
        cells: buffer::take((tokens + 1) * one),
        states: buffer::take((tokens + 1) * one),
    };
    kept.cells[..one].copy_from_slice(cell);
    kept.states[..one].copy_from_slice(state);
    let mut output = buffer::take(tokens * one);
    let mut factors = buffer::Loan::of(one);
    for token in 0..tokens {
        let (states, next_states) = kept.states[token * one..][..2 * one].split_at_mut(one);
        let (cells, next_cells) = kept.cells[token * one..][..2 * one].split_at_mut(one);
        let products = &mut kept.products[4 * token * one..][..4 * one];
        let (columns, bias) = (layer.columns(), Some(layer.bias));
        linear::forward(states, layer.weight, bias, columns, layer.frozen, products);
        layer.factors(token, &mut factors);
        for row in 0..batch {
            let at = row * width;
            token_forward(
                &from_input[4 * (row * tokens + token) * width..][..4 * width],
                &products[4 * at..][..4 * width],
                &cells[at..][..width],
                &factors[at..][..width],
                layer,
                &mut kept.product_moments[2 * (token * batch + row)..][..2],
                &mut kept.gates[4 * (token * one + at)..][..4 * width],
                &mut kept.sums[token * one + at..][..width],
                &mut kept.sum_moments[2 * (token * batch + row)..][..2],
                &mut next_cells[at..][..width],
                &mut next_states[at..][..width],
            );
            output[(row * tokens + token) * width..][..width]
                .copy_from_slice(&next_states[at..][..width]);
        }
    }
    (output, kept)
}

/// All gradients from that of the output; of the weight, the one that costs, only where it is asked for.
pub(crate) fn backward(
    layer: &Layer<'_>,
    kept: &KeptSlices<'_>,
    grad: &[f32],
    of_weight: bool,
) -> Grads {
    let Layer {
        batch,
        tokens,
        width,
        ..
    } = *layer;
    let one = batch * width;
    let columns = layer.columns();
    let mut grads = Grads {
        from_input: buffer::take(4 * tokens * one),
        weight: None,
        bias: Vec::new(),
        state_norm: [buffer::zeros(4 * width), buffer::zeros(4 * width)],
        cell_norm: [buffer::zeros(width), buffer::zeros(width)],
    };
    let mut product_grads = buffer::Loan::of(4 * tokens * one);
    let mut state_grad = buffer::Loan::zeros(one);
    let mut cell_grad = buffer::Loan::zeros(one);
    let mut factors = buffer::Loan::of(one);
    let [state_gain_grad, state_bias_grad] = &mut grads.state_norm;
    let [cell_gain_grad, cell_bias_grad] = &mut grads.cell_norm;
    for token in (0..tokens).rev() {
        layer.factors(token, &mut factors);
        let products = &mut product_grads[4 * token * one..][..4 * one];
        for row in 0..batch {
            let (at, all) = (row * width, token * one + row * width);
            let place = (row * tokens + token) * width;
            token_backward(
                &grad[place..][..width],
                &state_grad[at..][..width],
                &factors[at..][..width],
                &kept.gates[4 * all..][..4 * width],
                &kept.sums[all..][..width],
                &kept.sum_moments[2 * (token * batch + row)..][..2],
                &kept.cells[all..][..width],
                &kept.cells[all + one..][..width],
                layer,
                &mut cell_grad[at..][..width],
                cell_gain_grad,
                cell_bias_grad,
                &mut grads.from_input[4 * place..][..4 * width],
            );
            product_backward(
                &kept.products[4 * all..][..4 * width],
                &kept.product_moments[2 * (token * batch + row)..][..2],
                layer.state_gain,
                &grads.from_input[4 * place..][..4 * width],
                state_gain_grad,
                state_bias_grad,
                &mut products[4 * at..][..4 * width],
            );
        }
        if token > 0 {
            let (weight, frozen) = (layer.weight, layer.frozen);
            linear::input_grad(products, weight, columns, frozen, false, &mut state_grad);
        }
    }
    if of_weight {
        let states = &kept.states[..tokens * one];
        grads.weight = Some(linear::weight_grad(states, &product_grads, columns));
    }
    grads.bias = linear::bias_grad(&product_grads, columns);
    grads
}

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// To an absolute 1e-7, which is what a state between -1 and 1 holds.
#[inline(always)]
fn tanh(x: f32) -> f32 {
    1.0 - 2.0 / (1.0 + exp(2.0 * x))
}

/// Mean and reciprocal standard deviation.
#[inline(always)]
fn moments(x: &[f32], epsilon: f32) -> [f32; 2] {
    let width = x.len();
    let mean = sum(width, |i| x[i]) / width as f32;
    let variance = sum(width, |i| (x[i] - mean) * (x[i] - mean)) / width as f32;
    [mean, 1.0 / (variance + epsilon).sqrt()]
}

vectorised! {
    fn token_forward(
        from_input: &[f32],
        product: &[f32],
        cell: &[f32],
        factors: &[f32],
        layer: &Layer<'_>,
        product_moments: &mut [f32],
        gates: &mut [f32],
        sums: &mut [f32],
        sum_moments: &mut [f32],
        next_cell: &mut [f32],
        next_state: &mut [f32],
    ) {
        let width = cell.len();
        let [mean, scale] = moments(product, layer.epsilon[0]);
        product_moments.copy_from_slice(&[mean, scale]);
        for i in 0..4 * width {
            let normal = (product[i] - mean) * scale;
            gates[i] = from_input[i] + normal.mul_add(layer.state_gain[i], layer.state_bias[i]);
        }
        let (gates, candidate) = gates.split_at_mut(3 * width);
        for gate in gates.iter_mut() {
            *gate = sigmoid(*gate);
        }
        for value in candidate.iter_mut() {
            *value = tanh(*value);
        }
        for i in 0..width {
            sums[i] = gates[width + i].mul_add(cell[i], gates[i] * candidate[i]);
        }
        let [mean, scale] = moments(sums, layer.epsilon[1]);
        sum_moments.copy_from_slice(&[mean, scale]);
        for i in 0..width {
            let normal = (sums[i] - mean) * scale;
            next_cell[i] = normal.mul_add(layer.cell_gain[i], layer.cell_bias[i]);
        }
        for i in 0..width {
            next_state[i] = gates[2 * width + i] * tanh(next_cell[i]) * factors[i];
        }
    }
}

vectorised! {
    fn token_backward(
        grad: &[f32],
        state_grad: &[f32],
        factors: &[f32],
        gates: &[f32],
        sums: &[f32],
        sum_moments: &[f32],
        cell: &[f32],
        next_cell: &[f32],
        layer: &Layer<'_>,
        cell_grad: &mut [f32],
        gain_grad: &mut [f32],
        bias_grad: &mut [f32],
        from_input: &mut [f32],
    ) {
        let width = cell.len();
        let [input, forget, output, candidate] =
            [0, 1, 2, 3].map(|part| &gates[part * width..][..width]);
        let (mean, scale) = (sum_moments[0], sum_moments[1]);
        let (first, last) = from_input.split_at_mut(2 * width);
        let (input_grad, forget_grad) = first.split_at_mut(width);
        let (output_grad, candidate_grad) = last.split_at_mut(width);
        // Of the cell behind its norm: what comes from later tokens, and from this one's state.
        for i in 0..width {
            let state = (grad[i] + state_grad[i]) * factors[i];
            let bent = tanh(next_cell[i]);
            output_grad[i] = state * bent * output[i] * (1.0 - output[i]);
            cell_grad[i] += state * output[i] * (1.0 - bent * bent);
        }
        let normal = |i: usize| (sums[i] - mean) * scale;
        for i in 0..width {
            gain_grad[i] = cell_grad[i].mul_add(normal(i), gain_grad[i]);
            bias_grad[i] += cell_grad[i];
        }
        let inner = |i: usize| cell_grad[i] * layer.cell_gain[i];
        let average = sum(width, inner) / width as f32;
        let along = sum(width, |i| inner(i) * normal(i)) / width as f32;
        for i in 0..width {
            let sum_grad = scale * (cell_grad[i] * layer.cell_gain[i] - average - normal(i) * along);
            input_grad[i] = sum_grad * candidate[i] * input[i] * (1.0 - input[i]);
            forget_grad[i] = sum_grad * cell[i] * forget[i] * (1.0 - forget[i]);
            candidate_grad[i] = sum_grad * input[i] * (1.0 - candidate[i] * candidate[i]);
            cell_grad[i] = sum_grad * forget[i];
        }
    }
}

vectorised! {
    fn product_backward(
        product: &[f32],
        moments: &[f32],
        gain: &[f32],
        grad: &[f32],
        gain_grad: &mut [f32],
        bias_grad: &mut [f32],
        product_grad: &mut [f32],
    ) {
        let width = product.len();
        let (mean, scale) = (moments[0], moments[1]);
        let normal = |i: usize| (product[i] - mean) * scale;
        let inner = |i: usize| grad[i] * gain[i];
        let average = sum(width, inner) / width as f32;
        let along = sum(width, |i| inner(i) * normal(i)) / width as f32;
        for i in 0..width {
            gain_grad[i] = grad[i].mul_add(normal(i), gain_grad[i]);
            bias_grad[i] += grad[i];
            product_grad[i] = scale * (inner(i) - average - normal(i) * along);
        }
    }
}
