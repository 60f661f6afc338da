//! A job from its first step, or from where its checkpoint stands, to its outcome: a budget in
//! gradient steps, a point of the curve at fixed steps, and the test sets read once at the end.

use crate::bodies::Bodies;
use crate::checkpoint::{self, Snapshot, State};
use crate::device::batches_in_a_reading;
use crate::error::TrainingError;
use crate::feed::Feed;
use crate::job::Job;
use crate::model::Model;
use crate::observer::Observer;
use crate::optimizer::optimizer;
use crate::outcome::Outcome;
use crate::selection::has_ended;
use crate::session::Session;
use crate::start;
use crate::step::Stepper;
use crate::stretch::Stretch;
use crate::workplace::{JobFiles, Workplace};
use std::path::Path;

/// Steps that a run goes on at most after its loss was last looked at, on a device that has to be
/// waited for: a wait in so many costs nothing, and no more are lost when the loss is not a number.
const MOST_UNREAD: usize = 500;

/// Trains and tests a job; goes on from its checkpoint when there is one. The checkpoint stays:
/// [`forget`](crate::forget) removes it once the outcome is safe.
///
/// On the CPU each step's loss is read; on any other device losses are read at the points of the
/// curve and after 500 steps at the latest. The step that is named when one is not a number is the
/// same.
///
/// # Errors
/// When data, body or policy do not fit, the loss is not a number, the observer stops the run, or a
/// checkpoint is there and cannot be read. One that is damaged is none: the run starts anew, and says so.
pub fn run(
    job: &Job,
    workplace: &Workplace,
    files: &JobFiles,
    bodies: &dyn Bodies,
    observer: &mut dyn Observer,
) -> Result<Outcome, TrainingError> {
    let task = workplace.reuse.task(&job.task, &workplace.data)?;
    if let Some(note) = task.note() {
        observer.note(&note);
    }
    let (device, shape) = (&workplace.device, task.shape());
    let origin = start::origin(job, bodies)?;
    let begin = |observer: &mut dyn Observer| {
        let make = || start::body(job, bodies, device);
        let body = || workplace.reuse.body(job, origin.as_deref(), make);
        let model = start::model(job, shape, device, body)?;
        resume(job, origin.clone(), model, &files.checkpoint, observer)
    };
    let mut snapshot = begin(observer)?;
    let (task, model, folder) = (task.as_ref(), &snapshot.model, &workplace.hidden_states);
    let session = Session {
        job,
        task,
        files,
        feed: Feed::open(job, task, model, device, folder, observer)?,
        stepper: Stepper {
            seed: job.seed,
            recipe: job.recipe.clone(),
            shape,
            device: device.clone(),
        },
        steps_in_a_reading: batches_in_a_reading(device, MOST_UNREAD),
    };
    while is_ahead(job, &snapshot.state) {
        let point = snapshot.state.curve.last().map_or(0, |point| point.step);
        snapshot = match session.stretch(snapshot, observer) {
            Err(TrainingError::Diverged { step }) => {
                observer.note(&format!("diverged at step {step}"));
                // A pause is behind the last point, which is what counts.
                checkpoint::forget_pause(&files.checkpoint)?;
                let last = begin(observer)?;
                // What it was then is lost: no other step may pass for it.
                if last.state.step != point {
                    return Err(checkpoint::lost(&files.checkpoint, point));
                }
                return finish_before(step, &session, last, observer);
            }
            Ok(Stretch::Paused(snapshot)) => {
                let (step, trained) = (snapshot.state.step, session.trained(&snapshot.model)?);
                let is_behind = snapshot.state.since.is_some();
                if is_behind
                    && let Err(error) = checkpoint::pause(&files.checkpoint, &snapshot, &trained)
                {
                    observer.note(&format!("where it was stopped is not kept: {error}"));
                }
                return Err(TrainingError::Interrupted { step });
            }
            Ok(Stretch::Point(snapshot)) => snapshot,
            Err(error) => return Err(error),
        };
        let trained = session.trained(&snapshot.model)?;
        checkpoint::save(&files.checkpoint, &snapshot, &trained)?;
        tell(&snapshot, observer)?;
    }
    session.finish(snapshot, None, observer)
}

/// Whether there are steps to take, or a point of the curve to make after the last of them.
fn is_ahead(job: &Job, state: &State) -> bool {
    let has_steps = state.step < job.recipe.steps && !has_ended(job, state);
    has_steps || state.since.is_some()
}

/// The run as its checkpoint left it, or at step 0 with the model as the job starts it: also where
/// the checkpoint was made around another body.
fn resume(
    job: &Job,
    origin: Option<String>,
    model: Model,
    folder: &Path,
    observer: &mut dyn Observer,
) -> Result<Snapshot, TrainingError> {
    let optimizer = || optimizer(&job.recipe);
    let load = |folder: &Path| checkpoint::load(folder, model.clone(), optimizer());
    // A pause is made behind the last point; one that is damaged costs the steps since then.
    let found = match load(&checkpoint::paused(folder)) {
        Ok(None) => load(folder),
        Err(error @ TrainingError::Checkpoint { .. }) => {
            observer.note(&format!("goes on from the last evaluation: {error}"));
            checkpoint::forget_pause(folder)?;
            load(folder)
        }
        found => found,
    };
    match found {
        Ok(Some(snapshot)) if snapshot.state.is_around(origin.as_deref()) => {
            observer.note(&format!("goes on from step {}", snapshot.state.step));
            tell(&snapshot, observer)?;
            return Ok(snapshot);
        }
        Ok(Some(_)) => {
            observer.note("starts anew: the body that it had started from is another one now");
        }
        Ok(None) => {}
        // It may hold thousands of steps: whoever can go on from it should.
        Err(error @ (TrainingError::Newer { .. } | TrainingError::Unreadable { .. })) => {
            return Err(error);
        }
        Err(error) => observer.note(&format!("starts anew: {error}")),
    }
    checkpoint::discard(folder)?;
    Ok(Snapshot {
        state: State::around(origin),
        model,
        optimizer: optimizer(),
        best: None,
    })
}

fn tell(snapshot: &Snapshot, observer: &mut dyn Observer) -> Result<(), TrainingError> {
    let told = observer.evaluated(&snapshot.state.curve);
    told.map_err(TrainingError::Record)
}

/// Ends a run that diverged with what it was at its last evaluation, as the paper's tables give the
/// value before; one that never came so far with what it started as, and no point of a curve. A body that others
/// would start from is none then.
fn finish_before(
    step: u64,
    session: &Session,
    last: Snapshot,
    observer: &mut dyn Observer,
) -> Result<Outcome, TrainingError> {
    match last.state.step {
        0 if session.job.keep_body => Err(TrainingError::Diverged { step }),
        _ => {
            tell(&last, observer)?;
            session.finish(last, Some(step), observer)
        }
    }
}
