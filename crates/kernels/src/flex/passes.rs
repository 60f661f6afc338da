//! The passes on burn-flex: shapes checked, slices taken, tensors made of what comes back.

use burn::backend::TensorMetadata;
use burn::tensor::Shape as Dims;
use burn_flex::{Flex, FlexTensor};

use super::attention::{self, Extras};
use super::reach::Shape;
use super::storage::{contiguous, from_vec, values, values_mut};
use super::{adam, buffer, cross_entropy, layer_norm, linear, mean, rms_norm};
use crate::adam::AdamStep;
use crate::form::{Columns, Form, Gelu};
use crate::mask::{Dropout, Mask};
use crate::passes::Passes;

impl Passes for Flex {
    fn in_rows(x: FlexTensor) -> FlexTensor {
        contiguous(x)
    }

    fn layer_norm_forward(
        x: &FlexTensor,
        gain: &FlexTensor,
        bias: &FlexTensor,
        epsilon: f32,
    ) -> [FlexTensor; 2] {
        let [output, moments] = layer_norm::forward(values(x), values(gain), values(bias), epsilon);
        [from_vec(output, x.shape()), row(moments)]
    }

    fn layer_norm_input_grad(
        x: &FlexTensor,
        gain: &FlexTensor,
        moments: &FlexTensor,
        grad: &FlexTensor,
    ) -> FlexTensor {
        let x_grad = layer_norm::input_grad(values(x), values(gain), values(moments), values(grad));
        from_vec(x_grad, x.shape())
    }

    fn layer_norm_affine_grads(
        x: &FlexTensor,
        moments: &FlexTensor,
        grad: &FlexTensor,
    ) -> [FlexTensor; 2] {
        layer_norm::affine_grads(values(x), values(moments), values(grad), last(x)).map(row)
    }

    fn rms_norm_forward(x: &FlexTensor, gain: &FlexTensor, epsilon: f32) -> [FlexTensor; 2] {
        let [output, scales] = rms_norm::forward(values(x), values(gain), epsilon);
        [from_vec(output, x.shape()), row(scales)]
    }

    fn rms_norm_input_grad(
        x: &FlexTensor,
        gain: &FlexTensor,
        scales: &FlexTensor,
        grad: &FlexTensor,
    ) -> FlexTensor {
        let x_grad = rms_norm::input_grad(values(x), values(gain), values(scales), values(grad));
        from_vec(x_grad, x.shape())
    }

    fn rms_norm_gain_grad(x: &FlexTensor, scales: &FlexTensor, grad: &FlexTensor) -> FlexTensor {
        row(rms_norm::gain_grad(
            values(x),
            values(scales),
            values(grad),
            last(x),
        ))
    }

    fn gelu_forward(gelu: Gelu, x: &FlexTensor) -> FlexTensor {
        from_vec(gelu.forward(values(x)), x.shape())
    }

    fn gelu_grad(gelu: Gelu, x: &FlexTensor, mut grad: FlexTensor) -> FlexTensor {
        gelu.backward(values(x), values_mut(&mut grad));
        grad
    }

    fn attention_forward(
        qkv: &FlexTensor,
        bias: Option<&FlexTensor>,
        form: Form,
    ) -> (FlexTensor, Vec<FlexTensor>) {
        let mut dims = qkv.shape();
        let shape = Shape::new(form, dims[1], dims[2]);
        dims[2] /= 3;
        let [output, log_sums] = attention::forward(values(qkv), shape, extras(form, bias));
        (from_vec(output, dims), vec![row(log_sums)])
    }

    fn attention_grads(
        qkv: &FlexTensor,
        bias: Option<&FlexTensor>,
        saved: &[FlexTensor],
        grad: &FlexTensor,
        form: Form,
        of_bias: bool,
    ) -> (FlexTensor, Option<FlexTensor>) {
        let dims = qkv.shape();
        let asked = bias.filter(|_| of_bias);
        let mut bias_grad = asked.map(|bias| buffer::zeros(values(bias).len()));
        let qkv_grad = attention::backward(
            values(qkv),
            values(&saved[0]),
            values(grad),
            Shape::new(form, dims[1], dims[2]),
            extras(form, bias),
            bias_grad.as_deref_mut(),
        );
        let bias_grad = bias_grad.zip(asked);
        let bias_grad = bias_grad.map(|(grad, bias)| from_vec(grad, bias.shape()));
        (from_vec(qkv_grad, dims), bias_grad)
    }

