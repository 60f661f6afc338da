use crate::attempt::is_done;
use crate::exit::{Failing, Problem};
use results::{ResultsError, Store};
use std::collections::BTreeSet;
use std::thread::{self, Builder};
use study::{Plan, Planned};
use training::JobId;

/// Fewer are not worth a thread of their own.
const FEW: usize = 64;

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
        for (planned, found) in jobs.iter().zip(looked_at(&jobs, store)) {
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

/// Whether each job is done; on all cores, since most of the time goes to reading many small files.
fn looked_at(jobs: &[&Planned], store: &Store) -> Vec<Result<bool, ResultsError>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = jobs.len().div_ceil(cores).max(FEW);
    let look = |part: &[&Planned]| {
        let done = part
            .iter()
            .map(|planned| is_done(&store.job(&planned.id), &planned.job));
        done.collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let parts: Vec<_> = jobs.chunks(share).collect();
        let hired: Vec<_> = parts
            .iter()
            .map(|part| Builder::new().spawn_scoped(scope, || look(part)))
            .collect();
        let each = parts.iter().zip(hired).flat_map(|(part, hired)| {
            // Where there is no thread to be had, or one ended too soon, this one looks.
            let found = hired.ok().and_then(|hired| hired.join().ok());
            found.unwrap_or_else(|| look(part))
        });
        each.collect()
    })
}
