//! The loop: a budget in gradient steps, a point of the curve at fixed steps, and the test set read
//! once at the end.

use crate::checkpoint::{self, Snapshot, State};
use crate::error::TrainingError;
use crate::features::Features;
use crate::feed::{Examples, Feed};
use crate::job::{Job, JobId};
use crate::kept::Kept;
use crate::left;
use crate::measure::evaluate;
use crate::meter::Meter;
use crate::model::Model;
use crate::optimizer::optimizer;
use crate::outcome::{CurvePoint, Outcome, Tested};
use crate::prefetch::{Ahead, ahead};
use crate::step::take_step;
use crate::{sample, start};
use backbone::Pass;
use burn::module::ParamGroup;
use burn::tensor::Device;
use freezing_policy::Policy;
use rand::Rng;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tasks::{DataDir, Form, Split, Task, stream};

/// What a job needs from outside.
pub struct Surroundings<'a> {
    pub data: &'a DataDir,
    /// An autodiff device.
    pub device: Device,
    /// Where the run keeps what it resumes from.
    pub checkpoint: &'a Path,
    /// Where a pretraining leaves its body.
    pub body: &'a Path,
    /// Where the parameters that trained are left as they were tested.
    pub trained: &'a Path,
    /// Where hidden states of frozen models are kept. What is in it may be removed at any time.
    pub features: &'a Path,
    /// Where the body of another job lies.
    pub bodies: &'a dyn Fn(&JobId) -> PathBuf,
    /// Finds the folder of a checkpoint by its path or its name on the hub.
    pub checkpoints: &'a dyn Fn(&str) -> Result<PathBuf, String>,
    /// What the jobs before left in the process.
    pub kept: &'a Kept,
}

/// Who watches a run. Everything a run has to say goes through here.
pub trait Observer {
    /// A gradient step was taken; `loss` is its batch's, in nats.
    fn stepped(&mut self, step: u64, steps: u64, loss: f64);

    /// The curve so far, whole, each time it has grown, and once when a run resumes.
    ///
    /// # Errors
    /// What keeps it from being written; the run stops.
    fn evaluated(&mut self, curve: &[CurvePoint]) -> Result<(), String>;

    /// A line for the log.
    fn note(&mut self, line: &str);

    /// Whether the run should stop as soon as it can.
    fn stop(&self) -> bool;
}

/// Trains and tests a job; goes on from its checkpoint when there is one. The checkpoint stays:
/// [`forget`](crate::forget) removes it once the outcome is safe.
///
/// # Errors
/// When data, body or policy do not fit, the loss is not a number, or the observer stops the run.
pub fn run(
    job: &Job,
    surroundings: &Surroundings,
    observer: &mut dyn Observer,
) -> Result<Outcome, TrainingError> {
    let task = surroundings.kept.task(&job.task, surroundings.data)?;
    let run = Run {
        job,
        task: task.as_ref(),
        surroundings,
    };
    if let Some(note) = task.note() {
        observer.note(&note);
    }
    let mut snapshot = run.start(observer)?;
    let feed = run.feed(&snapshot.model, observer)?;
    while snapshot.state.step < job.recipe.steps && !run.has_stalled(&snapshot.state) {
        snapshot = match run.stretch(snapshot, &feed, observer) {
            Err(TrainingError::Diverged { step }) => {
                return run.finish_before(step, &feed, observer);
            }
            snapshot => snapshot?,
        };
        checkpoint::save(
            surroundings.checkpoint,
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
    surroundings: &'a Surroundings<'a>,
}

impl Run<'_> {
    /// The run as its checkpoint left it, or at step 0.
    fn start(&self, observer: &mut dyn Observer) -> Result<Snapshot, TrainingError> {
        let recipe = &self.job.recipe;
        let model = start::model(self.job, self.task.shape(), self.surroundings)?;
        let folder = self.surroundings.checkpoint;
        match checkpoint::load(folder, model.clone(), optimizer(recipe)) {
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

    /// What the model is fed with.
    fn feed(&self, model: &Model, observer: &mut dyn Observer) -> Result<Feed<'_>, TrainingError> {
        let Surroundings {
            device, features, ..
        } = self.surroundings;
        let policy = self.job.policy.parse()?;
        let task = self.task;
        let features = Features::open(self.job, &policy, task, model, device, features);
        let features = features.unwrap_or_else(|error| {
            observer.note(&format!("goes on without kept hidden states: {error}"));
            None
        });
        if let Some(features) = &features {
            let path = features.path.display();
            observer.note(&format!("keeps hidden states in {path}"));
        }
        Ok(Feed { task, features })
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
        complain(feed, observer);
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
        let device = &self.surroundings.device;
        let shape = self.task.shape();
        let mut meter = Meter::default();
        let began = Instant::now();
        for (step, batch) in (state.step..end).zip(batches.by_ref()) {
            if observer.stop() {
                return Err(TrainingError::Interrupted { step });
            }
            let pass = Pass::training(recipe.dropout, self.dropout_key(step));
            let what = (shape, recipe, step);
            let (stepped, seen) = take_step(model, &mut optimizer, &batch, what, pass, device);
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
        complain(feed, observer);
        observer.note(&format!(
            "test, weights of step {tested_step}: {:.4} nats, {:.2} bits, {:.2} %, {} examples",
            test.score.loss,
            test.score.loss / std::f64::consts::LN_2,
            100.0 * test.score.accuracy,
            test.score.examples,
        ));
        let device = &self.surroundings.device;
        let speaks = model.input.is_none();
        let sample = speaks.then(|| sample::paragraph(&model, self.task, self.job.seed, device));
        if let Some(sample) = &sample {
            observer.note(&format!("a sample:\n{sample}"));
        }
        checkpoint::write_trained(self.surroundings.trained, &model, &self.trained(&model)?)?;
        if self.job.keep_body {
            left::leave(&self.job.body, &model.body, self.surroundings.body)?;
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
        let device = &self.surroundings.device;
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

    /// Keys the dropout masks of a step.
    fn dropout_key(&self, step: u64) -> u64 {
        let mut rng = stream(self.job.seed, "dropout");
        rng.set_stream(step);
        rng.next_u64()
    }
}

/// Notes once what keeps hidden states from being kept.
fn complain(feed: &Feed, observer: &mut dyn Observer) {
    if let Some(problem) = feed.features.as_ref().and_then(Features::complaint) {
        observer.note(&format!("keeps no more hidden states: {problem}"));
    }
}

/// Higher accuracy, or the same at a lower loss.
fn is_better(point: &CurvePoint, best: &CurvePoint) -> bool {
    point.validation_accuracy > best.validation_accuracy
        || (point.validation_accuracy == best.validation_accuracy
            && point.validation_loss < best.validation_loss)
}
