//! Rows of features: how they are computed, and what is in them.
//!
//! A row holds an example's hidden states at the readout positions, f32 `[positions, width]`, and
//! behind them its targets, u32 `[positions, predictions]`, little-endian.

use crate::feed::Examples;
use crate::model::Model;
use backbone::{BodyConfig, Pass};
use burn::tensor::Device;
use tasks::{Batch, Shape};

/// A model to compute hidden states with.
///
/// There are two, on the devices that steps and evaluations of an ordinary run compute on: burn's
/// softmax, for one, is another sequence of operations on a device with autodiff, and its last bits
/// differ. Without a parameter that trains, neither makes a graph.
pub(super) struct Frozen {
    pub model: Model,
    pub shape: Shape,
    pub device: Device,
}

impl Frozen {
    /// Computes the rows of a batch.
    pub fn rows(&self, batch: &Batch) -> Vec<u8> {
        let mut pass = Pass::evaluation();
        let hidden = self
            .model
            .hidden(batch, self.shape, &mut pass, &self.device)
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
pub(super) fn width(shape: Shape, body: &BodyConfig) -> usize {
    4 * shape.readout.positions * (body.width() + shape.readout.predictions)
}

/// The examples in rows of `width` bytes.
pub(super) fn examples(rows: &[u8], width: usize, shape: Shape) -> Examples {
    let states = width - 4 * shape.readout.positions * shape.readout.predictions;
    let (mut hidden, mut targets) = (Vec::new(), Vec::new());
    for row in rows.chunks_exact(width) {
        let (values, classes) = row.split_at(states);
        let (values, _) = values.as_chunks();
        let (classes, _) = classes.as_chunks();
        hidden.extend(values.iter().map(|bytes| f32::from_le_bytes(*bytes)));
        targets.extend(classes.iter().map(|bytes| u32::from_le_bytes(*bytes)));
    }
    Examples::read(rows.len() / width, hidden, targets)
}
