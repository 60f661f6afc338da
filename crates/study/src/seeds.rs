//! Which numbers a study's replicates may have.

use evidence::seed::LAST_REPLICATE;
use std::collections::BTreeSet;

/// More is a slip of the finger.
pub(crate) const MOST_SEEDS: u64 = 10_000;

/// Whether these can be the numbers of a study's replicates: some, each once.
pub(crate) fn are_replicates(seeds: &[u64]) -> bool {
    let once: BTreeSet<&u64> = seeds.iter().collect();
    let count = 1..=MOST_SEEDS as usize;
    let is_free = |seed: &u64| *seed <= LAST_REPLICATE;
    count.contains(&seeds.len()) && once.len() == seeds.len() && seeds.iter().all(is_free)
}
