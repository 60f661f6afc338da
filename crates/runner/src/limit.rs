use std::time::{Duration, Instant};

/// Until when jobs may run.
#[derive(Clone, Debug)]
pub struct Limit {
    end: Instant,
    /// Forecast seconds of each job.
    expected: Vec<f64>,
    /// Seconds that finished jobs were expected to take, and took.
    learned: (f64, f64),
}

impl Limit {
    /// No job starts that would end after so much time, by these forecasts of seconds. They are corrected by what
    /// jobs take, never down: one that went on from a checkpoint, or was given up, took less than it would have.
    pub fn new(end: Instant, expected: Vec<f64>) -> Self {
        Self {
            end,
            expected,
            learned: (0.0, 0.0),
        }
    }

    /// Whether a job that starts now would end in time.
    pub(crate) fn admits(&self, job: usize, now: Instant) -> bool {
        let seconds = self.expected[job] * self.correction();
        let left = self.end.saturating_duration_since(now);
        Duration::try_from_secs_f64(seconds).is_ok_and(|needed| needed <= left)
    }

    /// A job has taken so long.
    pub(crate) fn learn(&mut self, job: usize, took: Duration) {
        self.learned.0 += self.expected[job];
        self.learned.1 += took.as_secs_f64();
    }

    fn correction(&self) -> f64 {
        match self.learned {
            (expected, took) if expected > 0.0 => (took / expected).max(1.0),
            _ => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forecasts_are_corrected_by_what_jobs_take() {
        let now = Instant::now();
        let mut limit = Limit::new(now + Duration::from_secs(100), vec![60.0, 60.0, 10.0]);
        assert!(limit.admits(0, now) && limit.admits(2, now));
        limit.learn(2, Duration::from_secs(20));
        assert!(!limit.admits(0, now) && limit.admits(2, now));
        assert!(!limit.admits(2, now + Duration::from_secs(81)));
        assert!(!limit.admits(2, now + Duration::from_secs(200)));
        limit.learn(0, Duration::from_secs(1));
        assert!(limit.admits(0, now) && !limit.admits(0, now + Duration::from_secs(41)));
    }
}
