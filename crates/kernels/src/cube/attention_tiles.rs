//! What the attention kernels share: tiles of queries and keys in a cube's memory, and which scores
//! are seen.

use burn_cubecl::CubeDevice;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::launch::MOST_CUBES;
use super::mask::{Drops, DropsLaunch, drops, factor};
use crate::form::{Form, Reach};

/// Units along each side of a tile; a cube has the square of it.
pub(super) const SIDE: usize = 16;

/// What a kernel is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    /// Width of a head.
    pub(super) head: usize,
    /// Rows and columns of a tile that each unit has: a tile has 16 times as many.
    pub(super) own: usize,
    /// Elements of a head's row that each unit has.
    pub(super) parts: usize,
    pub(super) causal: bool,
    pub(super) windowed: bool,
    pub(super) dropped: bool,
    pub(super) biased: bool,
}

impl Kind {
    pub(super) fn new(form: Form, head: usize, biased: bool) -> Self {
        Self {
            head,
            // Four tiles of a backward pass, in the 32 KiB that most devices have at least.
            own: if head <= 32 { 2 } else { 1 },
            parts: head.div_ceil(SIDE),
            causal: form.reach == Reach::Causal,
            windowed: matches!(form.reach, Reach::Window(_)),
            dropped: form.dropout.is_some(),
            biased,
        }
    }

    /// Queries or keys of a tile.
    pub(super) fn tile(&self) -> usize {
        SIDE * self.own
    }

    /// Bytes of a cube's memory that the backward passes need.
    fn bytes(&self) -> usize {
        4 * (4 * self.tile() * (self.head + 1) + 2 * self.tile() * (self.tile() + 1))
    }
}

/// Whether a cube's memory on this device holds what heads so wide need, and a launch so many
/// sequences.
pub(crate) fn fits(device: &CubeDevice, form: Form, [batch, head]: [usize; 2]) -> bool {
    let memory = device.client().properties().hardware.max_shared_memory_size;
    Kind::new(form, head, true).bytes() <= memory && batch * form.heads <= MOST_CUBES
}

/// The sizes and numbers of one attention.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) tokens: u32,
    pub(super) heads: u32,
    /// Tokens that a query sees on each side.
    pub(super) window: u32,
    /// What scores are multiplied by.
    pub(super) scale: f32,
}

/// The arguments that all kernels have, and how many blocks of queries or keys a head has.
pub(super) fn arguments(
    form: Form,
    qkv: &CubeTensor,
    biased: bool,
) -> (Kind, SizesLaunch, DropsLaunch, [usize; 3]) {
    let [batch, tokens, width] = qkv.meta.shape().dims();
    let head = form.head(width);
    let kind = Kind::new(form, head, biased);
    let window = match form.reach {
        Reach::Window(side) => side as u32,
        Reach::All | Reach::Causal => 0,
    };
    let sizes = SizesLaunch::new(tokens as u32, form.heads as u32, window, form.scale(head));
    let blocks = tokens.div_ceil(kind.tile());
    (
        kind,
        sizes,
        drops(form.dropout),
        [batch, form.heads, blocks],
    )
}

/// Copies rows of one head into a tile, zeros behind the last token. A row of the tile is one
/// element longer than a head, so that rows lie in different banks.
#[cube]
pub(super) fn load(
    tile: &mut Shared<[f32]>,
    from: &[f32],
    start: u32,
    stride: u32,
    first: u32,
    tokens: u32,
    #[comptime] kind: Kind,
) {
    let count = comptime!((kind.tile() * kind.head) as u32);
    let head = comptime!(kind.head as u32);
    let mut at = UNIT_POS;
    while at < count {
        let row = at / head;
        let column = at - row * head;
        let mut value = 0.0f32;
        if first + row < tokens {
            value = from[(start + (first + row) * stride + column) as usize];
        }
        tile[(row * (head + 1) + column) as usize] = value;
        at += 256;
    }
}

/// The products of this unit's rows of `a` with its rows of `b`.
#[cube]
pub(super) fn dots(
    a: &Shared<[f32]>,
    b: &Shared<[f32]>,
    products: &mut Array<f32>,
    #[comptime] kind: Kind,
) {
    let own = comptime!(kind.own);
    let row = comptime!(kind.head + 1);
    let (y, x) = (UNIT_POS_Y as usize, UNIT_POS_X as usize);
    #[unroll]
    for i in 0..comptime!(own * own) {
        products[i] = 0.0f32;
    }
    for column in 0..comptime!(kind.head) {
        #[unroll]
        for i in 0..own {
            let left = a[(y + comptime!(16 * i)) * row + column];
            #[unroll]
            for j in 0..own {
                let right = b[(x + comptime!(16 * j)) * row + column];
                products[comptime!(i * own + j)] = products[comptime!(i * own + j)] + left * right;
            }
        }
    }
}

/// Whether a query sees a key; both may lie behind the last token.
#[cube]
pub(super) fn seen(query: u32, key: u32, sizes: &Sizes, #[comptime] kind: Kind) -> bool {
    let inside = query < sizes.tokens && key < sizes.tokens;
    if comptime!(kind.causal) {
        inside && key <= query
    } else if comptime!(kind.windowed) {
        inside && key <= query + sizes.window && query <= key + sizes.window
    } else {
        inside
    }
}

/// The first key that any query of a block from `first` on sees, in whole tiles; for queries that
/// see a block of keys, the same.
#[cube]
pub(super) fn begin(first: u32, sizes: &Sizes, of_keys: bool, #[comptime] kind: Kind) -> u32 {
    let tile = comptime!(kind.tile() as u32);
    let mut begin = 0u32;
    if comptime!(kind.windowed) {
        if first > sizes.window {
            begin = (first - sizes.window) / tile * tile;
        }
    }
    if comptime!(kind.causal) {
        if of_keys {
            begin = first;
        }
    }
    begin
}

/// Behind the last key that any query of a block from `first` on sees; for queries, the same.
#[cube]
pub(super) fn end(first: u32, sizes: &Sizes, of_keys: bool, #[comptime] kind: Kind) -> u32 {
    let tile = comptime!(kind.tile() as u32);
    let mut end = sizes.tokens;
    if comptime!(kind.windowed) {
        end = min(end, first + tile + sizes.window);
    }
    if comptime!(kind.causal) {
        if !of_keys {
            end = min(end, first + tile);
        }
    }
    end
}

/// Index of a weight in `[batch, heads, tokens, tokens]`, modulo 2^32.
#[cube]
pub(super) fn weight(sequence: u32, query: u32, key: u32, sizes: &Sizes) -> u32 {
    (sequence * sizes.tokens + query) * sizes.tokens + key
}

/// The factor of a weight's dropout.
#[cube]
pub(super) fn kept(drops: &Drops, index: u32, #[comptime] kind: Kind) -> f32 {
    let mut share = f32::new(1.0);
    if comptime!(kind.dropped) {
        share = factor(drops, index);
    }
    share
}
