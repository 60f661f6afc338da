//! From one point of the curve to the next.

use crate::checkpoint::Snapshot;
use crate::error::TrainingError;
use crate::feed::Examples;
use crate::meter::Meter;
use crate::observer::Observer;
use crate::outcome::CurvePoint;
use crate::prefetch::{Ahead, ahead};
use crate::selection::is_better;
use crate::session::Session;
use std::time::Instant;
use tasks::Split;

impl Session<'_> {
    /// Trains up to the next point of the curve.
    pub fn stretch(
        &self,
        snapshot: Snapshot,
        observer: &mut dyn Observer,
    ) -> Result<Snapshot, TrainingError> {
        let (job, first) = (self.job, snapshot.state.step);
        let (recipe, feed) = (&job.recipe, &self.feed);
        let end = (first + recipe.evaluate_every.max(1)).min(recipe.steps);
        let batches = (first..end).map(|step| feed.step(job.seed, step, recipe.batch_size));
        let snapshot = ahead(batches, |batches| {
            self.steps(snapshot, end, batches, observer)
        })?;
        feed.complain(observer);
        Ok(snapshot)
    }

    /// Takes the steps up to `end`, a batch each, and puts the point there on the curve.
    fn steps(
        &self,
        mut snapshot: Snapshot,
        end: u64,
        mut batches: Ahead<'_, Examples>,
        observer: &mut dyn Observer,
    ) -> Result<Snapshot, TrainingError> {
        let recipe = &self.job.recipe;
        let mut meter = Meter::default();
        let began = Instant::now();
        let mut model = snapshot.model;
        for (step, batch) in (snapshot.state.step..end).zip(batches.by_ref()) {
            if observer.stop() {
                return Err(TrainingError::Interrupted { step });
            }
            let optimizer = &mut snapshot.optimizer;
            let (stepped, seen) = self.stepper.take(step, &batch, model, optimizer);
            model = stepped;
            meter.add(seen.losses, seen.logits, seen.targets)?;
            if !meter.last_loss().is_finite() {
                return Err(TrainingError::Diverged { step });
            }
            observer.stepped(step + 1, recipe.steps, meter.last_loss());
        }
        let waited = batches.waited.as_secs_f64() / began.elapsed().as_secs_f64();
        let (train_loss, train_accuracy) = meter.take();
        let most = recipe.curve_examples;
        let score = self.score(&model, end, Split::Validation, most, observer)?;
        observer.note(&format!(
            "step {end}: train {train_loss:.4} nats, {:.1} %; validation {:.4} nats, {:.1} %; waited \
             for batches {:.1} % of the time",
            100.0 * train_accuracy,
            score.loss,
            100.0 * score.accuracy,
            100.0 * waited,
        ));
        let point = CurvePoint {
            step: end,
            train_loss,
            train_accuracy,
            validation_loss: score.loss,
            validation_accuracy: score.accuracy,
        };
        let mut state = snapshot.state;
        let better = is_better(self.job, &point, &state);
        state.step = end;
        state.curve.push(point);
        if better {
            state.best = Some(point);
            snapshot.best = Some(model.clone());
        }
        Ok(Snapshot {
            state,
            model,
            ..snapshot
        })
    }
}
