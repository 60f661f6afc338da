//! Sums over a row by the units that share it.

use cubecl::prelude::*;

/// Units that share a row.
pub(super) const LANES: u32 = 32;
/// Rows of a cube.
pub(super) const ROWS: u32 = 8;

/// The sum over the lanes of this unit's row; every unit of the cube takes part.
#[cube]
pub(super) fn sum(shared: &mut Shared<[f32]>, value: f32) -> f32 {
    let at = UNIT_POS as usize;
    // Nobody still reads what was there.
    sync_cube();
    shared[at] = value;
    sync_cube();
    #[unroll]
    for step in 0..5u32 {
        let half = comptime!(16u32 >> step);
        if UNIT_POS_X < half {
            shared[at] = shared[at] + shared[at + comptime!(half as usize)];
        }
        sync_cube();
    }
    shared[(UNIT_POS_Y * 32u32) as usize]
}

/// The greatest value over the lanes of this unit's row; every unit of the cube takes part.
#[cube]
pub(super) fn greatest(shared: &mut Shared<[f32]>, value: f32) -> f32 {
    let at = UNIT_POS as usize;
    sync_cube();
    shared[at] = value;
    sync_cube();
    #[unroll]
    for step in 0..5u32 {
        let half = comptime!(16u32 >> step);
        if UNIT_POS_X < half {
            shared[at] = max(shared[at], shared[at + comptime!(half as usize)]);
        }
        sync_cube();
    }
    shared[(UNIT_POS_Y * 32u32) as usize]
}
