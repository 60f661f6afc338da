//! From one point of the curve to the next.

use crate::checkpoint::Snapshot;
use crate::error::TrainingError;
use crate::feed::Examples;
use crate::meter::{Meter, Sums};
use crate::observer::Observer;
use crate::outcome::CurvePoint;
use crate::prefetch::{Ahead, ahead};
use crate::selection::is_better;
use crate::session::Session;
use std::time::Instant;
use tasks::Split;

/// How far a run came.
pub(crate) enum Stretch {
    /// To the next point of its curve.
    Point(Snapshot),
    /// Not so far: the observer stopped it.
    Paused(Snapshot),
}

impl Session<'_> {
    /// Trains up to the next point of the curve, from the one before or from a pause between them.
    pub fn stretch(
        &self,
        snapshot: Snapshot,
        observer: &mut dyn Observer,
    ) -> Result<Stretch, TrainingError> {
        let (job, first) = (self.job, snapshot.state.step);
        let (recipe, feed) = (&job.recipe, &self.feed);
        let every = recipe.evaluate_every.max(1);
        // A run that was stopped while it was evaluated has its steps.
        let is_at_a_point = first.is_multiple_of(every) || first == recipe.steps;
        let end = match snapshot.state.since.is_some() && is_at_a_point {
            true => first,
            false => ((first / every + 1) * every).min(recipe.steps),
        };
        let batches = (first..end).map(|step| feed.step(job.seed, step, recipe.batch_size));
        let snapshot = ahead(batches, |batches| {
            self.steps(snapshot, end, batches, observer)
        })
        .map_err(TrainingError::Thread)??;
        feed.complain(observer);
        Ok(snapshot)
    }

    /// Takes the steps up to `end`, a batch each, and puts the point there on the curve; less where it is stopped.
    fn steps(
        &self,
        mut snapshot: Snapshot,
        end: u64,
        mut batches: Ahead<'_, Examples>,
        observer: &mut dyn Observer,
    ) -> Result<Stretch, TrainingError> {
        let recipe = &self.job.recipe;
        let since = snapshot.state.since.take().unwrap_or_default();
        let mut meter = Meter::reading(self.steps_in_a_reading).going_on(since);
        let first = snapshot.state.step;
        let finite = |meter: &Meter| match meter.diverged() {
            Some(batch) => Err(TrainingError::Diverged {
                step: first + batch as u64,
            }),
            None => Ok(()),
        };
        let before = snapshot.state.curve.last();
        let mut known = before.map_or(f64::NAN, |point| point.train_loss);
        let began = Instant::now();
        let mut model = snapshot.model;
        for (step, batch) in (first..end).zip(batches.by_ref()) {
            if observer.stop() {
                let since = meter.sums()?;
                finite(&meter)?;
                snapshot.model = model;
                return Ok(paused(snapshot, step, since));
            }
            let optimizer = &mut snapshot.optimizer;
            let (stepped, seen) = self.stepper.take(step, &batch, model, optimizer);
            model = stepped;
            meter.add(seen.loss, seen.logits, seen.targets)?;
            if step == 0 {
                // There is no loss yet that whoever watches could be told until the next reading.
                meter.settle()?;
            }
            finite(&meter)?;
            known = meter.last_loss().unwrap_or(known);
            observer.stepped(step + 1, recipe.steps, known);
        }
        meter.settle()?;
        finite(&meter)?;
        let waited = batches.waited.as_secs_f64() / began.elapsed().as_secs_f64();
        let since = meter.sums()?;
        let (train_loss, train_accuracy) = meter.take()?;
        let most = recipe.curve_examples;
        let score = match self.score(&model, end, Split::Validation, most, observer) {
            Err(TrainingError::Interrupted { .. }) => {
                snapshot.model = model;
                return Ok(paused(snapshot, end, since));
            }
            score => score?,
        };
        if !score.loss.is_finite() {
            return Err(TrainingError::Diverged { step: end });
        }
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
        Ok(Stretch::Point(Snapshot {
            state,
            model,
            ..snapshot
        }))
    }
}