    fn cross_entropy_forward(logits: &FlexTensor, targets: &FlexTensor) -> [FlexTensor; 2] {
        let (classes, targets) = (last(logits), indices(targets));
        let known = 0..classes as i32;
        assert!(
            targets.iter().all(|target| known.contains(target)),
            "cross_entropy: every target is a class below {classes}"
        );
        cross_entropy::forward(values(logits), &targets, classes).map(row)
    }

    fn cross_entropy_grad(
        logits: &FlexTensor,
        targets: &FlexTensor,
        log_sums: &FlexTensor,
        grad: &FlexTensor,
    ) -> FlexTensor {
        let logits_grad = cross_entropy::backward(
            values(logits),
            &indices(targets),
            values(log_sums),
            values(grad),
            last(logits),
        );
        from_vec(logits_grad, logits.shape())
    }

    fn mean(x: &FlexTensor) -> FlexTensor {
        row(vec![mean::mean(values(x))])
    }

    fn dropped(mut x: FlexTensor, dropout: Dropout) -> FlexTensor {
        Mask::new(dropout).apply(values_mut(&mut x));
        x
    }

    fn add_dropped(residual: FlexTensor, mut x: FlexTensor, dropout: Dropout) -> FlexTensor {
        Mask::new(dropout).apply_and_add(values_mut(&mut x), values(&residual));
        x
    }

    fn linears_forward(
        x: &FlexTensor,
        weights: &[FlexTensor],
        biases: &[FlexTensor],
        frozen: &[bool],
    ) -> FlexTensor {
        let sizes: Vec<_> = weights.iter().map(|weight| weight.shape().dims()).collect();
        let layers = Columns::of(&sizes);
        let shape = with_last(x.shape(), layers.iter().map(|layer| layer.outputs).sum());
        let mut output = buffer::take(shape.num_elements());
        for (index, (weight, layer)) in weights.iter().zip(layers).enumerate() {
            let bias = biases.get(index).map(values);
            linear::forward(values(x), weight, bias, layer, frozen[index], &mut output);
        }
        from_vec(output, shape)
    }

    fn linears_input_grad(
        grad: &FlexTensor,
        weights: &[FlexTensor],
        layers: &[Columns],
        frozen: &[bool],
    ) -> FlexTensor {
        let shape = with_last(grad.shape(), layers[0].inputs);
        let mut x_grad = buffer::take(shape.num_elements());
        for (index, (weight, layer)) in weights.iter().zip(layers).enumerate() {
            let (grad, add) = (values(grad), index > 0);
            linear::input_grad(grad, weight, *layer, frozen[index], add, &mut x_grad);
        }
        from_vec(x_grad, shape)
    }

    fn linear_weight_grad(x: &FlexTensor, grad: &FlexTensor, layer: Columns) -> FlexTensor {
        let weight_grad = linear::weight_grad(values(x), values(grad), layer);
        from_vec(weight_grad, [layer.inputs, layer.outputs].into())
    }

    fn linear_bias_grad(grad: &FlexTensor, layer: Columns) -> FlexTensor {
        row(linear::bias_grad(values(grad), layer))
    }

    fn adam(step: AdamStep, grad: FlexTensor, state: [FlexTensor; 3]) -> [FlexTensor; 3] {
        let grad = contiguous(grad);
        let [mut parameter, mut first, mut second] = state.map(contiguous);
        adam::step(
            step,
            values(&grad),
            values_mut(&mut parameter),
            values_mut(&mut first),
            values_mut(&mut second),
        );
        [parameter, first, second]
    }

    fn square_sum(total: FlexTensor, x: FlexTensor) -> FlexTensor {
        row(vec![
            values(&total)[0] + adam::square_sum(values(&contiguous(x))),
        ])
    }
}

fn extras(form: Form, bias: Option<&FlexTensor>) -> Extras<'_> {
    Extras {
        bias: bias.map(values),
        mask: form.dropout.map(Mask::new),
    }
}

/// The elements of a tensor of class indices.
fn indices(tensor: &FlexTensor) -> Vec<i32> {
    let data = tensor.clone().into_data();
    data.iter::<i32>().collect()
}

/// A tensor of one axis.
fn row(values: Vec<f32>) -> FlexTensor {
    let count = values.len();
    from_vec(values, [count].into())
}

fn last(tensor: &FlexTensor) -> usize {
    let shape = tensor.shape();
    shape[shape.num_dims() - 1]
}

fn with_last(mut shape: Dims, size: usize) -> Dims {
    let last = shape.num_dims() - 1;
    shape[last] = size;
    shape
}
