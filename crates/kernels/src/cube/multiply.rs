//! Products of 32-bit floats: tiles in a cube's memory, the depth cut until there are enough cubes
//! for a card. Batches of these bodies have few rows and weights many: by cubek's routines, a tile to
//! a cube over the whole depth, most of a card waits (`examples/routines.rs` times them).

use burn::tensor::DType;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::launch::{UNITS, buffer, elementwise, empty, row};

/// Units along each side of a tile, and the depth that a tile has at a time.
const SIDE: usize = 16;
/// Cubes that keep a large card busy; a smaller one is busy with fewer.
const ENOUGH: usize = 256;
/// The depth below which a cut costs more than it gives.
const SHALLOW: usize = 64;

/// What a kernel is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Kind {
    /// Rows and columns of each unit: a tile has 16 times as many.
    own: usize,
    /// Whether a row of the left side lies in one piece; else its columns do.
    left_rows: bool,
    /// Whether a column of the right side lies in one piece; else its rows do.
    right_columns: bool,
    biased: bool,
}

impl Kind {
    fn tile(&self) -> usize {
        SIDE * self.own
    }
}

/// This unit's share of a tile of one side: `lines` are its rows, or columns for the right side, of
/// which those from `first` on are in the tile. What lies behind the last is 0.
#[cube]
#[allow(clippy::too_many_arguments)]
fn fetch(
    share: &mut Array<f32>,
    from: &[f32],
    first: u32,
    lines: u32,
    depth: u32,
    end: u32,
    stride: u32,
    #[comptime] own: usize,
    #[comptime] in_pieces: bool,
) {
    let tile = comptime!((16 * own) as u32);
    #[unroll]
    for i in 0..own {
        let mut line = first;
        let mut at = depth;
        if comptime!(in_pieces) {
            line += UNIT_POS / 16 + comptime!(16 * i as u32);
            at += UNIT_POS % 16;
        } else {
            let element = UNIT_POS + comptime!(256 * i as u32);
            line += element % tile;
            at += element / tile;
        }
        let mut value = 0.0f32;
        if line < lines && at < end {
            if comptime!(in_pieces) {
                value = from[(line * stride + at) as usize];
            } else {
                value = from[(at * stride + line) as usize];
            }
        }
        share[i] = value;
    }
}

/// Puts what was fetched into the tile: a depth after the other, lines side by side.
#[cube]
fn put(
    tile: &mut Shared<[f32]>,
    share: &Array<f32>,
    #[comptime] own: usize,
    #[comptime] in_pieces: bool,
) {
    let (wide, lines) = comptime!(((16 * own + 1) as u32, (16 * own) as u32));
    #[unroll]
    for i in 0..own {
        if comptime!(in_pieces) {
            let line = UNIT_POS / 16 + comptime!(16 * i as u32);
            tile[(UNIT_POS % 16 * wide + line) as usize] = share[i];
        } else {
            let element = UNIT_POS + comptime!(256 * i as u32);
            tile[(element / lines * wide + element % lines) as usize] = share[i];
        }
    }
}

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn multiply_kernel(
    left: &[f32],
    right: &[f32],
    bias: &[f32],
    output: &mut [f32],
    rows: u32,
    columns: u32,
    depth: u32,
    cut: u32,
    #[comptime] kind: Kind,
) {
    let own = comptime!(kind.own);
    let wide = comptime!(kind.tile() + 1);
    let mut left_tile = Shared::new_slice(comptime!(SIDE * (kind.tile() + 1)));
    let mut right_tile = Shared::new_slice(comptime!(SIDE * (kind.tile() + 1)));
    let (y, x) = (UNIT_POS_Y as usize, UNIT_POS_X as usize);
    let first_row = CUBE_POS_Y * comptime!(kind.tile() as u32);
    let first_column = CUBE_POS_X * comptime!(kind.tile() as u32);
    let mut at = CUBE_POS_Z * cut;
    let end = min(at + cut, depth);
    let mut left_stride = rows;
    if comptime!(kind.left_rows) {
        left_stride = depth;
    }
    let mut right_stride = columns;
    if comptime!(kind.right_columns) {
        right_stride = depth;
    }

    let mut left_share = Array::<f32>::new(own);
    let mut right_share = Array::<f32>::new(own);
    let mut left_own = Array::<f32>::new(own);
    let mut right_own = Array::<f32>::new(own);
    let mut sums = Array::<f32>::new(comptime!(own * own));
    #[unroll]
    for i in 0..comptime!(own * own) {
        sums[i] = 0.0f32;
    }
    fetch(
        &mut left_share,
        left,
        first_row,
        rows,
        at,
        end,
        left_stride,
        own,
        kind.left_rows,
    );
    fetch(
        &mut right_share,
        right,
        first_column,
        columns,
        at,
        end,
        right_stride,
        own,
        kind.right_columns,
    );
    while at < end {
        sync_cube();
        put(&mut left_tile, &left_share, own, kind.left_rows);
        put(&mut right_tile, &right_share, own, kind.right_columns);
        sync_cube();
        at += 16;
        if at < end {
            // On their way while the tile is multiplied.
            fetch(
                &mut left_share,
                left,
                first_row,
                rows,
                at,
                end,
                left_stride,
                own,
                kind.left_rows,
            );
            fetch(
                &mut right_share,
                right,
                first_column,
                columns,
                at,
                end,
                right_stride,
                own,
                kind.right_columns,
            );
        }
        for step in 0..16usize {
            #[unroll]
            for i in 0..own {
                left_own[i] = left_tile[step * wide + y + comptime!(16 * i)];
                right_own[i] = right_tile[step * wide + x + comptime!(16 * i)];
            }
            #[unroll]
            for i in 0..own {
                #[unroll]
                for j in 0..own {
                    let sum = comptime!(i * own + j);
                    sums[sum] = fma(left_own[i], right_own[j], sums[sum]);
                }
            }
        }
    }

    #[unroll]
    for i in 0..own {
        let row = first_row + UNIT_POS_Y + comptime!(16 * i as u32);
        #[unroll]
        for j in 0..own {
            let column = first_column + UNIT_POS_X + comptime!(16 * j as u32);
            if row < rows && column < columns {
                let mut sum = sums[comptime!(i * own + j)];
                if comptime!(kind.biased) {
                    sum += bias[column as usize];
                }
                output[((CUBE_POS_Z * rows + row) * columns + column) as usize] = sum;
            }
        }
    }
}