fn paused(mut snapshot: Snapshot, step: u64, since: Sums) -> Stretch {
    snapshot.state.step = step;
    snapshot.state.since = (!since.is_empty()).then_some(since);
    Stretch::Paused(snapshot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::State;
    use crate::feed::Feed;
    use crate::optimizer::optimizer;
    use crate::recipe::Recipe;
    use crate::small;
    use crate::step::Stepper;
    use crate::workplace::JobFiles;
    use std::path::Path;

    /// The losses that were told, a step each.
    #[derive(Default)]
    struct Told(Vec<f64>);

    impl Observer for Told {
        fn stepped(&mut self, _: u64, _: u64, loss: f64) {
            self.0.push(loss);
        }
        fn evaluated(&mut self, _: &[CurvePoint]) -> Result<(), String> {
            Ok(())
        }
        fn note(&mut self, _: &str) {}
        fn stop(&self) -> bool {
            false
        }
    }

    /// Two stretches of 30 steps, so many of which are read at once.
    fn curve(
        learning_rate: f64,
        steps_in_a_reading: usize,
    ) -> (Result<Vec<CurvePoint>, TrainingError>, Vec<f64>) {
        let mut job = small::job();
        job.recipe = Recipe {
            steps: 60,
            batch_size: 8,
            evaluate_every: 30,
            learning_rate,
            ..Recipe::paper()
        };
        let (model, task, device) = small::model(&job);
        let nowhere = Path::new("nowhere");
        let files = JobFiles {
            checkpoint: nowhere.to_owned(),
            body: nowhere.to_owned(),
            trained: nowhere.to_owned(),
        };
        let mut told = Told::default();
        let session = Session {
            job: &job,
            task: task.as_ref(),
            files: &files,
            feed: Feed::open(&job, task.as_ref(), &model, &device, nowhere, &mut told).unwrap(),
            stepper: Stepper {
                seed: job.seed,
                recipe: job.recipe.clone(),
                shape: task.shape(),
                device,
            },
            steps_in_a_reading,
        };
        let snapshot = Snapshot {
            state: State::default(),
            model,
            optimizer: optimizer(&job.recipe),
            best: None,
        };
        let mut stretch = |snapshot| match session.stretch(snapshot, &mut told)? {
            Stretch::Point(snapshot) => Ok(snapshot),
            Stretch::Paused(_) => panic!("nobody stops it"),
        };
        let snapshot = stretch(snapshot).and_then(stretch);
        (snapshot.map(|snapshot| snapshot.state.curve), told.0)
    }

    #[test]
    fn whenever_losses_are_read_the_curve_has_the_same_bits() {
        let (at_once, losses) = curve(1e-3, 1);
        let at_once = at_once.unwrap();
        assert_eq!((at_once.len(), losses.len()), (2, 60));
        for steps in [7, 500] {
            let (later, known) = curve(1e-3, steps);
            assert_eq!(later.unwrap(), at_once);
            // What is told meanwhile is older, and a number from the first step on.
            assert_eq!(known[0], losses[0]);
            assert!(known.iter().all(|loss| loss.is_finite()));
        }
    }

    #[test]
    fn the_step_at_which_a_run_diverged_is_named_however_late_it_is_noticed() {
        let noticed = |steps_in_a_reading| match curve(1e38, steps_in_a_reading) {
            (Err(TrainingError::Diverged { step }), told) => (step, told.len() as u64),
            _ => panic!("a rate like this leads nowhere"),
        };
        let (step, told) = noticed(1);
        assert_eq!(told, step);
        for steps_in_a_reading in [4, 500] {
            let (found, told) = noticed(steps_in_a_reading);
            assert_eq!(found, step);
            assert!(told < step + steps_in_a_reading as u64 && told <= 30);
        }
    }
}
