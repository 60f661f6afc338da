use burn::tensor::Device;
use serde::{Deserialize, Serialize};

/// A device that is there.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Without gradients.
    pub device: Device,
    pub facts: Facts,
}

/// What a device says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Facts {
    /// `NVIDIA H100 80GB HBM3`.
    pub name: Option<String>,
    /// What drives it, with its version.
    pub driver: Option<String>,
    /// Bytes of its own memory, all of it, used or not.
    pub memory: Option<u64>,
}

impl Facts {
    /// Of the CPU, whose memory is the machine's.
    pub fn of_cpu() -> Self {
        let mut system = sysinfo::System::new();
        system.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
        let brand = system
            .cpus()
            .first()
            .map(|cpu| cpu.brand().trim().to_owned());
        Self {
            name: brand.filter(|brand| !brand.is_empty()),
            ..Self::default()
        }
    }
}

/// Of a device that burn runs kernels on; opens it.
#[cfg(any(feature = "cuda", feature = "wgpu"))]
impl Facts {
    pub fn of(device: &Device) -> Self {
        use burn::backend::DispatchDevice;
        let memory = match device.as_dispatch() {
            DispatchDevice::Cube(cube) => cube.client().properties().memory.max_memory(),
            _ => None,
        };
        Self {
            name: device.identity().map(|identity| identity.name),
            driver: None,
            memory,
        }
    }
}
