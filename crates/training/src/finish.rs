//! The end of a run: the test sets, and what it leaves behind.

use crate::checkpoint::{self, Snapshot};
use crate::count::ledger;
use crate::error::TrainingError;
use crate::model::Model;
use crate::observer::Observer;
use crate::outcome::{Outcome, Tested};
use crate::session::Session;
use crate::{attention, sample, trained_body};
use std::f64::consts::LN_2;
use tasks::{Inputs, Split};

impl Session<'_> {
    /// Reads the test sets, and leaves the body behind where the job says so.
    pub fn finish(
        &self,
        snapshot: Snapshot,
        diverged: Option<u64>,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, TrainingError> {
        let Snapshot {
            state, model, best, ..
        } = snapshot;
        let tested_step = state.best.map_or(state.step, |point| point.step);
        let model = best.unwrap_or(model);
        let (job, device) = (self.job, &self.stepper.device);
        let train = self.train_score(&model, tested_step, observer)?;
        let attention = attention::look(&model, self.task, job.recipe.precision, device);
        let attention_uniform = attention.as_ref().map(|look| look.uniform);
        let (attention, attention_map) = attention.map(|look| (look.share, look.map)).unzip();
        // Maps are to be looked at, and large.
        let attention_map = attention_map.filter(|_| job.seed == attention::MAPPED_SEED);
        let mut tests = self.tests(&model, tested_step, observer)?;
        let further = tests.split_off(1);
        let test = tests.remove(0);
        self.feed.complain(observer);
        observer.note(&format!(
            "training examples without dropout: {:.4} nats, {:.2} %",
            train.loss,
            100.0 * train.accuracy,
        ));
        observer.note(&format!(
            "test, weights of step {tested_step}: {:.4} nats, {:.2} bits, {:.2} %, {} examples",
            test.score.loss,
            test.score.loss / LN_2,
            100.0 * test.score.accuracy,
            test.score.examples,
        ));
        let is_next = matches!(self.task.shape().inputs, Inputs::Language { .. });
        let speaks = is_next && model.input.is_none();
        let sample = speaks.then(|| sample::paragraph(&model, self.task, job, device));
        if let Some(sample) = &sample {
            observer.note(&format!("a sample:\n{sample}"));
        }
        let trained = self.trained(&model)?;
        checkpoint::write_trained(&self.files.trained, &model, &trained)?;
        if job.keep_body {
            trained_body::save(&job.body, &model.body, &self.files.body)?;
        }
        Ok(Outcome {
            steps: state.step,
            tested_step,
            diverged,
            test,
            further,
            train: Some(train),
            attention,
            attention_uniform,
            attention_map,
            parameters: ledger(job)?,
            sample,
        })
    }

    /// Every test set, whole where the recipe does not say otherwise, in the task's order.
    fn tests(
        &self,
        model: &Model,
        step: u64,
        observer: &dyn Observer,
    ) -> Result<Vec<Tested>, TrainingError> {
        let most = self.job.recipe.test_examples;
        let names = self.task.tests().iter().enumerate();
        let tests = names.map(|(index, name)| {
            Ok(Tested {
                name: (*name).to_owned(),
                score: self.score(model, step, Split::Test(index), most, observer)?,
                floors: self.task.floors(index),
            })
        });
        tests.collect()
    }
}
