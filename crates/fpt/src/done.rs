use crate::attempt::is_done;
use crate::exit::{Failing, Problem};
use results::Store;
use std::collections::BTreeSet;
use study::{Plan, Planned};
use training::JobId;

/// The jobs of a plan that are not to be run, and of those that stand in for later ones.
pub struct Done {
    finished: BTreeSet<JobId>,
    /// What a newer version of this program left is not run over.
    newer: BTreeSet<JobId>,
}

impl Done {
    /// # Errors
    /// When a job's files cannot be read, which does not mean that it has none.
    pub fn of(plan: &Plan, store: &Store) -> Result<Self, Problem> {
        let (mut finished, mut newer) = (BTreeSet::new(), BTreeSet::new());
        let jobs: Vec<&Planned> = plan.jobs.iter().chain(&plan.later).collect();
        // Most of the time goes to reading many small files.
        let found = threads::each(&jobs, |planned| {
            is_done(&store.job(&planned.id), &planned.job)
        });
        for (planned, found) in jobs.iter().zip(found) {
            match found {
                Ok(false) => {}
                Ok(true) => drop(finished.insert(planned.id.clone())),
                Err(error) if error.is_newer() => drop(newer.insert(planned.id.clone())),
                Err(error) => return Err(error).failing("look for finished jobs"),
            }
        }
        Ok(Self { finished, newer })
    }

    pub fn has(&self, planned: &Planned) -> bool {
        self.finished.contains(&planned.id) || self.newer.contains(&planned.id)
    }

    /// Why it is not run, in a word.
    pub fn word(&self, planned: &Planned) -> Option<&'static str> {
        match self.newer.contains(&planned.id) {
            true => Some("newer"),
            false => self.finished.contains(&planned.id).then_some("done"),
        }
    }

    /// How many jobs are left to a newer version.
    pub fn newer(&self) -> usize {
        self.newer.len()
    }
}
