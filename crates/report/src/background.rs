use evidence::{Cell, Run};
use std::collections::BTreeMap;
use training::{Job, JobId};

/// What is known of a study besides its numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Background {
    /// The profile that it ran at.
    pub profile: String,
    /// Cells with rows that are kept and in no number: no cell of the study has their jobs.
    pub apart: Vec<Cell>,
    /// The settings of its cells' jobs and their pretrainings, finished or not.
    pub settings: BTreeMap<JobId, Job>,
    /// How its pretrainings ended, each on an axis `pretraining`.
    pub pretrained: Vec<Run>,
    /// Where and when its jobs ran.
    pub ran: BTreeMap<JobId, Ran>,
}

/// Where and when a job ran, and what it took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ran {
    /// Of wall time, interruptions not counted.
    pub hours: f64,
    /// Of processors; `None` on other devices.
    pub core_hours: Option<f64>,
    /// The device, its name and what drives it: `cuda, NVIDIA H100 80GB HBM3`.
    pub device: String,
    /// Of the program.
    pub version: String,
    /// Full hash of the commit that it was built from.
    pub commit: Option<String>,
    /// Whether the tree had changes beyond that.
    pub dirty: bool,
    /// Seconds since 1970-01-01 UTC.
    pub finished_at: u64,
    /// The last lines of its log.
    pub log: Option<String>,
}
