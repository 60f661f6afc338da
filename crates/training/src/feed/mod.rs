//! What a model is fed with: examples, or what its frozen part made of them before.
//!
//! Where nothing below some depth of the model trains and nothing drops, the hidden states there are
//! a pure function of the example. They are kept in a file, and a gradient step is then only of what
//! stands above: under policy `output` of the output net, under `output+attention@last` of the last
//! layer and the output net.

mod cut;
mod examples;
mod key;
mod lower;
mod room;
mod rows;
mod states;

use crate::error::TrainingError;
use crate::job::Job;
use crate::model::Model;
use crate::observer::Observer;
use burn::tensor::Device;
pub(crate) use examples::Examples;
use states::HiddenStates;
use std::ops::Range;
use std::path::Path;
use tasks::{Shape, Split, Task};

/// The examples of a run.
pub(crate) struct Feed<'a> {
    task: &'a dyn Task,
    states: Option<HiddenStates<'a>>,
}

impl<'a> Feed<'a> {
    /// The examples of a job's task, by their hidden states where `model`, as the job starts it, has
    /// some that stay the same: those are kept in `folder`. Where they cannot be, the run goes on
    /// without, to the same numbers.
    ///
    /// # Errors
    /// When the policy cannot be read.
    pub fn open(
        job: &Job,
        task: &'a dyn Task,
        model: &Model,
        device: &Device,
        folder: &Path,
        observer: &mut dyn Observer,
    ) -> Result<Self, TrainingError> {
        let policy = job.policy.parse()?;
        let states = HiddenStates::open(job, &policy, task, model, device, folder);
        let states = states.unwrap_or_else(|error| {
            observer.note(&format!("goes on without kept hidden states: {error}"));
            None
        });
        if let Some(states) = &states {
            let path = states.path.display();
            observer.note(&format!("keeps hidden states in {path}"));
        }
        Ok(Self { task, states })
    }

    /// The sizes of an example.
    pub fn shape(&self) -> Shape {
        self.task.shape()
    }

    /// The number of examples in a split.
    pub fn len(&self, split: Split) -> usize {
        self.task.len(split)
    }

    /// The training batch of a step.
    pub fn step(&self, seed: u64, step: u64, size: usize) -> Examples {
        match &self.states {
            Some(states) => states.step(seed, step, size),
            None => Examples::whole(self.task.batch(seed, step, size)),
        }
    }

    /// Examples `range` of a split.
    pub fn split(&self, split: Split, range: Range<usize>) -> Examples {
        match &self.states {
            Some(states) => states.split(split, range),
            None => Examples::whole(self.task.examples(split, range)),
        }
    }

    /// Notes once what keeps hidden states from being kept.
    pub fn complain(&self, observer: &mut dyn Observer) {
        if let Some(problem) = self.states.as_ref().and_then(HiddenStates::complaint) {
            observer.note(&format!("keeps no more hidden states: {problem}"));
        }
    }
}
