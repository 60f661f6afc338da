use crate::exit::Problem;
use burn::tensor::Device;

/// The device of that name, able to take gradients: `flex` (the CPU), `cuda`, `cuda:1`, `wgpu`.
pub fn device(name: &str) -> Result<Device, Problem> {
    let (kind, index) = match name.split_once(':') {
        None => (name, Some(0)),
        Some((kind, index)) => (kind, index.parse::<usize>().ok()),
    };
    match (kind, index) {
        ("flex", Some(0)) => Ok(Device::flex().autodiff()),
        #[cfg(feature = "cuda")]
        ("cuda", Some(index)) => Ok(Device::cuda(index).autodiff()),
        #[cfg(feature = "wgpu")]
        ("wgpu", Some(0)) => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice).autodiff()),
        _ => Err(Problem::Asked(format!(
            "there is no device `{name}` in this build; known are {}",
            known().join(", ")
        ))),
    }
}

/// Devices that this build can name.
fn known() -> Vec<&'static str> {
    let mut known = vec!["flex"];
    if cfg!(feature = "cuda") {
        known.extend(["cuda", "cuda:<number>"]);
    }
    if cfg!(feature = "wgpu") {
        known.push("wgpu");
    }
    known
}
