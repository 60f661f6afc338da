use crate::executor::Progress;
use std::fmt;

/// A line that a job's process says on its stdout.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    Progress(Progress),
    /// Why it ends without a result. Line breaks become ` | `.
    Reason(String),
}

impl Line {
    /// Reads a line; anything else a process prints is not ours.
    pub fn parse(line: &str) -> Option<Self> {
        match line.split_once(' ')? {
            ("progress", rest) => {
                let mut words = rest.split(' ');
                let progress = Progress {
                    step: words.next()?.parse().ok()?,
                    steps: words.next()?.parse().ok()?,
                    loss: words.next()?.parse().ok()?,
                };
                words.next().is_none().then_some(Self::Progress(progress))
            }
            ("reason", rest) => Some(Self::Reason(rest.to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Progress(p) => write!(f, "progress {} {} {}", p.step, p.steps, p.loss),
            Self::Reason(reason) => {
                let lines = reason
                    .lines()
                    .map(str::trim)
                    .filter(|line| !line.is_empty());
                write!(f, "reason {}", lines.collect::<Vec<_>>().join(" | "))
            }
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
        assert_eq!(Line::parse(&progress.to_string()), Some(progress));
        let reason = Line::Reason("no\n\n data ".to_owned());
        let read = Line::parse(&reason.to_string());
        assert_eq!(read, Some(Line::Reason("no | data".to_owned())));
        assert_eq!(Line::parse("hello world"), None);
        assert_eq!(Line::parse("progress 1 2"), None);
    }
}
