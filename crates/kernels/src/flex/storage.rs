//! Between burn-flex's tensors and slices.

use burn::tensor::{DType, Shape};
use burn_flex::{FlexTensor, Layout};

use super::buffer;

/// The tensor itself where its elements lie in row-major order, else a copy that is so.
pub(crate) fn contiguous(tensor: FlexTensor) -> FlexTensor {
    if tensor.layout().contiguous_offsets().is_some() {
        tensor
    } else {
        tensor.to_contiguous()
    }
}

/// The elements of a [`contiguous`] tensor.
pub(crate) fn values(tensor: &FlexTensor) -> &[f32] {
    let count = tensor.layout().num_elements();
    let start = tensor.layout().start_offset();
    &tensor.storage::<f32>()[start..start + count]
}

/// The tensor with its elements open to be overwritten: in place where nobody else holds them.
pub(crate) fn values_mut(tensor: &mut FlexTensor) -> &mut [f32] {
    // A copy drops what a view leaves out, so sharing does not clone a larger parent.
    if !tensor.is_unique() {
        let mut copy = buffer::take(values(tensor).len());
        copy.copy_from_slice(values(tensor));
        *tensor = from_vec(copy, tensor.layout().shape().clone());
    }
    let count = tensor.layout().num_elements();
    let start = tensor.layout().start_offset();
    &mut tensor.storage_mut::<f32>()[start..start + count]
}

/// A tensor on a buffer, which comes back to its pool when the tensor is gone.
pub(crate) fn from_vec(values: Vec<f32>, shape: Shape) -> FlexTensor {
    FlexTensor::new(buffer::bytes(values), Layout::contiguous(shape), DType::F32)
}
