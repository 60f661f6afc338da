#![allow(clippy::print_stdout)]
use burn::tensor::{Device, Distribution, Tensor};
use std::time::Instant;
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
fn main() {
    let d = Device::flex();
    for (m, k, n) in [
        (512, 64, 192),
        (512, 64, 256),
        (512, 256, 64),
        (2048, 128, 384),
        (2048, 128, 512),
        (2048, 512, 128),
        (256, 768, 768),
        (256, 768, 3072),
        (256, 3072, 768),
        (1024, 1024, 1024),
    ] {
        let x = Tensor::<2>::random([m, k], Distribution::Default, &d);
        let w = Tensor::<2>::random([k, n], Distribution::Default, &d);
        let f = 2.0 * (m * k * n) as f64 / 1e9;
        let reps = ((1.0 / f) as usize).clamp(1, 200);
        let mut v: Vec<f64> = (0..15)
            .map(|_| {
                let t = Instant::now();
                for _ in 0..reps {
                    std::hint::black_box(kernels::linear(x.clone(), w.clone(), None));
                }
                t.elapsed().as_secs_f64()
            })
            .collect();
        v.sort_by(f64::total_cmp);
        println!(
            "{m}x{k}x{n}: {:.0} GFLOP/s (best {:.0})",
            f * reps as f64 / v[7],
            f * reps as f64 / v[0]
        );
    }
}
