//! Each fused operation on a GPU against the same one on the CPU, gradients included, over random
//! shapes. `FPT_TEST_DEVICE` names the device, `wgpu` or `cuda`; without it nothing is compared.

#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that panics has failed; one that skips says so

use burn::tensor::{Device, FloatDType, Int, Tensor, TensorData};
use kernels::{AdamStep, Dropout, Norm, Recurrence};
use proptest::prelude::*;

/// The device to hold against the CPU.
fn device() -> Option<Device> {
    let name = std::env::var("FPT_TEST_DEVICE").unwrap_or_default();
    match name.as_str() {
        "" => {
            eprintln!("skipped: FPT_TEST_DEVICE names no device");
            None
        }
        #[cfg(feature = "wgpu")]
        "wgpu" => Some(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
        #[cfg(feature = "cuda")]
        "cuda" => Some(Device::cuda(0)),
        other => panic!("this test was not built for the device `{other}`"),
    }
}

/// Values that depend on `seed` alone.
fn random(shape: &[usize], seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let numbers = (0..shape.iter().product()).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f32 / (1u64 << 24) as f32 - 0.5) * 4.0
    });
    numbers.collect()
}

fn tensor<const D: usize>(shape: [usize; D], seed: u64, device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(random(&shape, seed), shape), device)
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

#[track_caller]
fn close(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}: length");
    let magnitude = expected
        .iter()
        .fold(1f32, |most, value| most.max(value.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs() / magnitude;
        assert!(
            error <= 2e-5,
            "{what}[{index}]: {found} against {expected}, error {error}"
        );
    }
}

/// Output and gradients of a function of tensors of three axes, the first of them a view that is
/// not in rows where `viewed`.
fn run(
    shapes: &[[usize; 3]],
    viewed: bool,
    device: &Device,
    function: &dyn Fn(&[Tensor<3>]) -> Tensor<3>,
) -> Vec<Vec<f32>> {
    let device = device.clone().autodiff();
    let leaves: Vec<Tensor<3>> = shapes
        .iter()
        .enumerate()
        .map(|(index, &[a, b, c])| match viewed && index == 0 {
            true => tensor([b, a, c], 1, &device).require_grad(),
            false => tensor([a, b, c], index as u64 + 1, &device).require_grad(),
        })
        .collect();
    let mut inputs = leaves.clone();
    if viewed {
        inputs[0] = inputs[0].clone().swap_dims(0, 1);
    }
    let output = function(&inputs);
    let weights = tensor(output.dims(), 99, &device);
    let mut grads = (output.clone() * weights).sum().backward();
    let gradients = leaves
        .iter()
        .filter_map(|leaf| leaf.grad_remove(&mut grads));
    let mut all = vec![numbers(output)];
    all.extend(gradients.map(numbers));
    all
}

fn agree(what: &str, shapes: &[[usize; 3]], function: impl Fn(&[Tensor<3>]) -> Tensor<3>) {
    let Some(device) = device() else { return };
    for viewed in [false, true] {
        let expected = run(shapes, viewed, &Device::flex(), &function);
        let found = run(shapes, viewed, &device, &function);
        assert_eq!(found.len(), expected.len(), "{what}: gradients");
        for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
            close(&format!("{what}, view {viewed}, {index}"), found, expected);
        }
    }
}

fn row(tensor: &Tensor<3>) -> Tensor<1> {
    tensor.clone().flatten(0, 2)
}

fn matrix(tensor: &Tensor<3>) -> Tensor<2> {
    tensor.clone().squeeze_dim(0)
}

