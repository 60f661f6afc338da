use crate::attempt::is_done;
use crate::exit::{Failing, Problem};
use files::{Sign, Watch};
use results::{JobFolder, JobState, Store};
use study::Planned;

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Done,
    /// Its numbers are here, and its folder is not.
    Published,
    Running,
    Broken,
    /// In a queue.
    Queued,
    /// It was in a queue, which has it no more.
    Lost,
    /// It was given to a queue, which does not answer.
    Unknown,
    Failed,
    Newer,
    Unread,
    /// For data.
    Waiting,
    Open,
}

impl Stage {
    pub const ALL: [Self; 12] = [
        Self::Done,
        Self::Published,
        Self::Running,
        Self::Broken,
        Self::Queued,
        Self::Lost,
        Self::Unknown,
        Self::Failed,
        Self::Newer,
        Self::Unread,
        Self::Waiting,
        Self::Open,
    ];

    /// Whether it is told without being asked for.
    pub fn is_news(self) -> bool {
        !matches!(self, Self::Done | Self::Published | Self::Open)
    }

    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Published)
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Published => "published",
            Self::Running => "running",
            Self::Broken => "broken off",
            Self::Queued => "queued",
            Self::Lost => "lost",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
            Self::Newer => "of a newer version",
            Self::Unread => "unreadable",
            Self::Waiting => "waiting",
            Self::Open => "open",
        }
    }
}

fn stage_of_folder(folder: &JobFolder) -> Result<JobState, Problem> {
    folder.state().failing("read what the job left")
}

/// What its folder says of a job; what was submitted of it plays no part.
pub fn stage(store: &Store, planned: &Planned, watch: &mut Watch) -> Result<Stage, Problem> {
    let folder = store.job(&planned.id);
    let is_done = match is_done(&folder, &planned.job) {
        Err(error) if error.is_newer() => return Ok(Stage::Newer),
        is_done => is_done.failing("read what the job left")?,
    };
    Ok(match stage_of_folder(&folder)? {
        JobState::Finished if is_done => Stage::Done,
        JobState::Absent => Stage::Open,
        JobState::Failed => Stage::Failed,
        // Its process holds it while it lives.
        _ => match folder.look(watch).failing("look for its process")? {
            Sign::Alive | Sign::Quiet => Stage::Running,
            Sign::Free | Sign::Silent if has_begun(&folder) => Stage::Broken,
            Sign::Free | Sign::Silent => Stage::Open,
        },
    })
}

/// Whether more of a job is here than its settings, which are written before a queue is asked.
pub fn has_begun(folder: &JobFolder) -> bool {
    folder.log_path().exists() || !matches!(folder.curve(), Ok(None))
}
