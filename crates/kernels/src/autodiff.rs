//! The backward passes in burn's graph, on any backend with the passes. Each computes the gradients
//! of tracked inputs alone, and keeps of the forward pass only what those need.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind, binary, unary};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Autodiff, TensorMetadata};
use burn::tensor::Shape;

use crate::checked;
use crate::extension::Fused;
use crate::form::{Columns, Form, Gelu};
use crate::mask::Dropout;
use crate::passes::Passes;

type Tracked<B, C> = FloatTensor<Autodiff<B, C>>;

impl<B: Passes, C: CheckpointStrategy> Fused for Autodiff<B, C> {
    fn fused_layer_norm(
        x: Tracked<B, C>,
        gain: Tracked<B, C>,
        bias: Tracked<B, C>,
        epsilon: f32,
    ) -> Tracked<B, C> {
        let ((x, x_node), (gain, gain_node), (bias, bias_node)) =
            (x.into_parts(), gain.into_parts(), bias.into_parts());
        let [x, gain, bias] = [x, gain, bias].map(B::in_rows);
        let [output, moments] = checked::layer_norm::<B>(&x, &gain, &bias, epsilon);
        let node = Backward::<B, 3>::prepare::<C>(LayerNorm, [x_node, gain_node, bias_node]);
        match node.compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish([x, gain, moments], output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }

    fn fused_gelu(x: Tracked<B, C>, gelu: Gelu) -> Tracked<B, C> {
        let (x, node) = x.into_parts();
        let x = B::in_rows(x);
        let output = B::gelu_forward(gelu, &x);
        let node = Backward::<B, 1>::prepare::<C>(gelu, [node]);
        match node.compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(x, output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }

    fn fused_rms_norm(x: Tracked<B, C>, gain: Tracked<B, C>, epsilon: f32) -> Tracked<B, C> {
        let ((x, x_node), (gain, gain_node)) = (x.into_parts(), gain.into_parts());
        let [x, gain] = [x, gain].map(B::in_rows);
        let [output, scales] = checked::rms_norm::<B>(&x, &gain, epsilon);
        let node = Backward::<B, 2>::prepare::<C>(RmsNorm, [x_node, gain_node]);
        match node.compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish([x, gain, scales], output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }

    fn fused_attention(qkv: Tracked<B, C>, form: Form) -> Tracked<B, C> {
        let (qkv, node) = qkv.into_parts();
        attend::<B, C, 1>(form, [node], B::in_rows(qkv), None)
    }

    fn fused_biased_attention(
        qkv: Tracked<B, C>,
        bias: Tracked<B, C>,
        form: Form,
    ) -> Tracked<B, C> {
        let ((qkv, node), (bias, bias_node)) = (qkv.into_parts(), bias.into_parts());
        let [qkv, bias] = [qkv, bias].map(B::in_rows);
        attend::<B, C, 2>(form, [node, bias_node], qkv, Some(bias))
    }

    fn fused_cross_entropy(
        logits: Tracked<B, C>,
        targets: IntTensor<Autodiff<B, C>>,
    ) -> Tracked<B, C> {
        let (logits, node) = logits.into_parts();
        let logits = B::in_rows(logits);
        let [losses, log_sums] = checked::cross_entropy::<B>(&logits, &targets);
        let node = Backward::<B, 1>::prepare::<C>(CrossEntropy, [node]);
        match node.compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((logits, targets, log_sums), losses),
            OpsKind::UnTracked(prep) => prep.finish(losses),
        }
    }

    fn fused_mean(x: Tracked<B, C>) -> Tracked<B, C> {
        let (x, node) = x.into_parts();
        let shape = x.shape();
        let output = B::mean(&B::in_rows(x));
        let node = Backward::<B, 1>::prepare::<C>(Mean, [node]);
        match node.compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(shape, output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }

    fn fused_dropout(x: Tracked<B, C>, dropout: Dropout) -> Tracked<B, C> {
        let (x, node) = x.into_parts();
        let output = B::dropped(B::in_rows(x), dropout);
        Backward::<B, 1>::prepare::<C>(Drop(dropout), [node])
            .compute_bound()
            .stateless(output)
    }

    fn fused_add_dropout(
        residual: Tracked<B, C>,
        x: Tracked<B, C>,
        dropout: Dropout,
    ) -> Tracked<B, C> {
        let ((residual, residual_node), (x, x_node)) = (residual.into_parts(), x.into_parts());
        let output = checked::add_dropped::<B>(residual, x, dropout);
        Backward::<B, 2>::prepare::<C>(AddDrop(dropout), [residual_node, x_node])
            .compute_bound()
            .stateless(output)
    }

    fn fused_linear(x: Tracked<B, C>, weight: Tracked<B, C>, bias: Tracked<B, C>) -> Tracked<B, C> {
        layers::<B, C, 1, 3>([x, weight, bias])
    }

    fn fused_linear_unbiased(x: Tracked<B, C>, weight: Tracked<B, C>) -> Tracked<B, C> {
        layers::<B, C, 1, 2>([x, weight])
    }

    fn fused_linears(
        x: Tracked<B, C>,
        weight_1: Tracked<B, C>,
        weight_2: Tracked<B, C>,
        weight_3: Tracked<B, C>,
        bias_1: Tracked<B, C>,
        bias_2: Tracked<B, C>,
        bias_3: Tracked<B, C>,
    ) -> Tracked<B, C> {
        layers::<B, C, 3, 7>([x, weight_1, weight_2, weight_3, bias_1, bias_2, bias_3])
    }

    fn fused_linears_unbiased(
        x: Tracked<B, C>,
        weight_1: Tracked<B, C>,
        weight_2: Tracked<B, C>,
        weight_3: Tracked<B, C>,
    ) -> Tracked<B, C> {
        layers::<B, C, 3, 4>([x, weight_1, weight_2, weight_3])
    }
}

#[derive(Debug)]
struct LayerNorm;

impl<B: Passes> Backward<B, 3> for LayerNorm {
    /// The input, the gain and the moments of each row.
    type State = [FloatTensor<B>; 3];

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = B::in_rows(grads.consume::<B>(&ops.node));
        let [x, gain, moments] = ops.state;
        let [x_node, gain_node, bias_node] = ops.parents;
        if let Some(node) = x_node {
            let x_grad = B::layer_norm_input_grad(&x, &gain, &moments, &grad);
            grads.register::<B>(node.id, x_grad);
        }
        if gain_node.is_some() || bias_node.is_some() {
            let affine = B::layer_norm_affine_grads(&x, &moments, &grad);
            for (node, grad) in [gain_node, bias_node].into_iter().zip(affine) {
                if let Some(node) = node {
                    grads.register::<B>(node.id, grad);
                }
            }
        }
    }
}

#[derive(Debug)]
struct RmsNorm;

impl<B: Passes> Backward<B, 2> for RmsNorm {
    /// The input, the gain and what each row was multiplied by.
    type State = [FloatTensor<B>; 3];

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = B::in_rows(grads.consume::<B>(&ops.node));
        let [x, gain, scales] = ops.state;
        let [x_node, gain_node] = ops.parents;
        if let Some(node) = x_node {
            let x_grad = B::rms_norm_input_grad(&x, &gain, &scales, &grad);
            grads.register::<B>(node.id, x_grad);
        }
        if let Some(node) = gain_node {
            let gain_grad = B::rms_norm_gain_grad(&x, &scales, &grad);
            grads.register::<B>(node.id, gain_grad);
        }
    }
}

impl<B: Passes> Backward<B, 1> for Gelu {
    type State = FloatTensor<B>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let x = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |grad| {
            B::gelu_grad(self, &x, B::in_rows(grad))
        });
    }
}

