use crate::model::{Depth, Model};
use backbone::Pass;
use burn::tensor::{Device, Tensor, TensorData};
use tasks::{Batch, Shape};

/// The examples of one pass.
pub(crate) struct Examples {
    /// Without inputs where there are hidden states.
    pub batch: Batch,
    states: Option<States>,
}

/// What the frozen part of a model made of some examples.
pub(super) struct States {
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
    pub(super) fn from_states(size: usize, states: States, targets: Vec<u32>) -> Self {
        let batch = Batch {
            size,
            features: Vec::new(),
            ids: Vec::new(),
            read: Vec::new(),
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
        let states = Tensor::from_data(states, device);
        model.logits(&self.batch, states, shape, *depth, pass)
    }
}
