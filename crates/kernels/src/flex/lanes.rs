//! Reductions over a fixed number of lanes, the same on every vector width.

/// How many partial results a reduction keeps: one AVX-512 register, or two of AVX2.
pub(crate) const LANES: usize = 16;

/// `Σ term(i)` for `i` below `count`.
#[inline(always)]
pub(crate) fn sum(count: usize, term: impl Fn(usize) -> f32) -> f32 {
    let mut lanes = [0f32; LANES];
    let whole = count - count % LANES;
    for start in (0..whole).step_by(LANES) {
        for (lane, total) in lanes.iter_mut().enumerate() {
            *total += term(start + lane);
        }
    }
    for index in whole..count {
        lanes[index - whole] += term(index);
    }
    fold(lanes, |a, b| a + b)
}

/// The greatest of the values, `-inf` for none.
#[inline(always)]
pub(crate) fn max(values: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let chunks = values.chunks_exact(LANES);
    for (index, value) in chunks.remainder().iter().enumerate() {
        lanes[index] = *value;
    }
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = if *value > *lane { *value } else { *lane };
        }
    }
    fold(lanes, |a, b| if a > b { a } else { b })
}

#[inline(always)]
pub(crate) fn fold(mut lanes: [f32; LANES], join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] = join(lanes[lane], lanes[lane + half]);
        }
        half /= 2;
    }
    lanes[0]
}
