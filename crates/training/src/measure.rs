//! Loss and accuracy of a model on a split.

use crate::device::batches_in_a_reading;
use crate::error::TrainingError;
use crate::feed::{Examples, Feed};
use crate::meter::Meter;
use crate::model::{self, Model};
use crate::outcome::Score;
use crate::prefetch::{Ahead, ahead};
use crate::recipe::Precision;
use burn::module::Module;
use burn::tensor::Device;
use std::ops::ControlFlow;
use tasks::{Shape, Split, Task};

/// Examples in one forward pass of an evaluation.
const EVALUATION_BATCH: usize = 128;

/// Batches that a device is at most behind: their inputs are held until it has come to them. A wait
/// in so many forward passes is not felt.
const QUEUED: usize = 32;

/// Scores a model on the first `most` examples of a split (0: on all), without dropout.
///
/// # Errors
/// [`TrainingError::Interrupted`] when `stop` says so between two batches.
pub(crate) fn evaluate(
    model: &Model,
    feed: &Feed,
    split: Split,
    most: usize,
    precision: Precision,
    device: &Device,
    stop: &dyn Fn() -> ControlFlow<TrainingError>,
) -> Result<Score, TrainingError> {
    let all = feed.len(split);
    let examples = if most == 0 { all } else { most.min(all) };
    let starts = (0..examples).step_by(EVALUATION_BATCH);
    let batches =
        starts.map(|start| feed.split(split, start..(start + EVALUATION_BATCH).min(examples)));
    let shape = feed.shape();
    ahead(batches, |batches| {
        score(model, batches, shape, precision, device, stop)
    })
    .map_err(TrainingError::Thread)?
}

/// Batches of the sample of what is trained on.
const TRAIN_BATCHES: u64 = 8;

/// Examples of that sample.
pub(crate) const TRAIN_EXAMPLES: usize = TRAIN_BATCHES as usize * EVALUATION_BATCH;

/// Keys that sample: the seed of no job.
const TRAIN_SAMPLE: u64 = u64::MAX;

/// Scores a model on 1,024 examples of what is trained on (`most`, to a batch more, where that is not 0), the same for every job of a task, without dropout.
///
/// # Errors
/// As [`evaluate`].
pub(crate) fn evaluate_train(
    model: &Model,
    task: &dyn Task,
    most: usize,
    precision: Precision,
    device: &Device,
    stop: &dyn Fn() -> ControlFlow<TrainingError>,
) -> Result<Score, TrainingError> {
    let batch = |step| Examples::whole(task.batch(TRAIN_SAMPLE, step, EVALUATION_BATCH));
    let batches = match most {
        0 => TRAIN_BATCHES,
        most => TRAIN_BATCHES.min(most.div_ceil(EVALUATION_BATCH) as u64),
    };
    ahead((0..batches).map(batch), |batches| {
        score(model, batches, task.shape(), precision, device, stop)
    })
    .map_err(TrainingError::Thread)?
}

fn score(
    model: &Model,
    batches: Ahead<'_, Examples>,
    shape: Shape,
    precision: Precision,
    device: &Device,
    stop: &dyn Fn() -> ControlFlow<TrainingError>,
) -> Result<Score, TrainingError> {
    let model = model.valid();
    let device = &device.clone().inner();
    let mut meter = Meter::reading(batches_in_a_reading(device, QUEUED));
    let mut examples = 0;
    for batch in batches {
        if let ControlFlow::Break(error) = stop() {
            return Err(error);
        }
        examples += batch.batch.size;
        let mut pass = precision.evaluation();
        let logits = batch.logits(&model, shape, &mut pass, device);
        let targets = model::targets(&batch.batch, device);
        let losses = kernels::cross_entropy(logits.clone(), targets.clone());
        meter.add(kernels::mean(losses), logits, targets)?;
    }
    let (loss, accuracy) = meter.take()?;
    Ok(Score {
        loss,
        accuracy,
        examples,
    })
}
