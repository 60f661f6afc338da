/// When a run was at work, as far as its end and its seconds at work tell: a run that was interrupted began
/// earlier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clock {
    /// Seconds since 1970-01-01 UTC.
    ended: f64,
    seconds: f64,
}

impl Clock {
    /// `None` where the two make no time.
    pub fn of(finished_at: u64, wall_seconds: f64) -> Option<Self> {
        let ended = finished_at as f64;
        let clock = Self {
            ended,
            seconds: wall_seconds,
        };
        (0.0..=ended).contains(&wall_seconds).then_some(clock)
    }

    /// The time of a step out of `steps`, as if all took as long; the test is read at the last.
    pub(super) fn at(&self, step: u64, steps: u64) -> f64 {
        let share = match step < steps {
            true => step as f64 / steps as f64,
            false => 1.0,
        };
        self.ended - self.seconds * (1.0 - share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_has_its_share_of_the_time_at_work() {
        let clock = Clock::of(1010, 10.0).unwrap();
        let times = [0, 20, 40, 41].map(|step| clock.at(step, 40));
        assert_eq!(times, [1000.0, 1005.0, 1010.0, 1010.0]);
        assert_eq!(clock.at(0, 0), 1010.0);
        for (finished_at, seconds) in [(10, f64::NAN), (10, -1.0), (10, 11.0)] {
            assert_eq!(Clock::of(finished_at, seconds), None);
        }
    }
}
