//! Multinomial logistic regression, small and the same every time: Adam over minibatches in a fixed
//! order, the rate falling to nothing.

use super::part::{CLASSES, Part};
use crate::streams::fixed;
use rand::RngExt;

/// Classes and two that no image has, so that a row is whole vector registers.
const LANES: usize = 12;

const BATCH: usize = 128;
const RATE: f32 = 2e-3;
/// Passes over the training images.
const EPOCHS: usize = 6;

/// A row of weights a pixel, then the row of biases.
pub(super) struct Regression(Vec<[f32; LANES]>);

impl Regression {
    /// The likeliest class.
    pub fn answer(&self, pixels: &[f32]) -> usize {
        let logits = self.logits(pixels);
        let best = (0..CLASSES).max_by(|a, b| logits[*a].total_cmp(&logits[*b]));
        best.unwrap_or(0)
    }

    fn logits(&self, pixels: &[f32]) -> [f32; LANES] {
        let mut logits = self.0[self.0.len() - 1];
        for (pixel, weights) in pixels.iter().zip(&self.0) {
            for (logit, weight) in logits.iter_mut().zip(weights) {
                *logit += pixel * weight;
            }
        }
        logits
    }
}

pub(super) fn fit(train: &Part) -> Regression {
    let rows = train.width + 1;
    let mut model = Regression(vec![[0.0; LANES]; rows]);
    let mut adam = Adam {
        mean: vec![[0.0; LANES]; rows],
        square: vec![[0.0; LANES]; rows],
        step: 0,
    };
    let steps = EPOCHS * train.labels.len().div_ceil(BATCH);
    let mut order: Vec<usize> = (0..train.labels.len()).collect();
    let mut pixels = Vec::new();
    for epoch in 0..EPOCHS {
        let mut chance = fixed("logistic regression", epoch as u64);
        for last in (1..order.len()).rev() {
            order.swap(last, chance.random_range(0..=last as u32) as usize);
        }
        for batch in order.chunks(BATCH) {
            let mut slope = vec![[0.0; LANES]; rows];
            for &index in batch {
                (train.pixels)(index, &mut pixels);
                let label = usize::from(train.labels[index]);
                add_slope(&model, &pixels, label, 1.0 / batch.len() as f32, &mut slope);
            }
            let rate = RATE * (1.0 - adam.step as f32 / steps as f32);
            adam.update(&mut model.0, &slope, rate);
        }
    }
    model
}

/// Adds an example's part of the cross entropy's slope.
fn add_slope(
    model: &Regression,
    pixels: &[f32],
    label: usize,
    share: f32,
    slope: &mut [[f32; LANES]],
) {
    let logits = model.logits(pixels);
    let top = logits[..CLASSES].iter().copied().fold(f32::MIN, f32::max);
    let mut error = [0.0; LANES];
    for (error, logit) in error[..CLASSES].iter_mut().zip(logits) {
        *error = (logit - top).exp();
    }
    let sum: f32 = error.iter().sum();
    error.iter_mut().for_each(|error| *error *= share / sum);
    if let Some(own) = error.get_mut(label) {
        *own -= share;
    }
    for (pixel, slope) in pixels.iter().chain([&1.0]).zip(slope) {
        // Most pixels of a digit are black.
        if *pixel != 0.0 {
            for (slope, error) in slope.iter_mut().zip(error) {
                *slope += pixel * error;
            }
        }
    }
}

struct Adam {
    mean: Vec<[f32; LANES]>,
    square: Vec<[f32; LANES]>,
    step: i32,
}

impl Adam {
    fn update(&mut self, weights: &mut [[f32; LANES]], slope: &[[f32; LANES]], rate: f32) {
        const KEEP: (f32, f32) = (0.9, 0.999);
        self.step += 1;
        let rate = rate * (1.0 - KEEP.1.powi(self.step)).sqrt() / (1.0 - KEEP.0.powi(self.step));
        let moments = self.mean.iter_mut().zip(&mut self.square);
        for ((weights, slope), (mean, square)) in weights.iter_mut().zip(slope).zip(moments) {
            for lane in 0..LANES {
                mean[lane] += (1.0 - KEEP.0) * (slope[lane] - mean[lane]);
                square[lane] += (1.0 - KEEP.1) * (slope[lane] * slope[lane] - square[lane]);
                weights[lane] -= rate * mean[lane] / (square[lane].sqrt() + 1e-8);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six pixels a class, lit in its images; in all images some others are lit as well.
    #[test]
    fn what_a_line_parts_is_learnt_and_again_the_same() {
        let label = |index: usize| index % CLASSES;
        let lit = |index: usize, pixel: usize| {
            pixel / 6 == label(index) || (index * 37 + pixel * 59).is_multiple_of(7)
        };
        let labels: Vec<u8> = (0..8000).map(|index| label(index) as u8).collect();
        let part = Part {
            labels: &labels,
            width: 60,
            pixels: Box::new(|index, pixels| {
                pixels.clear();
                pixels.extend((0..60).map(|pixel| f32::from(u8::from(lit(index, pixel)))));
            }),
        };
        let model = fit(&part);
        let right = part.right(|pixels| model.answer(pixels));
        assert!(right > 7920, "{right}");
        assert_eq!(model.0, fit(&part).0);
    }
}
