//! Each fused operation against the same function of ordinary tensor operations, gradients
//! included, over random shapes and on views that are not contiguous.

#![allow(clippy::unwrap_used)] // a test that panics has failed, as it should

use burn::nn::{LayerNorm, LayerNormConfig};
use burn::tensor::activation::{gelu, gelu_approximate, log_softmax, softmax};
use burn::tensor::{Bool, Device, Distribution, Int, Tensor};
use kernels::{AdamStep, Dropout};
use proptest::prelude::*;

type Inputs = Vec<Tensor<3>>;

fn device() -> Device {
    Device::flex().autodiff()
}

/// Values that depend on `seed` alone, whichever tests run beside this one.
fn random<const D: usize>(shape: [usize; D], seed: u64) -> Tensor<D> {
    let count: usize = shape.iter().product();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let values: Vec<f32> = (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 40) as f32 / (1u64 << 24) as f32 - 0.5) * 4.0
        })
        .collect();
    Tensor::from_data(burn::tensor::TensorData::new(values, shape), &device())
}

#[track_caller]
fn close(what: &str, left: Vec<f32>, right: Vec<f32>) {
    assert_eq!(left.len(), right.len(), "{what}: length");
    let magnitude = right.iter().fold(1f32, |most, value| most.max(value.abs()));
    for (index, (left, right)) in left.iter().zip(&right).enumerate() {
        let error = (left - right).abs() / magnitude;
        assert!(
            error <= 1e-5,
            "{what}[{index}]: {left} against {right}, error {error}"
        );
    }
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// Output and gradients of both functions agree, for each way of laying the first input out.
fn agree(
    inputs: Inputs,
    fused: impl Fn(Inputs) -> Tensor<3>,
    composed: impl Fn(Inputs) -> Tensor<3>,
) {
    for layout in ["contiguous", "transposed", "sliced"] {
        let run = |function: &dyn Fn(Inputs) -> Tensor<3>| {
            let mut leaves = inputs.clone();
            let [batch, tokens, width] = leaves[0].dims();
            leaves[0] = match layout {
                "transposed" => leaves[0].clone().swap_dims(0, 1).mul_scalar(1.0),
                "sliced" => Tensor::cat(
                    vec![
                        random([batch, 1, width], 5),
                        leaves[0].clone(),
                        random([batch, 2, width], 6),
                    ],
                    1,
                ),
                _ => leaves[0].clone(),
            };
            let leaves: Inputs = leaves
                .into_iter()
                .map(|leaf| leaf.detach().require_grad())
                .collect();
            let mut views = leaves.clone();
            views[0] = match layout {
                "transposed" => views[0].clone().swap_dims(0, 1),
                "sliced" => views[0].clone().narrow(1, 1, tokens),
                _ => views[0].clone(),
            };
            let output = function(views);
            let weights = random(output.dims(), 99);
            let mut grads = (output.clone() * weights).sum().backward();
            let gradients: Vec<_> = leaves
                .iter()
                .map(|leaf| numbers(leaf.grad_remove(&mut grads).unwrap()))
                .collect();
            (numbers(output), gradients)
        };
        let (output, gradients) = run(&fused);
        let (expected, expected_gradients) = run(&composed);
        close(&format!("{layout} output"), output, expected);
        for (index, (left, right)) in gradients.into_iter().zip(expected_gradients).enumerate() {
            close(&format!("{layout} gradient {index}"), left, right);
        }
    }
}

fn row(tensor: &Tensor<3>) -> Tensor<1> {
    tensor.clone().flatten(0, 2)
}

fn attention(qkv: Tensor<3>, heads: usize, causal: bool, mask: Option<Tensor<4>>) -> Tensor<3> {
    let [batch, tokens, width] = qkv.dims();
    let head = width / 3 / heads;
    let parts: Vec<Tensor<4>> = qkv
        .chunk(3, 2)
        .into_iter()
        .map(|part| part.reshape([batch, tokens, heads, head]).swap_dims(1, 2))
        .collect();
    let mut scores = parts[0].clone().matmul(parts[1].clone().transpose()) / (head as f64).sqrt();
    if causal {
        let hidden = Tensor::<2, Bool>::tril_mask([tokens, tokens], 0, &device());
        scores = scores.mask_fill(hidden.unsqueeze::<4>(), f32::NEG_INFINITY);
    }
    let mut weights = softmax(scores, 3);
    if let Some(mask) = mask {
        weights = weights * mask;
    }
    weights
        .matmul(parts[2].clone())
        .swap_dims(1, 2)
        .reshape([batch, tokens, width / 3])
}

/// The factors of a mask, read off from what it makes of ones.
fn factors<const D: usize>(shape: [usize; D], dropout: Dropout) -> Tensor<D> {
    kernels::dropout(Tensor::ones(shape, &device()), dropout).detach()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn layer_norm(batch in 1..4usize, tokens in 1..6usize, width in 1..80usize, seed: u64) {
        let inputs = vec![
            random([batch, tokens, width], seed),
            random([1, 1, width], seed ^ 1),
            random([1, 1, width], seed ^ 2),
        ];
        // One or two near-equal values have no spread to normalise by: a plain epsilon tames both.
        agree(
            inputs,
            |i| kernels::layer_norm(i[0].clone(), row(&i[1]), row(&i[2]), 0.1),
            |i| {
                let centred = i[0].clone() - i[0].clone().mean_dim(2);
                let variance = centred.clone().powi_scalar(2).mean_dim(2);
                centred / (variance + 0.1).sqrt() * i[1].clone() + i[2].clone()
            },
        );
    }

    #[test]
    fn gelus(batch in 1..4usize, tokens in 1..6usize, width in 1..80usize, seed: u64) {
        let x = random([batch, tokens, width], seed) * 3.0;
        agree(vec![x.clone()], |i| kernels::gelu_tanh(i[0].clone()), |i| gelu_approximate(i[0].clone()));
        agree(vec![x], |i| kernels::gelu_erf(i[0].clone()), |i| gelu(i[0].clone()));
    }

    #[test]
    fn attention_with_and_without_dropout(
        batch in 1..3usize, tokens in 1..40usize, heads in 1..4usize, head in 1..36usize,
        causal: bool, drops: bool, seed: u64,
    ) {
        let dropout = drops.then_some(Dropout { probability: 0.3, key: seed });
        let mask = dropout.map(|dropout| factors([batch, heads, tokens, tokens], dropout));
        agree(
            vec![random([batch, tokens, 3 * heads * head], seed)],
            |i| kernels::attention(i[0].clone(), heads, causal, dropout),
            |i| attention(i[0].clone(), heads, causal, mask.clone()),
        );
    }

    #[test]
    fn linear(batch in 1..4usize, tokens in 1..20usize, input in 1..40usize, output in 1..40usize, seed: u64) {
        let inputs = vec![
            random([batch, tokens, input], seed),
            random([1, input, output], seed ^ 1),
            random([1, 1, output], seed ^ 2),
        ];
        agree(
            inputs,
            |i| kernels::linear(i[0].clone(), i[1].clone().squeeze_dim(0), Some(row(&i[2]))),
            |i| i[0].clone().matmul(i[1].clone()) + i[2].clone(),
        );
    }

    #[test]
    fn linears(
        batch in 1..3usize, tokens in 1..20usize, input in 1..40usize,
        outputs in (1..40usize, 1..40usize, 1..40usize), biased: bool, seed: u64,
    ) {
        let outputs = [outputs.0, outputs.1, outputs.2];
        let mut inputs = vec![random([batch, tokens, input], seed)];
        inputs.extend(outputs.map(|output| random([1, input, output], seed ^ 1)));
        if biased {
            inputs.extend(outputs.map(|output| random([1, 1, output], seed ^ 2)));
        }
        let part = |i: &Inputs, n: usize| i[n].clone();
        agree(
            inputs,
            |i| kernels::linears(
                part(&i, 0),
                [1, 2, 3].map(|n| part(&i, n).squeeze_dim(0)),
                biased.then(|| [4, 5, 6].map(|n| row(&i[n]))),
            ),
            |i| Tensor::cat(
                (1..4).map(|n| {
                    let product = part(&i, 0).matmul(part(&i, n));
                    if biased { product + part(&i, n + 3) } else { product }
                }).collect(),
                2,
            ),
        );
    }

    #[test]
    fn rms_norm(batch in 1..4usize, tokens in 1..6usize, width in 1..80usize, seed: u64) {
        let inputs = vec![random([batch, tokens, width], seed), random([1, 1, width], seed ^ 1)];
        agree(
            inputs,
            |i| kernels::rms_norm(i[0].clone(), row(&i[1]), 0.1),
            |i| {
                let square = i[0].clone().powi_scalar(2).mean_dim(2);
                i[0].clone() / (square + 0.1).sqrt() * i[1].clone()
            },
        );
    }

    #[test]
    fn biased_attention(
        batch in 1..3usize, tokens in 1..40usize, heads in 1..4usize, head in 1..36usize,
        drops: bool, seed: u64,
    ) {
        let dropout = drops.then_some(Dropout { probability: 0.3, key: seed });
        let mask = dropout.map(|dropout| factors([batch, heads, tokens, tokens], dropout));
        // Unscaled scores of wide heads would leave nothing but zeros and ones.
        let qkv = random([batch, tokens, 3 * heads * head], seed) * (1.0 / head as f32).sqrt();
        let bias = random([heads, tokens, tokens], seed ^ 1);
        agree(
            vec![qkv, bias],
            |i| kernels::biased_attention(i[0].clone(), i[1].clone(), dropout),
            |i| {
                let parts: Vec<Tensor<4>> = i[0].clone().chunk(3, 2).into_iter()
                    .map(|part| part.reshape([batch, tokens, heads, head]).swap_dims(1, 2))
                    .collect();
                let scores = parts[0].clone().matmul(parts[1].clone().transpose());
                let mut weights = softmax(scores + i[1].clone().unsqueeze(), 3);
                if let Some(mask) = &mask {
                    weights = weights * mask.clone();
                }
                weights.matmul(parts[2].clone()).swap_dims(1, 2)
                    .reshape([batch, tokens, heads * head])
            },
        );
    }

    #[test]
    fn cross_entropy(rows in 1..40usize, classes in 1..70usize, seed: u64) {
        let targets: Vec<i32> = (0..rows).map(|row| ((seed as usize % 97 + 7 * row) % classes) as i32).collect();
        let targets = Tensor::<1, Int>::from_data(burn::tensor::TensorData::new(targets, [rows]), &device());
        agree(
            vec![random([1, rows, classes], seed) * 3.0],
            |i| kernels::cross_entropy(i[0].clone().squeeze_dim(0), targets.clone()).unsqueeze(),
            |i| {
                let logs = log_softmax(i[0].clone().squeeze_dim::<2>(0), 1);
                logs.gather(1, targets.clone().reshape([rows, 1])).neg().reshape([1, 1, rows])
            },
        );
    }

    #[test]
    fn mean(count in 1..400usize, seed: u64) {
        agree(
            vec![random([1, 1, count], seed)],
            |i| kernels::mean(row(&i[0])).reshape([1, 1, 1]),
            |i| i[0].clone().mean().reshape([1, 1, 1]),
        );
    }

    #[test]
    fn adam(count in 1..3000usize, time in 1..50i32, seed: u64) {
        let inner = |seed: u64| random([count], seed).inner();
        let step = AdamStep {
            beta_1: 0.9,
            beta_2: 0.999,
            rate: 1e-2 / (1.0 - 0.9f32.powi(time)),
            root: 1.0 / (1.0 - 0.999f32.powi(time)).sqrt(),
            epsilon: 1e-8,
            decay: 0.99,
        };
        let (grad, parameter) = (inner(seed), inner(seed ^ 1));
        let (first, second) = (inner(seed ^ 2), inner(seed ^ 3).abs());
        let shared = parameter.clone();
        let state = [parameter.clone(), first.clone(), second.clone()];
        let stepped = kernels::adam(step, grad.clone(), state).map(numbers);
        let first = first * 0.9 + grad.clone() * 0.1;
        let second = second * 0.999 + grad.clone() * grad.clone() * 0.001;
        let change = first.clone() * step.rate / (second.clone().sqrt() * step.root + 1e-8);
        let expected = [parameter * 0.99 - change, first, second].map(numbers);
        for (what, (left, right)) in ["parameter", "first", "second"].iter().zip(stepped.into_iter().zip(expected)) {
            close(what, left, right);
        }
        close("a parameter that somebody holds", numbers(shared), numbers(inner(seed ^ 1)));
        let squares = numbers(kernels::square_sum(None, grad.clone()));
        close("square sum", squares, numbers((grad.clone() * grad).sum()));
    }

    #[test]
    fn dropouts(batch in 1..4usize, tokens in 1..6usize, width in 1..80usize, seed: u64) {
        let dropout = Dropout { probability: 0.4, key: seed };
        let mask = factors([batch, tokens, width], dropout);
        let inputs = vec![random([batch, tokens, width], seed), random([batch, tokens, width], !seed)];
        agree(
            inputs[..1].to_vec(),
            |i| kernels::dropout(i[0].clone(), dropout),
            |i| i[0].clone() * mask.clone(),
        );
        agree(
            inputs,
            |i| kernels::add_dropout(i[0].clone(), i[1].clone(), Some(dropout)),
            |i| i[0].clone() + i[1].clone() * mask.clone(),
        );
    }
}

#[test]
fn sequences_longer_than_a_block_of_queries() {
    for causal in [false, true] {
        agree(
            vec![random([1, 150, 3 * 2 * 16], 3)],
            |i| kernels::attention(i[0].clone(), 2, causal, None),
            |i| attention(i[0].clone(), 2, causal, None),
        );
    }
}

#[test]
fn layer_norm_is_burns_at_a_usual_epsilon() {
    let x = random([4, 10, 128], 1);
    let norm: LayerNorm = LayerNormConfig::new(128).with_epsilon(1e-5).init(&device());
    let (gain, bias) = (norm.gamma.val(), norm.beta.clone().unwrap().val());
    let ours = kernels::layer_norm(x.clone(), gain, bias, 1e-5);
    close("layer norm", numbers(ours), numbers(norm.forward(x)));
}

#[test]
fn frozen_parameters_get_no_gradient() {
    let x = random([2, 3, 8], 1).require_grad();
    let (gain, bias) = (random([8], 2), random([8], 3).require_grad());
    let (weight, offset) = (random([8, 8], 4), random([8], 5));
    let hidden = kernels::layer_norm(x.clone(), gain.clone(), bias.clone(), 1e-5);
    let output = kernels::linear(hidden, weight.clone(), Some(offset.clone()));
    let grads = kernels::gelu_tanh(output).sum().backward();
    assert!(x.grad(&grads).is_some() && bias.grad(&grads).is_some());
    assert!(gain.grad(&grads).is_none() && offset.grad(&grads).is_none());
    assert!(weight.grad(&grads).is_none());
}

#[test]
fn works_without_autodiff_and_leaves_shared_inputs_alone() {
    let x = Tensor::<2>::random([5, 7], Distribution::Default, &Device::flex());
    let before = numbers(x.clone());
    let dropout = Dropout {
        probability: 0.5,
        key: 1,
    };
    let dropped = numbers(kernels::dropout(x.clone(), dropout));
    assert_ne!(before, dropped);
    assert_eq!(before, numbers(x.clone()));
    assert_eq!(dropped, numbers(kernels::dropout(x, dropout)));
}
