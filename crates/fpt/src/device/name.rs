//! Devices as they are named on the command line.

use std::fmt;
use std::str::FromStr;

/// What computes, and by which of burn's backends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The CPU.
    Flex,
    /// A card of NVIDIA's.
    Cuda,
    /// What Vulkan, Metal or DirectX find.
    Wgpu,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Flex, Self::Cuda, Self::Wgpu];

    pub fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Cuda => "cuda",
            Self::Wgpu => "wgpu",
        }
    }

    /// The kind of a device by its name.
    pub fn of(device: &str) -> Option<Self> {
        let name = device.split(':').next();
        Self::ALL.into_iter().find(|kind| name == Some(kind.name()))
    }
}

/// `flex`, `cuda`, `cuda:1`, `wgpu` (the best there is) or `wgpu:1` (the second discrete GPU).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceName {
    pub kind: Kind,
    pub index: Option<usize>,
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        self.index.map_or(Ok(()), |index| write!(f, ":{index}"))
    }
}

impl FromStr for DeviceName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || {
            format!("`{text}` is no device: flex (the CPU), cuda, cuda:NUMBER, wgpu or wgpu:NUMBER")
        };
        let kind = Kind::of(text).ok_or_else(unknown)?;
        let index = match text.split_once(':') {
            None => None,
            Some((_, number)) => Some(number.parse::<u16>().map_err(|_| unknown())?),
        };
        match (kind, index) {
            (Kind::Flex, Some(_)) => Err(format!(
                "`{text}`: there is one CPU, `flex`; --workers and --threads say how its cores are used"
            )),
            _ => Ok(Self {
                kind,
                index: index.map(usize::from),
            }),
        }
    }
}

/// The devices that share a study's jobs: at least one, all of one kind, none twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Devices(Vec<DeviceName>);

impl Default for Devices {
    /// The CPU.
    fn default() -> Self {
        Self(vec![DeviceName {
            kind: Kind::Flex,
            index: None,
        }])
    }
}

impl Devices {
    pub fn kind(&self) -> Kind {
        self.0[0].kind
    }

    pub fn all(&self) -> &[DeviceName] {
        &self.0
    }

    /// The device, where there is only one.
    pub fn only(&self) -> Option<DeviceName> {
        match self.0[..] {
            [only] => Some(only),
            _ => None,
        }
    }
}

impl fmt::Display for Devices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(DeviceName::to_string).collect();
        f.write_str(&names.join(","))
    }
}

impl FromStr for Devices {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = text.split(',').map(|name| name.trim().parse());
        let names = names.collect::<Result<Vec<DeviceName>, String>>()?;
        let first = names[0];
        if let Some(other) = names.iter().find(|name| name.kind != first.kind) {
            return Err(format!(
                "{first} and {other} are devices of different kinds, whose last digits differ: name \
                 one kind, or share the study out yourself: a call for each, with --filter"
            ));
        }
        for (place, name) in names.iter().enumerate() {
            let number = |name: &DeviceName| name.index.unwrap_or(0);
            if names[..place]
                .iter()
                .any(|before| number(before) == number(name))
            {
                return Err(format!(
                    "{name} is named twice: --workers says how many jobs run at a time"
                ));
            }
        }
        Ok(Self(names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_as_they_are_written() {
        for text in [
            "flex",
            "cuda",
            "cuda:0,cuda:1",
            "wgpu",
            "wgpu:1,wgpu:0,wgpu:12",
        ] {
            assert_eq!(text.parse::<Devices>().unwrap().to_string(), text);
        }
        let two: Devices = "cuda:0, cuda:3".parse().unwrap();
        assert_eq!(two.kind(), Kind::Cuda);
        let numbers: Vec<_> = two.all().iter().map(|device| device.index).collect();
        assert_eq!(numbers, [Some(0), Some(3)]);
        assert_eq!(two.only(), None);
        assert_eq!(Kind::of("cuda:1"), Some(Kind::Cuda));
        assert_eq!(Kind::of("tpu"), None);
    }

    #[test]
    fn what_cannot_be_meant_says_what_can() {
        let said = |text: &str| text.parse::<Devices>().unwrap_err();
        for text in ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "wgpu:0:1", "cuda,"] {
            assert!(said(text).contains("cuda:NUMBER"), "{text}");
        }
        assert!(said("cuda:0,wgpu").contains("different kinds"));
        assert!(said("cuda,flex").contains("--filter"));
        for text in ["cuda:1,cuda:1", "cuda,cuda:0", "wgpu,wgpu:0"] {
            assert!(said(text).contains("--workers"), "{text}");
        }
        assert!(said("flex:0").contains("one CPU"));
    }
}
