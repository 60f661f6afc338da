use crate::error::TrainingError;
use burn::tensor::{Int, Tensor, TensorReadError};

/// Running loss and accuracy over batches, weighted by their predictions.
#[derive(Default)]
pub(crate) struct Meter {
    loss: Mean,
    /// In per cent, as curves have always been added up: a factor moves last digits.
    accuracy: Mean,
}

impl Meter {
    /// Takes in the losses `[rows]` and logits `[rows, classes]` of a batch, off any graph.
    pub fn add(
        &mut self,
        losses: Tensor<1>,
        logits: Tensor<2>,
        targets: Tensor<1, Int>,
    ) -> Result<(), TrainingError> {
        let record = |error: TensorReadError| TrainingError::Record(error.to_string());
        let [rows, _classes] = logits.dims();
        let right = logits.argmax(1).reshape([rows]).equal(targets).int().sum();
        let loss = losses.mean().try_into_scalar::<f64>().map_err(record)?;
        let right = right.try_into_scalar::<f64>().map_err(record)?;
        self.loss.add(loss, rows);
        self.accuracy.add(100.0 * (right / rows as f64), rows);
        Ok(())
    }

    /// Mean loss of the last batch; NaN before the first.
    pub fn last_loss(&self) -> f64 {
        self.loss.last.unwrap_or(f64::NAN)
    }

    /// Mean loss and accuracy (0 to 1) since the last call, which starts them anew.
    pub fn take(&mut self) -> (f64, f64) {
        let Self { loss, accuracy } = std::mem::take(self);
        (loss.value(), accuracy.value() / 100.0)
    }
}

/// A mean of values that each stand for so many.
#[derive(Default)]
struct Mean {
    sum: f64,
    count: usize,
    last: Option<f64>,
}

impl Mean {
    fn add(&mut self, value: f64, count: usize) {
        self.sum += value * count as f64;
        self.count += count;
        self.last = Some(value);
    }

    fn value(&self) -> f64 {
        self.sum / self.count as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn accuracy_is_added_up_in_per_cent() {
        let mut accuracy = Mean::default();
        let mut share = Mean::default();
        for (right, rows) in [(1, 3), (1, 6), (5, 9)] {
            let part = f64::from(right) / f64::from(rows);
            accuracy.add(100.0 * part, rows as usize);
            share.add(part, rows as usize);
        }
        let (found, other) = (accuracy.value() / 100.0, share.value());
        assert_eq!(found.to_bits(), 0x3fd8_e38e_38e3_8e38);
        assert_eq!(other.to_bits(), 0x3fd8_e38e_38e3_8e39, "another sum");
    }

    #[test]
    fn a_batch_counts_by_its_rows() {
        let device = Device::flex();
        let mut meter = Meter::default();
        assert!(meter.last_loss().is_nan() && meter.take().0.is_nan());
        let logits = Tensor::from_data([[0.1_f32, 0.9], [0.8, 0.2]], &device);
        let batch = |losses: [f32; 2], targets: [i64; 2]| {
            (
                Tensor::from_data(losses, &device),
                logits.clone(),
                Tensor::from_data(targets, &device),
            )
        };
        let (losses, logits, targets) = batch([1.0, 3.0], [1, 1]);
        meter.add(losses, logits, targets).unwrap();
        assert_eq!(meter.last_loss(), 2.0);
        let one = Tensor::from_data([[0.0_f32, 1.0]], &device);
        let (losses, targets) = ([5.0_f32], [1_i64]);
        meter
            .add(
                Tensor::from_data(losses, &device),
                one,
                Tensor::from_data(targets, &device),
            )
            .unwrap();
        let (loss, accuracy) = meter.take();
        assert_eq!(loss, 3.0);
        assert!((accuracy - 2.0 / 3.0).abs() < 1e-12);
        assert!(meter.take().1.is_nan());
    }
}
