use crate::streams::{at, stream};
use rand::RngExt;
use std::sync::{Arc, Mutex, PoisonError};

/// In which order a stored training set is seen: every example once per epoch.
///
/// The order of an epoch is a Fisher-Yates shuffle of the seed's `order` stream with the epoch's
/// number; a batch runs over the border of two epochs where it has to, so none is dropped.
pub(crate) struct EpochOrder {
    len: usize,
    /// The two orders last used, since the batches of one step need at most neighbours.
    cache: Mutex<Vec<Cached>>,
}

type Cached = ((u64, u64), Arc<[u32]>);

impl EpochOrder {
    /// Orders of `len` examples, at least one.
    pub fn new(len: usize) -> Self {
        Self {
            len,
            cache: Mutex::new(Vec::new()),
        }
    }

    /// The examples of batch `step` (counted from 0).
    pub fn batch(&self, seed: u64, step: u64, size: usize) -> Vec<usize> {
        let len = self.len as u64;
        let first = step * size as u64;
        let mut order = self.epoch(seed, first / len);
        let mut epoch = first / len;
        (first..first + size as u64)
            .map(|position| {
                if position / len != epoch {
                    epoch = position / len;
                    order = self.epoch(seed, epoch);
                }
                order[(position % len) as usize] as usize
            })
            .collect()
    }

    fn epoch(&self, seed: u64, epoch: u64) -> Arc<[u32]> {
        // A panic elsewhere leaves whole orders behind, so a poisoned cache is still right.
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, order)) = cache.iter().find(|(key, _)| *key == (seed, epoch)) {
            return Arc::clone(order);
        }
        let mut rng = at(stream(seed, "order"), epoch);
        let mut order: Vec<u32> = (0..self.len as u32).collect();
        for last in (1..order.len()).rev() {
            let other = rng.random_range(0..=last as u32) as usize;
            order.swap(last, other);
        }
        let order: Arc<[u32]> = order.into();
        if cache.len() == 2 {
            cache.remove(0);
        }
        cache.push(((seed, epoch), Arc::clone(&order)));
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_holds_every_example_once_also_across_batch_borders() {
        let order = EpochOrder::new(10);
        let seen: Vec<usize> = (0..5).flat_map(|step| order.batch(3, step, 4)).collect();
        for epoch in seen.chunks(10) {
            let mut sorted = epoch.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..10).collect::<Vec<_>>());
        }
        assert_ne!(seen[..10], seen[10..]);
    }

    #[test]
    fn a_batch_depends_on_nothing_but_seed_and_step() {
        let order = EpochOrder::new(100);
        let direct = order.batch(1, 57, 8);
        for step in 0..57 {
            order.batch(2, step, 8);
        }
        assert_eq!(direct, order.batch(1, 57, 8));
        assert_ne!(direct, order.batch(2, 57, 8));
    }

    #[test]
    fn a_batch_may_be_larger_than_the_set() {
        assert_eq!(EpochOrder::new(3).batch(0, 1, 7).len(), 7);
    }
}
