//! How long something takes, by samples of it.

use std::time::{Duration, Instant};

/// A device that computes on its own is not waited for after every run: a sample is so long.
const LONG: Duration = Duration::from_millis(50);

/// Milliseconds of a run, one number a sample, ascending.
pub struct Samples {
    /// Runs in a sample, which is as long as all of them.
    pub each: usize,
    milliseconds: Vec<f64>,
}

impl Samples {
    /// For so many seconds and at least three times; `run` makes so many runs and waits for the last.
    /// Where the caller computes (`alone`: the device does), a sample is one run.
    pub fn take(seconds: f64, alone: bool, mut run: impl FnMut(usize)) -> Self {
        let mut time = |each: usize| {
            let start = Instant::now();
            run(each);
            start.elapsed()
        };
        let mut each = 1;
        while alone && time(each) < LONG {
            each *= 2;
        }
        let (mut milliseconds, begin) = (Vec::new(), Instant::now());
        while milliseconds.len() < 3 || begin.elapsed().as_secs_f64() < seconds {
            milliseconds.push(time(each).as_secs_f64() * 1e3 / each as f64);
        }
        milliseconds.sort_by(f64::total_cmp);
        Self { each, milliseconds }
    }

    pub fn median(&self) -> f64 {
        self.milliseconds[self.milliseconds.len() / 2]
    }

    /// The quarters around the median.
    pub fn quartiles(&self) -> [f64; 2] {
        let count = self.milliseconds.len();
        [
            self.milliseconds[count / 4],
            self.milliseconds[3 * count / 4],
        ]
    }

    /// Runs of all samples.
    pub fn runs(&self) -> usize {
        self.each * self.milliseconds.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_one_run_where_the_caller_computes_and_long_where_the_device_does() {
        let wait = |runs: usize| std::thread::sleep(Duration::from_millis(7) * runs as u32);
        let here = Samples::take(0.0, false, wait);
        assert_eq!((here.each, here.runs()), (1, 3));
        let there = Samples::take(0.0, true, wait);
        assert_eq!((there.each, there.runs()), (8, 24));
        assert!(there.quartiles()[0] >= 7.0 && there.median() >= there.quartiles()[0]);
    }
}
