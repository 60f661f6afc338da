//! Batches made off the thread that takes the steps.

use std::io;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{Builder, ScopedJoinHandle, scope};
use std::time::{Duration, Instant};

/// Items that wait to be used: enough to even out batches that take longer, few enough to hold.
const WAITING: usize = 3;

/// Runs `items` in a thread of its own, a few items ahead of `consume`, which gets them in order.
///
/// The thread ends with the items, or soon after `consume` returns. When it panics, `consume`
/// panics with the same payload where it asks for the item that failed.
///
/// # Errors
/// When the thread cannot be made.
pub(crate) fn ahead<T: Send, R>(
    items: impl Iterator<Item = T> + Send,
    consume: impl FnOnce(Ahead<'_, T>) -> R,
) -> io::Result<R> {
    scope(|scope| {
        let (sender, receiver) = sync_channel(WAITING);
        let make = move || {
            for item in items {
                // Nobody listens any more: the steps have ended early.
                if sender.send(item).is_err() {
                    break;
                }
            }
        };
        let maker = Builder::new().name("batches".to_owned());
        let maker = Some(maker.spawn_scoped(scope, make)?);
        Ok(consume(Ahead {
            receiver,
            waited: Duration::ZERO,
            maker,
        }))
    })
}

/// The items of [`ahead`], in order.
pub(crate) struct Ahead<'scope, T> {
    receiver: Receiver<T>,
    /// Time that whoever takes the items has waited for them.
    pub waited: Duration,
    /// Until it has ended.
    maker: Option<ScopedJoinHandle<'scope, ()>>,
}

impl<T> Iterator for Ahead<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let asked = Instant::now();
        let item = self.receiver.recv().ok();
        self.waited += asked.elapsed();
        if item.is_none()
            && let Some(maker) = self.maker.take()
            && let Err(panic) = maker.join()
        {
            resume_unwind(panic);
        }
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn items_come_whole_and_in_order() {
        let squares = ahead((0..100).map(|n| n * n), |items| items.collect::<Vec<_>>()).unwrap();
        assert_eq!(squares, (0..100).map(|n| n * n).collect::<Vec<_>>());
    }

    #[test]
    fn whoever_stops_early_is_not_kept_waiting() {
        let made = AtomicUsize::new(0);
        let endless = std::iter::repeat_with(|| made.fetch_add(1, Ordering::Relaxed));
        let taken: Vec<usize> = ahead(endless, |items| items.take(5).collect()).unwrap();
        assert_eq!(taken, [0, 1, 2, 3, 4]);
        assert!(made.into_inner() <= 5 + WAITING + 1);
    }

    #[test]
    fn a_panic_reaches_whoever_waits_for_the_item() {
        let items = (0..).map(|n| match n {
            3 => panic!("no third item"),
            _ => n,
        });
        let mut seen = 0;
        let ended = catch_unwind(AssertUnwindSafe(|| {
            ahead(items, |items| items.for_each(|_| seen += 1)).unwrap();
        }));
        let panic = ended.unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"no third item"));
        assert_eq!(seen, 3);
    }
}
