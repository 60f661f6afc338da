//! What a model is fed with: examples, or what its frozen part made of them before.

use crate::features::Features;
use crate::model::Model;
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
    /// Hidden states where they are read, `[size, positions, width]`.
    hidden: Option<Vec<f32>>,
}

impl Examples {
    pub fn whole(batch: Batch) -> Self {
        let hidden = None;
        Self { batch, hidden }
    }

    /// `size` examples by the hidden states that are read and their targets.
    pub fn read(size: usize, hidden: Vec<f32>, targets: Vec<u32>) -> Self {
        let batch = Batch {
            size,
            features: Vec::new(),
            ids: Vec::new(),
            targets,
        };
        Self {
            batch,
            hidden: Some(hidden),
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
        let Some(hidden) = &self.hidden else {
            return model.forward(&self.batch, shape, pass, device);
        };
        let (size, positions) = (self.batch.size, shape.readout.positions);
        let width = hidden.len() / (size * positions);
        let read = TensorData::new(hidden.clone(), [size, positions, width]);
        model.logits(Tensor::from_data(read, device), shape)
    }
}
