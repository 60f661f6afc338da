//! Matrix products: of 32-bit floats by a kernel of ours, of 16-bit floats by cubek's routines, which
//! know matrix units.
//!
//! cubek's own choice for 32 bits (`Strategy::Auto`) is tf32 where a device has it: 10 bits of
//! fraction under the name of `f32`.

use burn::backend::cubecl::dtype_to_storage_type;
use burn::tensor::DType;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;
use cubek::matmul::definition::{MatmulElems, MatmulGlobalElems, MatmulSetupError};
use cubek::matmul::launch::launch_ref;
use cubek::matmul::multi_level::Strategy as Routine;
use cubek::matmul::strategy::Strategy;
use cubek::std::InputBinding;

use super::launch::{alike, buffer, elementwise, empty};
use super::multiply::multiply;

/// `lhs · rhs` of two matrices of one number type, and a bias to each row, in 32 bits; either may be a
/// transposed view.
pub(super) fn product(lhs: &CubeTensor, rhs: &CubeTensor, bias: Option<&CubeTensor>) -> CubeTensor {
    if lhs.dtype == DType::F32 {
        return multiply(lhs, rhs, bias);
    }
    let output = in_half(lhs, rhs);
    match bias {
        None => output,
        Some(bias) => add_bias(&output, bias),
    }
}

/// Of 16-bit floats: on matrix units where the device has them.
fn in_half(lhs: &CubeTensor, rhs: &CubeTensor) -> CubeTensor {
    let shape = [lhs.meta.shape()[0], rhs.meta.shape()[1]];
    let output = empty(lhs, shape, DType::F32);
    // The first is the fastest of few rows; it takes no transposed views.
    let few = shape[0] <= 512 && rhs.is_contiguous() && lhs.is_contiguous();
    let first = few.then(|| Routine::DoubleCyclicMma(Default::default()));
    let others = [
        Routine::DoubleCyclicCmma(Default::default()),
        Routine::SimpleCyclicCmma(Default::default()),
        Routine::SimpleUnit(Default::default()),
    ];
    let mut refused = Vec::new();
    for routine in first.into_iter().chain(others) {
        match launch(&routine, lhs, rhs, &output) {
            Ok(()) => return output,
            Err(error) => refused.push(format!("{routine}: {error:?}")),
        }
    }
    let reasons = refused.join("; ");
    panic!(
        "no routine multiplies {} on this device: {reasons}",
        lhs.dtype.name()
    )
}

#[cube(launch_unchecked)]
fn add_bias_kernel(x: &[f32], bias: &[f32], output: &mut [f32]) {
    let at = ABSOLUTE_POS;
    if at < output.len() {
        output[at] = x[at] + bias[at % bias.len()];
    }
}

fn add_bias(x: &CubeTensor, bias: &CubeTensor) -> CubeTensor {
    let output = alike(x);
    let (count, dim) = elementwise(&output);
    // Safety: no unit goes past the elements; the bias is as wide as a row.
    unsafe {
        add_bias_kernel::launch_unchecked(
            &x.client,
            count,
            dim,
            buffer(x),
            buffer(bias),
            buffer(&output),
        );
    }
    output
}

fn launch(
    routine: &Routine,
    lhs: &CubeTensor,
    rhs: &CubeTensor,
    output: &CubeTensor,
) -> Result<(), MatmulSetupError> {
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
}

/// A matrix with its axes swapped, the same elements.
pub(super) fn transposed(matrix: &CubeTensor) -> CubeTensor {
    let mut view = matrix.clone();
    view.meta.swap(0, 1);
    view
}

/// All axes but the last as one.
pub(super) fn matrix(tensor: &CubeTensor) -> CubeTensor {
    let columns = *tensor.meta.shape().last().unwrap_or(&1);
    let rows = tensor.meta.num_elements() / columns.max(1);
    CubeTensor::new_contiguous(
        tensor.client.clone(),
        tensor.device.clone(),
        [rows, columns].into(),
        tensor.handle.clone(),
        tensor.dtype,
    )
}
