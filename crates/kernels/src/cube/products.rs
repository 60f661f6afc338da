//! Matrix products, by cubek's routines.
//!
//! The choice is ours and not cubek's own (`Strategy::Auto`), which multiplies 32-bit floats as tf32 where
//! a device can: 10 bits of fraction under the name of `f32`.

use burn::backend::cubecl::dtype_to_storage_type;
use burn::tensor::DType;
use burn_cubecl::tensor::CubeTensor;
use cubek::matmul::definition::{MatmulElems, MatmulGlobalElems, MatmulSetupError};
use cubek::matmul::launch::launch_ref;
use cubek::matmul::multi_level::Strategy as Routine;
use cubek::matmul::strategy::Strategy;
use cubek::std::InputBinding;

use super::launch::empty;

/// `lhs · rhs` of two matrices of one number type, in 32 bits; either may be a transposed view.
pub(super) fn product(lhs: &CubeTensor, rhs: &CubeTensor) -> CubeTensor {
    let shape = [lhs.meta.shape()[0], rhs.meta.shape()[1]];
    let output = empty(lhs, shape, DType::F32);
    let routines: &[Routine] = match lhs.dtype {
        DType::F32 => &[Routine::SimpleUnit(Default::default())],
        _ => &[
            Routine::SimpleCyclicCmma(Default::default()),
            Routine::SimpleUnit(Default::default()),
        ],
    };
    for routine in routines {
        match launch(routine, lhs, rhs, &output) {
            Ok(()) => return output,
            Err(MatmulSetupError::Unavailable(_)) => continue,
            Err(error) => panic!("a product of {lhs:?} and {rhs:?} cannot be set up: {error:?}"),
        }
    }
    panic!("no routine multiplies {} on this device", lhs.dtype.name())
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
