//! A layer of an LSTM as one operation of the graph, on the CPU; elsewhere it is composed.
//!
//! Token by token it would be twenty operations each, small ones, whose nodes cost more than their numbers.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use burn::tensor::activation::{sigmoid, tanh};
use burn_flex::{Flex, FlexTensor};

use crate::autocast;
use crate::dense::linear;
use crate::dropout::dropout;
use crate::flex::lstm::{Kept, KeptSlices, Layer, backward, forward};
use crate::flex::storage::{contiguous, from_vec, values};
use crate::fused::on_cpu;
use crate::mask::Dropout;
use crate::norms::layer_norm;

/// A layer norm of an [`lstm`].
#[derive(Clone, Debug)]
pub struct Norm {
    pub gain: Tensor<1>,
    pub bias: Tensor<1>,
    pub epsilon: f64,
}

impl Norm {
    fn widths(&self) -> [usize; 2] {
        [self.gain.dims()[0], self.bias.dims()[0]]
    }
}

/// What the state of an [`lstm`] goes through from token to token.
#[derive(Clone, Debug)]
pub struct Recurrence {
    /// `[width, 4 × width]`: input, forget and output gate, then the candidate.
    pub weight: Tensor<2>,
    /// `[4 × width]`
    pub bias: Tensor<1>,
    /// Of the product with the state, `[4 × width]`.
    pub state_norm: Norm,
    /// Of the cell, `[width]`; the normalised cell goes on.
    pub cell_norm: Norm,
}

/// One layer of an LSTM with layer norms (Ba et al., 2016, as the official code of Lu et al., 2021, has it).
///
/// Dropout falls on the state that goes out and on; no gradient flows into the start.
///
/// # Shapes
/// - `from_input`: `[batch, tokens, 4 × width]`, the normalised projections of the input
/// - `start`: state and cell before the first token, `[batch, width]` each
/// - `drops`: one for each token, or none at all
/// - output: `[batch, tokens, width]`, the states
///
/// # Panics
/// When the shapes do not fit, as burn's own operations do.
pub fn lstm(
    from_input: Tensor<3>,
    start: [Tensor<2>; 2],
    recurrence: Recurrence,
    drops: &[Dropout],
) -> Tensor<3> {
    let [batch, tokens, wide] = from_input.dims();
    let width = wide / 4;
    let weight = autocast::lowered(recurrence.weight.clone());
    let norms = [&recurrence.state_norm, &recurrence.cell_norm].map(Norm::widths);
    assert!(
        wide == 4 * width
            && weight.dims() == [width, wide]
            && recurrence.bias.dims() == [wide]
            && norms == [[wide; 2], [width; 2]]
            && start.iter().all(|start| start.dims() == [batch, width])
            && [0, tokens].contains(&drops.len()),
        "lstm: projections {wide} wide have a weight [{width}, {wide}], a bias and a norm of {wide}, a norm of {width}, a \
         start [{batch}, {width}] and {tokens} drops or none"
    );
    let start = start.map(Tensor::detach);
    if !on_cpu(&from_input) || !on_cpu(&weight) {
        return composed(from_input, start, recurrence, drops);
    }
    let Recurrence {
        bias,
        state_norm,
        cell_norm,
        ..
    } = recurrence;
    let [state, cell] = start.map(Tensor::into_dispatch);
    let form = Form {
        epsilon: [state_norm.epsilon as f32, cell_norm.epsilon as f32],
        drops: drops.to_vec(),
    };
    Tensor::from_dispatch(Dispatch::fused_lstm(
        from_input.into_dispatch(),
        state,
        cell,
        weight.into_dispatch(),
        bias.into_dispatch(),
        state_norm.gain.into_dispatch(),
        state_norm.bias.into_dispatch(),
        cell_norm.gain.into_dispatch(),
        cell_norm.bias.into_dispatch(),
        form,
    ))
}

