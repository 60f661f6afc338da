//! Products with a packed right side. Every element of the result is one chain of multiply-adds in
//! order of depth, so it does not depend on how rows, columns or depth are cut or shared out.

use super::lanes::LANES;
use super::right::{Ahead, DEPTH, Panel, Right, prefetch};
use super::simd::vectorised;
use super::threads::by_rows;
use super::view::View;

/// What a product is added to.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a> {
    Zero,
    /// The same row everywhere: a bias.
    Row(&'a [f32]),
    /// What the output holds.
    Output,
}

/// Rows whose left side stays in the second-level cache while the panels pass by.
const ROWS: usize = 264;

/// The start of a row of two panels that starts at zero.
static ZEROS: [f32; 2 * LANES] = [0.0; 2 * LANES];

/// `output = start + a b` for `a: [rows, depth]`, `b: [depth, columns]`, into the first columns of
/// rows that lie `stride` apart.
///
/// # Panics
/// When `a`, `b` or `output` is too small.
pub(crate) fn multiply(
    a: View,
    b: Right,
    [rows, depth, columns]: [usize; 3],
    start: Start,
    output: &mut [f32],
    stride: usize,
) {
    assert!(a.holds([rows, depth]), "the left side inside its view");
    assert!(columns <= stride || rows <= 1);
    match b {
        Right::Packed(panels) => assert_eq!([panels.depth, panels.columns], [depth, columns]),
        Right::Rows { values, columns: n } => {
            assert!(n == columns && values.len() >= depth * n);
        }
    }
    if let Start::Row(row) = start {
        assert_eq!(row.len(), columns, "a bias as wide as the product");
    }
    if rows == 0 || columns == 0 {
        return;
    }
    let output = &mut output[..(rows - 1) * stride + columns];
    by_rows(output, stride, depth * columns, 12, |first, output| {
        let a = a.starting_at(first);
        multiply_rows(a, b, [depth, columns], start, output, stride);
    });
}

vectorised! {
    fn multiply_rows<WIDE>(
        a: View,
        b: Right,
        sizes: [usize; 2],
        start: Start,
        output: &mut [f32],
        stride: usize,
    ) {
        let [depth, columns] = sizes;
        let count = output.len().div_ceil(stride);
        // As few blocks as may be, of one size.
        let block = count.div_ceil(count.div_ceil(ROWS));
        let mut packed = [[[0f32; LANES]; DEPTH]; 2];
        for first in (0..count).step_by(block) {
            let rows = first..count.min(first + block);
            // Depth 0 is a product, too: the start alone.
            for from in (0..depth.max(1)).step_by(DEPTH) {
                let stretch = from..depth.min(from + DEPTH);
                let start = if from == 0 { start } else { Start::Output };
                let mut panel = 0;
                while panel * LANES < columns {
                    let pair = WIDE && (panel + 2) * LANES <= columns;
                    let panels = b.panels(panel, pair, stretch.clone(), &mut packed);
                    let first = panel * LANES;
                    let strip = Strip { a, from, first, columns, start, stride };
                    panel += if pair { 2 } else { 1 };
                    let next = match panel * LANES < columns {
                        true => b.ahead(panel, stretch.clone()),
                        false => b.ahead(0, stretch.end..depth.min(stretch.end + DEPTH)),
                    };
                    if pair {
                        strip.down::<12, 2>(rows.clone(), panels, output, next);
                    } else if WIDE {
                        strip.down::<12, 1>(rows.clone(), [panels[0]], output, next);
                    } else {
                        strip.down::<6, 1>(rows.clone(), [panels[0]], output, next);
                    }
                }
            }
        }
    }
}

/// One panel, or two side by side, over a stretch of depth.
struct Strip<'a> {
    a: View<'a>,
    /// Where the stretch begins.
    from: usize,
    /// The first column, and how many the product has.
    first: usize,
    columns: usize,
    start: Start<'a>,
    stride: usize,
}

