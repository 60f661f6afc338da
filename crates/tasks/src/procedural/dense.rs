//! The little arithmetic that random networks need. It is sums and products alone, in a fixed order, so a sequence is the
//! same on every machine: what `exp` and `tanh` give differs between them in the last digit, which chaos would not forgive.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// So many weights, uniform within `-bound` and `bound`.
pub(super) fn weights(count: usize, bound: f32, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let mut weight = || bound * rng.random_range(-1.0..1.0_f32);
    (0..count).map(|_| weight()).collect()
}

/// Adds the product of `inputs` and a matrix `[inputs, sums]`.
pub(super) fn accumulate(sums: &mut [f32], matrix: &[f32], inputs: &[f32]) {
    for (row, input) in matrix.chunks_exact(sums.len()).zip(inputs) {
        for (sum, weight) in sums.iter_mut().zip(row) {
            *sum += weight * input;
        }
    }
}

/// The index of the greatest, the first of equals.
pub(super) fn greatest(values: &[f32]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
}

/// The hyperbolic tangent to 0.024, by a fraction that meets 1 at 3.
pub(super) fn tanh(x: f32) -> f32 {
    let x = x.clamp(-3.0, 3.0);
    x * (27.0 + x * x) / (27.0 + 9.0 * x * x)
}

/// The logistic function by [`tanh`].
pub(super) fn sigmoid(x: f32) -> f32 {
    0.5 + 0.5 * tanh(0.5 * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_close_to_what_they_stand_for() {
        for step in -80..=80 {
            let x = step as f32 / 10.0;
            assert!((tanh(x) - x.tanh()).abs() < 0.025, "{x}");
            assert!(
                (sigmoid(x) - 1.0 / (1.0 + (-x).exp())).abs() < 0.0125,
                "{x}"
            );
        }
        assert_eq!((tanh(0.0), tanh(3.0), tanh(-9.0)), (0.0, 1.0, -1.0));
        assert_eq!(sigmoid(0.0), 0.5);
    }

    #[test]
    fn products_and_the_greatest() {
        let mut sums = [1.0, 0.0];
        accumulate(
            &mut sums,
            &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            &[1.0, 0.0, -1.0],
        );
        assert_eq!(sums, [-3.0, -4.0]);
        assert_eq!(greatest(&[0.0, 2.0, -1.0, 2.0]), 1);
    }
}
