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
    /// Why a run of so many steps cannot have it.
    pub fn misfit(&self, steps: u64) -> Option<String> {
        match self {
            Self::Cosine { warmup, .. } if *warmup >= steps => Some(format!(
                "`warmup` of a schedule: {warmup} steps do not fit in the {steps} of the run"
            )),
            Self::Cosine { floor, .. } if !(0.0..=1.0).contains(floor) => Some(format!(
                "`floor` of a schedule is a share of the learning rate, from 0 to 1, not {floor}"
            )),
            _ => None,
        }
    }

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

    #[test]
    fn a_run_has_to_be_longer_than_its_warm_up_and_no_rate_below_nothing() {
        let misfit = |warmup, floor| Schedule::Cosine { warmup, floor }.misfit(10);
        assert_eq!(misfit(9, 0.0), None);
        assert_eq!(misfit(0, 1.0), None);
        assert!(
            misfit(10, 0.0)
                .unwrap()
                .contains("`warmup` of a schedule: 10 steps")
        );
        for floor in [-1.0, 1.5, f64::NAN] {
            assert!(misfit(1, floor).unwrap().contains("from 0 to 1"));
        }
        assert_eq!(Schedule::Constant {}.misfit(1), None);
    }
}