impl Strip<'_> {
    /// All rows, `M` at a time and then fewer.
    #[inline(always)]
    fn down<const M: usize, const N: usize>(
        &self,
        rows: std::ops::Range<usize>,
        panels: [Panel; N],
        output: &mut [f32],
        mut next: Ahead,
    ) {
        let mut row = rows.start;
        let share = (DEPTH * M).div_ceil(rows.len());
        while row < rows.end {
            next.fetch(share);
            row += match rows.end - row {
                left if left >= M => self.tile::<M, N>(row, panels, output),
                8.. => self.tile::<8, N>(row, panels, output),
                4.. => self.tile::<4, N>(row, panels, output),
                2.. => self.tile::<2, N>(row, panels, output),
                _ => self.tile::<1, N>(row, panels, output),
            };
        }
    }

    /// `M` rows of the output; returns `M`.
    #[inline(always)]
    fn tile<const M: usize, const N: usize>(
        &self,
        row: usize,
        panels: [Panel; N],
        output: &mut [f32],
    ) -> usize {
        let first = self.first;
        let output = &mut output[row * self.stride + first..];
        let [down, along] = self.a.strides;
        let left = self.a.values.as_ptr();
        let left = left.wrapping_add(row * down + self.from * along);
        let left = Left {
            at: left,
            down,
            along,
        };
        let columns = self.columns - first;
        if columns >= N * LANES {
            assert!(output.len() >= (M - 1) * self.stride + N * LANES);
            for i in M..2 * M {
                for line in [0, N * LANES - 1] {
                    if let Some(element) = output.get(i * self.stride + line) {
                        prefetch::<0>(element);
                    }
                }
            }
            let at = output.as_mut_ptr();
            let start = match self.start {
                Start::Zero => (ZEROS.as_ptr(), 0),
                Start::Row(bias) => (bias[first..first + N * LANES].as_ptr(), 0),
                Start::Output => (at.cast_const(), self.stride),
            };
            // SAFETY: `multiply` has asserted that the left side holds every row by the whole depth,
            // and each row that a tile is asked for is one of those; the output holds the tile, as
            // just asserted, and so does the start.
            unsafe { left.times::<M, N>(panels, start, (at, self.stride)) };
            return M;
        }
        // Fewer columns than a panel has: by way of a tile of its own.
        let mut tile = [[0f32; LANES]; M];
        for (i, tile) in tile.iter_mut().enumerate() {
            match self.start {
                Start::Zero => {}
                Start::Row(bias) => tile[..columns].copy_from_slice(&bias[first..]),
                Start::Output => {
                    tile[..columns].copy_from_slice(&output[i * self.stride..][..columns]);
                }
            }
        }
        let at = tile.as_flattened_mut().as_mut_ptr();
        // SAFETY: as above; start and output are the tile.
        unsafe { left.times::<M, 1>([panels[0]], (at.cast_const(), LANES), (at, LANES)) };
        for (i, tile) in tile.iter().enumerate() {
            output[i * self.stride..][..columns].copy_from_slice(&tile[..columns]);
        }
        M
    }
}

/// Rows of the left side from an element on, read through its strides.
#[derive(Clone, Copy)]
struct Left {
    at: *const f32,
    down: usize,
    along: usize,
}

impl Left {
    /// `M` rows by `N` panels. Start and output are a first element and the distance of rows there.
    ///
    /// # Safety
    /// There are `M` rows as long as the panels; start and output have `M` rows of `N` panels' width
    /// and may be the same.
    #[inline(always)]
    unsafe fn times<const M: usize, const N: usize>(
        self,
        panels: [Panel; N],
        start: (*const f32, usize),
        output: (*mut f32, usize),
    ) {
        let Self { at, down, along } = self;
        // With one of the distances known, all addresses of a step fit into its loads.
        // SAFETY: the caller's promises.
        unsafe {
            match (down, along) {
                (_, 1) => accumulate::<M, N>(|i, p| *at.add(i * down + p), panels, start, output),
                (1, _) => accumulate::<M, N>(|i, p| *at.add(i + p * along), panels, start, output),
                _ => {
                    let left = |i, p| *at.add(i * down + p * along);
                    accumulate::<M, N>(left, panels, start, output);
                }
            }
        }
    }
}

