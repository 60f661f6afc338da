use crate::contents::Contents;
use crate::error::StudyError;
use crate::keys::{backbone_of, is_checkpoint};
use crate::library::Library;
use crate::options::Options;
use crate::resolve::Resolver;
use crate::standing::Standing;
use crate::study::Study;
use evidence::{Cell, Question};
use std::collections::{BTreeMap, BTreeSet};
use training::{Initialisation, Job, JobId, TaskSpec};

/// What a study comes to: every job once, in the order they start, and the cells they answer.
#[derive(Clone, Debug)]
pub struct Plan {
    pub question: Question,
    pub profile: String,
    /// Pilots first, then a replicate at a time, each with its pretrainings: half a run is every cell at fewer
    /// replicates. While pilots are open the pretrainings of the first replicate stand last: cores that wait for the pilots' bodies have
    /// these to do. Only what the filter leaves.
    pub jobs: Vec<Planned>,
    /// Which of these are pretrainings of the first replicate that none of them starts from yet.
    pub next: BTreeSet<JobId>,
    /// Jobs that follow these and cannot be named yet, since pilots choose their learning rates: what stands in
    /// for them in forecasts, with the pretrainings of further replicates.
    pub later: Vec<Planned>,
    /// Every cell with every seed and every learning rate to choose from, whatever the filter says: what tables and parquet are made of.
    pub cells: Vec<Cell>,
    /// Cells of those later jobs, without the names of jobs.
    pub open: Vec<Cell>,
    /// Their pretrainings, named by themselves on an axis `pretraining`; one that is pinned is of replicate 0.
    pub pretrainings: Vec<Cell>,
    /// The job of each of these cells that has a name, whatever the filter says, and of their pretrainings.
    pub settings: BTreeMap<JobId, Job>,
    /// What the jobs of all cells read.
    pub sources: Sources,
    /// What of that was known when it was planned.
    pub contents: Contents,
}

/// What jobs read, by name.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Folders, or names on the hub.
    pub checkpoints: BTreeSet<String>,
    /// All that the lists of pretrainings name: what replicates read, and would read.
    pub listed: BTreeSet<String>,
    /// By [`tasks::source`]: a task that reads it.
    pub data: BTreeMap<String, TaskSpec>,
}

impl Sources {
    pub(crate) fn add(&mut self, job: &Job) {
        if let Initialisation::Checkpoint(checkpoint) = &job.initialisation {
            self.checkpoints.insert(checkpoint.source.clone());
        }
        // A task that was planned has settings that can be read.
        if let Ok(Some(source)) = tasks::source(&job.task.name, &job.task.settings) {
            self.data.entry(source).or_insert_with(|| job.task.clone());
        }
    }
}

/// A job of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    pub id: JobId,
    pub job: Job,
    /// Readable name: `text · mnist · seed 1`.
    pub title: String,
}

impl Planned {
    pub(crate) fn new(job: Job, title: String) -> Self {
        let id = job.id();
        Self { id, job, title }
    }
}

impl Plan {
    /// Reads the study, by name or by path, and expands it. Nothing is started or written.
    ///
    /// # Errors
    /// At the first mistake in the study, the profile, a pretraining or the options.
    pub fn new(library: &Library, study: &str, options: &Options) -> Result<Self, StudyError> {
        Self::after(library, study, options, &Standing::nowhere())
    }

    /// The same for a study that has come so far.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn after(
        library: &Library,
        study: &str,
        options: &Options,
        standing: &Standing<'_>,
    ) -> Result<Self, StudyError> {
        Self::of(library, library.study(study)?, options, standing)
    }

    /// Every cell, those of jobs that cannot be named yet included: what tables expect.
    pub fn all_cells(&self) -> Vec<Cell> {
        self.cells.iter().chain(&self.open).cloned().collect()
    }

    /// The jobs that have to run, in order: what is not done, and pretrainings only when a job that has
    /// to run starts from them, or one of the first replicate will.
    pub fn missing(&self, done: impl Fn(&Planned) -> bool) -> Vec<Planned> {
        let mut missing = Vec::new();
        let mut needed: BTreeSet<&JobId> = self.next.iter().collect();
        // A job stands behind those that it needs.
        for planned in self.jobs.iter().rev() {
            let is_asked = !planned.job.keep_body || needed.contains(&planned.id);
            if is_asked && !done(planned) {
                needed.extend(planned.job.initialisation.depends_on());
                missing.push(planned.clone());
            }
        }
        missing.reverse();
        missing
    }
}

/// The checkpoints that the cells of a study, by name or by path, have as their backbone. The library
/// has to know them before the study is planned, since they have the shapes.
///
/// # Errors
/// At the first mistake in the study, the profile or a pretraining.
pub fn backbones(
    library: &Library,
    study: &str,
    profile: &str,
) -> Result<BTreeSet<String>, StudyError> {
    let (_, vocabulary) = Resolver::load(library, profile)?;
    let study = Study::parse(library.study(study)?, &vocabulary)?;
    let points = study.grid()?;
    let backbones = points.iter().map(|point| backbone_of(&point.settings));
    Ok(backbones
        .filter(|backbone| is_checkpoint(backbone))
        .map(ToOwned::to_owned)
        .collect())
}
