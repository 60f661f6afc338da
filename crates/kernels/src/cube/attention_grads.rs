//! Attention backward. The weights come again from each row's log-sum-exp, tile by tile; a first
//! kernel gives the gradient of the queries and each row's `Σ grad · output`, a second, a block of keys to
//! a cube, those of keys and values. A third adds up the scores' gradient over a batch, for a bias.

use burn::tensor::DType;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::attention_tiles::{
    Kind, SIDE, Sizes, arguments, begin, dots, end, kept, load, seen, weight,
};
use super::launch::{buffer, empty, row};
use super::mask::Drops;
use crate::form::Form;

/// The numbers of this unit's queries of a tile from `first` on, a number to a query.
#[cube]
fn of_queries(
    numbers: &mut Array<f32>,
    from: &[f32],
    sequence: u32,
    first: u32,
    sizes: &Sizes,
    #[comptime] kind: Kind,
) {
    #[unroll]
    for i in 0..comptime!(kind.own) {
        let query = first + UNIT_POS_Y + comptime!(16 * i as u32);
        numbers[i] = 0.0f32;
        if query < sizes.tokens {
            numbers[i] = from[(sequence * sizes.tokens + query) as usize];
        }
    }
}

/// Turns this unit's scores and the products of output gradient and values into the weights, after
/// dropout, and the gradient of the scores.
#[cube]
#[allow(clippy::too_many_arguments)]
fn differentiate(
    scores: &mut Array<f32>,
    products: &mut Array<f32>,
    bias: &[f32],
    log_sums: &Array<f32>,
    deltas: &Array<f32>,
    sequence: u32,
    first_query: u32,
    first_key: u32,
    sizes: &Sizes,
    drops: &Drops,
    #[comptime] kind: Kind,
) {
    let own = comptime!(kind.own);
    #[unroll]
    for i in 0..own {
        let query = first_query + UNIT_POS_Y + comptime!(16 * i as u32);
        #[unroll]
        for j in 0..own {
            let key = first_key + UNIT_POS_X + comptime!(16 * j as u32);
            let at = comptime!(i * own + j);
            let mut share = 0.0f32;
            let mut grad = 0.0f32;
            if seen(query, key, sizes, kind) {
                let mut score = scores[at] * sizes.scale;
                if comptime!(kind.biased) {
                    let row = weight(sequence % sizes.heads, query, key, sizes);
                    score += bias[row as usize];
                }
                let factor = kept(drops, weight(sequence, query, key, sizes), kind);
                let before = f32::exp(score - log_sums[i]);
                share = before * factor;
                grad = before * (products[at] * factor - deltas[i]);
            }
            scores[at] = share;
            products[at] = grad;
        }
    }
}

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn queries_kernel(
    qkv: &[f32],
    bias: &[f32],
    output: &[f32],
    grad: &[f32],
    log_sums: &[f32],
    deltas: &mut [f32],
    qkv_grad: &mut [f32],
    sizes: &Sizes,
    drops: &Drops,
    #[comptime] kind: Kind,
) {
    let (own, parts) = comptime!((kind.own, kind.parts));
    let tile = comptime!(kind.tile());
    let (long, wide) = comptime!((kind.head + 1, kind.tile() + 1));
    let mut queries = Shared::new_slice(comptime!(kind.tile() * (kind.head + 1)));
    let mut grads = Shared::new_slice(comptime!(kind.tile() * (kind.head + 1)));
    let mut keys = Shared::new_slice(comptime!(kind.tile() * (kind.head + 1)));
    let mut values = Shared::new_slice(comptime!(kind.tile() * (kind.head + 1)));
    let mut of_scores = Shared::new_slice(comptime!(kind.tile() * (kind.tile() + 1)));
    let (y, x) = (UNIT_POS_Y as usize, UNIT_POS_X as usize);

    let head = comptime!(kind.head as u32);
    let first = CUBE_POS_X * comptime!(kind.tile() as u32);
    let sequence = CUBE_POS_Y;
    let batch = sequence / sizes.heads;
    let at_head = (sequence - batch * sizes.heads) * head;
    let width = sizes.heads * head;
    let stride = 3 * width;
    let start = batch * sizes.tokens * stride + at_head;
    let out_start = batch * sizes.tokens * width + at_head;

    load(&mut queries, qkv, start, stride, first, sizes.tokens, kind);
    load(
        &mut grads,
        grad,
        out_start,
        width,
        first,
        sizes.tokens,
        kind,
    );
    // The output takes the place of keys for once.
    load(
        &mut keys,
        output,
        out_start,
        width,
        first,
        sizes.tokens,
        kind,
    );
    sync_cube();
    if UNIT_POS < comptime!(kind.tile() as u32) {
        let mut delta = 0.0f32;
        let at = UNIT_POS as usize * long;
        for column in 0..comptime!(kind.head) {
            delta += grads[at + column] * keys[at + column];
        }
        of_scores[UNIT_POS as usize] = delta;
        if first + UNIT_POS < sizes.tokens {
            deltas[(sequence * sizes.tokens + first + UNIT_POS) as usize] = delta;
        }
    }
    sync_cube();
    let mut own_log_sums = Array::<f32>::new(own);
    of_queries(&mut own_log_sums, log_sums, sequence, first, sizes, kind);
    let mut own_deltas = Array::<f32>::new(own);
    #[unroll]
    for i in 0..own {
        own_deltas[i] = of_scores[y + comptime!(16 * i)];
    }

    let mut scores = Array::<f32>::new(comptime!(own * own));
    let mut products = Array::<f32>::new(comptime!(own * own));
    let mut sums = Array::<f32>::new(comptime!(own * parts));
    #[unroll]
    for i in 0..comptime!(own * parts) {
        sums[i] = 0.0f32;
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
        dots(&grads, &values, &mut products, kind);
        differentiate(
            &mut scores,
            &mut products,
            bias,
            &own_log_sums,
            &own_deltas,
            sequence,
            first,
            key,
            sizes,
            drops,
            kind,
        );
        #[unroll]
        for i in 0..own {
            #[unroll]
            for j in 0..own {
                of_scores[(y + comptime!(16 * i)) * wide + x + comptime!(16 * j)] =
                    products[comptime!(i * own + j)];
            }
        }
        sync_cube();
        for column in 0..tile {
            #[unroll]
            for part in 0..parts {
                let at = x + comptime!(16 * part);
                if at < comptime!(kind.head) {
                    let value = keys[column * long + at];
                    #[unroll]
                    for i in 0..own {
                        let of_score = of_scores[(y + comptime!(16 * i)) * wide + column];
                        sums[comptime!(i * parts + part)] =
                            sums[comptime!(i * parts + part)] + of_score * value;
                    }
                }
            }
        }
        key += comptime!(kind.tile() as u32);
    }

    #[unroll]
    for i in 0..own {
        let query = first + UNIT_POS_Y + comptime!(16 * i as u32);
        #[unroll]
        for part in 0..parts {
            let at = UNIT_POS_X + comptime!(16 * part as u32);
            if query < sizes.tokens && at < head {
                qkv_grad[(start + query * stride + at) as usize] =
                    sums[comptime!(i * parts + part)] * sizes.scale;
            }
        }
    }
}

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn keys_kernel(
    qkv: &[f32],
    bias: &[f32],
    grad: &[f32],
    log_sums: &[f32],
    deltas: &[f32],
    qkv_grad: &mut [f32],
    sizes: &Sizes,
    drops: &Drops,
    #[comptime] kind: Kind,
) {
    let (own, parts) = comptime!((kind.own, kind.parts));
    let tile = comptime!(kind.tile());
    let (long, wide) = comptime!((kind.head + 1, kind.tile() + 1));
    let mut queries = Shared::new_slice(comptime!(kind.tile() * (kind.head + 1)));
    let mut grads = Shared::new_slice(comptime!(kind.tile() * (kind.head + 1)));
    let mut keys = Shared::new_slice(comptime!(kind.tile() * (kind.head + 1)));
    let mut values = Shared::new_slice(comptime!(kind.tile() * (kind.head + 1)));
    let mut weights = Shared::new_slice(comptime!(kind.tile() * (kind.tile() + 1)));
    let mut of_scores = Shared::new_slice(comptime!(kind.tile() * (kind.tile() + 1)));
    let (y, x) = (UNIT_POS_Y as usize, UNIT_POS_X as usize);

    let head = comptime!(kind.head as u32);
    let first = CUBE_POS_X * comptime!(kind.tile() as u32);
    let sequence = CUBE_POS_Y;
    let batch = sequence / sizes.heads;
    let at_head = (sequence - batch * sizes.heads) * head;
    let width = sizes.heads * head;
    let stride = 3 * width;
    let start = batch * sizes.tokens * stride + at_head;
    let out_start = batch * sizes.tokens * width + at_head;

    load(
        &mut keys,
        qkv,
        start + width,
        stride,
        first,
        sizes.tokens,
        kind,
    );
    load(
        &mut values,
        qkv,
        start + 2 * width,
        stride,
        first,
        sizes.tokens,
        kind,
    );
    let mut scores = Array::<f32>::new(comptime!(own * own));
    let mut products = Array::<f32>::new(comptime!(own * own));
    let mut own_log_sums = Array::<f32>::new(own);
    let mut own_deltas = Array::<f32>::new(own);
    let mut of_keys = Array::<f32>::new(comptime!(own * parts));
    let mut of_values = Array::<f32>::new(comptime!(own * parts));
    #[unroll]
    for i in 0..comptime!(own * parts) {
        of_keys[i] = 0.0f32;
        of_values[i] = 0.0f32;
    }
    let mut query = begin(first, sizes, true, kind);
    let end = end(first, sizes, true, kind);
    while query < end {
        sync_cube();
        load(&mut queries, qkv, start, stride, query, sizes.tokens, kind);
        load(
            &mut grads,
            grad,
            out_start,
            width,
            query,
            sizes.tokens,
            kind,
        );
        sync_cube();
        dots(&queries, &keys, &mut scores, kind);
        dots(&grads, &values, &mut products, kind);
        of_queries(&mut own_log_sums, log_sums, sequence, query, sizes, kind);
        of_queries(&mut own_deltas, deltas, sequence, query, sizes, kind);
        differentiate(
            &mut scores,
            &mut products,
            bias,
            &own_log_sums,
            &own_deltas,
            sequence,
            query,
            first,
            sizes,
            drops,
            kind,
        );
        #[unroll]
        for i in 0..own {
            #[unroll]
            for j in 0..own {
                let at = (y + comptime!(16 * i)) * wide + x + comptime!(16 * j);
                weights[at] = scores[comptime!(i * own + j)];
                of_scores[at] = products[comptime!(i * own + j)];
            }
        }
        sync_cube();
        for row in 0..tile {
            #[unroll]
            for part in 0..parts {
                let at = x + comptime!(16 * part);
                if at < comptime!(kind.head) {
                    let of_output = grads[row * long + at];
                    let query = queries[row * long + at];
                    #[unroll]
                    for i in 0..own {
                        let column = row * wide + y + comptime!(16 * i);
                        let own_part = comptime!(i * parts + part);
                        of_values[own_part] = of_values[own_part] + weights[column] * of_output;
                        of_keys[own_part] = of_keys[own_part] + of_scores[column] * query;
                    }
                }
            }
        }
        query += comptime!(kind.tile() as u32);
    }

    #[unroll]
    for i in 0..own {
        let key = first + UNIT_POS_Y + comptime!(16 * i as u32);
        #[unroll]
        for part in 0..parts {
            let at = UNIT_POS_X + comptime!(16 * part as u32);
            if key < sizes.tokens && at < head {
                let row = start + key * stride + at;
                let own_part = comptime!(i * parts + part);
                qkv_grad[(row + width) as usize] = of_keys[own_part] * sizes.scale;
                qkv_grad[(row + 2 * width) as usize] = of_values[own_part];
            }
        }
    }
}

