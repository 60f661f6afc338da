//! Opening a device: an error that says what is missing, never a panic.

use crate::device::facts::{Facts, Opened};
use crate::device::name::{DeviceName, Devices, Kind};
use crate::exit::Problem;
use burn::tensor::Device;
use std::sync::{Mutex, PoisonError};

/// Those of this process: a device is opened once.
static OPENED: Mutex<Vec<(DeviceName, Opened)>> = Mutex::new(Vec::new());

/// The one device that was named, able to take gradients.
///
/// # Errors
/// As [`open_only`].
pub fn device(devices: &Devices) -> Result<Device, Problem> {
    Ok(open_only(devices)?.device.autodiff())
}

/// Opens the one device that was named.
///
/// # Errors
/// [`Problem::Asked`], where there are several, or as [`open`].
pub fn open_only(devices: &Devices) -> Result<Opened, Problem> {
    let only = devices.only().ok_or_else(|| {
        Problem::Asked(format!(
            "{devices}: this command computes on one device; a study on several"
        ))
    })?;
    open(only)
}

/// Opens a device, or finds it open.
///
/// # Errors
/// [`Problem::Asked`], with what is missing and a way out.
pub fn open(name: DeviceName) -> Result<Opened, Problem> {
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, found)) = opened.iter().find(|(known, _)| *known == name) {
        return Ok(found.clone());
    }
    let made = match name.kind {
        Kind::Flex => Ok(Opened {
            device: Device::flex(),
            facts: Facts::of_cpu(),
        }),
        #[cfg(feature = "cuda")]
        Kind::Cuda => crate::device::cuda::open(name),
        #[cfg(feature = "wgpu")]
        Kind::Wgpu => crate::device::wgpu::open(name),
        #[allow(unreachable_patterns)] // reached where a feature is off
        Kind::Cuda | Kind::Wgpu => Err(format!(
            "this build knows no {kind}: build it with `--features {kind}` (docs/guide.md, Devices), \
             or leave --device out to compute on the CPU",
            kind = name.kind.name()
        )),
    };
    let made = made.map_err(Problem::Asked)?;
    opened.push((name, made.clone()));
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_is_there_and_one_device_is_one() {
        let device = device(&"flex".parse().unwrap()).unwrap();
        assert!(device.is_autodiff());
        let several = super::device(&"cuda:0,cuda:1".parse().unwrap()).unwrap_err();
        assert!(several.to_string().contains("one device"), "{several}");
    }
}
