//! What a runner and the process of a worker say to each other: JSON, a line at a time.

use crate::executor::{Ending, Progress, joined};
use serde::{Deserialize, Serialize};
use std::fmt;
use training::JobId;

/// A line that the process says on its stdout, about the job it was told to run last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    Progress(Progress),
    /// How the job ended.
    Ended(Ending),
}

/// A line that the process is told on its stdin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    Run(JobId),
    /// End the job behind its step; it goes on from its last checkpoint when it is run again.
    Stop,
}

impl Line {
    /// Reads a line; anything else a process prints is not ours.
    pub fn parse(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }

    /// For the runner.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("a line is plain data")
    }
}

/// For people who run a job by hand.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Progress(p) => write!(f, "step {} of {}, loss {:.3}", p.step, p.steps, p.loss),
            Self::Ended(Ending::Finished) => f.write_str("finished"),
            Self::Ended(Ending::Stopped) => f.write_str("stopped"),
            Self::Ended(Ending::Elsewhere) => f.write_str("taken over by another process"),
            Self::Ended(Ending::Failed(reason) | Ending::OutOfMemory(reason)) => {
                write!(f, "failed: {}", joined(reason))
            }
            Self::Ended(Ending::Waiting(reason)) => write!(f, "waiting: {}", joined(reason)),
        }
    }
}

impl Order {
    /// Reads a line; `None` is no order.
    pub fn parse(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }

    /// For the process.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("an order is plain data")
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
        let reason = "no\n\n data ".to_owned();
        let endings = [
            Ending::Finished,
            Ending::Stopped,
            Ending::Elsewhere,
            Ending::Failed(reason.clone()),
            Ending::OutOfMemory(reason.clone()),
            Ending::Waiting(reason),
        ];
        for line in endings.map(Line::Ended).into_iter().chain([progress]) {
            assert!(!line.to_line().contains('\n'));
            assert_eq!(Line::parse(&line.to_line()), Some(line));
        }
        assert_eq!(Line::parse("hello world"), None);
        assert_eq!(Line::parse("{\"progress\": {\"step\": 1}}"), None);
        for order in [Order::Run(JobId("0a".to_owned())), Order::Stop] {
            assert_eq!(Order::parse(&order.to_line()), Some(order));
        }
    }

    #[test]
    fn people_get_one_line_of_words() {
        let waiting = Line::Ended(Ending::Waiting("no\n\n data ".to_owned()));
        assert_eq!(waiting.to_string(), "waiting: no | data");
        let progress = Line::Progress(Progress {
            step: 3,
            steps: 40,
            loss: 2.0 / 3.0,
        });
        assert_eq!(progress.to_string(), "step 3 of 40, loss 0.667");
    }
}
