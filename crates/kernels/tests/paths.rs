//! Every operation, forward and backward, on each path of vector instructions that this machine has:
//! the same bits, at sizes that no vector divides, and on any machine with this C library those that
//! the first results came from.

#![allow(clippy::unwrap_used)] // a test that panics has failed, as it should

use burn::tensor::{Device, Int, Tensor, TensorData};
use kernels::{AdamStep, Dropout, Norm, Recurrence, Simd};

fn device() -> Device {
    Device::flex().autodiff()
}

/// From -1 to 1, the same on any machine.
fn random<const D: usize>(shape: [usize; D], seed: u32) -> Tensor<D> {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    let values: Vec<f32> = (0..shape.iter().product())
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect();
    Tensor::from_data(TensorData::new(values, shape), &device())
}

fn bits<const D: usize>(tensor: Tensor<D>) -> Vec<u32> {
    let numbers: Vec<f32> = tensor.into_data().try_to_vec().unwrap();
    numbers.into_iter().map(f32::to_bits).collect()
}

fn row(tensor: &Tensor<3>) -> Tensor<1> {
    tensor.clone().flatten(0, 2)
}

fn matrix(tensor: &Tensor<3>) -> Tensor<2> {
    tensor.clone().squeeze_dim(0)
}

type Run = Box<dyn Fn(&[Tensor<3>]) -> Tensor<3>>;

/// What makes something of inputs of these shapes.
struct Operation {
    name: String,
    inputs: Vec<[usize; 3]>,
    run: Run,
}

impl Operation {
    /// The gradients of the inputs, and the output.
    fn bits(&self) -> Vec<Vec<u32>> {
        let shapes = self.inputs.iter().enumerate();
        let leaves: Vec<_> = shapes
            .map(|(index, shape)| {
                (random(*shape, 1 + index as u32) * 2.0)
                    .detach()
                    .require_grad()
            })
            .collect();
        let output = (self.run)(&leaves);
        let probe = random(output.dims(), 99);
        let mut grads = (output.clone() * probe).sum().backward();
        let grads = leaves
            .iter()
            .map(|leaf| bits(leaf.grad_remove(&mut grads).unwrap()));
        grads.chain([bits(output)]).collect()
    }
}

fn operation(
    name: impl Into<String>,
    inputs: &[[usize; 3]],
    run: impl Fn(&[Tensor<3>]) -> Tensor<3> + 'static,
) -> Operation {
    Operation {
        name: name.into(),
        inputs: inputs.to_vec(),
        run: Box::new(run),
    }
}

const WIDTHS: [usize; 9] = [1, 3, 15, 16, 17, 33, 70, 128, 307];

fn rows_of_numbers() -> Vec<Operation> {
    let mut all = Vec::new();
    for width in WIDTHS {
        let (x, one) = ([2, 3, width], [1, 1, width]);
        let named = |name: &str| format!("{name} of {width}");
        all.push(operation(named("layer norm"), &[x, one, one], |i| {
            kernels::layer_norm(i[0].clone(), row(&i[1]), row(&i[2]), 1e-5)
        }));
        all.push(operation(named("rms norm"), &[x, one], |i| {
            kernels::rms_norm(i[0].clone(), row(&i[1]), 1e-6)
        }));
        all.push(operation(named("gelu"), &[x], |i| {
            kernels::gelu_tanh(i[0].clone() * 3.0)
        }));
        all.push(operation(named("exact gelu"), &[x], |i| {
            kernels::gelu_erf(i[0].clone() * 3.0)
        }));
        let dropout = Dropout {
            probability: 0.3,
            key: width as u64,
        };
        all.push(operation(named("dropout"), &[x], move |i| {
            kernels::dropout(i[0].clone(), dropout)
        }));
        all.push(operation(
            named("dropout on a residual"),
            &[x, x],
            move |i| kernels::add_dropout(i[0].clone(), i[1].clone(), Some(dropout)),
        ));
        all.push(operation(
            named("cross entropy"),
            &[[1, 7, width]],
            move |i| {
                let targets: Vec<i32> = (0..7).map(|row| row * 5 % width as i32).collect();
                let targets = Tensor::<1, Int>::from_data(TensorData::new(targets, [7]), &device());
                kernels::cross_entropy(matrix(&i[0]) * 4.0, targets).reshape([1, 1, 7])
            },
        ));
        all.push(operation(named("mean"), &[one], |i| {
            kernels::mean(row(&i[0])).reshape([1, 1, 1])
        }));
    }
    all
}

fn products() -> Vec<Operation> {
    let mut all = Vec::new();
    // Depths beyond a stretch of panel, rows beyond a block, columns on both sides of one and two panels.
    for [rows, depth, columns] in [
        [1, 1, 1],
        [5, 7, 15],
        [13, 31, 17],
        [12, 300, 32],
        [29, 513, 47],
        [281, 20, 33],
        [3, 64, 100],
    ] {
        let x = [1, rows, depth];
        let name = format!("a layer {rows} x {depth} x {columns}");
        let inputs = [x, [1, depth, columns], [1, 1, columns]];
        all.push(operation(name, &inputs, |i| {
            kernels::linear(i[0].clone(), matrix(&i[1]), Some(row(&i[2])))
        }));
        let weight = [1, depth, columns];
        let name = format!("three layers {rows} x {depth} x {columns}");
        all.push(operation(name, &[x, weight, weight, weight], |i| {
            kernels::linears(i[0].clone(), [1, 2, 3].map(|n| matrix(&i[n])), None)
        }));
    }
    all
}

