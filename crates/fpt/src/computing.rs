use crate::device::Devices;
use clap::Args;

/// Where to compute, of commands that do.
#[derive(Args, Clone, Debug, Default)]
pub struct Computing {
    /// Threads of each job; results do not depend on it [default: its share of the cores in a study, else 1]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub threads: Option<usize>,
    /// Where to compute: flex (the CPU), or as this build was given cuda, cuda:1, wgpu; several share a study: cuda:0,cuda:1
    #[arg(long, value_name = "DEVICES", default_value = "flex")]
    pub device: Devices,
}

/// The same of commands that run or forecast several jobs at a time.
#[derive(Args, Clone, Debug, Default)]
pub struct Workers {
    /// Jobs at a time [default: as many as cores, memory and open jobs allow]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub workers: Option<usize>,
    #[command(flatten)]
    pub computing: Computing,
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (1..=4096).contains(&number) => Ok(number),
        _ => Err("expected a number from 1 to 4096".to_owned()),
    }
}
