//! What a runner and the process of a worker say to each other, a line at a time.

use crate::executor::{Ending, Progress};
use std::fmt;
use training::JobId;

/// A line that the process says on its stdout, about the job it was told to run last.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    Progress(Progress),
    /// How the job ended. Line breaks in a reason become ` | `.
    Ended(Ending),
}

/// A line that the process is told on its stdin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    Run(JobId),
    /// End the job behind its step; it goes on from its last checkpoint when it is run again.
    Stop,
}

impl Line {
    /// Reads a line; anything else a process prints is not ours.
    pub fn parse(line: &str) -> Option<Self> {
        let (kind, rest) = line.split_once(' ')?;
        let (first, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        match (kind, first) {
            ("progress", step) => {
                let (steps, loss) = rest.split_once(' ')?;
                Some(Self::Progress(Progress {
                    step: step.parse().ok()?,
                    steps: steps.parse().ok()?,
                    loss: loss.parse().ok()?,
                }))
            }
            ("ended", "finished") => Some(Self::Ended(Ending::Finished)),
            ("ended", "stopped") => Some(Self::Ended(Ending::Stopped)),
            ("ended", "failed") => Some(Self::Ended(Ending::Failed(rest.to_owned()))),
            ("ended", "waiting") => Some(Self::Ended(Ending::Waiting(rest.to_owned()))),
            _ => None,
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Progress(p) => write!(f, "progress {} {} {}", p.step, p.steps, p.loss),
            Self::Ended(Ending::Finished) => f.write_str("ended finished"),
            Self::Ended(Ending::Stopped) => f.write_str("ended stopped"),
            Self::Ended(Ending::Failed(reason)) => write!(f, "ended failed {}", joined(reason)),
            Self::Ended(Ending::Waiting(reason)) => write!(f, "ended waiting {}", joined(reason)),
        }
    }
}

/// A reason in one line.
fn joined(reason: &str) -> String {
    let lines = reason.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" | ")
}

impl Order {
    /// Reads a line; `None` is no order.
    pub fn parse(line: &str) -> Option<Self> {
        match line.split_once(' ') {
            Some(("run", id)) => Some(Self::Run(JobId(id.to_owned()))),
            None if line == "stop" => Some(Self::Stop),
            _ => None,
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(id) => write!(f, "run {id}"),
            Self::Stop => f.write_str("stop"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_read_back() {
        let progress = Line::Progress(Progress {
            step: 3,
            steps: 40,
            loss: 1.25,
        });
        let failed = Line::Ended(Ending::Failed("no luck".to_owned()));
        let endings = [Ending::Finished, Ending::Stopped].map(Line::Ended);
        for line in endings.into_iter().chain([progress, failed]) {
            assert_eq!(Line::parse(&line.to_string()), Some(line));
        }
        let waiting = Line::Ended(Ending::Waiting("no\n\n data ".to_owned()));
        let read = Line::parse(&waiting.to_string());
        let joined = Ending::Waiting("no | data".to_owned());
        assert_eq!(read, Some(Line::Ended(joined)));
        assert_eq!(Line::parse("hello world"), None);
        assert_eq!(Line::parse("progress 1 2"), None);
        for order in [Order::Run(JobId("0a".to_owned())), Order::Stop] {
            assert_eq!(Order::parse(&order.to_string()), Some(order));
        }
    }
}
