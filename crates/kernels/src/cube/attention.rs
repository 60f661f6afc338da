//! Attention forward: a block of queries to a cube, keys and values in tiles, the softmax on the way
//! (Dao et al., 2022). No tokens × tokens matrix is stored.

use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::attention_tiles::{
    Kind, SIDE, Sizes, arguments, begin, dots, end, kept, load, seen, weight,
};
use super::launch::{buffer, empty, row};
use super::mask::Drops;
use crate::form::Form;
use burn::tensor::DType;

/// A score that weighs nothing, and finite.
const HIDDEN: f32 = -1e30;

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn attention_kernel(
    qkv: &[f32],
    bias: &[f32],
    output: &mut [f32],
    log_sums: &mut [f32],
    sizes: &Sizes,
    drops: &Drops,
    #[comptime] kind: Kind,
) {
    let (own, parts) = comptime!((kind.own, kind.parts));
    let tile = comptime!(kind.tile());
    let (long, wide) = comptime!((kind.head + 1, kind.tile() + 1));
    let mut queries = Shared::new_slice(comptime!(kind.tile() * (kind.head + 1)));
    let mut keys = Shared::new_slice(comptime!(kind.tile() * (kind.head + 1)));
    let mut values = Shared::new_slice(comptime!(kind.tile() * (kind.head + 1)));
    let mut weights = Shared::new_slice(comptime!(kind.tile() * (kind.tile() + 1)));
    let (y, x) = (UNIT_POS_Y as usize, UNIT_POS_X as usize);

    let head = comptime!(kind.head as u32);
    let first = CUBE_POS_X * comptime!(kind.tile() as u32);
    let sequence = CUBE_POS_Y;
    let batch = sequence / sizes.heads;
    let at_head = (sequence - batch * sizes.heads) * head;
    let width = sizes.heads * head;
    let stride = 3 * width;
    let start = batch * sizes.tokens * stride + at_head;

    load(&mut queries, qkv, start, stride, first, sizes.tokens, kind);
    let mut scores = Array::<f32>::new(comptime!(own * own));
    let mut most = Array::<f32>::new(own);
    let mut total = Array::<f32>::new(own);
    let mut mixed = Array::<f32>::new(comptime!(own * parts));
    #[unroll]
    for i in 0..own {
        most[i] = HIDDEN;
        total[i] = 0.0f32;
    }
    #[unroll]
    for i in 0..comptime!(own * parts) {
        mixed[i] = 0.0f32;
    }

    let mut key = begin(first, sizes, false, kind);
    let end = end(first, sizes, false, kind);
    while key < end {
        sync_cube();
        load(
            &mut keys,
            qkv,
            start + width,
            stride,
            key,
            sizes.tokens,
            kind,
        );
        load(
            &mut values,
            qkv,
            start + 2 * width,
            stride,
            key,
            sizes.tokens,
            kind,
        );
        sync_cube();
        dots(&queries, &keys, &mut scores, kind);
        #[unroll]
        for i in 0..own {
            #[unroll]
            for j in 0..own {
                let query = first + UNIT_POS_Y + comptime!(16 * i as u32);
                let at = key + UNIT_POS_X + comptime!(16 * j as u32);
                let mut score = scores[comptime!(i * own + j)] * sizes.scale;
                if seen(query, at, sizes, kind) {
                    if comptime!(kind.biased) {
                        let row = weight(sequence - batch * sizes.heads, query, at, sizes);
                        score += bias[row as usize];
                    }
                } else {
                    score = HIDDEN;
                }
                scores[comptime!(i * own + j)] = score;
                weights[(y + comptime!(16 * i)) * wide + x + comptime!(16 * j)] = score;
            }
        }
        sync_cube();
        #[unroll]
        for i in 0..own {
            let row = (y + comptime!(16 * i)) * wide;
            let mut greatest = most[i];
            for column in 0..tile {
                greatest = max(greatest, weights[row + column]);
            }
            let shrunk = f32::exp(most[i] - greatest);
            most[i] = greatest;
            total[i] = total[i] * shrunk;
            #[unroll]
            for part in 0..parts {
                mixed[comptime!(i * parts + part)] = mixed[comptime!(i * parts + part)] * shrunk;
            }
        }
        sync_cube();
        #[unroll]
        for i in 0..own {
            #[unroll]
            for j in 0..own {
                let score = scores[comptime!(i * own + j)];
                let mut share = 0.0f32;
                if score > HIDDEN {
                    share = f32::exp(score - most[i]);
                }
                scores[comptime!(i * own + j)] = share;
                weights[(y + comptime!(16 * i)) * wide + x + comptime!(16 * j)] = share;
            }
        }
        sync_cube();
        #[unroll]
        for i in 0..own {
            let row = (y + comptime!(16 * i)) * wide;
            let mut sum = 0.0f32;
            for column in 0..tile {
                sum += weights[row + column];
            }
            total[i] = total[i] + sum;
        }
        if comptime!(kind.dropped) {
            // The sum above is of what there was before dropout.
            sync_cube();
            #[unroll]
            for i in 0..own {
                #[unroll]
                for j in 0..own {
                    let query = first + UNIT_POS_Y + comptime!(16 * i as u32);
                    let at = key + UNIT_POS_X + comptime!(16 * j as u32);
                    let factor = kept(drops, weight(sequence, query, at, sizes), kind);
                    weights[(y + comptime!(16 * i)) * wide + x + comptime!(16 * j)] =
                        scores[comptime!(i * own + j)] * factor;
                }
            }
            sync_cube();
        }
        for column in 0..tile {
            #[unroll]
            for part in 0..parts {
                let at = x + comptime!(16 * part);
                if at < comptime!(kind.head) {
                    let value = values[column * long + at];
                    #[unroll]
                    for i in 0..own {
                        let share = weights[(y + comptime!(16 * i)) * wide + column];
                        mixed[comptime!(i * parts + part)] =
                            mixed[comptime!(i * parts + part)] + share * value;
                    }
                }
            }
        }
        key += comptime!(kind.tile() as u32);
    }

    #[unroll]
    for i in 0..own {
        let query = first + UNIT_POS_Y + comptime!(16 * i as u32);
        if query < sizes.tokens {
            let row = (batch * sizes.tokens + query) * width + at_head;
            #[unroll]
            for part in 0..parts {
                let at = UNIT_POS_X + comptime!(16 * part as u32);
                if at < head {
                    output[(row + at) as usize] = mixed[comptime!(i * parts + part)] / total[i];
                }
            }
            if UNIT_POS_X == 0 {
                let at = sequence * sizes.tokens + query;
                log_sums[at as usize] = most[i] + f32::ln(total[i]);
            }
        }
    }
}

/// The output, and the log-sum-exp of each row of scores.
pub(super) fn forward(qkv: &CubeTensor, bias: Option<&CubeTensor>, form: Form) -> [CubeTensor; 2] {
    let (kind, sizes, drops, [batch, heads, blocks]) = arguments(form, qkv, bias.is_some());
    let [_, tokens, width] = qkv.meta.shape().dims();
    let output = empty(qkv, [batch, tokens, width / 3], DType::F32);
    let log_sums = row(qkv, batch * heads * tokens);
    // Safety: rows behind the last token are neither read nor written.
    unsafe {
        attention_kernel::launch_unchecked(
            &qkv.client,
            CubeCount::Static(blocks as u32, (batch * heads) as u32, 1),
            CubeDim::new_2d(SIDE as u32, SIDE as u32),
            buffer(qkv),
            buffer(bias.unwrap_or(qkv)),
            buffer(&output),
            buffer(&log_sums),
            sizes,
            drops,
            kind,
        );
    }
    [output, log_sums]
}