fn dropout(probability: f32, key: u64) -> Dropout {
    Dropout { probability, key }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn norms(rows in 1usize..90, width in 1usize..300) {
        let shapes = [[2, rows, width], [1, 1, width], [1, 1, width]];
        agree("layer norm", &shapes, |x| {
            kernels::layer_norm(x[0].clone(), row(&x[1]), row(&x[2]), 1e-5)
        });
        agree("rms norm", &shapes[..2], |x| kernels::rms_norm(x[0].clone(), row(&x[1]), 1e-6));
    }

    // Gradients through the norm of two or three units move by as much as is allowed here when inputs move by half a unit in the last
    // place (scripts/check_lstm_norms.py): there the CPU is as far from the truth as a device is from the CPU.
    #[test]
    fn lstms(batch in 1usize..5, tokens in 1usize..7, width in 4usize..40, key: u64) {
        let (wide, one) = ([1, 1, 4 * width], [1, 1, width]);
        let shapes = [[batch, tokens, 4 * width], [1, width, 4 * width], wide, wide, wide, one, one];
        agree("lstm", &shapes, |x| {
            let norm = |index: usize| Norm {
                gain: row(&x[index]),
                bias: row(&x[index + 1]),
                epsilon: 1e-3,
            };
            let recurrence = Recurrence {
                weight: matrix(&x[1]),
                bias: row(&x[2]),
                state_norm: norm(3),
                cell_norm: norm(5),
            };
            let start = [(); 2].map(|()| x[0].clone().narrow(1, 0, 1).narrow(2, 0, width).squeeze_dim::<2>(1));
            let drops: Vec<Dropout> = (0..tokens as u64).map(|token| dropout(0.2, key ^ token)).collect();
            kernels::lstm(x[0].clone(), start, recurrence, &drops)
        });
    }

    #[test]
    fn units_and_dropout(rows in 1usize..50, width in 1usize..100, key: u64, p in 0.0f32..1.0) {
        let shape = [3, rows, width];
        agree("gelu tanh", &[shape], |x| kernels::gelu_tanh(x[0].clone() * 3.0));
        agree("gelu erf", &[shape], |x| kernels::gelu_erf(x[0].clone() * 3.0));
        agree("add dropout", &[shape, shape], |x| {
            kernels::add_dropout(x[0].clone(), x[1].clone(), Some(dropout(p, key)))
        });
    }

    #[test]
    fn attentions(
        tokens in 1usize..100,
        heads in 1usize..4,
        head in prop::sample::select(vec![1usize, 5, 16, 20, 32, 40, 64]),
        p in prop::sample::select(vec![0.0f32, 0.3]),
        key: u64,
    ) {
        let shapes = [[2, tokens, 3 * heads * head], [heads, tokens, tokens]];
        let dropped = Some(dropout(p, key));
        for causal in [false, true] {
            agree("attention", &shapes[..1], |x| {
                kernels::attention(x[0].clone(), heads, causal, dropped)
            });
        }
        for side in [1, 7, 40] {
            agree("windowed attention", &shapes[..1], |x| {
                kernels::windowed_attention(x[0].clone(), None, heads, side, [dropped, None])
            });
        }
        agree("biased attention", &shapes, |x| {
            kernels::biased_attention(x[0].clone(), x[1].clone(), dropped)
        });
    }

    #[test]
    fn layers(rows in 1usize..80, inputs in 1usize..200, outputs in 1usize..150) {
        let shapes = [
            [2, rows, inputs],
            [1, inputs, outputs],
            [1, inputs, outputs + 1],
            [1, inputs, 2 * outputs],
            [1, 1, outputs],
            [1, 1, outputs + 1],
            [1, 1, 2 * outputs],
        ];
        let alone = [shapes[0], shapes[1], shapes[4]];
        agree("linear", &alone, |x| {
            kernels::linear(x[0].clone(), matrix(&x[1]), Some(row(&x[2])))
        });
        agree("unbiased linear", &alone[..2], |x| {
            kernels::linear(x[0].clone(), matrix(&x[1]), None)
        });
        agree("linears", &shapes, |x| {
            let weights = [&x[1], &x[2], &x[3]].map(matrix);
            kernels::linears(x[0].clone(), weights, Some([&x[4], &x[5], &x[6]].map(row)))
        });
        agree("unbiased linears", &shapes[..4], |x| {
            kernels::linears(x[0].clone(), [&x[1], &x[2], &x[3]].map(matrix), None)
        });
    }

    #[test]
    fn cross_entropies(rows in 1usize..60, classes in 2usize..400) {
        agree("cross entropy", &[[1, rows, classes]], |x| {
            let targets: Vec<i32> = (0..rows).map(|row| (row * 7 % classes) as i32).collect();
            let targets = TensorData::new(targets, [rows]);
            let targets = Tensor::<1, Int>::from_data(targets, &x[0].device());
            kernels::cross_entropy(matrix(&x[0]), targets).reshape([1, 1, rows])
        });
    }

    #[test]
    fn updates(rows in 1usize..300, columns in 1usize..200, viewed: bool) {
        let Some(device) = device() else { return Ok(()) };
        let step = AdamStep {
            beta_1: 0.9,
            beta_2: 0.999,
            rate: 1e-2,
            root: 3.0,
            epsilon: 1e-8,
            decay: 0.99,
        };
        let [expected, found] = [Device::flex(), device].map(|device| {
            let tensor = |seed| match viewed {
                true => tensor([columns, rows], seed, &device).swap_dims(0, 1),
                false => tensor([rows, columns], seed, &device),
            };
            let squares = kernels::square_sum(None, tensor(1));
            let squares = kernels::square_sum(Some(squares), tensor(2));
            let state = [tensor(2), tensor(3), tensor(4) * tensor(4)];
            let state = kernels::adam(step, tensor(1), state);
            let mut all = vec![numbers(squares)];
            all.extend(state.map(numbers));
            all
        });
        for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
            close(&format!("update {index}"), found, expected);
        }
    }
}

