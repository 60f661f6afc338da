//! What a study left out for want of data.

use crate::hint;
use crate::print;
use data::Item;
use runner::{Passed, Summary};
use std::collections::BTreeSet;
use std::fmt;
use study::Planned;

/// An item that could not be had, with a line for each source tried.
pub struct Missing {
    pub item: &'static Item,
    pub tried: Vec<String>,
}

/// The jobs that were left out, of how many, for want of which items.
pub struct LeftOut {
    missing: Vec<Missing>,
    jobs: BTreeSet<usize>,
    of: usize,
}

impl LeftOut {
    /// Of a study's jobs those that need what is missing, or a body that does.
    pub fn of(missing: Vec<Missing>, jobs: &[Planned], summary: &Summary) -> Self {
        let lacks = |job: &usize| {
            let task = &jobs[*job].job.task;
            let needed = tasks::data(&task.name, &task.settings).unwrap_or_default();
            let mut missing = missing.iter().map(|missing| missing.item.name);
            missing.any(|name| needed.iter().any(|item| item.name == name))
        };
        let waiting = summary.waiting.iter().map(|(job, _)| *job);
        let mut left: BTreeSet<usize> = waiting.filter(lacks).collect();
        loop {
            let before = left.len();
            for (job, because) in &summary.passed {
                if matches!(because, Passed::Needs(other) if left.contains(other)) {
                    left.insert(*job);
                }
            }
            if left.len() == before {
                break;
            }
        }
        Self {
            missing,
            jobs: left,
            of: jobs.len(),
        }
    }

    pub fn holds(&self, job: usize) -> bool {
        self.jobs.contains(&job)
    }

    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }
}

/// One paragraph: what, why, and the way to get it.
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.missing.iter().map(|missing| missing.item.name);
        let names: Vec<_> = names.collect();
        writeln!(
            f,
            "left out: {} of {} jobs, all that need {}, which could not be had:",
            self.jobs.len(),
            self.of,
            names.join(" or ")
        )?;
        for Missing { item, tried } in &self.missing {
            for line in tried {
                writeln!(f, "  {}: {}", item.name, line.replace('\n', " "))?;
            }
        }
        let sizes = self.missing.iter().map(|missing| missing.item.bytes);
        write!(
            f,
            "to get it: {} with a network (about {}), or with `--from DIR` out of a folder that has its \
             files; the same command then goes on with these jobs",
            hint::of_data(&[&["fetch"], &names[..]].concat()),
            print::size(sizes.sum())
        )
    }
}
