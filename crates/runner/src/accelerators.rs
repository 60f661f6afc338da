//! How many jobs run at a time where they compute on devices beside the CPU.

use crate::arrange::{Arrangement, CLEARLY, Machine, SHARE, Wish};
use crate::event::Threads;

/// The devices that share the jobs, alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accelerators {
    pub count: usize,
    /// Bytes that the smallest has; `None` where it does not tell.
    pub memory: Option<u64>,
}

/// What the jobs that can run at a time ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    pub jobs: usize,
    /// Of the machine's memory, the largest of them.
    pub bytes: u64,
    /// Of a device's memory, the largest of them.
    pub device_bytes: u64,
}

/// What a device that does not tell its memory is taken to have: as much as any card that one would
/// train on.
const ASSUMED_MEMORY: u64 = 8 << 30;

/// Workers and threads where jobs compute on devices. `paces` are steps a second that one device gave
/// for so many jobs at a time, measured, fewest jobs first.
///
/// A job a device is the rule: a large body fills a device. Small ones leave it idle between their
/// operations, so more at a time where a measurement says so, as far as memory and cores go: each job
/// keeps a core busy with telling the device what to do.
pub fn arrange_on(
    accelerators: Accelerators,
    wish: Wish,
    machine: Machine,
    needs: &Needs,
    paces: &[(usize, f64)],
) -> Arrangement {
    let cores = machine.cores.max(1);
    let arrangement = |workers: usize, why: &str| Arrangement {
        workers,
        threads: wish
            .threads
            .map_or(Threads::Shared { cores }, Threads::Each),
        why: why.to_owned(),
    };
    if let Some(workers) = wish.workers {
        return arrangement(workers.max(1), "that was asked for");
    }
    let count = accelerators.count.max(1);
    let most = accelerators.most(wish, machine, needs);
    let mut best = (1, 0.0);
    for (jobs, pace) in paces.iter().filter(|(jobs, _)| *jobs <= most) {
        if *pace > CLEARLY * best.1 {
            best = (*jobs, *pace);
        }
    }
    let workers = best.0 * count;
    match () {
        () if needs.jobs <= workers => {
            arrangement(needs.jobs.max(1), "there are no more jobs at a time")
        }
        () if most == 1 => arrangement(workers, "no more than one job fits on a device"),
        () if paces.is_empty() => arrangement(workers, "a job a device is the rule"),
        () if best.0 == 1 => arrangement(workers, "a job a device was measured to be fastest"),
        () => arrangement(
            workers,
            &format!("{} jobs a device were measured to be fastest", best.0),
        ),
    }
}

impl Accelerators {
    /// How many jobs at a time are worth measuring on one device, fewest first; nothing where only
    /// one can be, or nothing is open.
    pub fn worth_trying(self, wish: Wish, machine: Machine, needs: &Needs) -> Vec<usize> {
        let most = self.most(wish, machine, needs);
        let powers = (0..).map(|power| 1 << power);
        match wish.workers.is_none() && most > 1 {
            true => powers.take_while(|jobs| *jobs <= most).collect(),
            false => Vec::new(),
        }
    }

    /// The most jobs that one device can have at a time.
    fn most(self, wish: Wish, machine: Machine, needs: &Needs) -> usize {
        let count = self.count.max(1);
        let fit = |memory: u64, bytes: u64| (memory as f64 * SHARE / bytes.max(1) as f64) as usize;
        let on_device = fit(self.memory.unwrap_or(ASSUMED_MEMORY), needs.device_bytes);
        let in_memory = machine
            .memory
            .map(|memory| fit(memory, needs.bytes) / count);
        let by_cores = machine.cores / wish.threads.unwrap_or(1) / count;
        let by_jobs = needs.jobs.div_ceil(count);
        let all = [Some(on_device), in_memory, Some(by_cores), Some(by_jobs)];
        all.into_iter().flatten().min().unwrap_or(1).max(1)
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

    fn cards(count: usize, gigabytes: u64) -> Accelerators {
        Accelerators {
            count,
            memory: Some(gigabytes * GB),
        }
    }

    fn needs(jobs: usize, device_gigabytes: u64) -> Needs {
        Needs {
            jobs,
            bytes: GB,
            device_bytes: device_gigabytes * GB,
        }
    }

    #[test]
    fn a_job_a_device_until_a_measurement_says_more() {
        let workers = |cards, paces: &[(usize, f64)]| {
            arrange_on(
                cards,
                Wish::default(),
                machine(16, 128),
                &needs(100, 2),
                paces,
            )
            .workers
        };
        assert_eq!(workers(cards(1, 80), &[]), 1);
        assert_eq!(workers(cards(2, 80), &[]), 2);
        let grows = [(1, 50.0), (2, 95.0), (4, 160.0), (8, 161.0)];
        assert_eq!(workers(cards(1, 80), &grows), 4);
        assert_eq!(workers(cards(2, 80), &grows), 8);
        assert_eq!(workers(cards(1, 80), &[(1, 50.0), (2, 49.0)]), 1);
        // What does not fit is not chosen, however fast it was.
        assert_eq!(workers(cards(1, 6), &grows), 2);
        assert_eq!(workers(cards(8, 80), &grows), 16);
    }

    #[test]
    fn neither_memory_nor_cores_nor_jobs_are_handed_out_twice() {
        let fast: Vec<(usize, f64)> = (0..6).map(|n| (1 << n, f64::from(1 << n))).collect();
        for count in 1..4 {
            for gigabytes in [1, 8, 24, 80] {
                for cores in [4, 7, 32] {
                    for jobs in [1, 3, 50] {
                        let (machine, needs) = (machine(cores, 64), needs(jobs, 3));
                        let cards = cards(count, gigabytes);
                        let picked = arrange_on(cards, Wish::default(), machine, &needs, &fast);
                        let a_device = picked.workers.div_ceil(count) as u64;
                        assert!(
                            picked.workers <= jobs
                                && picked.workers * picked.threads_each() <= cores
                        );
                        assert!(
                            a_device == 1 || a_device * 3 * GB <= gigabytes * GB,
                            "{picked:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn what_was_asked_for_is_done_and_nothing_measured_for_it() {
        let asked = Wish {
            workers: Some(6),
            threads: None,
        };
        let (machine, needs) = (machine(8, 64), needs(100, 4));
        let picked = arrange_on(cards(2, 10), asked, machine, &needs, &[]);
        assert_eq!(picked.workers, 6);
        assert!(cards(2, 80).worth_trying(asked, machine, &needs).is_empty());
        let open = Wish::default();
        assert_eq!(
            cards(1, 80).worth_trying(open, machine, &needs),
            [1, 2, 4, 8]
        );
        assert_eq!(cards(2, 80).worth_trying(open, machine, &needs), [1, 2, 4]);
        assert!(cards(1, 4).worth_trying(open, machine, &needs).is_empty());
        let silent = Accelerators {
            count: 1,
            memory: None,
        };
        assert_eq!(
            silent.worth_trying(
                open,
                machine,
                &Needs {
                    device_bytes: GB,
                    ..needs
                }
            ),
            [1, 2, 4]
        );
    }
}
