//! What a model is fed with: examples, or what its frozen part made of them before.

use crate::features::Features;
use crate::model::{Depth, Model};
use backbone::Pass;
use burn::tensor::{Device, Tensor, TensorData};
use std::ops::Range;
use tasks::{Batch, Shape, Split, Task};

/// The examples of a run.
pub(crate) struct Feed<'a> {
    pub task: &'a dyn Task,
    pub features: Option<Features<'a>>,
}

impl Feed<'_> {
    /// The training batch of a step.
    pub fn step(&self, seed: u64, step: u64, size: usize) -> Examples {
        match &self.features {
            Some(features) => features.step(seed, step, size),
            None => Examples::whole(self.task.batch(seed, step, size)),
        }
    }

    /// Examples `range` of a split.
    pub fn split(&self, split: Split, range: Range<usize>) -> Examples {
        match &self.features {
            Some(features) => features.split(split, range),
            None => Examples::whole(self.task.examples(split, range)),
        }
    }
}

/// The examples of one pass.
pub(crate) struct Examples {
    /// Without inputs where there are hidden states.
    pub batch: Batch,
    states: Option<States>,
}

/// What the frozen part of a model made of some examples.
pub(crate) struct States {
    /// `[size, depth.positions(shape), width]`
    pub values: Vec<f32>,
    pub depth: Depth,
}

impl Examples {
    pub fn whole(batch: Batch) -> Self {
        let states = None;
        Self { batch, states }
    }

    /// `size` examples by their hidden states and targets.
    pub fn from_states(size: usize, states: States, targets: Vec<u32>) -> Self {
        let batch = Batch {
            size,
            features: Vec::new(),
            ids: Vec::new(),
            targets,
        };
        Self {
            batch,
            states: Some(states),
        }
    }

    /// Logits, as [`Model::forward`] gives them.
    pub fn logits(
        &self,
        model: &Model,
        shape: Shape,
        pass: &mut Pass,
        device: &Device,
    ) -> Tensor<2> {
        let Some(States { values, depth }) = &self.states else {
            return model.forward(&self.batch, shape, pass, device);
        };
        let (size, positions) = (self.batch.size, depth.positions(shape));
        let width = values.len() / (size * positions);
        let states = TensorData::new(values.clone(), [size, positions, width]);
        model.logits(Tensor::from_data(states, device), shape, *depth, pass)
    }
}
