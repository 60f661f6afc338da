//! Small matrix products, from registers, for matrices that fit the cache.

use std::ops::Range;

use super::lanes::LANES;

/// A row-major matrix: its elements and the distance between its rows.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) stride: usize,
}

/// `c[i, ..] (+)= Σ a[i, p] b[p, ..]` for `M` rows from `first` on and `p` in `depth`; with
/// `TRANSPOSED`, `a[p, i]`. `c` starts at its row `first`; its `columns` are whole lanes.
#[inline(always)]
fn rows<const M: usize, const TRANSPOSED: bool>(
    a: Matrix,
    first: usize,
    b: Matrix,
    depth: Range<usize>,
    columns: usize,
    c: &mut [f32],
    add: bool,
) {
    for column in (0..columns).step_by(LANES) {
        let mut tile = [[0f32; LANES]; M];
        if add {
            for (i, row) in tile.iter_mut().enumerate() {
                row.copy_from_slice(&c[i * b.stride + column..][..LANES]);
            }
        }
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
            c[i * b.stride + column..][..LANES].copy_from_slice(row);
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

/// `c = a b`, row by row: `extent(i)` says for the rows up to `i` which depth and how many columns
/// (rounded up to whole lanes) are needed. Rows of `c` lie as far apart as those of `b`.
#[inline(always)]
pub(crate) fn product(
    a: Matrix,
    b: Matrix,
    count: usize,
    extent: impl Fn(usize) -> (usize, usize),
    c: &mut [f32],
) {
    let mut first = 0;
    while first < count {
        let size = tile_size(count - first);
        let (depth, columns) = extent(first + size - 1);
        let c = &mut c[first * b.stride..];
        match size {
            8 => rows::<8, false>(a, first, b, 0..depth, columns, c, false),
            4 => rows::<4, false>(a, first, b, 0..depth, columns, c, false),
            2 => rows::<2, false>(a, first, b, 0..depth, columns, c, false),
            _ => rows::<1, false>(a, first, b, 0..depth, columns, c, false),
        }
        first += size;
    }
}

/// `c += aᵀ b` over `depth` rows of `a` and `b`; `start(i)` says for the rows from `i` on of `c`
/// before which row those of `a` are all zero.
#[inline(always)]
pub(crate) fn add_transposed_product(
    a: Matrix,
    b: Matrix,
    count: usize,
    depth: usize,
    start: impl Fn(usize) -> usize,
    c: &mut [f32],
) {
    let mut first = 0;
    while first < count {
        let size = tile_size(count - first);
        let depth = start(first)..depth;
        let c = &mut c[first * b.stride..];
        match size {
            8 => rows::<8, true>(a, first, b, depth, b.stride, c, true),
            4 => rows::<4, true>(a, first, b, depth, b.stride, c, true),
            2 => rows::<2, true>(a, first, b, depth, b.stride, c, true),
            _ => rows::<1, true>(a, first, b, depth, b.stride, c, true),
        }
        first += size;
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
