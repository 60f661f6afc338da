//! Work shared out to threads of its own, as many as are to be had: what comes of it is the same with none, so a limit on processes
//! (`ulimit -u`) makes a command slow and no more. For reading and saying what is known of many jobs; gradient steps are
//! `kernels`' affair, and rayon's.

use std::thread::{self, Builder};

/// Fewer are not worth a thread of their own.
const FEW: usize = 64;

/// What two things come to. A thread does the first meanwhile; where there is none, or it ended too soon, this one does it in the end.
pub fn beside<A: Send, B>(first: impl Fn() -> A + Sync, then: impl FnOnce() -> B) -> (A, B) {
    let (found, then) = thread::scope(|scope| {
        let hired = Builder::new().spawn_scoped(scope, &first);
        let then = then();
        (hired.ok().and_then(|hired| hired.join().ok()), then)
    });
    (found.unwrap_or_else(first), then)
}

/// What each of many items comes to, in their order; on all cores.
pub fn each<T: Sync, R: Send>(items: &[T], of: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    shared_out(items, items.len().div_ceil(cores).max(FEW), of)
}

fn shared_out<T: Sync, R: Send>(items: &[T], share: usize, of: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let all = |part: &[T]| part.iter().map(&of).collect::<Vec<R>>();
    if items.len() <= share {
        return all(items);
    }
    thread::scope(|scope| {
        let parts: Vec<_> = items.chunks(share).collect();
        let hired: Vec<_> = parts
            .iter()
            .map(|part| Builder::new().spawn_scoped(scope, || all(part)))
            .collect();
        let parts = parts.iter().zip(hired).flat_map(|(part, hired)| {
            let found = hired.ok().and_then(|hired| hired.join().ok());
            found.unwrap_or_else(|| all(part))
        });
        parts.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn each_comes_to_the_same_however_it_is_shared_out() {
        let items: Vec<usize> = (0..1000).collect();
        let expected: Vec<usize> = items.iter().map(|item| item * item).collect();
        assert_eq!(each(&items, |item| item * item), expected);
        for share in [100, 333, 999, 1000, 5000] {
            assert_eq!(shared_out(&items, share, |item| item * item), expected);
        }
        assert!(each(&[], |item: &usize| *item).is_empty());
    }

    /// A thread that panicked counts as none.
    #[test]
    fn what_a_thread_leaves_undone_is_done_by_the_one_that_waits() {
        let tries = AtomicUsize::new(0);
        let at_second = || match tries.fetch_add(1, Ordering::Relaxed) {
            0 => panic!("a thread that ends too soon"),
            tried => tried,
        };
        assert_eq!(beside(at_second, || "then"), (1, "then"));
        tries.store(0, Ordering::Relaxed);
        let items = [10, 20, 30];
        let found = shared_out(&items, 1, |item| at_second().min(1) * item);
        assert_eq!(found, items);
    }
}