/// The same token by token.
fn composed(
    from_input: Tensor<3>,
    [mut state, mut cell]: [Tensor<2>; 2],
    recurrence: Recurrence,
    drops: &[Dropout],
) -> Tensor<3> {
    let [_, tokens, wide] = from_input.dims();
    let width = wide / 4;
    let Recurrence {
        weight,
        bias,
        state_norm,
        cell_norm,
    } = recurrence;
    let norm = |x: Tensor<2>, norm: &Norm| {
        layer_norm(x, norm.gain.clone(), norm.bias.clone(), norm.epsilon)
    };
    let mut states = Vec::with_capacity(tokens);
    for token in 0..tokens {
        let from_input = from_input.clone().narrow(1, token, 1).squeeze_dim::<2>(1);
        let product = linear(state, weight.clone(), Some(bias.clone()));
        let sum = from_input + norm(product, &state_norm);
        let gates = sigmoid(sum.clone().narrow(1, 0, 3 * width));
        let gate = |index| gates.clone().narrow(1, index * width, width);
        let candidate = tanh(sum.narrow(1, 3 * width, width));
        cell = norm(gate(1) * cell + gate(0) * candidate, &cell_norm);
        state = gate(2) * tanh(cell.clone());
        if let Some(dropped) = drops.get(token) {
            state = dropout(state, *dropped);
        }
        states.push(state.clone());
    }
    Tensor::stack(states, 1)
}

/// What is no tensor.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    epsilon: [f32; 2],
    drops: Vec<Dropout>,
}

/// The arguments are those of [`lstm`].
#[backend_extension(Flex, Autodiff)]
pub(crate) trait FusedLstm: Backend {
    #[allow(clippy::too_many_arguments)]
    fn fused_lstm(
        from_input: FloatTensor<Self>,
        state: FloatTensor<Self>,
        cell: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        state_gain: FloatTensor<Self>,
        state_bias: FloatTensor<Self>,
        cell_gain: FloatTensor<Self>,
        cell_bias: FloatTensor<Self>,
        form: Form,
    ) -> FloatTensor<Self>;
}

/// Tensors of the operation, in row-major order.
#[derive(Clone, Debug)]
struct Inputs {
    from_input: FlexTensor,
    start: [FlexTensor; 2],
    weight: FlexTensor,
    bias: FlexTensor,
    state_norm: [FlexTensor; 2],
    cell_norm: [FlexTensor; 2],
}

impl Inputs {
    fn layer<'a>(&'a self, form: &'a Form, frozen: bool) -> Layer<'a> {
        let [batch, tokens, wide] = self.from_input.shape().dims();
        Layer {
            batch,
            tokens,
            width: wide / 4,
            weight: &self.weight,
            frozen,
            bias: values(&self.bias),
            state_gain: values(&self.state_norm[0]),
            state_bias: values(&self.state_norm[1]),
            cell_gain: values(&self.cell_norm[0]),
            cell_bias: values(&self.cell_norm[1]),
            epsilon: form.epsilon,
            drops: &form.drops,
        }
    }

    fn forward(&self, form: &Form, frozen: bool) -> (FlexTensor, Kept) {
        let layer = self.layer(form, frozen);
        let start = self.start.each_ref().map(values);
        let (output, kept) = forward(&layer, values(&self.from_input), start);
        let shape = [layer.batch, layer.tokens, layer.width];
        (from_vec(output, shape.into()), kept)
    }
}

impl FusedLstm for Flex {
    fn fused_lstm(
        from_input: FlexTensor,
        state: FlexTensor,
        cell: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        state_gain: FlexTensor,
        state_bias: FlexTensor,
        cell_gain: FlexTensor,
        cell_bias: FlexTensor,
        form: Form,
    ) -> FlexTensor {
        let inputs = Inputs {
            from_input: contiguous(from_input),
            start: [state, cell].map(contiguous),
            weight: contiguous(weight),
            bias: contiguous(bias),
            state_norm: [state_gain, state_bias].map(contiguous),
            cell_norm: [cell_gain, cell_bias].map(contiguous),
        };
        let (output, kept) = inputs.forward(&form, true);
        // Its buffers are for the next call.
        drop(kept.into_tensors());
        output
    }
}

