//! Loss and accuracy, by burn-train's metrics.

use crate::error::TrainingError;
use crate::feed::{Examples, Feed};
use crate::model::{self, Model};
use crate::outcome::Score;
use crate::prefetch::{Ahead, ahead};
use backbone::Pass;
use burn::data::dataloader::Progress;
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};
use burn_train::metric::{
    AccuracyInput, AccuracyMetric, LossInput, LossMetric, Metric, MetricMetadata, Numeric,
    NumericEntry,
};
use std::ops::ControlFlow;
use tasks::{Shape, Split};

/// Examples in one forward pass of an evaluation.
const EVALUATION_BATCH: usize = 128;

/// Running loss and accuracy over batches, weighted by their predictions.
#[derive(Default)]
pub(crate) struct Meter {
    loss: LossMetric,
    accuracy: AccuracyMetric,
}

impl Meter {
    /// Takes in the losses `[rows]` and logits `[rows, classes]` of a batch, off any graph.
    pub fn add(
        &mut self,
        losses: Tensor<1>,
        logits: Tensor<2>,
        targets: Tensor<1, Int>,
    ) -> Result<(), TrainingError> {
        let record =
            |error: burn::tensor::TensorReadError| TrainingError::Record(error.to_string());
        let metadata = metadata();
        self.loss
            .update(&LossInput::new(losses), &metadata)
            .map_err(record)?;
        self.accuracy
            .update(&AccuracyInput::new(logits, targets), &metadata)
            .map_err(record)?;
        Ok(())
    }

    /// Mean loss of the last batch.
    pub fn last_loss(&self) -> f64 {
        self.loss.value().map_or(f64::NAN, number)
    }

    /// Mean loss and accuracy (0 to 1) since the last call, which starts them anew.
    pub fn take(&mut self) -> (f64, f64) {
        let means = (
            number(self.loss.final_value()),
            number(self.accuracy.final_value()) / 100.0,
        );
        self.loss.clear();
        self.accuracy.clear();
        means
    }
}

/// Scores a model on the first `most` examples of a split (0: on all), without dropout.
///
/// # Errors
/// [`TrainingError::Interrupted`] when `stop` says so between two batches.
pub(crate) fn evaluate(
    model: &Model,
    feed: &Feed,
    split: Split,
    most: usize,
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
        score(model, batches, shape, device, stop)
    })
}

fn score(
    model: &Model,
    batches: Ahead<'_, Examples>,
    shape: Shape,
    device: &Device,
    stop: &dyn Fn() -> ControlFlow<TrainingError>,
) -> Result<Score, TrainingError> {
    let model = model.valid();
    let device = &device.clone().inner();
    let mut meter = Meter::default();
    let mut examples = 0;
    for batch in batches {
        if let ControlFlow::Break(error) = stop() {
            return Err(error);
        }
        examples += batch.batch.size;
        let logits = batch.logits(&model, shape, &mut Pass::evaluation(), device);
        let targets = model::targets(&batch.batch, device);
        meter.add(
            kernels::cross_entropy(logits.clone(), targets.clone()),
            logits,
            targets,
        )?;
    }
    let (loss, accuracy) = meter.take();
    Ok(Score {
        loss,
        accuracy,
        examples,
    })
}

fn number(entry: NumericEntry) -> f64 {
    match entry {
        NumericEntry::Value(value) | NumericEntry::Final(value) => value,
        NumericEntry::Aggregated {
            aggregated_value, ..
        } => aggregated_value,
    }
}

/// The metrics in use read nothing of it.
fn metadata() -> MetricMetadata {
    let progress = Progress::new(0, 0, None);
    MetricMetadata {
        progress,
        iteration: None,
        lr: None,
    }
}