/// The projection, the bias and what the pass saved.
type Attended<B> = (FloatTensor<B>, Option<FloatTensor<B>>, Vec<FloatTensor<B>>);

fn attend<B: Passes, C: CheckpointStrategy, const N: usize>(
    form: Form,
    nodes: [NodeGuard; N],
    qkv: FloatTensor<B>,
    bias: Option<FloatTensor<B>>,
) -> Tracked<B, C>
where
    Attention: Backward<B, N, State = Attended<B>>,
{
    let (output, saved) = checked::attention::<B>(&qkv, bias.as_ref(), form);
    let node = Backward::<B, N>::prepare::<C>(Attention(form), nodes);
    match node.compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish((qkv, bias, saved), output),
        OpsKind::UnTracked(prep) => prep.finish(output),
    }
}

#[derive(Debug)]
struct Attention(Form);

impl<B: Passes, const N: usize> Backward<B, N> for Attention {
    type State = Attended<B>;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = B::in_rows(grads.consume::<B>(&ops.node));
        let (qkv, bias, saved) = ops.state;
        let mut parents = ops.parents.into_iter();
        let (qkv_node, bias_node) = (parents.next().flatten(), parents.next().flatten());
        let of_bias = bias_node.is_some();
        let (qkv_grad, bias_grad) =
            B::attention_grads(&qkv, bias.as_ref(), &saved, &grad, self.0, of_bias);
        if let Some(node) = qkv_node {
            grads.register::<B>(node.id, qkv_grad);
        }
        if let Some((node, grad)) = bias_node.zip(bias_grad) {
            grads.register::<B>(node.id, grad);
        }
    }
}

