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
    match output.status.code() {
        Some(0) => serde_json::from_slice(&output.stdout).failing("read what the device is"),
        Some(2) => Err(Problem::Asked(last_line(&output.stderr))),
        // Not in words of ours, and a driver's last ones are often about something else.
        _ => Err(Problem::Asked(format!(
            "{name} cannot be used: looking at it ended with {}; `fpt bench --device {name}` shows more",
            output.status
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

/// Why a process ended, without the word in front.
fn last_line(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let line = said.lines().map(str::trim).rfind(|line| !line.is_empty());
    let line = line.unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

fn ask(name: &str) -> Result<Output, Problem> {
    let program = std::env::current_exe().failing("find this program")?;
    let probe = Command::new(program)
        .args(["probe", "--device", name])
        .stdin(Stdio::null())
        .output();
    probe.failing("look at the device")
}