/// `M` rows of `N` panels in registers, from the elements of the left side by row and depth.
///
/// # Safety
/// As for [`Left::times`].
// Counted loops over every index: what the compiler unrolls into registers.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
unsafe fn accumulate<const M: usize, const N: usize>(
    left: impl Fn(usize, usize) -> f32,
    panels: [Panel; N],
    start: (*const f32, usize),
    output: (*mut f32, usize),
) {
    let mut tile = [[[0f32; LANES]; N]; M];
    let depth = panels[0].len();
    let across: [*const [f32; LANES]; N] = std::array::from_fn(|n| {
        assert_eq!(panels[n].len(), depth);
        panels[n].as_ptr()
    });
    // SAFETY: all elements are those that the caller vouches for.
    unsafe {
        for i in 0..M {
            for n in 0..N {
                let from = start.0.add(i * start.1 + n * LANES);
                tile[i][n] = *from.cast::<[f32; LANES]>();
            }
        }
        for p in 0..depth {
            let across: [[f32; LANES]; N] = std::array::from_fn(|n| *across[n].add(p));
            for i in 0..M {
                let factor = left(i, p);
                for n in 0..N {
                    for lane in 0..LANES {
                        tile[i][n][lane] = factor.mul_add(across[n][lane], tile[i][n][lane]);
                    }
                }
            }
        }
        for i in 0..M {
            for n in 0..N {
                let to = output.0.add(i * output.1 + n * LANES);
                *to.cast::<[f32; LANES]>() = tile[i][n];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flex::panels::Panels;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect()
    }

    #[test]
    fn is_the_chain_of_multiply_adds_at_any_size() {
        for [rows, depth, columns] in [
            [1, 1, 1],
            [13, 7, 33],
            [12, 300, 32],
            [250, 5, 47],
            [3, 513, 16],
            [25, 0, 20],
        ] {
            let (a, b) = (numbers(rows * depth, 1), numbers(depth * columns, 2));
            let bias = numbers(columns, 3);
            let turned: Vec<f32> = (0..columns * depth)
                .map(|i| b[i % depth * columns + i / depth])
                .collect();
            let left: Vec<f32> = (0..depth * rows)
                .map(|i| a[i % rows * depth + i / rows])
                .collect();
            let expected: Vec<f32> = (0..rows * columns)
                .map(|i| {
                    let (row, column) = (i / columns, i % columns);
                    (0..depth).fold(bias[column], |sum, p| {
                        a[row * depth + p].mul_add(b[p * columns + column], sum)
                    })
                })
                .collect();
            for a in [View::rows(&a, depth), View::rows(&left, rows).transposed()] {
                let from_rows = Panels::pack(View::rows(&b, columns), [depth, columns]);
                let turned = View::rows(&turned, depth).transposed();
                let from_columns = Panels::pack(turned, [depth, columns]);
                let values = &b;
                for b in [
                    Right::Packed(&from_rows),
                    Right::Packed(&from_columns),
                    Right::Rows { values, columns },
                ] {
                    let mut output = vec![f32::NAN; rows * columns];
                    let sizes = [rows, depth, columns];
                    multiply(a, b, sizes, Start::Row(&bias), &mut output, columns);
                    assert_eq!(output, expected, "{rows} x {depth} x {columns}");
                }
            }
        }
    }

    #[test]
    fn writes_between_other_columns_and_adds_to_what_is_there() {
        let (a, b) = (numbers(5 * 9, 1), numbers(9 * 20, 2));
        let panels = Panels::pack(View::rows(&b, 20), [9, 20]);
        let mut output = vec![7.0; 5 * 50];
        let once = |start, output: &mut [f32]| {
            let (a, b) = (View::rows(&a, 9), Right::Packed(&panels));
            multiply(a, b, [5, 9, 20], start, &mut output[10..], 50);
        };
        once(Start::Zero, &mut output);
        let first = output.clone();
        once(Start::Output, &mut output);
        for (index, (twice, first)) in output.iter().zip(&first).enumerate() {
            match index % 50 {
                10..30 => assert!((twice - 2.0 * first).abs() < 1e-4),
                _ => assert_eq!(*twice, 7.0),
            }
        }
    }
}