#[derive(Debug)]
struct CrossEntropy;

impl<B: Passes> Backward<B, 1> for CrossEntropy {
    /// The logits, the targets and the log-sum-exp of each row.
    type State = (FloatTensor<B>, IntTensor<B>, FloatTensor<B>);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (logits, targets, log_sums) = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |grad| {
            B::cross_entropy_grad(&logits, &targets, &log_sums, &B::in_rows(grad))
        });
    }
}

#[derive(Debug)]
struct Mean;

impl<B: Passes> Backward<B, 1> for Mean {
    /// Of the input.
    type State = Shape;

    fn backward(self, ops: Ops<Shape, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let shape = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |grad| {
            let share = 1.0 / shape.num_elements() as f64;
            B::float_expand(B::float_mul_scalar(grad, share.into()), shape)
        });
    }
}

#[derive(Debug)]
struct Drop(Dropout);

impl<B: Passes> Backward<B, 1> for Drop {
    type State = ();

    fn backward(self, ops: Ops<(), 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        unary::<B, _>(ops.parents, ops.node, grads, |grad| {
            B::dropped(B::in_rows(grad), self.0)
        });
    }
}

#[derive(Debug)]
struct AddDrop(Dropout);

impl<B: Passes> Backward<B, 2> for AddDrop {
    type State = ();

    fn backward(self, ops: Ops<(), 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        binary::<B, _, _>(
            ops.parents,
            ops.node,
            grads,
            |grad| grad,
            |grad| B::dropped(B::in_rows(grad), self.0),
        );
    }
}

/// Layers side by side: the input's node comes first, then the weights', then the biases'.
#[derive(Debug)]
struct Linear;

#[derive(Clone, Debug)]
struct LinearState<B: Passes> {
    layers: Vec<Columns>,
    /// Of each layer, whether its weight never changes.
    frozen: Vec<bool>,
    /// If any weight is tracked.
    x: Option<FloatTensor<B>>,
    /// If the input is tracked.
    weights: Option<Vec<FloatTensor<B>>>,
}

/// `L` layers of one input: that first, then their weights, then their biases or none.
fn layers<B: Passes, C: CheckpointStrategy, const L: usize, const N: usize>(
    tensors: [Tracked<B, C>; N],
) -> Tracked<B, C> {
    let tracked = tensors.each_ref().map(Tracked::<B, C>::is_tracked);
    let mut values = Vec::with_capacity(N);
    let nodes = tensors.map(|tensor| {
        let (tensor, node) = tensor.into_parts();
        values.push(B::in_rows(tensor));
        node
    });
    let (weights, biases) = values[1..].split_at(L);
    let frozen: Vec<bool> = tracked[1..=L].iter().map(|tracked| !tracked).collect();
    let output = checked::linears::<B>(&values[0], weights, biases, &frozen);
    let sizes: Vec<_> = weights.iter().map(|weight| weight.shape().dims()).collect();
    let state = LinearState::<B> {
        layers: Columns::of(&sizes),
        x: frozen.contains(&false).then(|| values[0].clone()),
        weights: tracked[0].then(|| weights.to_vec()),
        frozen,
    };
    let node = Backward::<B, N>::prepare::<C>(Linear, nodes);
    match node.compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(state, output),
        OpsKind::UnTracked(prep) => prep.finish(output),
    }
}

impl<B: Passes, const N: usize> Backward<B, N> for Linear {
    type State = LinearState<B>;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = B::in_rows(grads.consume::<B>(&ops.node));
        let LinearState {
            layers,
            frozen,
            x,
            weights,
        } = ops.state;
        let mut nodes = ops.parents.into_iter();
        if let (Some(Some(node)), Some(weights)) = (nodes.next(), weights) {
            let x_grad = B::linears_input_grad(&grad, &weights, &layers, &frozen);
            grads.register::<B>(node.id, x_grad);
        }
        for (node, layer) in nodes.by_ref().take(layers.len()).zip(&layers) {
            if let (Some(node), Some(x)) = (node, &x) {
                grads.register::<B>(node.id, B::linear_weight_grad(x, &grad, *layer));
            }
        }
        for (node, layer) in nodes.zip(&layers) {
            if let Some(node) = node {
                grads.register::<B>(node.id, B::linear_bias_grad(&grad, *layer));
            }
        }
    }
}