fn attentions() -> Vec<Operation> {
    let mut all = Vec::new();
    for (tokens, heads, head) in [(1, 1, 1), (9, 2, 5), (33, 3, 16), (65, 1, 19), (150, 2, 33)] {
        let qkv = [2, tokens, 3 * heads * head];
        let named = |name: &str| format!("{name} of {tokens} tokens, {heads} x {head}");
        let dropout = Some(Dropout {
            probability: 0.2,
            key: 7,
        });
        all.push(operation(named("attention"), &[qkv], move |i| {
            kernels::attention(i[0].clone(), heads, false, None)
        }));
        all.push(operation(named("causal attention"), &[qkv], move |i| {
            kernels::attention(i[0].clone(), heads, true, dropout)
        }));
        all.push(operation(named("windowed attention"), &[qkv], move |i| {
            kernels::windowed_attention(i[0].clone(), None, heads, 6, [dropout, None])
        }));
        let bias = [heads, tokens, tokens];
        all.push(operation(
            named("biased attention"),
            &[qkv, bias],
            move |i| kernels::biased_attention(i[0].clone(), i[1].clone(), dropout),
        ));
    }
    all
}

fn lstms() -> Vec<Operation> {
    let mut all = Vec::new();
    for width in [3, 16, 33] {
        let (wide, one) = ([1, 1, 4 * width], [1, 1, width]);
        let inputs = [
            [2, 5, 4 * width],
            [1, width, 4 * width],
            wide,
            wide,
            wide,
            one,
            one,
        ];
        all.push(operation(format!("lstm of {width}"), &inputs, move |i| {
            let norm = |index: usize| Norm {
                gain: row(&i[index]),
                bias: row(&i[index + 1]),
                epsilon: 1e-6,
            };
            let recurrence = Recurrence {
                weight: matrix(&i[1]),
                bias: row(&i[2]),
                state_norm: norm(3),
                cell_norm: norm(5),
            };
            let start = [5, 6].map(|seed| random([2, width], seed).detach());
            let drops = [0, 1, 2, 3, 4].map(|key| Dropout {
                probability: 0.2,
                key,
            });
            kernels::lstm(i[0].clone(), start, recurrence, &drops)
        }));
    }
    all
}

/// Three steps of Adam, and the square of a gradient's length before each.
fn adam(count: usize) -> Vec<Vec<u32>> {
    let step = AdamStep {
        beta_1: 0.9,
        beta_2: 0.999,
        rate: 1e-2,
        root: 1.7,
        epsilon: 1e-8,
        decay: 0.99,
    };
    let inner = |seed| random([count], seed).inner();
    let mut state = [inner(1), inner(2) * 0.1, inner(3).abs()];
    let mut all = Vec::new();
    for seed in 4..7 {
        let grad = inner(seed);
        all.push(bits(kernels::square_sum(None, grad.clone())));
        state = kernels::adam(step, grad, state);
    }
    all.extend(state.map(bits));
    all
}

fn everything() -> Vec<(String, Vec<Vec<u32>>)> {
    let operations = [rows_of_numbers(), products(), attentions(), lstms()];
    let operations = operations.into_iter().flatten();
    let of_operations = operations.map(|operation| (operation.name.clone(), operation.bits()));
    let of_adam = WIDTHS.map(|count| (format!("adam on {count}"), adam(count)));
    of_operations.chain(of_adam).collect()
}

/// FNV-1a over all bits, in order.
fn digest(all: &[(String, Vec<Vec<u32>>)]) -> u64 {
    let bits = all.iter().flat_map(|(_, numbers)| numbers).flatten();
    bits.fold(0xcbf2_9ce4_8422_2325, |digest, bits| {
        (digest ^ u64::from(*bits)).wrapping_mul(0x0100_0000_01b3)
    })
}

// One test: what is chosen is chosen for the process.
#[test]
fn every_path_gives_the_same_bits_on_any_machine() {
    let before = Simd::chosen();
    let mut seen = Vec::new();
    for simd in Simd::ALL.into_iter().filter(|simd| simd.choose()) {
        assert_eq!(Simd::chosen(), simd);
        seen.push((simd, everything()));
    }
    assert!(before.choose());
    let (_, expected) = &seen[0];
    for (simd, found) in &seen[1..] {
        for ((name, found), (_, expected)) in found.iter().zip(expected) {
            assert_eq!(found, expected, "{name} on {}", simd.name());
        }
    }
    // Taken from AVX2 and glibc (all but the LSTM from AVX-512), whose logarithm the losses have. Another number is another last digit
    // in every curve.
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        let digest = digest(expected);
        assert_eq!(digest, 0x5b14_9bce_aa69_795f, "{digest:#018x}");
    }
}

#[test]
fn a_mean_is_added_up_in_the_order_of_the_first_results() {
    for (count, expected) in [
        (1, 0xbe8e_9e5c),
        (16, 0x3da8_d225),
        (100, 0xbb90_3b8f),
        (128, 0x3ca9_77b2),
        (300, 0x3c13_73d5),
        (1000, 0x3ca3_c346),
        (4099, 0x3c6a_8a45),
    ] {
        let found = bits(kernels::mean(random([count], 5)));
        assert_eq!(found, [expected], "{count}");
    }
}
