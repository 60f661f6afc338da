use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// The learning rate over the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Schedule {
    /// The same from first to last step, as in the paper.
    Constant {},
    /// Linear warm-up over `warmup` steps, then a cosine down to `floor` times the rate.
    Cosine { warmup: u64, floor: f64 },
}

impl Schedule {
    /// The learning rate of a step counted from 0 in a run of `steps`; `rate` is the recipe's.
    pub(crate) fn rate(&self, rate: f64, step: u64, steps: u64) -> f64 {
        match *self {
            Self::Constant {} => rate,
            Self::Cosine { warmup, .. } if step < warmup => {
                rate * (step + 1) as f64 / warmup as f64
            }
            Self::Cosine { warmup, floor } => {
                let length = steps.saturating_sub(warmup).max(1);
                let part = (step - warmup) as f64 / length as f64;
                let cosine = 0.5 * (1.0 + (PI * part).cos());
                rate * (floor + (1.0 - floor) * cosine)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_warms_up_peaks_and_ends_near_its_floor() {
        let schedule = Schedule::Cosine {
            warmup: 10,
            floor: 0.1,
        };
        let rate = |step| schedule.rate(1.0, step, 110);
        assert!((rate(0) - 0.1).abs() < 1e-12);
        assert!((rate(10) - 1.0).abs() < 1e-12);
        assert!((rate(60) - 0.55).abs() < 1e-12);
        assert!(rate(109) < 0.101);
    }
}
