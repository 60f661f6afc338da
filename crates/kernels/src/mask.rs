//! Which elements dropout drops: a pure function of a key and the element's index.

use crate::flex::simd::vectorised;
use crate::flex::threads::by_rows;

/// Multiply-adds an element, roughly.
const COST: usize = 6;
/// Elements shared out together.
const UNIT: usize = 1 << 10;

/// Dropout with a mask that is a function of `key` and the element's index alone.
///
/// Nothing is stored for the backward pass, and the same key drops the same elements on every
/// device and in a run that was killed and resumed. Give each use of each step its own key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// Chance of an element to be dropped; from 1 on, all are.
    pub probability: f32,
    /// Names the mask.
    pub key: u64,
}

impl Dropout {
    /// Whether anything can be dropped at all.
    pub(crate) fn is_active(&self) -> bool {
        self.probability > 0.0
    }
}

/// [`Dropout`], prepared for use on many elements.
#[derive(Clone, Copy)]
pub(crate) struct Mask {
    keys: [u32; 2],
    threshold: u32,
    scale: f32,
}

impl Mask {
    pub(crate) fn new(dropout: Dropout) -> Self {
        let probability = f64::from(dropout.probability).clamp(0.0, 1.0);
        let key = split_mix(dropout.key);
        Self {
            keys: [key as u32, (key >> 32) as u32],
            // The cast saturates: at probability 1 the scale of 0 drops what is left.
            threshold: (probability * 2f64.powi(32)).round() as u32,
            scale: if probability < 1.0 {
                (1.0 / (1.0 - probability)) as f32
            } else {
                0.0
            },
        }
    }

    /// What element `index` is multiplied by. The index counts modulo 2^32.
    #[inline(always)]
    pub(crate) fn factor(&self, index: u32) -> f32 {
        // Two rounds of a multiplicative hash (Wellons, lowbias32) with a half of the key before
        // each, so that two keys do not merely reorder one mask.
        let mut bits = index ^ self.keys[0];
        bits = (bits ^ (bits >> 16)).wrapping_mul(0x7feb_352d);
        bits = (bits ^ (bits >> 15))
            .wrapping_add(self.keys[1])
            .wrapping_mul(0x846c_a68b);
        bits ^= bits >> 16;
        if bits >= self.threshold {
            self.scale
        } else {
            0.0
        }
    }

    /// Keys, threshold and scale, for kernels of other devices.
    #[cfg(feature = "cube")]
    pub(crate) fn parts(&self) -> ([u32; 2], u32, f32) {
        (self.keys, self.threshold, self.scale)
    }

    /// The factors of the elements from `start` on.
    pub(crate) fn fill(&self, start: u32, factors: &mut [f32]) {
        fill(*self, start, factors);
    }

    /// Multiplies the elements by their factors.
    pub(crate) fn apply(&self, values: &mut [f32]) {
        by_rows(values, 1, COST, UNIT, |first, values| {
            apply(*self, first as u32, values);
        });
    }

    /// `values = residual + values × factors`.
    pub(crate) fn apply_and_add(&self, values: &mut [f32], residual: &[f32]) {
        by_rows(values, 1, COST, UNIT, |first, values| {
            apply_and_add(*self, first as u32, values, &residual[first..]);
        });
    }
}

vectorised! {
    fn fill(mask: Mask, start: u32, factors: &mut [f32]) {
        for (index, factor) in factors.iter_mut().enumerate() {
            *factor = mask.factor(start.wrapping_add(index as u32));
        }
    }
}

vectorised! {
    fn apply(mask: Mask, start: u32, values: &mut [f32]) {
        for (index, value) in values.iter_mut().enumerate() {
            *value *= mask.factor(start.wrapping_add(index as u32));
        }
    }
}

vectorised! {
    fn apply_and_add(mask: Mask, start: u32, values: &mut [f32], residual: &[f32]) {
        for (index, (value, residual)) in values.iter_mut().zip(residual).enumerate() {
            let factor = mask.factor(start.wrapping_add(index as u32));
            *value = value.mul_add(factor, *residual);
        }
    }
}

/// Steele, Lea and Flood (2014): spreads neighbouring keys over all 64 bits.
fn split_mix(key: u64) -> u64 {
    let mut bits = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survivors(key: u64, probability: f32, count: usize) -> Vec<bool> {
        let mut factors = vec![0.0; count];
        Mask::new(Dropout { probability, key }).fill(0, &mut factors);
        factors.iter().map(|factor| *factor > 0.0).collect()
    }

    /// Standard deviations between the count of `true` and what chance `p` makes likely.
    fn z(events: impl Iterator<Item = bool>, p: f64) -> f64 {
        let (mut hits, mut n) = (0.0, 0.0);
        for event in events {
            n += 1.0;
            hits += f64::from(u8::from(event));
        }
        (hits - n * p) / (n * p * (1.0 - p)).sqrt()
    }

    #[test]
    fn keeps_the_right_share_under_every_key() {
        for key in 0..64 {
            let z = z(survivors(key, 0.1, 1 << 16).into_iter(), 0.9);
            assert!(z.abs() < 4.5, "key {key}: {z} standard deviations");
        }
    }

    #[test]
    fn neighbouring_elements_and_keys_are_independent() {
        for (key, lag) in [
            (1, 1),
            (2, 2),
            (3, 10),
            (4, 16),
            (5, 64),
            (6, 128),
            (7, 4096),
        ] {
            let mask = survivors(key, 0.5, 1 << 18);
            let along = mask.iter().zip(&mask[lag..]).map(|(a, b)| a == b);
            assert!(z(along, 0.5).abs() < 4.5, "lag {lag}");
            let next = survivors(key + 1, 0.5, 1 << 18);
            let across = mask.iter().zip(&next).map(|(a, b)| a == b);
            assert!(z(across, 0.5).abs() < 4.5, "keys {key} and {}", key + 1);
        }
    }

    #[test]
    fn certain_dropout_leaves_nothing() {
        assert!(!survivors(9, 1.0, 1 << 16).contains(&true));
    }
}
