//! The backward passes on burn-flex. Each computes the gradients of tracked inputs alone, and
//! keeps of the forward pass only what those need.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind, binary, unary};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, TensorMetadata};
use burn_flex::{Flex, FlexTensor};

use crate::extension::Fused;
use crate::flex::gelu::Gelu;
use crate::flex::linear::{self, Columns};
use crate::flex::{
    attention, buffer, contiguous, cross_entropy, from_vec, layer_norm, rms_norm, values,
    values_mut,
};
use crate::forward::{
    Form, attention_forward, cross_entropy_forward, gelu_forward, indices, layer_norm_forward,
    linear_forward, rms_norm_forward,
};
use crate::mask::Dropout;

type Tracked<C> = FloatTensor<Autodiff<Flex, C>>;

impl<C: CheckpointStrategy> Fused for Autodiff<Flex, C> {
    fn fused_layer_norm(
        x: Tracked<C>,
        gain: Tracked<C>,
        bias: Tracked<C>,
        epsilon: f32,
    ) -> Tracked<C> {
        let ((x, x_node), (gain, gain_node), (bias, bias_node)) =
            (x.into_parts(), gain.into_parts(), bias.into_parts());
        let (x, gain, bias) = (contiguous(x), contiguous(gain), contiguous(bias));
        let (output, moments) = layer_norm_forward(&x, &gain, &bias, epsilon);
        match LayerNorm
            .prepare::<C>([x_node, gain_node, bias_node])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => prep.finish((x, gain, moments), output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }

    fn fused_gelu_tanh(x: Tracked<C>) -> Tracked<C> {
        gelu::<C>(Gelu::Tanh, x)
    }

    fn fused_gelu_erf(x: Tracked<C>) -> Tracked<C> {
        gelu::<C>(Gelu::Erf, x)
    }

    fn fused_rms_norm(x: Tracked<C>, gain: Tracked<C>, epsilon: f32) -> Tracked<C> {
        let ((x, x_node), (gain, gain_node)) = (x.into_parts(), gain.into_parts());
        let (x, gain) = (contiguous(x), contiguous(gain));
        let (output, scales) = rms_norm_forward(&x, &gain, epsilon);
        let node = RmsNorm.prepare::<C>([x_node, gain_node]);
        match node.compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish([x, gain, scales], output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }

    fn fused_attention(qkv: Tracked<C>, form: Form) -> Tracked<C> {
        let (qkv, node) = qkv.into_parts();
        let qkv = contiguous(qkv);
        let (output, log_sums) = attention_forward(&qkv, None, form);
        attend::<C, 1>(form, [node], (qkv, None, log_sums), output)
    }

    fn fused_biased_attention(qkv: Tracked<C>, bias: Tracked<C>, form: Form) -> Tracked<C> {
        let ((qkv, node), (bias, bias_node)) = (qkv.into_parts(), bias.into_parts());
        let (qkv, bias) = (contiguous(qkv), contiguous(bias));
        let (output, log_sums) = attention_forward(&qkv, Some(&bias), form);
        attend::<C, 2>(form, [node, bias_node], (qkv, Some(bias), log_sums), output)
    }

    fn fused_cross_entropy(logits: Tracked<C>, targets: FlexTensor) -> Tracked<C> {
        let (logits, node) = logits.into_parts();
        let (logits, targets) = (contiguous(logits), indices(targets));
        let (losses, log_sums) = cross_entropy_forward(&logits, &targets);
        match CrossEntropy.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((logits, targets, log_sums), losses),
            OpsKind::UnTracked(prep) => prep.finish(losses),
        }
    }

    fn fused_dropout(x: Tracked<C>, dropout: Dropout) -> Tracked<C> {
        let (x, node) = x.into_parts();
        let output = Flex::fused_dropout(x, dropout);
        Drop(dropout)
            .prepare::<C>([node])
            .compute_bound()
            .stateless(output)
    }

    fn fused_add_dropout(residual: Tracked<C>, x: Tracked<C>, dropout: Dropout) -> Tracked<C> {
        let ((residual, residual_node), (x, x_node)) = (residual.into_parts(), x.into_parts());
        let output = Flex::fused_add_dropout(residual, x, dropout);
        AddDrop(dropout)
            .prepare::<C>([residual_node, x_node])
            .compute_bound()
            .stateless(output)
    }

    fn fused_linear(x: Tracked<C>, weight: Tracked<C>, bias: Tracked<C>) -> Tracked<C> {
        layers::<C, 1, 3>([x, weight, bias])
    }

    fn fused_linear_unbiased(x: Tracked<C>, weight: Tracked<C>) -> Tracked<C> {
        layers::<C, 1, 2>([x, weight])
    }

    fn fused_linears(
        x: Tracked<C>,
        weight_1: Tracked<C>,
        weight_2: Tracked<C>,
        weight_3: Tracked<C>,
        bias_1: Tracked<C>,
        bias_2: Tracked<C>,
        bias_3: Tracked<C>,
    ) -> Tracked<C> {
        layers::<C, 3, 7>([x, weight_1, weight_2, weight_3, bias_1, bias_2, bias_3])
    }

    fn fused_linears_unbiased(
        x: Tracked<C>,
        weight_1: Tracked<C>,
        weight_2: Tracked<C>,
        weight_3: Tracked<C>,
    ) -> Tracked<C> {
        layers::<C, 3, 4>([x, weight_1, weight_2, weight_3])
    }
}

#[derive(Debug)]
struct LayerNorm;

impl Backward<Flex, 3> for LayerNorm {
    /// The input, the gain and the moments of each row.
    type State = (FlexTensor, FlexTensor, FlexTensor);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = contiguous(grads.consume::<Flex>(&ops.node));
        let (x, gain, moments) = ops.state;
        let (shape, width) = (x.shape(), gain.shape()[0]);
        let [x_node, gain_node, bias_node] = ops.parents;
        let [x, gain, moments, grad] = [&x, &gain, &moments, &grad].map(values);
        if let Some(node) = x_node {
            let x_grad = layer_norm::input_grad(x, gain, moments, grad);
            grads.register::<Flex>(node.id, from_vec(x_grad, shape));
        }
        if gain_node.is_some() || bias_node.is_some() {
            let affine = layer_norm::affine_grads(x, moments, grad, width);
            for (node, grad) in [gain_node, bias_node].into_iter().zip(affine) {
                if let Some(node) = node {
                    grads.register::<Flex>(node.id, from_vec(grad, [width].into()));
                }
            }
        }
    }
}

