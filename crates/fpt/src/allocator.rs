//! mimalloc, and on demand a count of what is asked of it.

use mimalloc::MiMalloc;
use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Tensors of a few kilobytes come and go by the million, which mimalloc is made for.
pub struct Allocator;

static COUNTING: AtomicBool = AtomicBool::new(false);
static CALLS: AtomicU64 = AtomicU64::new(0);
static LARGE: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// From this size on an allocation is a buffer of numbers and not a node of a graph.
pub const LARGE_FROM: usize = 4096;

/// Allocations of all threads.
#[derive(Clone, Copy, Debug)]
pub struct Count {
    pub calls: u64,
    /// Those of at least [`LARGE_FROM`] bytes.
    pub large: u64,
    pub bytes: u64,
}

/// What `run` asks for.
pub fn count(run: impl FnOnce()) -> Count {
    let now = || [&CALLS, &LARGE, &BYTES].map(|counter| counter.load(Relaxed));
    let before = now();
    COUNTING.store(true, Relaxed);
    run();
    COUNTING.store(false, Relaxed);
    let after = now();
    Count {
        calls: after[0] - before[0],
        large: after[1] - before[1],
        bytes: after[2] - before[2],
    }
}

fn note(size: usize) {
    if COUNTING.load(Relaxed) {
        CALLS.fetch_add(1, Relaxed);
        LARGE.fetch_add(u64::from(size >= LARGE_FROM), Relaxed);
        BYTES.fetch_add(size as u64, Relaxed);
    }
}

// SAFETY: every call goes to mimalloc as it came.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller's promises are those of the same method.
        unsafe { MiMalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: as above.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        // SAFETY: as above.
        unsafe { MiMalloc.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { MiMalloc.dealloc(at, layout) }
    }
}
