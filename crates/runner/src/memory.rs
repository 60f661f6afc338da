//! What a job takes of a memory, and how its lack is said.

use training::Job;

/// What every process takes, before any number.
const PROCESS: usize = 64 << 20;

/// What every process takes of a device, before any number: its context, compiled kernels, pages of
/// its allocator that are not full. An assumption, of the size that CUDA's contexts have.
const CONTEXT: usize = 512 << 20;

/// Bytes that the process of a job takes, roughly: weights beside the packed
/// ones that kernels make of them, gradients and moments of those that train, and what a step
/// keeps for its way back.
pub fn bytes(job: &Job) -> u64 {
    let numbers = Numbers::of(job);
    (PROCESS + 4 * (2 * numbers.total + 4 * numbers.trained + numbers.kept)) as u64
}

/// Bytes that a job takes of a device, roughly: each weight once, gradients and moments of those that
/// train, and half as much again as a step keeps for its way back, since nothing is given back to the
/// device while the process lives.
pub fn device_bytes(job: &Job) -> u64 {
    let Numbers {
        total,
        trained,
        kept,
    } = Numbers::of(job);
    (CONTEXT + 4 * (total + 4 * trained + kept + kept / 2)) as u64
}

/// Whether a message is about memory that has run out, as burn's backends, graphics drivers, CUDA
/// and Rust say it.
pub fn is_out_of_memory(message: &str) -> bool {
    let said = message.to_lowercase();
    let signs = [
        "out of memory",
        "out_of_memory",
        "outofmemory",
        "out-of-memory",
        "not enough memory",
        // Rust's own last words, where the system gives no more.
        "memory allocation of",
    ];
    signs.iter().any(|sign| said.contains(sign))
}

/// How many numbers a job holds.
struct Numbers {
    total: usize,
    trained: usize,
    /// From a step's way there for its way back.
    kept: usize,
}

impl Numbers {
    fn of(job: &Job) -> Self {
        let counts = training::ledger(job).unwrap_or_default();
        let (trained, total) = counts.values().fold((0, 0), |(trained, total), count| {
            (trained + count.trained, total + count.total)
        });
        let shape = tasks::shape(&job.task.name, &job.task.settings, job.task.form);
        let tokens = shape.map_or(0, |shape| shape.tokens) * job.recipe.batch_size;
        let layer = 16 * job.body.width() + 4 * job.body.inner();
        Self {
            total,
            trained,
            kept: tokens * layer * job.body.layers(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lack_of_memory_is_recognised_as_it_is_said() {
        for said in [
            "CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\"",
            "wgpu error: Out of Memory",
            "Not enough memory left.",
            "Can't allocate buffer of size: OutOfMemory { size: 12 }",
        ] {
            assert!(is_out_of_memory(said), "{said}");
        }
        assert!(!is_out_of_memory("it panicked; its log says where"));
        assert!(!is_out_of_memory("loss is not a number"));
    }
}
