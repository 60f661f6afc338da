//! What is wrong with a folder of results, and what mends it.

use super::moved::{DEEPEST, is_over, moved_away, remove};
use crate::anew;
use crate::exit::{Failing, Problem};
use files::Hold;
use results::JobFolder;
use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

/// A file that is half written for so long is written by nobody.
pub const OLD: Duration = Duration::from_secs(3600);

/// What is wrong, in a sentence, and what would be done about it.
pub struct Finding {
    pub what: String,
    pub repair: Option<Repair>,
}

/// Nothing of these takes away what cannot be made again.
pub enum Repair {
    /// Files whose bytes are not what they were: the job runs again.
    SetAside(JobFolder, Vec<String>),
    /// An outcome or a curve that nobody can read: the same.
    Restart(JobFolder),
    /// Traces of processes that are gone.
    LetGo(JobFolder),
    /// The same where a study's rows are.
    LetGoOfRows(PathBuf),
    /// A job that was moved away, where nothing is in its place.
    PutBack(PathBuf, JobFolder),
    /// Copies of what is elsewhere, and what can be made again.
    Remove(PathBuf),
}

impl Finding {
    /// One that is named, and no more.
    pub fn named(what: impl Display) -> Self {
        Self {
            what: what.to_string(),
            repair: None,
        }
    }
}

impl Repair {
    /// What it would do.
    pub fn promise(&self) -> &'static str {
        match self {
            Self::SetAside(..) | Self::Restart(_) => {
                "sets it aside as .damaged, and the job runs again with the next `fpt study`"
            }
            Self::LetGo(_) | Self::LetGoOfRows(_) => "takes that away",
            Self::PutBack(..) => "puts it back",
            Self::Remove(_) => "removes it: what is in it is here, or can be made again",
        }
    }

    /// What it has done.
    pub fn done(&self) -> &'static str {
        match self {
            Self::SetAside(..) | Self::Restart(_) => {
                "set aside as .damaged, and the job runs again with the next `fpt study`"
            }
            Self::LetGo(_) | Self::LetGoOfRows(_) => "taken away",
            Self::PutBack(..) => "put back",
            Self::Remove(_) => "removed",
        }
    }

    /// Whether it could be done.
    pub fn make(&self) -> Result<bool, Problem> {
        let mending = "mend it";
        // Whoever runs a job meanwhile mends it alone.
        let held = |folder: &JobFolder| folder.lock().failing(mending);
        match self {
            Self::SetAside(folder, names) => match held(folder)? {
                Some(_lock) => folder.set_aside(names).failing(mending).map(|()| true),
                None => Ok(false),
            },
            Self::Restart(folder) => match held(folder)? {
                Some(_lock) => folder.restart().failing(mending).map(|()| true),
                None => Ok(false),
            },
            // What is over goes with the lock, parts of files with its taking.
            Self::LetGo(folder) => held(folder).map(|lock| lock.is_some()),
            Self::LetGoOfRows(folder) => {
                let held = Hold::try_take(folder).failing(mending)?;
                files::sweep_older(folder, OLD).failing(mending)?;
                Ok(held.is_some())
            }
            Self::PutBack(before, folder) => {
                let is_held = folder.holder().failing(mending)?.is_some();
                if is_held || !anew::to_its_place(before, folder)? {
                    return Ok(false);
                }
                // What the process has left that had it.
                drop(held(folder)?);
                let rest = before.parent();
                let rest = rest.filter(|rest| moved_away(rest, &[]).is_empty());
                rest.map_or(Ok(()), remove).failing(mending)?;
                Ok(true)
            }
            // Somebody may have taken it up again meanwhile.
            Self::Remove(path) if !is_over(path, DEEPEST) => Ok(false),
            Self::Remove(path) => remove(path).failing(mending).map(|()| true),
        }
    }
}