#[derive(Debug)]
struct RmsNorm;

impl Backward<Flex, 2> for RmsNorm {
    /// The input, the gain and what each row was multiplied by.
    type State = [FlexTensor; 3];

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = contiguous(grads.consume::<Flex>(&ops.node));
        let [x, gain, scales] = ops.state;
        let (shape, width) = (x.shape(), gain.shape()[0]);
        let [x, gain, scales, grad] = [&x, &gain, &scales, &grad].map(values);
        let [x_node, gain_node] = ops.parents;
        if let Some(node) = x_node {
            let x_grad = rms_norm::input_grad(x, gain, scales, grad);
            grads.register::<Flex>(node.id, from_vec(x_grad, shape));
        }
        if let Some(node) = gain_node {
            let gain_grad = rms_norm::gain_grad(x, scales, grad, width);
            grads.register::<Flex>(node.id, from_vec(gain_grad, [width].into()));
        }
    }
}

fn gelu<C: CheckpointStrategy>(gelu: Gelu, x: Tracked<C>) -> Tracked<C> {
    let (x, node) = x.into_parts();
    let x = contiguous(x);
    let output = gelu_forward(gelu, &x);
    match gelu.prepare::<C>([node]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(x, output),
        OpsKind::UnTracked(prep) => prep.finish(output),
    }
}

impl Backward<Flex, 1> for Gelu {
    type State = FlexTensor;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let x = ops.state;
        unary::<Flex, _>(ops.parents, ops.node, grads, |grad| {
            let mut grad = contiguous(grad);
            Gelu::backward(self, values(&x), values_mut(&mut grad));
            grad
        });
    }
}

/// The projection, the bias and the log-sum-exp of each row of scores.
type Attended = (FlexTensor, Option<FlexTensor>, FlexTensor);

fn attend<C: CheckpointStrategy, const N: usize>(
    form: Form,
    nodes: [NodeGuard; N],
    state: Attended,
    output: FlexTensor,
) -> Tracked<C>
where
    Attention: Backward<Flex, N, State = Attended>,
{
    let node = Attention(form).prepare::<C>(nodes);
    match node.compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(state, output),
        OpsKind::UnTracked(prep) => prep.finish(output),
    }
}

#[derive(Debug)]
struct Attention(Form);

impl<const N: usize> Backward<Flex, N> for Attention {
    type State = Attended;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = contiguous(grads.consume::<Flex>(&ops.node));
        let (qkv, bias, log_sums) = ops.state;
        let mut parents = ops.parents.into_iter();
        let (qkv_node, bias_node) = (parents.next().flatten(), parents.next().flatten());
        let bias = bias.as_ref();
        let mut bias_grad = bias_node
            .as_ref()
            .and(bias)
            .map(|bias| buffer::zeros(values(bias).len()));
        let qkv_grad = attention::backward(
            values(&qkv),
            values(&log_sums),
            values(&grad),
            self.0.shape(&qkv),
            self.0.extras(bias),
            bias_grad.as_deref_mut(),
        );
        if let Some(node) = qkv_node {
            grads.register::<Flex>(node.id, from_vec(qkv_grad, qkv.shape()));
        }
        if let (Some(node), Some(grad), Some(bias)) = (bias_node, bias_grad, bias) {
            grads.register::<Flex>(node.id, from_vec(grad, bias.shape()));
        }
    }
}

