//! What stays the same from the first step of a run to its last look at data.

use crate::error::TrainingError;
use crate::feed::Feed;
use crate::job::Job;
use crate::measure::{evaluate, evaluate_train};
use crate::model::Model;
use crate::observer::Observer;
use crate::outcome::Score;
use crate::step::Stepper;
use crate::workplace::JobFiles;
use burn::module::ParamGroup;
use freezing_policy::Policy;
use std::ops::ControlFlow;
use tasks::{Split, Task};

/// A run's job, with what it trains, looks at and writes to.
pub(crate) struct Session<'a> {
    pub job: &'a Job,
    pub task: &'a dyn Task,
    pub files: &'a JobFiles,
    pub feed: Feed<'a>,
    pub stepper: Stepper,
    /// Steps whose losses are read at once.
    pub steps_in_a_reading: usize,
}

impl Session<'_> {
    /// Scores the weights of a step on the first `most` examples of a split (0: on all).
    ///
    /// # Errors
    /// When the observer stops the run meanwhile.
    pub fn score(
        &self,
        model: &Model,
        step: u64,
        split: Split,
        most: usize,
        observer: &dyn Observer,
    ) -> Result<Score, TrainingError> {
        let (precision, device) = (self.job.recipe.precision, &self.stepper.device);
        scored(step, observer, |stop| {
            evaluate(model, &self.feed, split, most, precision, device, stop)
        })
    }

    /// Scores the weights of a step on a fixed sample of what is trained on, the same for every seed.
    ///
    /// # Errors
    /// As [`score`](Self::score).
    pub fn train_score(
        &self,
        model: &Model,
        step: u64,
        observer: &dyn Observer,
    ) -> Result<Score, TrainingError> {
        let (precision, device) = (self.job.recipe.precision, &self.stepper.device);
        scored(step, observer, |stop| {
            let most = self.job.recipe.test_examples;
            evaluate_train(model, self.task, most, precision, device, stop)
        })
    }

    /// The parameters that train, by the ids they have now.
    pub fn trained(&self, model: &Model) -> Result<ParamGroup, TrainingError> {
        let policy: Policy = self.job.policy.parse()?;
        Ok(policy.group(&model.ledger()))
    }
}

/// The score that an evaluation of the weights of a step comes to, unless the observer stops it meanwhile.
fn scored(
    step: u64,
    observer: &dyn Observer,
    evaluate: impl FnOnce(&dyn Fn() -> ControlFlow<TrainingError>) -> Result<Score, TrainingError>,
) -> Result<Score, TrainingError> {
    let stop = || match observer.stop() {
        true => ControlFlow::Break(TrainingError::Interrupted { step }),
        false => ControlFlow::Continue(()),
    };
    evaluate(&stop)
}