/// Adds up the parts of a product that was cut along its depth.
#[cube(launch_unchecked)]
fn parts_kernel(parts: &[f32], bias: &[f32], output: &mut [f32], #[comptime] biased: bool) {
    let at = ABSOLUTE_POS;
    if at < output.len() {
        let mut sum = 0.0f32;
        let mut part = at;
        while part < parts.len() {
            sum += parts[part];
            part += output.len();
        }
        if biased {
            sum += bias[at % bias.len()];
        }
        output[at] = sum;
    }
}

/// `left · right`, and a bias to each row; either side may be a matrix with its axes swapped.
pub(super) fn multiply(
    left: &CubeTensor,
    right: &CubeTensor,
    bias: Option<&CubeTensor>,
) -> CubeTensor {
    let ([rows, depth], columns) = (left.meta.shape().dims(), right.meta.shape()[1]);
    let tiles = |own| rows.div_ceil(SIDE * own) * columns.div_ceil(SIDE * own);
    let memory = left.client.properties().hardware.max_shared_memory_size;
    let large = tiles(8) >= ENOUGH / 2 && memory >= 8 * SIDE * (8 * SIDE + 1);
    let own = if large { 8 } else { 4 };
    let wanted = (ENOUGH / tiles(own).max(1)).clamp(1, (depth / SHALLOW).max(1));
    let cut = depth.div_ceil(wanted).next_multiple_of(SIDE).max(SIDE);
    let parts = depth.div_ceil(cut).max(1);
    let (left, left_rows) = stored(left);
    let (right, right_rows) = stored(right);
    let kind = Kind {
        own,
        left_rows,
        right_columns: !right_rows,
        biased: bias.is_some() && parts == 1,
    };
    let output = empty(&left, [rows, columns], DType::F32);
    let target = match parts {
        1 => output.clone(),
        parts => row(&left, parts * rows * columns),
    };
    let across = |lines: usize| lines.div_ceil(kind.tile()) as u32;
    // Safety: units read and write inside both sides and the output.
    unsafe {
        multiply_kernel::launch_unchecked(
            &left.client,
            CubeCount::Static(across(columns), across(rows), parts as u32),
            CubeDim::new_2d(SIDE as u32, UNITS / SIDE as u32),
            buffer(&left),
            buffer(&right),
            buffer(bias.unwrap_or(&left)),
            buffer(&target),
            rows as u32,
            columns as u32,
            depth as u32,
            cut as u32,
            kind,
        );
    }
    if parts > 1 {
        let (count, dim) = elementwise(&output);
        // Safety: as many parts of the output's size as there are; a bias is as wide as its rows.
        unsafe {
            parts_kernel::launch_unchecked(
                &output.client,
                count,
                dim,
                buffer(&target),
                buffer(bias.unwrap_or(&left)),
                buffer(&output),
                bias.is_some(),
            );
        }
    }
    output
}

/// The matrix as it lies in memory, and whether its rows do: else its columns are the rows there.
fn stored(matrix: &CubeTensor) -> (CubeTensor, bool) {
    if matrix.is_contiguous() {
        return (matrix.clone(), true);
    }
    let mut swapped = matrix.clone();
    swapped.meta.swap(0, 1);
    (swapped, false)
}