/// The gradient of a bias on the scores: a tile of one head to a cube, batch after batch.
#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn bias_kernel(
    qkv: &[f32],
    bias: &[f32],
    grad: &[f32],
    log_sums: &[f32],
    deltas: &[f32],
    bias_grad: &mut [f32],
    sizes: &Sizes,
    drops: &Drops,
    batches: u32,
    #[comptime] kind: Kind,
) {
    let own = comptime!(kind.own);
    let mut queries = Shared::new_slice(comptime!(kind.tile() * (kind.head + 1)));
    let mut grads = Shared::new_slice(comptime!(kind.tile() * (kind.head + 1)));
    let mut keys = Shared::new_slice(comptime!(kind.tile() * (kind.head + 1)));
    let mut values = Shared::new_slice(comptime!(kind.tile() * (kind.head + 1)));

    let head = comptime!(kind.head as u32);
    let first_key = CUBE_POS_X * comptime!(kind.tile() as u32);
    let first_query = CUBE_POS_Y * comptime!(kind.tile() as u32);
    let at_head = CUBE_POS_Z * head;
    let width = sizes.heads * head;
    let stride = 3 * width;
    let mut scores = Array::<f32>::new(comptime!(own * own));
    let mut products = Array::<f32>::new(comptime!(own * own));
    let mut own_log_sums = Array::<f32>::new(own);
    let mut own_deltas = Array::<f32>::new(own);
    let mut sums = Array::<f32>::new(comptime!(own * own));
    #[unroll]
    for i in 0..comptime!(own * own) {
        sums[i] = 0.0f32;
    }
    for batch in 0..batches {
        let start = batch * sizes.tokens * stride + at_head;
        let out_start = batch * sizes.tokens * width + at_head;
        sync_cube();
        load(
            &mut queries,
            qkv,
            start,
            stride,
            first_query,
            sizes.tokens,
            kind,
        );
        load(
            &mut grads,
            grad,
            out_start,
            width,
            first_query,
            sizes.tokens,
            kind,
        );
        load(
            &mut keys,
            qkv,
            start + width,
            stride,
            first_key,
            sizes.tokens,
            kind,
        );
        load(
            &mut values,
            qkv,
            start + 2 * width,
            stride,
            first_key,
            sizes.tokens,
            kind,
        );
        sync_cube();
        dots(&queries, &keys, &mut scores, kind);
        dots(&grads, &values, &mut products, kind);
        let sequence = batch * sizes.heads + CUBE_POS_Z;
        of_queries(
            &mut own_log_sums,
            log_sums,
            sequence,
            first_query,
            sizes,
            kind,
        );
        of_queries(&mut own_deltas, deltas, sequence, first_query, sizes, kind);
        differentiate(
            &mut scores,
            &mut products,
            bias,
            &own_log_sums,
            &own_deltas,
            sequence,
            first_query,
            first_key,
            sizes,
            drops,
            kind,
        );
        #[unroll]
        for i in 0..comptime!(own * own) {
            sums[i] = sums[i] + products[i];
        }
    }
    #[unroll]
    for i in 0..own {
        #[unroll]
        for j in 0..own {
            let query = first_query + UNIT_POS_Y + comptime!(16 * i as u32);
            let key = first_key + UNIT_POS_X + comptime!(16 * j as u32);
            if query < sizes.tokens && key < sizes.tokens {
                let at = weight(CUBE_POS_Z, query, key, sizes);
                bias_grad[at as usize] = sums[comptime!(i * own + j)];
            }
        }
    }
}

