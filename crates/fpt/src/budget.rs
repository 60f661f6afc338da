use crate::exit::Problem;
use crate::interrupt::STOP;
use crate::print;
use runner::{Forecast, Limit};
use std::time::{Duration, Instant};
use study::Planned;

/// The time that a study may take.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    hours: f64,
    end: Instant,
}

impl Budget {
    /// From now on.
    pub fn new(hours: f64) -> Self {
        let end = Instant::now() + Duration::from_secs_f64(hours * 3600.0);
        Self { hours, end }
    }

    pub fn limit(&self, jobs: &[Planned], forecast: &Forecast) -> Limit {
        let seconds = jobs.iter().map(|planned| forecast.seconds(&planned.job));
        Limit::new(self.end, seconds.collect())
    }

    /// Refuses a budget that is shorter than the forecast of what is asked for first.
    pub fn holds(&self, seconds: f64) -> Result<(), Problem> {
        if seconds <= self.hours * 3600.0 {
            return Ok(());
        }
        Err(Problem::Asked(format!(
            "--budget {} is too short: the first look takes about {}; ask for {:.1} hours, for fewer cells with --filter, or \
             for replicates by number with --seeds",
            self.hours,
            print::span(seconds),
            (seconds / 360.0).ceil() / 10.0
        )))
    }

    /// Asks to stop once time is over: forecasts may be wrong, and a promise is one.
    pub fn watch(&self) {
        if self.is_over() && !STOP.requested() {
            print::note(
                "the budget is used up: jobs end here and go on from this step when run again",
            );
            STOP.ask();
        }
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }
}
