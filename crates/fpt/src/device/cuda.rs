//! NVIDIA's cards, through CUDA.

use crate::device::facts::{Facts, Opened};
use crate::device::name::DeviceName;
use crate::device::quiet::quietly;
use burn::tensor::{Device, DeviceType};
use std::path::{Path, PathBuf};

/// The library of the driver, by the names it is looked for.
const DRIVER: [&str; 3] = ["libcuda.so.1", "libcuda.so", "nvcuda.dll"];

/// Where kernels are compiled with functions such as exp from, below the folder of a toolkit.
const LIBDEVICE: &str = "nvvm/libdevice/libdevice.10.bc";

/// Where a toolkit is looked for when `CUDA_PATH` does not say.
const TOOLKITS: [&str; 4] = ["/usr/local/cuda", "/opt/cuda", "/usr/lib/cuda", "/usr"];

/// Opens a card, after everything that its backend would only miss in a panic.
pub fn open(name: DeviceName) -> Result<Opened, String> {
    driver()?;
    let index = name.index.unwrap_or(0);
    let cards = quietly(|| Device::enumerate(DeviceType::Cuda).len());
    let cards = cards.map_err(|said| format!("CUDA did not tell its cards: {said}"))?;
    if index >= cards {
        let found = match cards {
            0 => "NVIDIA's driver finds no card (is it loaded? nvidia-smi tells; CUDA_VISIBLE_DEVICES can hide cards)".to_owned(),
            1 => "NVIDIA's driver finds one card, cuda:0".to_owned(),
            _ => format!("NVIDIA's driver finds cuda:0 to cuda:{}", cards - 1),
        };
        return Err(format!("there is no {name}: {found}"));
    }
    libdevice()?;
    let device = Device::cuda(index);
    let facts = quietly(|| Facts::of(&device));
    let facts = facts.map_err(|said| format!("{name} cannot be opened: {said}"))?;
    Ok(Opened {
        device,
        facts: Facts {
            driver: version(),
            ..facts
        },
    })
}

fn driver() -> Result<(), String> {
    // SAFETY: loading NVIDIA's driver runs its initialisers, which is what is about to happen anyway.
    let loads = |name: &&str| unsafe { libloading::Library::new(*name) }.is_ok();
    DRIVER.iter().any(|name| loads(&name)).then_some(()).ok_or_else(|| {
        "libcuda.so.1, which comes with NVIDIA's driver, was not found: install the driver (in a \
         container, start it with the GPU), or leave --device out to compute on the CPU"
            .to_owned()
    })
}

/// The backend looks in the same places, when it compiles its first kernel.
fn libdevice() -> Result<(), String> {
    let named = std::env::var_os("CUDA_PATH").map(PathBuf::from);
    let toolkit = named.or_else(|| {
        let mut known = TOOLKITS.iter().map(Path::new);
        known
            .find(|toolkit| toolkit.join(LIBDEVICE).is_file())
            .map(Path::to_owned)
    });
    match toolkit {
        Some(toolkit) if toolkit.join(LIBDEVICE).is_file() => Ok(()),
        toolkit => Err(format!(
            "{LIBDEVICE}, a part of every CUDA toolkit that kernels are compiled with, was not found \
             in {}: set CUDA_PATH to a folder that has it",
            toolkit.map_or_else(
                || TOOLKITS.join(", "),
                |toolkit| toolkit.display().to_string()
            )
        )),
    }
}

/// The version of NVIDIA's kernel module, where Linux tells.
fn version() -> Option<String> {
    let text = std::fs::read_to_string("/proc/driver/nvidia/version").ok()?;
    Some(format!("NVIDIA {}", number(&text)?))
}

/// The first word that looks like a version.
fn number(text: &str) -> Option<&str> {
    let is_number =
        |word: &&str| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit());
    text.split_whitespace().find(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_kernel_module_tell_their_version() {
        let closed = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19 18:56:32 UTC 2023\nGCC version: 12.2.0";
        assert_eq!(number(closed), Some("535.129.03"));
        let open =
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.54.15  Release Build";
        assert_eq!(number(open), Some("550.54.15"));
    }
}