/// The gradient of the projection, and that of the bias where it is asked for. `saved` is the
/// output and the log-sum-exp of each row.
pub(super) fn backward(
    qkv: &CubeTensor,
    bias: Option<&CubeTensor>,
    [output, log_sums]: [&CubeTensor; 2],
    grad: &CubeTensor,
    form: Form,
    of_bias: bool,
) -> (CubeTensor, Option<CubeTensor>) {
    let client = &qkv.client;
    let biased = bias.is_some();
    let (kind, sizes, drops, [batch, heads, blocks]) = arguments(form, qkv, biased);
    let tokens = qkv.meta.shape()[1];
    let qkv_grad = empty(qkv, qkv.meta.shape.clone(), DType::F32);
    let deltas = row(qkv, batch * heads * tokens);
    let count = || CubeCount::Static(blocks as u32, (batch * heads) as u32, 1);
    let dim = CubeDim::new_2d(SIDE as u32, SIDE as u32);
    let scores_bias = bias.unwrap_or(qkv);
    // Safety, also below: rows behind the last token are neither read nor written.
    unsafe {
        queries_kernel::launch_unchecked(
            client,
            count(),
            dim,
            buffer(qkv),
            buffer(scores_bias),
            buffer(output),
            buffer(grad),
            buffer(log_sums),
            buffer(&deltas),
            buffer(&qkv_grad),
            sizes,
            drops,
            kind,
        );
    }
    let (_, sizes, drops, _) = arguments(form, qkv, biased);
    unsafe {
        keys_kernel::launch_unchecked(
            client,
            count(),
            dim,
            buffer(qkv),
            buffer(scores_bias),
            buffer(grad),
            buffer(log_sums),
            buffer(&deltas),
            buffer(&qkv_grad),
            sizes,
            drops,
            kind,
        );
    }
    let asked = bias.filter(|_| of_bias);
    let bias_grad = asked.map(|bias| {
        let bias_grad = empty(bias, bias.meta.shape.clone(), DType::F32);
        let (_, sizes, drops, _) = arguments(form, qkv, biased);
        unsafe {
            bias_kernel::launch_unchecked(
                client,
                CubeCount::Static(blocks as u32, blocks as u32, heads as u32),
                dim,
                buffer(qkv),
                buffer(bias),
                buffer(grad),
                buffer(log_sums),
                buffer(&deltas),
                buffer(&bias_grad),
                sizes,
                drops,
                batch as u32,
                kind,
            );
        }
        bias_grad
    });
    (qkv_grad, bias_grad)
}
