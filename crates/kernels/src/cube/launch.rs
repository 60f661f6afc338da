//! Tensors for kernels, and how many units of a device work on them.

use burn::tensor::{DType, Shape};
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use cubecl::calculate_cube_count_elemwise;
use cubecl::prelude::*;

/// Cubes along an axis that every device can count.
pub(super) const MOST_CUBES: usize = 65_535;
/// Units of a cube: what every device has at least.
pub(super) const UNITS: u32 = 256;

/// A tensor on the device of another, in rows, with nothing written.
pub(super) fn empty(like: &CubeTensor, shape: impl Into<Shape>, dtype: DType) -> CubeTensor {
    let (client, device) = (like.client.clone(), like.device.clone());
    empty_device_contiguous_dtype(client, device, shape.into(), dtype)
}

/// A tensor of 32-bit floats in the shape of another.
pub(super) fn alike(like: &CubeTensor) -> CubeTensor {
    empty(like, like.meta.shape.clone(), DType::F32)
}

/// A row of so many 32-bit floats on the device of another tensor.
pub(super) fn row(like: &CubeTensor, count: usize) -> CubeTensor {
    empty(like, [count], DType::F32)
}

/// The elements of a tensor in row-major order, to be read or written by a kernel: as many as the
/// tensor has, whose memory may be longer. (16-bit floats may come with one more, since devices bind
/// whole words.)
pub(super) fn buffer(tensor: &CubeTensor) -> BufferArg {
    assert!(tensor.is_contiguous(), "a kernel reads rows: {tensor:?}");
    let (count, mut handle) = (tensor.meta.num_elements(), tensor.handle.clone());
    assert!(
        u32::try_from(count).is_ok(),
        "a kernel counts in 32 bits: {tensor:?}"
    );
    let bytes = (count * tensor.dtype.size()).next_multiple_of(4) as u64;
    let behind = handle.size_in_used().saturating_sub(bytes);
    handle.offset_end = Some(handle.offset_end.unwrap_or(0) + behind);
    // Safety: the handle was cut to the elements.
    unsafe { BufferArg::from_raw_parts(handle, count) }
}

/// Cubes of [`UNITS`] in which each element has a unit of its own.
pub(super) fn elementwise(tensor: &CubeTensor) -> (CubeCount, CubeDim) {
    let (count, dim) = (tensor.meta.num_elements(), CubeDim::new_1d(UNITS));
    (
        calculate_cube_count_elemwise(&tensor.client, count, dim),
        dim,
    )
}

/// So many cubes, counted along one axis as far as that goes: a kernel compares `CUBE_POS`.
pub(super) fn cubes(count: usize) -> CubeCount {
    let rest = count.div_ceil(MOST_CUBES).max(1);
    CubeCount::Static(count.div_ceil(rest) as u32, rest as u32, 1)
}
