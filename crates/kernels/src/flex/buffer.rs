//! Buffers of 32-bit floats that are used again: in the steady state a training step asks the
//! allocator for none.
//!
//! Each thread keeps the buffers that were dropped on it and hands them out again, longest unused
//! first to go when it holds too many. What a buffer holds when it is taken is left over from its
//! last use.

use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};

use burn_std::{AccessError, AccessPolicy, AllocationController, AllocationProperty, Bytes};

/// Shorter ones are left to the allocator.
const LEAST: usize = 1 << 10;
/// Most elements that lie unused on a thread: 256 MiB.
const MOST: usize = 1 << 26;

#[derive(Default)]
struct Pool {
    /// In the order in which they were given back.
    free: Vec<Vec<f32>>,
    elements: usize,
}

thread_local! {
    static POOL: RefCell<Pool> = RefCell::default();
}

impl Pool {
    /// The buffer whose capacity fits best, and at most twice over; the last one given of equals,
    /// which is the one most likely still in cache.
    fn take(&mut self, count: usize) -> Option<Vec<f32>> {
        let fits = self.free.iter().enumerate().rev().filter(|(_, buffer)| {
            let room = buffer.capacity();
            room >= count && room <= 2 * count
        });
        let (index, _) = fits.min_by_key(|(_, buffer)| buffer.capacity())?;
        let buffer = self.free.remove(index);
        self.elements -= buffer.capacity();
        Some(buffer)
    }

    fn give(&mut self, buffer: Vec<f32>) {
        // One that can never fit here must not drive the others out.
        if buffer.capacity() > MOST {
            return;
        }
        self.elements += buffer.capacity();
        self.free.push(buffer);
        while self.elements > MOST {
            self.elements -= self.free.remove(0).capacity();
        }
    }
}

/// A buffer of `count` elements of any value.
pub(crate) fn take(count: usize) -> Vec<f32> {
    let pooled = (count >= LEAST)
        .then(|| POOL.try_with(|pool| pool.borrow_mut().take(count)).ok())
        .flatten()
        .flatten();
    let mut buffer = pooled.unwrap_or_else(|| Vec::with_capacity(count));
    // What lies below the last length stays as it is.
    buffer.resize(count, 0.0);
    buffer
}

/// A buffer of `count` zeros.
pub(crate) fn zeros(count: usize) -> Vec<f32> {
    let mut buffer = take(count);
    buffer.fill(0.0);
    buffer
}

/// Takes a buffer back.
fn give(buffer: Vec<f32>) {
    if buffer.capacity() >= LEAST {
        // A thread that ends has no pool any more; the buffer is then simply freed.
        let _ = POOL.try_with(|pool| pool.borrow_mut().give(buffer));
    }
}

/// A buffer for a while: it goes back when it is dropped.
#[derive(Debug)]
pub(crate) struct Loan(Vec<f32>);

impl Loan {
    /// `count` elements of any value.
    pub(crate) fn of(count: usize) -> Self {
        Self(take(count))
    }

    pub(crate) fn zeros(count: usize) -> Self {
        Self(zeros(count))
    }
}

impl Deref for Loan {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Loan {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        give(std::mem::take(&mut self.0));
    }
}

/// The storage of a tensor; the buffer comes back when the last tensor on it is gone.
pub(crate) fn bytes(buffer: Vec<f32>) -> Bytes {
    if buffer.capacity() < LEAST {
        return Bytes::from_elems(buffer);
    }
    let length = size_of_val(buffer.as_slice());
    // SAFETY: the controller holds exactly these bytes, all of them initialised.
    unsafe { Bytes::from_controller(Box::new(Loan(buffer)), length) }
}

impl AllocationController for Loan {
    fn alloc_align(&self) -> usize {
        align_of::<f32>()
    }

    fn property(&self) -> AllocationProperty {
        AllocationProperty::Other
    }

    unsafe fn memory_mut(
        &mut self,
        _: AccessPolicy,
    ) -> Result<&mut [MaybeUninit<u8>], AccessError> {
        let (start, length) = (self.0.as_mut_ptr(), size_of_val(self.0.as_slice()));
        // SAFETY: the bytes of the buffer, borrowed as long as the controller is; the caller
        // promises to write initialised bytes only, and every bit pattern is a float.
        Ok(unsafe { std::slice::from_raw_parts_mut(start.cast(), length) })
    }

    fn memory(&self, _: AccessPolicy) -> Result<&[MaybeUninit<u8>], AccessError> {
        let length = size_of_val(self.0.as_slice());
        // SAFETY: the bytes of the buffer, borrowed as long as the controller is.
        Ok(unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), length) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_that_was_given_back_is_handed_out_again() {
        let buffer = take(5000);
        let address = buffer.as_ptr();
        give(buffer);
        let much_shorter = take(2000);
        assert_ne!(much_shorter.as_ptr(), address);
        let again = take(4096);
        assert_eq!((again.as_ptr(), again.len()), (address, 4096));
    }

    #[test]
    fn a_tensor_gives_its_storage_back() {
        let buffer = zeros(3000);
        let address = buffer.as_ptr();
        drop(bytes(buffer));
        let again = take(3000);
        assert_eq!(again.as_ptr(), address);
    }

    #[test]
    fn what_lies_unused_is_bounded() {
        let mut pool = Pool::default();
        for _ in 0..5 {
            pool.give(Vec::with_capacity(MOST / 4));
        }
        assert!(pool.elements <= MOST && pool.free.len() == 4);
    }
}
