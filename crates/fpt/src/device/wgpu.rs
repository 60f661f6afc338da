//! What the system's graphics drivers find.

use crate::device::facts::{Facts, Opened};
use crate::device::name::DeviceName;
use crate::device::quiet::quietly;
use burn::tensor::wgpu::WgpuInitError;
use burn::tensor::{Device, DeviceKind};

/// Opens an adapter: without a number the best there is, else a discrete GPU by its place.
pub fn open(name: DeviceName) -> Result<Opened, String> {
    let kind = name
        .index
        .map_or(DeviceKind::DefaultDevice, DeviceKind::DiscreteGpu);
    let options = Device::wgpu_options().device_kind(kind);
    let opened = quietly(|| {
        let (device, setup) = options.init_with_setup()?;
        let (info, facts) = (setup.adapter.get_info(), Facts::of(&device));
        let driver = [&info.driver, &info.driver_info].map(|word| word.trim());
        let driver = driver.into_iter().filter(|word| !word.is_empty());
        let driver: Vec<&str> = driver.collect();
        let facts = Facts {
            driver: Some(format!("{} ({})", driver.join(" "), info.backend)),
            ..facts
        };
        Ok(Opened { device, facts })
    });
    opened
        .map_err(|said| format!("{name} cannot be opened: {said}"))?
        .map_err(|error: WgpuInitError| missing(name, &error))
}

fn missing(name: DeviceName, error: &WgpuInitError) -> String {
    match (error, name.index) {
        (WgpuInitError::AdapterUnavailable { .. }, None) => {
            "wgpu finds no adapter: install a driver for Vulkan (for checks Debian's \
             mesa-vulkan-drivers serves, in software), or leave --device out to compute on the CPU"
                .to_owned()
        }
        (WgpuInitError::AdapterUnavailable { .. }, Some(index)) => format!(
            "there is no {name}: wgpu does not find {} discrete GPU(s); `wgpu` alone takes the best \
             adapter there is",
            index + 1
        ),
        _ => format!("{name} cannot be opened: {error}"),
    }
}
