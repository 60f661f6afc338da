use crate::error::TrainingError;
use burn::tensor::{Int, Tensor};
use serde::{Deserialize, Serialize};

/// Running loss and accuracy over batches, weighted by their predictions.
///
/// What it is given stays on its device until so many batches have come together, and then moves in
/// one transfer. The sums are the same bits whenever it is read.
pub(crate) struct Meter {
    /// Batches in a reading.
    most: usize,
    unread: Vec<Unread>,
    read: Read,
}

/// A batch whose numbers are still on the device.
struct Unread {
    rows: usize,
    /// Mean loss, `[1]`.
    loss: Tensor<1>,
    /// How many predictions are right, `[1]`; f32 holds it exactly, as no batch has 2²⁴ rows.
    right: Tensor<1>,
}

#[derive(Default)]
struct Read {
    batches: usize,
    /// The first batch whose loss is not a number.
    diverged: Option<usize>,
    sums: Sums,
}

impl Sums {
    /// Whether no batch has been added.
    pub fn is_empty(&self) -> bool {
        self.loss.count == 0
    }
}

/// What has been added up since the last point of a curve.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sums {
    loss: Mean,
    /// In per cent, as curves have always been added up: a factor moves last digits.
    accuracy: Mean,
}

impl Meter {
    /// A meter that reads `most` batches at once.
    pub fn reading(most: usize) -> Self {
        Self {
            most,
            unread: Vec::new(),
            read: Read::default(),
        }
    }

    /// The same, which goes on from what another one had added up.
    pub fn going_on(self, sums: Sums) -> Self {
        let read = Read {
            sums,
            ..Read::default()
        };
        Self { read, ..self }
    }

    /// What has been added up since the last [`take`](Self::take), for a meter that goes on from it.
    ///
    /// # Errors
    /// When the device cannot be read.
    pub fn sums(&mut self) -> Result<Sums, TrainingError> {
        self.settle()?;
        Ok(self.read.sums.clone())
    }

    /// Takes in the mean loss `[1]` and the logits `[rows, classes]` of a batch, off any graph.
    ///
    /// # Errors
    /// When the device cannot be read.
    pub fn add(
        &mut self,
        loss: Tensor<1>,
        logits: Tensor<2>,
        targets: Tensor<1, Int>,
    ) -> Result<(), TrainingError> {
        let [rows, _classes] = logits.dims();
        let right = logits.argmax(1).reshape([rows]).equal(targets);
        let right = right.float().sum();
        self.unread.push(Unread { rows, loss, right });
        match self.unread.len() < self.most {
            true => Ok(()),
            false => self.settle(),
        }
    }

    /// Reads what has not been read.
    ///
    /// # Errors
    /// When the device cannot be read.
    pub fn settle(&mut self) -> Result<(), TrainingError> {
        if self.unread.is_empty() {
            return Ok(());
        }
        let rows: Vec<usize> = self.unread.iter().map(|batch| batch.rows).collect();
        let batches = self.unread.drain(..);
        let numbers = batches.flat_map(|batch| [batch.loss, batch.right]);
        let numbers = Tensor::cat(numbers.collect(), 0).try_into_vec_as::<f64>();
        let numbers = numbers.map_err(|error| TrainingError::Record(error.to_string()))?;
        let (numbers, _) = numbers.as_chunks();
        for ([loss, right], rows) in numbers.iter().zip(rows) {
            self.read.add(*loss, *right, rows);
        }
        Ok(())
    }

    /// The first batch since the last [`take`](Self::take), counted from 0, whose loss is not a
    /// number; of those that have been read.
    pub fn diverged(&self) -> Option<usize> {
        self.read.diverged
    }

    /// Mean loss of the last batch that has been read.
    pub fn last_loss(&self) -> Option<f64> {
        self.read.sums.loss.last
    }

    /// Mean loss and accuracy (0 to 1) since the last call, which starts them anew.
    ///
    /// # Errors
    /// When the device cannot be read.
    pub fn take(&mut self) -> Result<(f64, f64), TrainingError> {
        self.settle()?;
        let Sums { loss, accuracy } = std::mem::take(&mut self.read).sums;
        Ok((loss.value(), accuracy.value() / 100.0))
    }
}

impl Read {
    fn add(&mut self, loss: f64, right: f64, rows: usize) {
        if !loss.is_finite() {
            self.diverged.get_or_insert(self.batches);
        }
        self.batches += 1;
        self.sums.loss.add(loss, rows);
        self.sums.accuracy.add(100.0 * (right / rows as f64), rows);
    }
}

/// A mean of values that each stand for so many.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

    /// Gives a meter a batch whose first `right` rows of as many as it has losses are right.
    fn give(meter: &mut Meter, losses: &[f32], right: usize) {
        let device = Device::flex();
        let rows = losses.len();
        let targets: Vec<i64> = (0..rows).map(|row| i64::from(row < right)).collect();
        let logits = Tensor::<1>::from_floats([0.0, 1.0], &device);
        let loss = Tensor::<1>::from_floats(losses, &device).mean();
        let targets = Tensor::<1, Int>::from_ints(targets.as_slice(), &device);
        let logits = logits.unsqueeze::<2>().repeat_dim(0, rows);
        meter.add(loss, logits, targets).unwrap();
    }

    #[test]
    fn a_batch_counts_by_its_rows() {
        let mut meter = Meter::reading(1);
        assert!(meter.last_loss().is_none() && meter.take().unwrap().0.is_nan());
        give(&mut meter, &[1.0, 3.0], 1);
        assert_eq!(meter.last_loss(), Some(2.0));
        give(&mut meter, &[5.0], 1);
        let (loss, accuracy) = meter.take().unwrap();
        assert_eq!(loss, 3.0);
        assert!((accuracy - 2.0 / 3.0).abs() < 1e-12);
        assert!(meter.take().unwrap().1.is_nan());
    }

    #[test]
    fn whenever_it_is_read_the_bits_are_the_same() {
        let batches = (1..20).map(|n| {
            let losses = (0..n % 7 + 1).map(|row| 1.0 / (n + row) as f32);
            (losses.collect::<Vec<_>>(), n % 3)
        });
        let batches: Vec<_> = batches.collect();
        let [at_once, now_and_then, at_the_end] = [1, 4, 100].map(|most| {
            let mut meter = Meter::reading(most);
            for (losses, right) in &batches {
                give(&mut meter, losses, *right);
            }
            let (loss, accuracy) = meter.take().unwrap();
            [loss.to_bits(), accuracy.to_bits()]
        });
        assert_eq!(at_once, now_and_then);
        assert_eq!(at_once, at_the_end);
    }

    #[test]
    fn the_first_loss_that_is_not_a_number_is_named_however_late_it_is_read() {
        for most in [1, 2, 3, 100] {
            let mut meter = Meter::reading(most);
            for loss in [1.0, 2.0, f32::NAN, 3.0, f32::INFINITY] {
                give(&mut meter, &[loss], 0);
            }
            meter.settle().unwrap();
            assert_eq!(meter.diverged(), Some(2));
            meter.take().unwrap();
            assert_eq!(meter.diverged(), None);
        }
    }
}
