//! Which of cubek's routines multiplies the matrices of a transformer block fastest on a device:
//! what the choice in `cube/products.rs` rests on.
//!
//! `cargo run --release -p kernels --features vulkan,cuda --example routines -- cuda f32`

#![allow(clippy::print_stdout, clippy::unwrap_used)] // a program for developers

use burn::backend::cubecl::dtype_to_storage_type;
use burn::tensor::DType;
use burn_cubecl::CubeDevice;
use burn_cubecl::kernel::prng::random_uniform;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use cubek::matmul::definition::{MatmulElems, MatmulGlobalElems};
use cubek::matmul::launch::launch_ref;
use cubek::matmul::multi_level::Strategy as Routine;
use cubek::matmul::multi_level::routines::TileSizeSelection;
use cubek::matmul::multi_level::routines::batch::double_buffering::DoubleBufferingArgs;
use cubek::matmul::multi_level::routines::batch::double_unit::DoubleUnitSelectionArgs;
use cubek::matmul::multi_level::routines::batch::ordered_double_buffering::OrderedSelectionArgs;
use cubek::matmul::multi_level::routines::batch::simple::SimpleArgs;
use cubek::matmul::multi_level::routines::batch::simple_unit::SimpleUnitSelectionArgs;
use cubek::matmul::routine::BlueprintStrategy::Inferred;
use cubek::matmul::strategy::Strategy;
use cubek::std::InputBinding;
use std::time::Instant;

/// Rows, depth and columns: tiny (32 x 64 tokens), base (4 x 64, 32 x 64), large (4 x 64).
const SIZES: [[usize; 3]; 11] = [
    [2048, 128, 384],
    [2048, 128, 512],
    [2048, 512, 128],
    [256, 768, 2304],
    [256, 768, 768],
    [256, 768, 3072],
    [256, 3072, 768],
    [2048, 768, 768],
    [2048, 768, 3072],
    [256, 1280, 5120],
    [256, 5120, 1280],
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let device = match arguments[0].as_str() {
        "cuda" => CubeDevice::Cuda(Default::default()),
        _ => CubeDevice::Wgpu(Default::default()),
    };
    let dtype = match arguments[1].as_str() {
        "f32" => DType::F32,
        "bf16" => DType::BF16,
        _ => DType::F16,
    };
    for sizes in SIZES {
        for transposed in [false, true] {
            let mut found: Vec<(f64, String)> = routines(dtype)
                .iter()
                .filter_map(|routine| {
                    let time = std::panic::catch_unwind(|| {
                        time(routine, sizes, transposed, dtype, &device)
                    });
                    Some((time.ok().flatten()?, routine.to_string()))
                })
                .collect();
            found.sort_by(|a, b| a.0.total_cmp(&b.0));
            let best: Vec<String> = found
                .iter()
                .take(5)
                .map(|(time, name)| format!("{time:.1} {name}"))
                .collect();
            let rate = 2.0 * sizes.iter().product::<usize>() as f64 / found[0].0 / 1e6;
            println!(
                "{sizes:?} transposed {transposed}: {rate:.1} TFLOP/s; µs: {}",
                best.join(", ")
            );
        }
    }
}

fn routines(dtype: DType) -> Vec<Routine> {
    use TileSizeSelection::{MaxTileSize, MinTileSize};
    let mut all = Vec::new();
    for tile_size in [MaxTileSize, MinTileSize] {
        let simple = SimpleUnitSelectionArgs { tile_size };
        all.push(Routine::SimpleUnit(Inferred(simple)));
        let double = DoubleUnitSelectionArgs { tile_size };
        all.push(Routine::DoubleUnit(Inferred(double)));
    }
    all.push(Routine::Gemm(Inferred(Default::default())));
    if dtype == DType::F32 {
        return all;
    }
    for multi_rows in [false, true] {
        let args = || SimpleArgs {
            multi_rows,
            ..Default::default()
        };
        all.push(Routine::SimpleCyclicCmma(Inferred(args())));
        all.push(Routine::SimpleCyclicMma(Inferred(args())));
        all.push(Routine::SimpleTmaCmma(Inferred(args())));
        all.push(Routine::SimpleTmaMma(Inferred(args())));
    }
    for specialized in [false, true] {
        let args = || DoubleBufferingArgs {
            specialized,
            ..Default::default()
        };
        all.push(Routine::DoubleCyclicCmma(Inferred(args())));
        all.push(Routine::DoubleCyclicMma(Inferred(args())));
    }
    let ordered = OrderedSelectionArgs::default;
    all.push(Routine::OrderedDoubleCmma(Inferred(ordered())));
    all.push(Routine::OrderedDoubleMma(Inferred(ordered())));
    all.push(Routine::SpecializedTmaCmma(Inferred(().into())));
    all.push(Routine::SpecializedTmaMma(Inferred(().into())));
    all
}

/// Microseconds of a product, over a queue of 20: the median of 7.
fn time(
    routine: &Routine,
    [rows, depth, columns]: [usize; 3],
    transposed: bool,
    dtype: DType,
    device: &CubeDevice,
) -> Option<f64> {
    let random = |shape: [usize; 2]| random_uniform(shape.into(), device, -1.0, 1.0, dtype);
    let lhs = random([rows, depth]);
    let rhs = match transposed {
        false => random([depth, columns]),
        true => {
            let mut rhs = random([columns, depth]);
            rhs.meta.swap(0, 1);
            rhs
        }
    };
    let (client, own) = (lhs.client.clone(), lhs.device.clone());
    let output = empty_device_contiguous_dtype(client, own, [rows, columns].into(), DType::F32);
    launch(routine, &lhs, &rhs, &output)?;
    let sync = || cubecl::future::block_on(output.client.sync()).ok();
    sync()?;
    let mut times: Vec<f64> = (0..7)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..20 {
                launch(routine, &lhs, &rhs, &output);
            }
            sync();
            start.elapsed().as_secs_f64() * 1e6 / 20.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    Some(times[3])
}

fn launch(
    routine: &Routine,
    lhs: &CubeTensor,
    rhs: &CubeTensor,
    output: &CubeTensor,
) -> Option<()> {
    let [left, right, out] = [lhs, rhs, output].map(|tensor| dtype_to_storage_type(tensor.dtype));
    let mut numbers = MatmulElems::from_globals(&MatmulGlobalElems {
        lhs: left,
        rhs: right,
        out,
    });
    launch_ref(
        &Strategy::MultiLevel(routine.clone()),
        &output.client,
        InputBinding::new(lhs.clone().binding(), left),
        InputBinding::new(rhs.clone().binding(), right),
        output.clone().binding(),
        &mut numbers,
    )
    .ok()
}
