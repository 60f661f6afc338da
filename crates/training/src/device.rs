use burn::backend::DispatchDevice;
use burn::tensor::Device;

/// Whether to read a number from a device is to wait until it has done all that it was given. On
/// the CPU (burn-flex) an operation is done when its call returns.
pub(crate) fn reading_waits(device: &Device) -> bool {
    let inner = device.clone().inner();
    !matches!(inner.as_dispatch(), DispatchDevice::Flex(_))
}

/// How many batches are read at once: each by itself where reading costs nothing, else `most`.
pub(crate) fn batches_in_a_reading(device: &Device, most: usize) -> usize {
    match reading_waits(device) {
        true => most,
        false => 1,
    }
}
