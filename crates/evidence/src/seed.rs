//! How a job's seed names its replicate.
//!
//! A replicate is everything drawn anew under its number: the pretrained body, the new nets, order,
//! dropout, generated data. Its first job has that number as its seed; further jobs around the same body,
//! and the pilots that learning rates are chosen on, have seeds of their own, which no replicate has.

/// Replicates and pilots of a job that is not the first around its body stand so far above.
const JOBS: u64 = 1_000_000_000;

/// Pilots are numbered from here on.
const PILOTS: u64 = 999_000_000;

/// The largest number that a replicate can have.
pub const LAST_REPLICATE: u64 = PILOTS - 1;

/// The seed of job number `job` (from 0) around the body of a replicate or pilot.
pub const fn seed(replicate: u64, job: u64) -> u64 {
    replicate + job * JOBS
}

/// The replicate, or pilot, that a seed is of.
pub const fn replicate(seed: u64) -> u64 {
    seed % JOBS
}

/// Which of the jobs around its body a seed is of, from 0.
pub const fn job(seed: u64) -> u64 {
    seed / JOBS
}

/// The number that a pilot (from 1) has in place of a replicate's.
pub const fn pilot(number: u64) -> u64 {
    PILOTS + number
}

/// Which pilot a seed is of, from 1; `None` for replicates.
pub const fn pilot_of(seed: u64) -> Option<u64> {
    replicate(seed).checked_sub(PILOTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_tells_its_replicate_its_job_and_whether_it_is_a_pilot() {
        for number in [1, 7, LAST_REPLICATE] {
            for index in [0, 1, 9] {
                let seed = seed(number, index);
                assert_eq!((replicate(seed), job(seed)), (number, index));
                assert_eq!(pilot_of(seed), None);
            }
        }
        assert_eq!(seed(3, 0), 3);
        assert_eq!(pilot_of(seed(pilot(2), 1)), Some(2));
        assert_eq!(pilot(1), 999_000_001);
    }
}
