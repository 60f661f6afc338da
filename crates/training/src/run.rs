//! The loop: a budget in gradient steps, a point of the curve at fixed steps, and the test set read
//! once at the end.

use crate::bodies::Bodies;
use crate::checkpoint::{self, Snapshot, State};
use crate::error::TrainingError;
use crate::feed::{Examples, Feed};
use crate::job::Job;
use crate::measure::{Meter, evaluate};
use crate::model::Model;
use crate::observer::Observer;
use crate::optimizer::optimizer;
use crate::outcome::{CurvePoint, Outcome, Tested};
use crate::prefetch::{Ahead, ahead};
use crate::step::Stepper;
use crate::workplace::{JobFiles, Workplace};
use crate::{sample, start, trained_body};
use burn::module::ParamGroup;
use freezing_policy::Policy;
use std::ops::ControlFlow;
use std::time::Instant;
use tasks::{Form, Split, Task};

/// Trains and tests a job; goes on from its checkpoint when there is one. The checkpoint stays:
/// [`forget`](crate::forget) removes it once the outcome is safe.
///
/// # Errors
/// When data, body or policy do not fit, the loss is not a number, or the observer stops the run.
pub fn run(
    job: &Job,
    workplace: &Workplace,
    files: &JobFiles,
    bodies: &dyn Bodies,
    observer: &mut dyn Observer,
) -> Result<Outcome, TrainingError> {
    let task = workplace.reuse.task(&job.task, &workplace.data)?;
    let run = Run {
        job,
        task: task.as_ref(),
        stepper: Stepper {
            seed: job.seed,
            recipe: job.recipe.clone(),
            shape: task.shape(),
            device: workplace.device.clone(),
        },
        workplace,
        files,
        bodies,
    };
    if let Some(note) = task.note() {
        observer.note(&note);
    }
    let mut snapshot = run.start(observer)?;
    let (device, folder) = (&workplace.device, &workplace.hidden_states);
    let feed = Feed::open(job, run.task, &snapshot.model, device, folder, observer)?;
    while snapshot.state.step < job.recipe.steps && !run.has_stalled(&snapshot.state) {
        snapshot = match run.stretch(snapshot, &feed, observer) {
            Err(TrainingError::Diverged { step }) => {
                return run.finish_before(step, &feed, observer);
            }
            snapshot => snapshot?,
        };
        checkpoint::save(
            &files.checkpoint,
            &snapshot,
            &run.trained(&snapshot.model)?,
        )?;
        observer
            .evaluated(&snapshot.state.curve)
            .map_err(TrainingError::Record)?;
    }
    run.finish(snapshot, None, &feed, observer)
}

struct Run<'a> {
    job: &'a Job,
    task: &'a dyn Task,
    stepper: Stepper,
    workplace: &'a Workplace<'a>,
    files: &'a JobFiles,
    bodies: &'a dyn Bodies,
}

