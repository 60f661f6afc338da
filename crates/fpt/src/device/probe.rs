//! Looking at a device in a process of its own: a driver that crashes takes only that along, and
//! the memory that an open device holds is given back.

use crate::device::facts::Facts;
use crate::device::name::{DeviceName, Kind};
use crate::exit::{Failing, Problem};
use runner::is_out_of_memory;
use std::process::{Command, Output, Stdio};

/// What a device says of itself.
///
/// # Errors
/// [`Problem::Asked`], with what the process said last.
pub fn probe(name: DeviceName) -> Result<Facts, Problem> {
    if name.kind == Kind::Flex {
        return Ok(Facts::of_cpu());
    }
    let output = ask(&name.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    let last = || said.lines().map(str::trim).rfind(|line| !line.is_empty());
    let facts = || serde_json::from_slice(&output.stdout).ok();
    match output.status.success() {
        true => facts().ok_or_else(|| Problem::Run(format!("{name} said nothing of itself"))),
        false => Err(Problem::Asked(last().map_or_else(
            || format!("{name} cannot be opened: {}", output.status),
            |last| last.trim_start_matches("error: ").to_owned(),
        ))),
    }
}

/// Whether a device can still be opened.
pub fn is_there(name: &str) -> bool {
    let opens = |output: Output| {
        // A card whose memory other processes hold is there.
        output.status.success() || is_out_of_memory(&String::from_utf8_lossy(&output.stderr))
    };
    Kind::of(name) == Some(Kind::Flex) || ask(name).is_ok_and(opens)
}

fn ask(name: &str) -> Result<Output, Problem> {
    let program = std::env::current_exe().failing("find this program")?;
    let probe = Command::new(program)
        .args(["probe", "--device", name])
        .stdin(Stdio::null())
        .output();
    probe.failing("look at the device")
}
