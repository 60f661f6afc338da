//! Small matrix products, from registers, for matrices that fit the cache.

use std::ops::Range;

use super::lanes::LANES;
use super::simd::vectorised;

/// A row-major matrix: its elements and the distance between its rows.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) stride: usize,
}

/// `c[i, ..] = Σ a[i, p] b[p, ..]` for `M` rows from `first` on and `p` in `depth`; with
/// `TRANSPOSED`, `c[i, ..] += Σ a[p, i] b[p, ..]`. `c` starts at its row `first`; its `columns`
/// are whole lanes.
#[inline(always)]
fn rows<const M: usize, const TRANSPOSED: bool>(
    a: Matrix,
    first: usize,
    b: Matrix,
    depth: Range<usize>,
    columns: usize,
    c: &mut [f32],
) {
    for column in (0..columns).step_by(LANES) {
        let mut tile = [[0f32; LANES]; M];
        if TRANSPOSED {
            for p in depth.clone() {
                let across = &b.values[p * b.stride + column..][..LANES];
                let down = &a.values[p * a.stride + first..][..M];
                accumulate(&mut tile, across, |i| down[i]);
            }
        } else {
            let down: [&[f32]; M] =
                std::array::from_fn(|i| &a.values[(first + i) * a.stride..][..depth.end]);
            for p in depth.clone() {
                let across = &b.values[p * b.stride + column..][..LANES];
                accumulate(&mut tile, across, |i| down[i][p]);
            }
        }
        for (i, row) in tile.iter().enumerate() {
            let c = &mut c[i * b.stride + column..][..LANES];
            for (c, value) in c.iter_mut().zip(row) {
                *c = if TRANSPOSED { *c + value } else { *value };
            }
        }
    }
}

#[inline(always)]
fn accumulate<const M: usize>(
    tile: &mut [[f32; LANES]; M],
    across: &[f32],
    down: impl Fn(usize) -> f32,
) {
    for (i, row) in tile.iter_mut().enumerate() {
        let factor = down(i);
        for lane in 0..LANES {
            row[lane] = factor.mul_add(across[lane], row[lane]);
        }
    }
}

/// A length that may grow with the row: `start + step × row`.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) start: usize,
    pub(crate) step: usize,
}

impl Extent {
    pub(crate) fn fixed(start: usize) -> Self {
        Self { start, step: 0 }
    }

    #[inline(always)]
    fn at(self, row: usize) -> usize {
        self.start + self.step * row
    }
}

// Each product is a function of its own: inlined into a longer one, the compiler no longer keeps
// the tiles in registers, and they run twenty times slower.
vectorised! {
    /// `c = a b` for `count` rows, of which row `i` needs no more than the given depth and columns.
    /// Columns are rounded up to whole lanes; rows of `c` lie as far apart as those of `b`.
    pub(crate) fn product(
        a: Matrix,
        b: Matrix,
        count: usize,
        depth: Extent,
        columns: Extent,
        c: &mut [f32],
    ) {
        let mut first = 0;
        while first < count {
            let size = tile_size(count - first);
            let last = first + size - 1;
            let (depth, columns) = (0..depth.at(last), columns.at(last).next_multiple_of(LANES));
            let c = &mut c[first * b.stride..];
            match size {
                8 => rows::<8, false>(a, first, b, depth, columns, c),
                4 => rows::<4, false>(a, first, b, depth, columns, c),
                2 => rows::<2, false>(a, first, b, depth, columns, c),
                _ => rows::<1, false>(a, first, b, depth, columns, c),
            }
            first += size;
        }
    }
}

vectorised! {
    /// `c += aᵀ b` for `count` rows of `c`, over `depth` rows of `a` and `b`. With a `lag`, the
    /// elements of row `i` of `aᵀ` before `i - lag` are zero.
    pub(crate) fn add_transposed_product(
        a: Matrix,
        b: Matrix,
        count: usize,
        depth: usize,
        lag: Option<usize>,
        c: &mut [f32],
    ) {
        let mut first = 0;
        while first < count {
            let size = tile_size(count - first);
            let depth = lag.map_or(0, |lag| first.saturating_sub(lag))..depth;
            let c = &mut c[first * b.stride..];
            match size {
                8 => rows::<8, true>(a, first, b, depth, b.stride, c),
                4 => rows::<4, true>(a, first, b, depth, b.stride, c),
                2 => rows::<2, true>(a, first, b, depth, b.stride, c),
                _ => rows::<1, true>(a, first, b, depth, b.stride, c),
            }
            first += size;
        }
    }
}

#[inline(always)]
fn tile_size(left: usize) -> usize {
    match left {
        8.. => 8,
        4.. => 4,
        2.. => 2,
        _ => 1,
    }
}