/// A product large enough for the larger tiles.
#[test]
fn large_layers() {
    let shapes = [[1, 2050, 130], [1, 130, 1100], [1, 1, 1100]];
    agree("large linear", &shapes, |x| {
        kernels::linear(x[0].clone(), matrix(&x[1]), Some(row(&x[2])))
    });
}

/// Products in 16 bits, where the device has them: sums in 32, what trains in 32.
#[test]
fn layers_in_half_precision() {
    let Some(device) = device() else { return };
    for precision in [FloatDType::BF16, FloatDType::F16] {
        if !device.supports_dtype(precision) {
            eprintln!("skipped: this device has no {precision:?}");
            continue;
        }
        for [rows, inputs, outputs] in [[40, 64, 96], [600, 33, 50], [256, 768, 128]] {
            let shapes = [[1, rows, inputs], [1, inputs, outputs], [1, 1, outputs]];
            let function = |x: &[Tensor<3>]| {
                kernels::autocast(Some(precision), || {
                    kernels::linear(x[0].clone(), matrix(&x[1]), Some(row(&x[2])))
                })
            };
            let expected = run(&shapes, false, &Device::flex(), &function);
            let found = run(&shapes, false, &device, &function);
            for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
                let magnitude = expected.iter().fold(1f32, |most, x| most.max(x.abs()));
                for (found, expected) in found.iter().zip(expected) {
                    let error = (found - expected).abs() / magnitude;
                    assert!(
                        error < 1e-2,
                        "{precision:?} {index}: {found} against {expected}"
                    );
                }
            }
        }
    }
}

/// Masks are the same elements, bit for bit.
#[test]
fn drops_the_same_elements() {
    let Some(device) = device() else { return };
    for (key, p) in [(1, 0.1), (u64::MAX, 0.5), (7 << 40, 0.9), (3, 1.0)] {
        let [expected, found] = [Device::flex(), device.clone()].map(|device| {
            let ones = Tensor::<1>::ones([100_003], &device);
            numbers(kernels::dropout(ones, dropout(p, key)))
        });
        assert!(expected == found, "key {key}, probability {p}");
    }
}

/// Sums are taken in one order: the same step gives the same numbers.
#[test]
fn repeats_itself_bit_for_bit() {
    let Some(device) = device() else { return };
    let once = || {
        run(&[[4, 70, 3 * 64], [4, 70, 70]], false, &device, &|x| {
            kernels::biased_attention(x[0].clone(), x[1].clone(), Some(dropout(0.1, 5)))
        })
    };
    let first = once();
    for _ in 0..3 {
        assert!(once() == first);
    }
}