impl Run<'_> {
    /// The run as its checkpoint left it, or at step 0.
    fn start(&self, observer: &mut dyn Observer) -> Result<Snapshot, TrainingError> {
        let recipe = &self.job.recipe;
        let (job, device, shape) = (self.job, &self.workplace.device, self.task.shape());
        let make = || start::body(job, self.bodies, device);
        let body = || self.workplace.reuse.body(job, make);
        let model = start::model(job, shape, device, body)?;
        match checkpoint::load(&self.files.checkpoint, model.clone(), optimizer(recipe)) {
            Ok(Some(snapshot)) => {
                observer.note(&format!("goes on from step {}", snapshot.state.step));
                observer
                    .evaluated(&snapshot.state.curve)
                    .map_err(TrainingError::Record)?;
                return Ok(snapshot);
            }
            Ok(None) => {}
            Err(error) => observer.note(&format!("starts anew: {error}")),
        }
        let state = State::default();
        Ok(Snapshot {
            state,
            model,
            optimizer: optimizer(recipe),
            best: None,
        })
    }

    /// Trains up to the next point of the curve.
    fn stretch(
        &self,
        snapshot: Snapshot,
        feed: &Feed,
        observer: &mut dyn Observer,
    ) -> Result<Snapshot, TrainingError> {
        let (recipe, first) = (&self.job.recipe, snapshot.state.step);
        let end = (first + recipe.evaluate_every.max(1)).min(recipe.steps);
        let batches = (first..end).map(|step| feed.step(self.job.seed, step, recipe.batch_size));
        let snapshot = ahead(batches, |batches| {
            self.steps(snapshot, end, batches, feed, observer)
        })?;
        feed.complain(observer);
        Ok(snapshot)
    }

    /// Takes the steps up to `end`, a batch each, and puts the point there on the curve.
    fn steps(
        &self,
        snapshot: Snapshot,
        end: u64,
        mut batches: Ahead<'_, Examples>,
        feed: &Feed,
        observer: &mut dyn Observer,
    ) -> Result<Snapshot, TrainingError> {
        let Snapshot {
            mut state,
            mut model,
            mut optimizer,
            mut best,
        } = snapshot;
        let recipe = &self.job.recipe;
        let mut meter = Meter::default();
        let began = Instant::now();
        for (step, batch) in (state.step..end).zip(batches.by_ref()) {
            if observer.stop() {
                return Err(TrainingError::Interrupted { step });
            }
            let (stepped, seen) = self.stepper.take(step, &batch, model, &mut optimizer);
            model = stepped;
            meter.add(seen.losses, seen.logits, seen.targets)?;
            if !meter.last_loss().is_finite() {
                return Err(TrainingError::Diverged { step });
            }
            observer.stepped(step + 1, recipe.steps, meter.last_loss());
        }
        let waited = batches.waited.as_secs_f64() / began.elapsed().as_secs_f64();
        let (train_loss, train_accuracy) = meter.take();
        let score = self.score(
            &model,
            feed,
            Split::Validation,
            recipe.curve_examples,
            end,
            observer,
        )?;
        let point = CurvePoint {
            step: end,
            train_loss,
            train_accuracy,
            validation_loss: score.loss,
            validation_accuracy: score.accuracy,
        };
        observer.note(&format!(
            "step {end}: train {train_loss:.4} nats, {:.1} %; validation {:.4} nats, {:.1} %; waited \
             for batches {:.1} % of the time",
            100.0 * train_accuracy,
            score.loss,
            100.0 * score.accuracy,
            100.0 * waited,
        ));
        state.step = end;
        state.curve.push(point);
        if self.selects() && state.best.is_none_or(|best| is_better(&point, &best)) {
            state.best = Some(point);
            best = Some(model.clone());
        }
        Ok(Snapshot {
            state,
            model,
            optimizer,
            best,
        })
    }

    /// Ends a run that diverged with what it was at its last evaluation, as the paper's tables give
    /// the value before; one that never came so far has nothing to show.
    fn finish_before(
        &self,
        step: u64,
        feed: &Feed,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, TrainingError> {
        observer.note(&format!("diverged at step {step}"));
        let snapshot = self.start(observer)?;
        match snapshot.state.step {
            0 => Err(TrainingError::Diverged { step }),
            _ => self.finish(snapshot, Some(step), feed, observer),
        }
    }

    /// Reads the test set, and leaves the body behind where the job says so.
    fn finish(
        &self,
        snapshot: Snapshot,
        diverged: Option<u64>,
        feed: &Feed,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, TrainingError> {
        let Snapshot {
            state, model, best, ..
        } = snapshot;
        let tested_step = state.best.map_or(state.step, |point| point.step);
        let model = best.unwrap_or(model);
        let mut tests = Vec::new();
        for (index, name) in self.task.tests().iter().enumerate() {
            let split = Split::Test(index);
            tests.push(Tested {
                name: (*name).to_owned(),
                score: self.score(&model, feed, split, 0, tested_step, observer)?,
                floors: self.task.floors(index),
            });
        }
        let further = tests.split_off(1);
        let test = tests.remove(0);
        feed.complain(observer);
        observer.note(&format!(
            "test, weights of step {tested_step}: {:.4} nats, {:.2} bits, {:.2} %, {} examples",
            test.score.loss,
            test.score.loss / std::f64::consts::LN_2,
            100.0 * test.score.accuracy,
            test.score.examples,
        ));
        let device = &self.workplace.device;
        let speaks = model.input.is_none();
        let sample = speaks.then(|| sample::paragraph(&model, self.task, self.job.seed, device));
        if let Some(sample) = &sample {
            observer.note(&format!("a sample:\n{sample}"));
        }
        checkpoint::write_trained(&self.files.trained, &model, &self.trained(&model)?)?;
        if self.job.keep_body {
            trained_body::save(&self.job.body, &model.body, &self.files.body)?;
        }
        Ok(Outcome {
            steps: state.step,
            tested_step,
            diverged,
            test,
            further,
            parameters: crate::count::ledger(self.job)?,
            sample,
        })
    }

    fn score(
        &self,
        model: &Model,
        feed: &Feed,
        split: Split,
        most: usize,
        step: u64,
        observer: &dyn Observer,
    ) -> Result<crate::Score, TrainingError> {
        let device = &self.workplace.device;
        let score = evaluate(
            model,
            feed,
            split,
            most,
            device,
            &|| match observer.stop() {
                true => ControlFlow::Break(TrainingError::Interrupted { step }),
                false => ControlFlow::Continue(()),
            },
        )?;
        match score.loss.is_finite() {
            true => Ok(score),
            false => Err(TrainingError::Diverged { step }),
        }
    }

    /// Whether the tested weights are chosen on validation. Form `paper` tests the last ones.
    fn selects(&self) -> bool {
        self.job.task.form == Form::Fair
    }

    /// Early stopping: `patience` evaluations without a better score.
    fn has_stalled(&self, state: &State) -> bool {
        let patience = self.job.recipe.patience as usize;
        let since = state.best.map_or(0, |best| {
            state
                .curve
                .iter()
                .filter(|point| point.step > best.step)
                .count()
        });
        patience > 0 && self.selects() && since >= patience
    }

    /// The parameters that train, by the ids they have now.
    fn trained(&self, model: &Model) -> Result<ParamGroup, TrainingError> {
        let policy: Policy = self.job.policy.parse()?;
        Ok(policy.group(&model.ledger()))
    }
}

/// Higher accuracy, or the same at a lower loss.
fn is_better(point: &CurvePoint, best: &CurvePoint) -> bool {
    point.validation_accuracy > best.validation_accuracy
        || (point.validation_accuracy == best.validation_accuracy
            && point.validation_loss < best.validation_loss)
}
