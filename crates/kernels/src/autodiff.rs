//! The backward passes on burn-flex. Each computes the gradients of tracked inputs alone, and
//! keeps of the forward pass only what those need.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, binary, unary};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, TensorMetadata};
use burn_flex::{Flex, FlexTensor};

use crate::extension::{
    Fused, attention_forward, attention_shape, gelu_forward, layer_norm_forward, linear_forward,
};
use crate::flex::attention::{self, Reach, Shape};
use crate::flex::gelu::Gelu;
use crate::flex::layer_norm::{self, Moments};
use crate::flex::{contiguous, from_vec, linear, values, values_mut};
use crate::mask::{Dropout, Mask};

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

    fn fused_attention(
        qkv: Tracked<C>,
        heads: usize,
        reach: Reach,
        dropout: Option<Dropout>,
    ) -> Tracked<C> {
        let (qkv, node) = qkv.into_parts();
        let shape = attention_shape(&qkv, heads, reach);
        let qkv = contiguous(qkv);
        let (output, log_sums) = attention_forward(&qkv, shape, dropout);
        match (Attention { shape, dropout })
            .prepare::<C>([node])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => prep.finish((qkv, log_sums), output),
            OpsKind::UnTracked(prep) => prep.finish(output),
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
        let (x_tracked, weight_tracked) = (x.is_tracked(), weight.is_tracked());
        let ((x, x_node), (weight, weight_node), (bias, bias_node)) =
            (x.into_parts(), weight.into_parts(), bias.into_parts());
        let (x, weight, bias) = (contiguous(x), contiguous(weight), contiguous(bias));
        let output = linear_forward(&x, &weight, &bias);
        let sizes = [weight.shape()[0], weight.shape()[1]];
        let node = Linear(sizes).prepare::<C>([x_node, weight_node, bias_node]);
        match node.compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(
                (weight_tracked.then_some(x), x_tracked.then_some(weight)),
                output,
            ),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }
}

#[derive(Debug)]
struct LayerNorm;

impl Backward<Flex, 3> for LayerNorm {
    type State = (FlexTensor, FlexTensor, Vec<Moments>);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = contiguous(grads.consume::<Flex>(&ops.node));
        let (x, gain, moments) = ops.state;
        let (shape, width) = (x.shape(), gain.shape()[0]);
        let [x_node, gain_node, bias_node] = ops.parents;
        let mut x_grad = x_node.as_ref().map(|_| vec![0.0; shape.num_elements()]);
        let mut gain_grad = gain_node.as_ref().map(|_| vec![0.0; width]);
        let mut bias_grad = bias_node.as_ref().map(|_| vec![0.0; width]);
        let gradients = layer_norm::Gradients {
            x: x_grad.as_deref_mut(),
            gain: gain_grad.as_deref_mut(),
            bias: bias_grad.as_deref_mut(),
        };
        layer_norm::backward(
            values(&x),
            values(&gain),
            &moments,
            values(&grad),
            gradients,
        );
        let results = [
            (x_node, x_grad, shape),
            (gain_node, gain_grad, [width].into()),
            (bias_node, bias_grad, [width].into()),
        ];
        for (node, grad, shape) in results {
            if let (Some(node), Some(grad)) = (node, grad) {
                grads.register::<Flex>(node.id, from_vec(grad, shape));
            }
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

#[derive(Debug)]
struct Attention {
    shape: Shape,
    dropout: Option<Dropout>,
}

impl Backward<Flex, 1> for Attention {
    type State = (FlexTensor, Vec<f32>);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (qkv, log_sums) = ops.state;
        unary::<Flex, _>(ops.parents, ops.node, grads, |grad| {
            let (grad, mask) = (contiguous(grad), self.dropout.map(Mask::new));
            let grad =
                attention::backward(values(&qkv), &log_sums, values(&grad), self.shape, mask);
            from_vec(grad, qkv.shape())
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

/// With the sizes of the last axis before and after.
#[derive(Debug)]
struct Linear([usize; 2]);

impl Backward<Flex, 3> for Linear {
    /// The input if the weight is tracked, the weight if the input is.
    type State = (Option<FlexTensor>, Option<FlexTensor>);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = contiguous(grads.consume::<Flex>(&ops.node));
        let Self(sizes @ [input, columns]) = self;
        let (x, weight) = ops.state;
        let [x_node, weight_node, bias_node] = ops.parents;
        if let (Some(node), Some(weight)) = (x_node, weight) {
            let mut shape = grad.shape();
            let last = shape.num_dims() - 1;
            shape[last] = input;
            let x_grad = linear::input_grad(values(&grad), values(&weight), sizes);
            grads.register::<Flex>(node.id, from_vec(x_grad, shape));
        }
        if let (Some(node), Some(x)) = (weight_node, x) {
            let weight_grad = linear::weight_grad(values(&x), values(&grad), sizes);
            grads.register::<Flex>(node.id, from_vec(weight_grad, sizes.into()));
        }
        if let Some(node) = bias_node {
            let bias_grad = linear::bias_grad(values(&grad), columns);
            grads.register::<Flex>(node.id, from_vec(bias_grad, [columns].into()));
        }
    }
}