type Tracked<C> = FloatTensor<Autodiff<Flex, C>>;

impl<C: CheckpointStrategy> FusedLstm for Autodiff<Flex, C> {
    fn fused_lstm(
        from_input: Tracked<C>,
        state: Tracked<C>,
        cell: Tracked<C>,
        weight: Tracked<C>,
        bias: Tracked<C>,
        state_gain: Tracked<C>,
        state_bias: Tracked<C>,
        cell_gain: Tracked<C>,
        cell_bias: Tracked<C>,
        form: Form,
    ) -> Tracked<C> {
        let is_frozen = !weight.is_tracked();
        let start = [state, cell].map(|tensor| contiguous(tensor.into_parts().0));
        let mut tensors = Vec::with_capacity(7);
        let nodes = [
            from_input, weight, bias, state_gain, state_bias, cell_gain, cell_bias,
        ]
        .map(|tensor| {
            let (tensor, node) = tensor.into_parts();
            tensors.push(contiguous(tensor));
            node
        });
        let mut tensors = tensors.into_iter();
        let mut next = || tensors.next().expect("seven tensors");
        let inputs = Inputs {
            from_input: next(),
            start,
            weight: next(),
            bias: next(),
            state_norm: [next(), next()],
            cell_norm: [next(), next()],
        };
        let (output, kept) = inputs.forward(&form, is_frozen);
        let node = Backward::<Flex, 7>::prepare::<C>(Lstm { form, is_frozen }, nodes);
        match node.compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((inputs, kept.into_tensors()), output),
            OpsKind::UnTracked(prep) => {
                drop(kept.into_tensors());
                prep.finish(output)
            }
        }
    }
}

#[derive(Debug)]
struct Lstm {
    form: Form,
    is_frozen: bool,
}

impl Backward<Flex, 7> for Lstm {
    type State = (Inputs, [FlexTensor; 7]);

    fn backward(self, ops: Ops<Self::State, 7>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = contiguous(grads.consume::<Flex>(&ops.node));
        let (inputs, kept) = ops.state;
        let layer = inputs.layer(&self.form, self.is_frozen);
        let of_weight = ops.parents[1].is_some();
        let found = backward(&layer, &slices(&kept), values(&grad), of_weight);
        let [state_gain, state_bias] = found.state_norm;
        let [cell_gain, cell_bias] = found.cell_norm;
        let found = [
            Some(found.from_input),
            found.weight,
            Some(found.bias),
            Some(state_gain),
            Some(state_bias),
            Some(cell_gain),
            Some(cell_bias),
        ];
        let width = layer.width;
        let shapes = [
            inputs.from_input.shape(),
            [width, 4 * width].into(),
            [4 * width].into(),
            [4 * width].into(),
            [4 * width].into(),
            [width].into(),
            [width].into(),
        ];
        for ((node, grad), shape) in ops.parents.into_iter().zip(found).zip(shapes) {
            if let Some((node, grad)) = node.zip(grad) {
                grads.register::<Flex>(node.id, from_vec(grad, shape));
            }
        }
    }
}

impl Kept {
    /// As tensors, whose buffers go back to their pool with the graph.
    fn into_tensors(self) -> [FlexTensor; 7] {
        let Self {
            products,
            product_moments,
            gates,
            sums,
            sum_moments,
            cells,
            states,
        } = self;
        let all = [
            products,
            product_moments,
            gates,
            sums,
            sum_moments,
            cells,
            states,
        ];
        all.map(|values| {
            let count = values.len();
            from_vec(values, [count].into())
        })
    }
}

