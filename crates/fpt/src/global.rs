use crate::device::Devices;
use clap::Args;
use std::path::PathBuf;

/// Options that mean the same in every command.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// How large and how long: smoke, tiny, small or paper
    #[arg(long, global = true, value_name = "NAME", default_value = "tiny")]
    pub profile: String,
    /// Jobs at a time [default: as many as cores, memory and open jobs allow]
    #[arg(long, global = true, value_name = "N", value_parser = positive)]
    pub workers: Option<usize>,
    /// Threads of each job; results do not depend on it [default: its share of the cores in a study, else 1]
    #[arg(long, global = true, value_name = "N", value_parser = positive)]
    pub threads: Option<usize>,
    /// Seeds instead of the profile's: a list (1,2,7) or a count (5)
    #[arg(long, global = true, value_name = "SEEDS")]
    pub seeds: Option<String>,
    /// Where to compute: flex (the CPU), or as this build was given cuda, cuda:1, wgpu; several share a study: cuda:0,cuda:1
    #[arg(long, global = true, value_name = "DEVICES", default_value = "flex")]
    pub device: Devices,
    /// Run only cells with this value; may be repeated
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub filter: Vec<String>,
    /// Where results are kept [default: results/ of the workspace]
    #[arg(long, global = true, value_name = "DIR")]
    pub results: Option<PathBuf>,
    /// Where data is kept [default: the user's cache]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "FPT_DATA",
        hide_env = true
    )]
    pub data: Option<PathBuf>,
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (1..=4096).contains(&number) => Ok(number),
        _ => Err("expected a number from 1 to 4096".to_owned()),
    }
}
