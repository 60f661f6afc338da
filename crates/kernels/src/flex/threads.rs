//! Sharing the rows of an operation out to rayon's threads. Each row is computed whole by one
//! thread and the same way by any, so results do not depend on how many there are.

use rayon::prelude::*;

/// Rows of each part when `rows` of them, costing `cost` multiply-adds each, are shared out: a
/// multiple of `unit`, all of them where the work is too small to be worth waking a thread for.
fn share(rows: usize, cost: usize, unit: usize) -> usize {
    const LEAST: usize = 1 << 18;
    let threads = rayon::current_num_threads();
    if threads < 2 || rows.saturating_mul(cost) < 2 * LEAST {
        return rows.max(1);
    }
    let parts = threads.min(rows * cost / LEAST);
    rows.div_ceil(parts).next_multiple_of(unit).max(unit)
}

/// Calls `run` with parts of `output` (rows of `width` elements) and the row that each begins at.
pub(crate) fn by_rows(
    output: &mut [f32],
    width: usize,
    cost: usize,
    unit: usize,
    run: impl Fn(usize, &mut [f32]) + Send + Sync,
) {
    let rows = output.len().div_ceil(width.max(1));
    let part = share(rows, cost, unit);
    if part >= rows {
        return run(0, output);
    }
    output
        .par_chunks_mut(part * width)
        .enumerate()
        .for_each(|(index, output)| run(index * part, output));
}

/// The same for two outputs with as many rows, of other widths.
pub(crate) fn by_rows_of_two<A: Send, B: Send>(
    [first, second]: [usize; 2],
    (a, b): (&mut [A], &mut [B]),
    cost: usize,
    run: impl Fn(usize, &mut [A], &mut [B]) + Send + Sync,
) {
    let rows = a.len().div_ceil(first.max(1));
    let part = share(rows, cost, 1);
    if part >= rows {
        return run(0, a, b);
    }
    a.par_chunks_mut(part * first)
        .zip(b.par_chunks_mut(part * second))
        .enumerate()
        .for_each(|(index, (a, b))| run(index * part, a, b));
}
