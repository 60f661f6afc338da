//! The one place that writes to the terminal.

use crate::exit::Problem;
use miette::{GraphicalReportHandler, GraphicalTheme, ReportHandler};
use std::fmt;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use study::StudyError;

/// The first write to stdout that failed.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// Whether any of them did, also since its reader has left.
static GONE: AtomicBool = AtomicBool::new(false);

/// What was asked for: stdout.
pub fn say(text: impl fmt::Display) {
    heard(writeln!(io::stdout(), "{}", harmless(text)));
}

/// What programs read: as it is, but on a terminal.
pub fn data(text: &str) {
    match io::stdout().is_terminal() {
        true => say(text),
        false => heard(writeln!(io::stdout(), "{text}")),
    }
}

/// What was asked for, in the place of what was said before: on a terminal that is cleared, elsewhere set apart.
pub fn frame(lines: &[String]) {
    let is_terminal = io::stdout().is_terminal();
    let above = if is_terminal { "\x1b[2J\x1b[H" } else { "" };
    let below = if is_terminal { "" } else { "\n" };
    let lines = harmless(lines.join("\n"));
    heard(writeln!(io::stdout(), "{above}{lines}{below}"));
    heard(io::stdout().flush());
}

/// Notes how a write to stdout went. A reader who left early (`| head`) is no failure.
pub fn heard(written: io::Result<()>) {
    let Err(error) = written else {
        return;
    };
    GONE.store(true, Ordering::Relaxed);
    if error.kind() != ErrorKind::BrokenPipe {
        // The first one is the reason.
        let _ = LOST.set(error);
    }
}

/// Whether nobody reads stdout any more: whatever is said without end ends.
pub fn is_gone() -> bool {
    GONE.load(Ordering::Relaxed)
}

/// Sees to it that stdout has got all that was said.
pub fn finish() -> Result<(), Problem> {
    heard(io::stdout().flush());
    match LOST.get() {
        None => Ok(()),
        Some(error) => Err(Problem::Run(format!("failed to write to stdout: {error}"))),
    }
}

/// What a file system cannot do that was needed, said once.
pub fn lacks() {
    for lack in files::lacks() {
        note(format_args!("warning: {lack}"));
    }
}

/// What happens meanwhile: stderr.
pub fn note(text: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{}", harmless(text));
}

/// Why the command ends without doing what it was asked.
pub fn problem(problem: &Problem) {
    match problem {
        // What is in it of files is harmless, and it has colours.
        Problem::Input(error) => drop(writeln!(io::stderr(), "{}", Shown(error))),
        Problem::Asked(reason) | Problem::Run(reason) => note(format_args!("error: {reason}")),
    }
}

fn harmless(text: impl fmt::Display) -> String {
    files::harmless(&text.to_string())
}

/// A mistake with its place in the file.
struct Shown<'a>(&'a StudyError);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = !std::io::stderr().is_terminal() || std::env::var_os("NO_COLOR").is_some();
        let theme = if plain {
            GraphicalTheme::none()
        } else {
            GraphicalTheme::unicode()
        };
        let width = 100;
        let handler = GraphicalReportHandler::new_themed(theme).with_width(width);
        handler.debug(self.0, f)
    }
}

/// `3 h 05 min`, `12 min`, `8 s`.
pub fn span(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) if m < 10 => format!("{m} min {s:02} s"),
        (0, m, _) => format!("{m} min"),
        (h, m, _) => format!("{h} h {m:02} min"),
    }
}

/// `0.02 s`, `3.4 s`, then as [`span`].
pub fn short_span(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 1.0 => format!("{seconds:.2} s"),
        seconds if seconds < 10.0 => format!("{seconds:.1} s"),
        seconds => span(seconds),
    }
}

/// `54.9 MB`.
pub fn size(bytes: u64) -> String {
    match bytes as f64 {
        few if few < 1e3 => format!("{bytes} bytes"),
        some if some < 1e6 => format!("{:.1} kB", some / 1e3),
        many if many < 1e9 => format!("{:.1} MB", many / 1e6),
        huge => format!("{:.1} GB", huge / 1e9),
    }
}

/// `1 row`, `2 rows`.
pub fn many(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

/// `1,234,567`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Columns of the terminal that stdout goes to; where it goes elsewhere, as many as `COLUMNS` says, or a hundred.
pub fn width() -> usize {
    let said = std::env::var("COLUMNS").ok();
    let said = said.and_then(|columns| columns.parse().ok());
    let seen = console::Term::stdout()
        .size_checked()
        .map(|(_, columns)| columns.into());
    seen.or(said).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_counts_read_well() {
        let spans = [7.6, 65.0, 1500.0, 11_100.0].map(span);
        assert_eq!(spans, ["8 s", "1 min 05 s", "25 min", "3 h 05 min"]);
        let spans = [0.004, 3.44, 75.0].map(short_span);
        assert_eq!(spans, ["0.00 s", "3.4 s", "1 min 15 s"]);
        let sizes = [12, 54_900_000, 1_200_000_000].map(size);
        assert_eq!(sizes, ["12 bytes", "54.9 MB", "1.2 GB"]);
        assert_eq!(
            [12, 1234, 1_234_567].map(count),
            ["12", "1,234", "1,234,567"]
        );
    }
}
