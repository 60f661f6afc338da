//! Whether a process that says nothing is stuck, and whether the system ended one for want of memory.

use std::time::{Duration, Instant};

/// Processor time that tells work from waking up now and then.
const WORK: Duration = Duration::from_secs(1);

/// Between two looks of somebody who watches.
const LONGEST_GAP: Duration = Duration::from_secs(5);

/// Watches a process by what it says and by the processor time it takes. One that says nothing for a long time may be testing on a large
/// set; one that computes nothing either waits for something that does not come. Where a system does not tell that time, nothing is
/// stuck; nor is what somebody has stopped.
pub(crate) struct Watchdog {
    process: u32,
    patience: Duration,
    /// How long it has said nothing while somebody watched.
    quiet: Duration,
    looked: Instant,
    /// Processor time half of the patience after it last spoke.
    half: Option<Duration>,
}

impl Watchdog {
    pub fn new(process: u32, patience: Duration) -> Self {
        Self {
            process,
            patience,
            quiet: Duration::ZERO,
            looked: Instant::now(),
            half: None,
        }
    }

    /// It has said something.
    pub fn hear(&mut self) {
        self.quiet = Duration::ZERO;
        self.looked = Instant::now();
        self.half = None;
    }

    /// Whether it has said nothing for as long as one is patient, and computed nothing in the second half of it. To be asked every
    /// fraction of a second: where a machine slept or both were stopped between two looks, nobody has watched.
    pub fn is_stuck(&mut self) -> bool {
        let gap = self.looked.elapsed();
        self.looked = Instant::now();
        if gap > LONGEST_GAP {
            self.hear();
        }
        self.quiet += gap.min(LONGEST_GAP);
        let quiet = self.quiet;
        if quiet < self.patience / 2 {
            return false;
        }
        let Some(taken) = files::processor_time_of(self.process) else {
            return false;
        };
        let half = *self.half.get_or_insert(taken);
        if quiet < self.patience {
            return false;
        }
        let is_stuck = taken.saturating_sub(half) < WORK.min(self.patience / 20);
        if !is_stuck {
            self.hear();
        }
        is_stuck
    }
}

/// How many processes the system has ended for want of memory, since it started.
pub(crate) fn ended_for_memory() -> u64 {
    let counts = std::fs::read_to_string("/proc/vmstat").unwrap_or_default();
    let count = counts
        .lines()
        .find_map(|line| line.strip_prefix("oom_kill "));
    count
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or(0)
}
