//! What stays the same from step to step: results on any number of threads, and weights that are
//! kept packed only as long as they are the same.

#![allow(clippy::unwrap_used)] // a test that panics has failed, as it should

use burn::tensor::{Device, Int, Tensor, TensorData};
use kernels::{AdamStep, Dropout};

fn random<const D: usize>(shape: [usize; D], seed: u32, device: &Device) -> Tensor<D> {
    let mut state = seed;
    let values: Vec<f32> = (0..shape.iter().product())
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// Output and gradients of a block with every kind of operation, large enough to be shared out.
fn block() -> Vec<Vec<f32>> {
    let device = Device::flex().autodiff();
    let [batch, tokens, width] = [8, 80, 96];
    let x = random([batch, tokens, width], 1, &device).require_grad();
    let row = |size, seed| random([size], seed, &device).require_grad();
    let matrix = |inputs, outputs, seed| random([inputs, outputs], seed, &device) * 0.1;
    let dropout = |key| Dropout {
        probability: 0.2,
        key,
    };
    let (gain, bias, root_gain) = (row(width, 2), row(width, 3), row(width, 4));
    let projections = [5, 6, 7].map(|seed| matrix(width, width, seed));
    let trained = matrix(width, 200, 8).require_grad();
    let scores = random([4, tokens, tokens], 9, &device).require_grad();

    let normed = kernels::layer_norm(x.clone(), gain.clone(), bias.clone(), 1e-5);
    let qkv = kernels::linears(normed, projections, None);
    let mixed = kernels::attention(qkv.clone(), 4, true, Some(dropout(1)));
    let biased = kernels::biased_attention(qkv, scores.clone(), Some(dropout(2)));
    let hidden = kernels::add_dropout(x.clone() + biased, mixed, Some(dropout(3)));
    let hidden = kernels::rms_norm(hidden, root_gain.clone(), 1e-5);
    let inner = kernels::gelu_tanh(kernels::linear(hidden, trained.clone(), None));
    let logits = kernels::dropout(kernels::gelu_erf(inner), dropout(4)).reshape([-1, 200]);
    let targets: Vec<i32> = (0..(batch * tokens) as i32).map(|row| row % 200).collect();
    let targets = Tensor::<1, Int>::from_data(TensorData::new(targets, [batch * tokens]), &device);
    let losses = kernels::cross_entropy(logits, targets);
    let grads = losses.clone().sum().backward();
    vec![
        numbers(losses),
        numbers(x.grad(&grads).unwrap()),
        numbers(gain.grad(&grads).unwrap()),
        numbers(bias.grad(&grads).unwrap()),
        numbers(root_gain.grad(&grads).unwrap()),
        numbers(trained.grad(&grads).unwrap()),
        numbers(scores.grad(&grads).unwrap()),
    ]
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(block)
    };
    let one = on(1);
    assert!(one.iter().flatten().all(|value| value.is_finite()));
    for threads in [2, 3, 7] {
        assert_eq!(one, on(threads), "{threads} threads");
    }
}

#[test]
fn a_row_does_not_depend_on_the_rows_beside_it() {
    let device = Device::flex();
    let (x, weight) = (random([37, 70], 1, &device), random([70, 50], 2, &device));
    let whole = numbers(kernels::linear(x.clone(), weight.clone(), None));
    for row in 0..37 {
        let alone = kernels::linear(x.clone().narrow(0, row, 1), weight.clone(), None);
        assert_eq!(numbers(alone), whole[50 * row..50 * (row + 1)], "row {row}");
    }
}

#[test]
fn a_weight_that_changed_in_place_is_packed_again() {
    let device = Device::flex();
    let x = random([30, 64], 1, &device);
    let mut weight = random([64, 64], 2, &device);
    let zeros = || Tensor::<2>::zeros([64, 64], &device);
    let adam = AdamStep {
        beta_1: 0.9,
        beta_2: 0.999,
        rate: 0.1,
        root: 1.0,
        epsilon: 1e-8,
        decay: 1.0,
    };
    for step in 0..4 {
        let found = numbers(kernels::linear(x.clone(), weight.clone(), None));
        let expected = numbers(x.clone().matmul(weight.clone()));
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-4, "step {step}");
        }
        let grad = random([64, 64], 3 + step, &device);
        [weight, _, _] = kernels::adam(adam, grad, [weight, zeros(), zeros()]);
    }
}

#[test]
fn weights_that_share_storage_are_told_apart() {
    let device = Device::flex();
    let both = random([2, 16, 16], 1, &device);
    let x = random([9, 16], 2, &device);
    let part = |index: usize| both.clone().narrow(0, index, 1).squeeze_dim::<2>(0);
    for _ in 0..2 {
        for index in [0, 1] {
            let found = numbers(kernels::linear(x.clone(), part(index), None));
            let expected = numbers(x.clone().matmul(part(index)));
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-5, "part {index}");
            }
        }
    }
}
