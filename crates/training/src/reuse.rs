//! What the jobs of one process share: a body is made once for all that start from it, and a task
//! is opened once for all that train on it.

use crate::count::ledger;
use crate::error::TrainingError;
use crate::job::{Job, TaskSpec};
use backbone::Body;
use freezing_policy::Group;
use std::cell::RefCell;
use std::sync::Arc;
use tasks::{DataDir, Task};

/// The last body and the last task of a process, for its next job. All jobs that are given one
/// have the same device and data.
#[derive(Default)]
pub struct Reuse {
    /// By the job that asked for it and the digest of what was read for it.
    body: RefCell<Option<(Job, Option<String>, Body)>>,
    task: RefCell<Option<(TaskSpec, Arc<dyn Task>)>>,
}

/// Whether two jobs start from the same body, number for number.
pub fn same_body(a: &Job, b: &Job) -> bool {
    a.initialisation == b.initialisation
        && a.remakes == b.remakes
        && a.body == b.body
        && (a.draws_body_by() == b.draws_body_by() || !a.draws_body())
}

impl Reuse {
    /// With a task that was opened elsewhere, for the jobs of that specification: one that no
    /// registry knows, or one that watches how it is used.
    pub fn with_task(spec: TaskSpec, task: Arc<dyn Task>) -> Self {
        Self {
            task: RefCell::new(Some((spec, task))),
            ..Self::default()
        }
    }

    /// The body that a job starts from, which was made of what has the digest `origin`: the last one,
    /// where it is the same, or a new one. Its weights are shared, and copied by whoever changes them.
    pub(crate) fn body(
        &self,
        job: &Job,
        origin: Option<&str>,
        make: impl FnOnce() -> Result<Body, TrainingError>,
    ) -> Result<Body, TrainingError> {
        // Taken out before another is made: never two bodies at a time.
        let last = self.body.take();
        let last = last.filter(|(of, read, _)| same_body(of, job) && read.as_deref() == origin);
        let body = match last {
            Some((.., body)) => body,
            None => make()?,
        };
        // Of a body that trains, the start would be a second copy for the whole run.
        if is_mostly_frozen(job)? {
            let origin = origin.map(ToOwned::to_owned);
            self.body.replace(Some((job.clone(), origin, body.clone())));
        }
        Ok(body)
    }

    /// The task of a job, opened where it is not the last one.
    pub(crate) fn task(
        &self,
        spec: &TaskSpec,
        data: &DataDir,
    ) -> Result<Arc<dyn Task>, TrainingError> {
        let last = self.task.take().filter(|(of, _)| of == spec);
        let task = match last {
            Some((_, task)) => task,
            None => Arc::from(tasks::open(&spec.name, &spec.settings, spec.form, data)?),
        };
        self.task.replace(Some((spec.clone(), Arc::clone(&task))));
        Ok(task)
    }
}

/// Whether most of the body's numbers stay as they are.
fn is_mostly_frozen(job: &Job) -> Result<bool, TrainingError> {
    let counts = ledger(job)?;
    let of_body = counts
        .iter()
        .filter(|(group, _)| !matches!(group, Group::Input | Group::Output));
    let (trained, total) = of_body.fold((0, 0), |(trained, total), (_, count)| {
        (trained + count.trained, total + count.total)
    });
    Ok(2 * trained < total)
}
