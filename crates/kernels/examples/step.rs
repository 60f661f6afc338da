//! Times a frozen-body training step, fused against composed:
//! `RAYON_NUM_THREADS=1 cargo run --release -p kernels --example step`.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use burn::tensor::activation::{gelu_approximate, softmax};
use burn::tensor::{Bool, Device, Distribution, Tensor};
use kernels::Dropout;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A pre-norm transformer block with frozen matrices and trained layer norms.
struct Block {
    norms: [(Tensor<1>, Tensor<1>); 2],
    matrices: [(Tensor<2>, Tensor<1>); 4],
}

impl Block {
    fn new(width: usize, device: &Device) -> Self {
        let norm = || {
            let (gain, bias) = (
                Tensor::ones([width], device),
                Tensor::zeros([width], device),
            );
            (gain.require_grad(), bias.require_grad())
        };
        let matrix = |input, output| {
            let normal = Distribution::Normal(0.0, 0.02);
            (
                Tensor::random([input, output], normal, device),
                Tensor::zeros([output], device),
            )
        };
        Self {
            norms: [norm(), norm()],
            matrices: [
                matrix(width, 3 * width),
                matrix(width, width),
                matrix(width, 4 * width),
                matrix(4 * width, width),
            ],
        }
    }

    fn fused(&self, x: Tensor<3>, heads: usize, key: u64) -> Tensor<3> {
        let drop = |n| {
            Some(Dropout {
                probability: 0.1,
                key: key + n,
            })
        };
        let norm = |x, i: usize| {
            kernels::layer_norm(x, self.norms[i].0.clone(), self.norms[i].1.clone(), 1e-5)
        };
        let linear = |x, i: usize| {
            kernels::linear(
                x,
                self.matrices[i].0.clone(),
                Some(self.matrices[i].1.clone()),
            )
        };
        let attended = kernels::attention(linear(norm(x.clone(), 0), 0), heads, true, drop(0));
        let x = kernels::add_dropout(x, linear(attended, 1), drop(1));
        let inner = kernels::gelu_tanh(linear(norm(x.clone(), 1), 2));
        kernels::add_dropout(x, linear(inner, 3), drop(2))
    }

    fn composed(&self, x: Tensor<3>, heads: usize) -> Tensor<3> {
        let drop = |x: Tensor<3>| dropout(x);
        let norm = |x: Tensor<3>, i: usize| {
            let centred = x.clone() - x.mean_dim(2);
            let variance = (centred.clone() * centred.clone()).mean_dim(2);
            let (gain, bias) = self.norms[i].clone();
            centred / (variance + 1e-5).sqrt() * gain.unsqueeze() + bias.unsqueeze()
        };
        let linear = |x: Tensor<3>, i: usize| {
            let (weight, bias) = self.matrices[i].clone();
            burn::tensor::module::linear(x, weight, Some(bias))
        };
        let qkv = linear(norm(x.clone(), 0), 0);
        let [batch, tokens, width] = qkv.dims();
        let head = width / 3 / heads;
        let part = |i: usize| -> Tensor<4> {
            let part = qkv.clone().narrow(2, i * width / 3, width / 3);
            part.reshape([batch, tokens, heads, head]).swap_dims(1, 2)
        };
        let scores = part(0).matmul(part(1).transpose()) / (head as f64).sqrt();
        let hidden = Tensor::<2, Bool>::tril_mask([tokens, tokens], 0, &scores.device());
        let scores = scores.mask_fill(hidden.unsqueeze::<4>(), f32::NEG_INFINITY);
        let attended = dropout(softmax(scores, 3)).matmul(part(2));
        let attended = attended.swap_dims(1, 2).reshape([batch, tokens, width / 3]);
        let x = x + drop(linear(attended, 1));
        let inner = gelu_approximate(linear(norm(x.clone(), 1), 2));
        x + drop(linear(inner, 3))
    }
}

fn dropout<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let kept = x.random_like(Distribution::Bernoulli(0.9));
    x * kept / 0.9
}

/// The best of several runs, in milliseconds.
fn time(mut run: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..12 {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
    }
    best
}

fn main() {
    let device = Device::flex().autodiff();
    for (layers, width, heads, batch, tokens) in [(4, 128, 4, 32, 64), (2, 64, 2, 32, 16)] {
        let blocks: Vec<Block> = (0..layers).map(|_| Block::new(width, &device)).collect();
        let shape = [batch, tokens, width];
        let x = Tensor::<3>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        let fused = || {
            let pairs = blocks.iter().enumerate();
            pairs
                .fold(x.clone(), |x, (i, block)| {
                    block.fused(x, heads, 10 * i as u64)
                })
                .sum()
        };
        let composed = || {
            blocks
                .iter()
                .fold(x.clone(), |x, block| block.composed(x, heads))
                .sum()
        };
        let row = [
            time(|| drop(fused().into_data())),
            time(|| drop(fused().backward())),
            time(|| drop(composed().into_data())),
            time(|| drop(composed().backward())),
        ];
        println!("{layers} × {width}, {heads} heads, batch {batch} × {tokens} tokens, ms:");
        println!(
            "  fused    forward {:7.2}  with backward {:7.2}",
            row[0], row[1]
        );
        println!(
            "  composed forward {:7.2}  with backward {:7.2}",
            row[2], row[3]
        );
    }
    let x = Tensor::<2>::random([2048, 128], Distribution::Default, &device);
    let weight = Tensor::<2>::random([128, 512], Distribution::Default, &device);
    let bias = Tensor::<1>::zeros([512], &device);
    let gflop = 2.0 * 2048.0 * 128.0 * 512.0 / 1e6;
    let ours = time(|| {
        drop(kernels::linear(
            x.clone(),
            weight.clone(),
            Some(bias.clone()),
        ))
    });
    let burns = time(|| {
        drop(burn::tensor::module::linear(
            x.clone(),
            weight.clone(),
            Some(bias.clone()),
        ))
    });
    println!(
        "(2048 × 128) · (128 × 512) + bias: {ours:.2} ms, {:.0} GFLOP/s",
        gflop / ours
    );
    println!(
        "  burn's own linear: {burns:.2} ms, {:.0} GFLOP/s",
        gflop / burns
    );
}
