//! How many jobs run at a time, and on how many threads each.

use crate::event::Threads;

/// What the user wants of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    pub workers: Option<usize>,
    pub threads: Option<usize>,
}

/// What the machine has to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    pub cores: usize,
    /// Bytes that new processes can take; `None` where the system does not tell.
    pub memory: Option<u64>,
}

/// Gradient steps a second that all cores give, measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// A job on each core, added up.
    pub apart: f64,
    /// One job on all of them.
    pub together: f64,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrangement {
    pub workers: usize,
    pub threads: Threads,
    /// Completes "… workers, because".
    pub why: String,
}

/// What a measured pace has to be above the other to count as more.
pub(crate) const CLEARLY: f64 = 1.05;
/// Share of the free memory that jobs may plan with.
pub(crate) const SHARE: f64 = 0.8;

/// Workers and threads for so many jobs that can run at a time, the largest of which takes so many
/// bytes. What was asked for is done; else the cores are never handed out twice.
///
/// A job a core is the rule: threads of one job wait for each other at every operation. Fewer jobs
/// at a time only where there are no more, where no more fit into memory, or where measured paces
/// say so.
pub fn arrange(
    wish: Wish,
    machine: Machine,
    jobs: usize,
    bytes: u64,
    pace: Option<Pace>,
) -> Arrangement {
    let cores = machine.cores.max(1);
    let threads = wish
        .threads
        .map_or(Threads::Shared { cores }, Threads::Each);
    let arrangement = |workers: usize, why: &str| Arrangement {
        workers,
        threads,
        why: why.to_owned(),
    };
    if let Some(workers) = wish.workers {
        return arrangement(workers.max(1), "that was asked for");
    }
    let most = (cores / wish.threads.unwrap_or(1)).max(1);
    let fit = machine.memory.map_or(most, |memory| {
        ((memory as f64 * SHARE) / bytes.max(1) as f64) as usize
    });
    let together =
        wish.threads.is_none() && pace.is_some_and(|pace| pace.together > CLEARLY * pace.apart);
    match () {
        () if fit.max(1) < most.min(jobs) => {
            arrangement(fit.max(1), "no more jobs fit into memory")
        }
        () if jobs < most => arrangement(jobs.max(1), "there are no more jobs at a time"),
        () if most == 1 && wish.threads.is_some() => arrangement(1, "each takes that many threads"),
        () if most == 1 => arrangement(1, "there is one core"),
        () if together => arrangement(1, "one job on all cores was measured to be faster"),
        () if pace.is_some() => arrangement(most, "a job a core was measured to be faster"),
        () if wish.threads.is_some() => arrangement(most, "that makes use of all cores"),
        () => arrangement(most, "a job a core is the rule"),
    }
}

impl Arrangement {
    /// Whether a measurement could change it: a job a core, and nobody asked for it.
    pub fn is_open(&self, wish: Wish, machine: Machine) -> bool {
        wish == Wish::default() && machine.cores > 1 && self.workers == machine.cores
    }

    /// Threads of each job while all workers are busy.
    pub fn threads_each(&self) -> usize {
        match self.threads {
            Threads::Each(threads) => threads,
            Threads::Shared { cores } => (cores / self.workers).max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: u64 = 1 << 30;

    fn machine(cores: usize, gigabytes: u64) -> Machine {
        Machine {
            cores,
            memory: Some(gigabytes * GB),
        }
    }

    /// Workers, and threads of each.
    fn picked(wish: Wish, machine: Machine, jobs: usize, bytes: u64) -> (usize, usize) {
        let picked = arrange(wish, machine, jobs, bytes, None);
        (picked.workers, picked.threads_each())
    }

    #[test]
    fn cores_are_handed_out_once() {
        let nothing = Wish::default();
        assert_eq!(picked(nothing, machine(8, 64), 100, GB), (8, 1));
        assert_eq!(picked(nothing, machine(8, 64), 3, GB), (3, 2));
        assert_eq!(picked(nothing, machine(8, 64), 1, GB), (1, 8));
        assert_eq!(picked(nothing, machine(8, 10), 100, 4 * GB), (2, 4));
        assert_eq!(picked(nothing, machine(8, 1), 100, 4 * GB), (1, 8));
        assert_eq!(picked(nothing, machine(1, 64), 100, GB), (1, 1));
        let unknown = Machine {
            cores: 4,
            memory: None,
        };
        assert_eq!(picked(nothing, unknown, 100, GB), (4, 1));
        for cores in 1..20 {
            for jobs in 1..30 {
                let (workers, threads) = picked(nothing, machine(cores, 16), jobs, GB);
                assert!(workers * threads <= cores && workers <= jobs);
            }
        }
    }

    #[test]
    fn what_was_asked_for_is_done() {
        let wish = |workers, threads| Wish { workers, threads };
        let eight = machine(8, 10);
        assert_eq!(picked(wish(Some(16), None), eight, 100, GB), (16, 1));
        assert_eq!(picked(wish(Some(2), None), eight, 100, GB), (2, 4));
        assert_eq!(picked(wish(None, Some(4)), eight, 100, GB), (2, 4));
        assert_eq!(picked(wish(None, Some(16)), eight, 100, GB), (1, 16));
        assert_eq!(picked(wish(None, Some(2)), eight, 100, 4 * GB), (2, 2));
        assert_eq!(picked(wish(Some(4), Some(4)), eight, 100, GB), (4, 4));
    }

    #[test]
    fn a_clear_measurement_overrules_the_rule_and_nothing_else() {
        let pace = |apart, together| Some(Pace { apart, together });
        let workers = |jobs, memory, pace| {
            arrange(Wish::default(), machine(8, memory), jobs, GB, pace).workers
        };
        assert_eq!(workers(100, 64, pace(8.0, 12.0)), 1);
        assert_eq!(workers(100, 64, pace(8.0, 8.1)), 8);
        assert_eq!(workers(100, 64, pace(8.0, 2.0)), 8);
        assert_eq!(workers(3, 64, pace(8.0, 12.0)), 3);
        assert_eq!(workers(100, 4, pace(8.0, 2.0)), 3);
        let picked = arrange(Wish::default(), machine(8, 64), 100, GB, None);
        assert!(picked.is_open(Wish::default(), machine(8, 64)));
        let few = arrange(Wish::default(), machine(8, 64), 3, GB, None);
        assert!(!few.is_open(Wish::default(), machine(8, 64)));
    }
}
