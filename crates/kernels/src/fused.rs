//! Which tensors the passes exist for; all others take the composed form.

use burn::backend::DispatchDevice;
use burn::tensor::{DType, Tensor};

use crate::form::Form;

/// Whether the passes exist for this tensor: 32-bit floats on the CPU or a GPU.
pub(crate) fn fused<const D: usize>(x: &Tensor<D>) -> bool {
    x.dtype() == DType::F32 && is_known(&backend(x))
}

/// Whether the products of a dense layer do: on a GPU, also with a weight in 16 bits.
pub(crate) fn multiplies<const D: usize>(x: &Tensor<D>, weight: &Tensor<2>) -> bool {
    fused(x)
        && match backend(x) {
            DispatchDevice::Flex(_) => weight.dtype() == DType::F32,
            _ => true,
        }
}

/// Whether it is a tensor of 32-bit floats on the CPU.
pub(crate) fn on_cpu<const D: usize>(x: &Tensor<D>) -> bool {
    x.dtype() == DType::F32 && matches!(backend(x), DispatchDevice::Flex(_))
}

/// Whether that attention does: a GPU has to hold its tiles, and to count its sequences.
pub(crate) fn attends(qkv: &Tensor<3>, form: Form) -> bool {
    let [batch, _, width] = qkv.dims();
    fused(qkv) && holds_tiles(&backend(qkv), form, [batch, form.head(width)])
}

#[cfg(feature = "cube")]
fn holds_tiles(device: &DispatchDevice, form: Form, sizes: [usize; 2]) -> bool {
    match device {
        DispatchDevice::Cube(device) => crate::cube::attention_fits(device, form, sizes),
        _ => true,
    }
}

#[cfg(not(feature = "cube"))]
fn holds_tiles(_: &DispatchDevice, _: Form, _: [usize; 2]) -> bool {
    true
}

/// The device under the graph.
fn backend<const D: usize>(x: &Tensor<D>) -> DispatchDevice {
    match x.device().as_dispatch() {
        DispatchDevice::Autodiff(device) => device.clone().inner(),
        device => device.clone(),
    }
}

fn is_known(device: &DispatchDevice) -> bool {
    match device {
        DispatchDevice::Flex(_) => true,
        #[cfg(feature = "cube")]
        DispatchDevice::Cube(_) => true,
        #[allow(unreachable_patterns)] // reached once another backend is compiled in
        _ => false,
    }
}
