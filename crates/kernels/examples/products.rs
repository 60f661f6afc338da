//! Products at the shapes of small and of base-sized bodies, on one thread, beside other libraries:
//!
//!     RAYON_NUM_THREADS=1 cargo run --release -p kernels --example products
//!
//! GFLOP/s, medians of rounds in turn. Ours are frozen layers: `x` as it comes, the weight packed.
#![allow(clippy::print_stdout)]

use burn::tensor::{Device, Distribution, Tensor};
use std::hint::black_box;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rows, depth and columns.
const SHAPES: [[usize; 3]; 9] = [
    [512, 64, 192],
    [512, 64, 256],
    [512, 256, 64],
    [2048, 128, 384],
    [2048, 128, 512],
    [2048, 512, 128],
    [256, 768, 768],
    [256, 768, 3072],
    [256, 3072, 768],
];
const ROUNDS: usize = 9;

fn main() {
    println!("  rows x depth x columns  ours   gemm  matrixmultiply  burn-flex");
    for shape in SHAPES {
        let [ours, gemm, matrixmultiply, flex] = gflops(shape);
        let [rows, depth, columns] = shape;
        println!(
            "{rows:6} x {depth:5} x {columns:7} {ours:6.0} {gemm:6.0} {matrixmultiply:15.0} {flex:10.0}"
        );
    }
}

fn gflops(sizes: [usize; 3]) -> [f64; 4] {
    let [rows, depth, columns] = sizes;
    let device = Device::flex();
    let random = |shape| Tensor::<2>::random(shape, Distribution::Default, &device);
    let (x, weight) = (random([rows, depth]), random([depth, columns]));
    let numbers = |tensor: &Tensor<2>| tensor.to_data().iter::<f32>().collect::<Vec<_>>();
    let (a, b) = (numbers(&x), numbers(&weight));
    let mut c = vec![0f32; rows * columns];

    let gflop = 2.0 * (rows * depth * columns) as f64 / 1e9;
    let repeats = ((0.5 / gflop) as usize).clamp(1, 200);
    let mut times = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        let mut time = |library: usize, run: &mut dyn FnMut()| {
            let start = Instant::now();
            (0..repeats).for_each(|_| run());
            times[library].push(start.elapsed().as_secs_f64());
        };
        time(0, &mut || {
            black_box(kernels::linear(x.clone(), weight.clone(), None));
        });
        time(1, &mut || by_gemm(&a, &b, &mut c, sizes));
        time(2, &mut || by_matrixmultiply(&a, &b, &mut c, sizes));
        time(3, &mut || {
            black_box(x.clone().matmul(weight.clone()));
        });
    }
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        gflop * repeats as f64 / times[ROUNDS / 2]
    })
}

fn by_gemm(a: &[f32], b: &[f32], c: &mut [f32], [rows, depth, columns]: [usize; 3]) {
    let (a, b, c) = (a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
    let (across, down) = (columns as isize, depth as isize);
    let one_thread = gemm::Parallelism::None;
    // SAFETY: the three matrices are row-major, of these sizes and apart.
    unsafe {
        gemm::gemm(
            rows, columns, depth, c, 1, across, false, a, 1, down, b, 1, across, 1.0, 1.0, false,
            false, false, one_thread,
        );
    }
}

fn by_matrixmultiply(a: &[f32], b: &[f32], c: &mut [f32], [rows, depth, columns]: [usize; 3]) {
    let (a, b, c) = (a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
    let (across, down) = (columns as isize, depth as isize);
    // SAFETY: as above.
    unsafe {
        matrixmultiply::sgemm(
            rows, depth, columns, 1.0, a, down, 1, b, across, 1, 0.0, c, across, 1,
        );
    }
}
