use burn::backend::DispatchDevice;
use burn::tensor::{DType, Tensor};

/// Whether the fused form exists for this tensor: 32-bit floats on burn-flex.
pub(crate) fn fused<const D: usize>(x: &Tensor<D>) -> bool {
    let device = x.device();
    let flex = match device.as_dispatch() {
        DispatchDevice::Autodiff(device) => {
            matches!(device.clone().inner(), DispatchDevice::Flex(_))
        }
        DispatchDevice::Flex(_) => true,
        #[allow(unreachable_patterns)] // reached once another backend is compiled in
        _ => false,
    };
    flex && x.dtype() == DType::F32
}
