//! Rows of hidden states: how they are computed, and what is in them.
//!
//! A row holds an example's hidden states at some depth, f32 `[positions, width]`, and behind them
//! its targets, u32 `[readout positions, predictions]`, little-endian.

use super::examples::{Examples, States};
use crate::model::{Depth, Model};
use crate::recipe::Precision;
use backbone::BodyConfig;
use burn::tensor::Device;
use tasks::{Batch, Shape};

/// The frozen part of a model, to compute hidden states with.
///
/// There are two, on the devices that steps and evaluations of an ordinary run compute on: burn's
/// softmax, for one, is another sequence of operations on a device with autodiff, and its last bits
/// differ. As nothing trains below the depth, neither makes a graph.
pub(super) struct Lower {
    pub model: Model,
    pub shape: Shape,
    pub depth: Depth,
    pub precision: Precision,
    pub device: Device,
}

impl Lower {
    /// Computes the rows of a batch.
    pub fn rows(&self, batch: &Batch) -> Vec<u8> {
        let mut pass = self.precision.evaluation();
        let hidden = self
            .model
            .states(batch, self.shape, self.depth, &mut pass, &self.device)
            .into_data();
        let hidden: Vec<f32> = hidden.iter::<f32>().collect();
        let states = hidden.chunks(hidden.len() / batch.size);
        let targets = batch.targets.chunks(batch.targets.len() / batch.size);
        states
            .zip(targets)
            .flat_map(|(states, targets)| {
                let states = states.iter().flat_map(|value| value.to_le_bytes());
                states.chain(targets.iter().flat_map(|target| target.to_le_bytes()))
            })
            .collect()
    }
}

/// Bytes of a row.
pub(super) fn width(shape: Shape, depth: Depth, body: &BodyConfig) -> usize {
    4 * depth.positions(shape) * body.width() + targets_width(shape)
}

/// Bytes of the targets in a row.
fn targets_width(shape: Shape) -> usize {
    4 * shape.readout.positions * shape.readout.predictions
}

/// The examples in rows of `width` bytes.
pub(super) fn examples(rows: &[u8], width: usize, shape: Shape, depth: Depth) -> Examples {
    let (mut hidden, mut targets) = (Vec::new(), Vec::new());
    for row in rows.chunks_exact(width) {
        let (values, classes) = row.split_at(width - targets_width(shape));
        let (values, _) = values.as_chunks();
        let (classes, _) = classes.as_chunks();
        hidden.extend(values.iter().map(|bytes| f32::from_le_bytes(*bytes)));
        targets.extend(classes.iter().map(|bytes| u32::from_le_bytes(*bytes)));
    }
    let states = States {
        values: hidden,
        depth,
    };
    Examples::from_states(rows.len() / width, states, targets)
}