#[derive(Debug)]
struct CrossEntropy;

impl Backward<Flex, 1> for CrossEntropy {
    /// The logits, the targets and the log-sum-exp of each row.
    type State = (FlexTensor, Vec<i32>, FlexTensor);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (logits, targets, log_sums) = ops.state;
        unary::<Flex, _>(ops.parents, ops.node, grads, |grad| {
            let (grad, shape) = (contiguous(grad), logits.shape());
            let [logits, log_sums, grad] = [&logits, &log_sums, &grad].map(values);
            let grad = cross_entropy::backward(logits, &targets, log_sums, grad, shape[1]);
            from_vec(grad, shape)
        });
    }
}

#[derive(Debug)]
struct Drop(Dropout);

impl Backward<Flex, 1> for Drop {
    type State = ();

    fn backward(self, ops: Ops<(), 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        unary::<Flex, _>(ops.parents, ops.node, grads, |grad| {
            Flex::fused_dropout(grad, self.0)
        });
    }
}

#[derive(Debug)]
struct AddDrop(Dropout);

impl Backward<Flex, 2> for AddDrop {
    type State = ();

    fn backward(self, ops: Ops<(), 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        binary::<Flex, _, _>(
            ops.parents,
            ops.node,
            grads,
            |grad| grad,
            |grad| Flex::fused_dropout(grad, self.0),
        );
    }
}

/// Layers side by side: the input's node comes first, then the weights', then the biases'.
#[derive(Debug)]
struct Linear;

#[derive(Clone, Debug)]
struct LinearState {
    layers: Vec<Columns>,
    /// Of each layer, whether its weight may stay packed.
    frozen: Vec<bool>,
    /// If any weight is tracked.
    x: Option<FlexTensor>,
    /// If the input is tracked.
    weights: Option<Vec<FlexTensor>>,
}

/// `L` layers of one input: that first, then their weights, then their biases or none.
fn layers<C: CheckpointStrategy, const L: usize, const N: usize>(
    tensors: [Tracked<C>; N],
) -> Tracked<C> {
    let tracked = tensors.each_ref().map(Tracked::<C>::is_tracked);
    let parts = tensors.map(|tensor| {
        let (tensor, node) = tensor.into_parts();
        (contiguous(tensor), node)
    });
    let mut values = Vec::with_capacity(N);
    let nodes = parts.map(|(tensor, node)| {
        values.push(tensor);
        node
    });
    let (weights, biases) = values[1..].split_at(L);
    let frozen: Vec<bool> = tracked[1..=L].iter().map(|tracked| !tracked).collect();
    let output = linear_forward(&values[0], weights, biases, &frozen);
    let state = LinearState {
        layers: linear::columns(weights),
        x: frozen.contains(&false).then(|| values[0].clone()),
        weights: tracked[0].then(|| weights.to_vec()),
        frozen,
    };
    match Linear.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(state, output),
        OpsKind::UnTracked(prep) => prep.finish(output),
    }
}

impl<const N: usize> Backward<Flex, N> for Linear {
    type State = LinearState;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = contiguous(grads.consume::<Flex>(&ops.node));
        let LinearState {
            layers,
            frozen,
            x,
            weights,
        } = ops.state;
        let mut nodes = ops.parents.into_iter();
        if let (Some(Some(node)), Some(weights)) = (nodes.next(), weights) {
            let mut shape = grad.shape();
            let last = shape.num_dims() - 1;
            shape[last] = layers[0].inputs;
            let mut x_grad = buffer::take(shape.num_elements());
            for (index, (weight, layer)) in weights.iter().zip(&layers).enumerate() {
                let add = index > 0;
                let (grad, frozen) = (values(&grad), frozen[index]);
                linear::input_grad(grad, weight, *layer, frozen, add, &mut x_grad);
            }
            grads.register::<Flex>(node.id, from_vec(x_grad, shape));
        }
        for (node, layer) in nodes.by_ref().take(layers.len()).zip(&layers) {
            if let (Some(node), Some(x)) = (node, &x) {
                let weight_grad = linear::weight_grad(values(x), values(&grad), *layer);
                let shape = [layer.inputs, layer.outputs].into();
                grads.register::<Flex>(node.id, from_vec(weight_grad, shape));
            }
        }
        for (node, layer) in nodes.zip(&layers) {
            if let Some(node) = node {
                let bias_grad = linear::bias_grad(values(&grad), *layer);
                grads.register::<Flex>(node.id, from_vec(bias_grad, [layer.outputs].into()));
            }
        }
    }
}