fn slices(kept: &[FlexTensor; 7]) -> KeptSlices<'_> {
    let [
        products,
        product_moments,
        gates,
        sums,
        sum_moments,
        cells,
        states,
    ] = kept.each_ref().map(values);
    KeptSlices {
        products,
        product_moments,
        gates,
        sums,
        sum_moments,
        cells,
        states,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Distribution};

    /// Output and gradients of the fused layer and of the composed one, around weights that train or do not.
    fn both(width: usize, drops: &[Dropout], is_frozen: bool) {
        let device = Device::flex().autodiff();
        let random = |shape: [usize; 3]| {
            Tensor::<3>::random(shape, Distribution::Uniform(-1.0, 1.0), &device)
        };
        let (batch, tokens) = (3, 5);
        let shapes = [
            [batch, tokens, 4 * width],
            [1, width, 4 * width],
            [1, 1, 4 * width],
            [1, 1, 4 * width],
            [1, 1, 4 * width],
            [1, 1, width],
            [1, 1, width],
        ];
        let values = shapes.map(random);
        let start = [(); 2].map(|()| random([1, batch, width]).detach().squeeze_dim::<2>(0));
        let probe = random([batch, tokens, width]).detach();
        let run = |layer: &dyn Fn(Tensor<3>, [Tensor<2>; 2], Recurrence) -> Tensor<3>| {
            let leaf = |(index, value): (usize, &Tensor<3>)| match is_frozen && index == 1 {
                true => value.clone().detach(),
                false => value.clone().detach().require_grad(),
            };
            let leaves: Vec<Tensor<3>> = values.iter().enumerate().map(leaf).collect();
            let row = |index: usize| leaves[index].clone().flatten::<1>(0, 2);
            let norm = |index: usize, epsilon: f64| Norm {
                gain: row(index),
                bias: row(index + 1),
                epsilon,
            };
            let recurrence = Recurrence {
                weight: leaves[1].clone().squeeze_dim(0),
                bias: row(2),
                state_norm: norm(3, 1e-5),
                cell_norm: norm(5, 1e-3),
            };
            // As a module has it: not contiguous.
            let turned = leaves[0].clone().swap_dims(0, 1);
            let output = layer(turned.swap_dims(0, 1), start.clone(), recurrence);
            let mut grads = (output.clone() * probe.clone()).sum().backward();
            let grads = leaves.iter().map(|leaf| {
                let grad = leaf.grad_remove(&mut grads);
                grad.map(|grad| grad.into_data().try_to_vec::<f32>().unwrap())
            });
            let output = output.into_data().try_to_vec::<f32>().unwrap();
            [Some(output)].into_iter().chain(grads).collect::<Vec<_>>()
        };
        let fused = run(&|x, start, recurrence| lstm(x, start, recurrence, drops));
        let composed = run(&|x, start, recurrence| composed(x, start, recurrence, drops));
        for (index, (fused, composed)) in fused.iter().zip(&composed).enumerate() {
            assert_eq!(fused.is_some(), composed.is_some(), "{index}");
            let pairs = fused.iter().flatten().zip(composed.iter().flatten());
            let most = composed
                .iter()
                .flatten()
                .fold(1f32, |most, value| most.max(value.abs()));
            for (one, other) in pairs {
                assert!(
                    (one - other).abs() <= 2e-5 * most,
                    "{index}: {one} against {other}"
                );
            }
        }
        assert_eq!(fused[2].is_none(), is_frozen);
    }

    #[test]
    fn the_layer_and_its_gradients_are_those_of_ordinary_operations() {
        let drops: Vec<Dropout> = (0..5)
            .map(|key| Dropout {
                probability: 0.3,
                key,
            })
            .collect();
        for width in [8, 20, 33] {
            for is_frozen in [false, true] {
                both(width, &[], is_frozen);
                both(width, &drops, is_frozen);
            }
        }
    }
}
