//! Exponential and error function without branches, so that loops over them vectorise.

/// `e^x` within two units in the last place; 0 below -87, where it would leave the normal range.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Adding 1.5 × 2^23 rounds to a whole number and leaves it in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let clamped = x.clamp(-87.0, 88.0);
    let rounded = clamped.mul_add(std::f32::consts::LOG2_E, ROUND);
    let power = rounded - ROUND;
    // ln 2 in two parts: the first has few bits, so its product with `power` is exact.
    let r = power.mul_add(-0.693_359_4, clamped);
    let r = power.mul_add(2.121_944_4e-4, r);
    // Cephes `expf`: e^r = 1 + r + r² P(r) for |r| ≤ ln 2 / 2.
    let p = 1.987_569_1e-4f32;
    let p = p.mul_add(r, 1.398_199_9e-3);
    let p = p.mul_add(r, 8.333_452e-3);
    let p = p.mul_add(r, 4.166_579_6e-2);
    let p = p.mul_add(r, 1.666_666_5e-1);
    let p = p.mul_add(r, 0.5);
    let p = p.mul_add(r * r, r) + 1.0;
    let scaled = f32::from_bits(p.to_bits().wrapping_add(rounded.to_bits() << 23));
    if x < -87.0 { 0.0 } else { scaled }
}

/// The error function within 2e-7: the rational approximation of Eigen and TensorFlow.
#[inline(always)]
pub(crate) fn erf(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let z = x * x;
    let p = -2.726_142_4e-10f32;
    let p = p.mul_add(z, 2.770_681_5e-8);
    let p = p.mul_add(z, -2.101_024e-6);
    let p = p.mul_add(z, -5.692_506_4e-5);
    let p = p.mul_add(z, -7.349_906_4e-4);
    let p = p.mul_add(z, -2.954_6e-3);
    let p = p.mul_add(z, -1.609_603_4e-2);
    let q = -1.456_607_2e-5f32;
    let q = q.mul_add(z, -2.133_740_5e-4);
    let q = q.mul_add(z, -1.682_827e-3);
    let q = q.mul_add(z, -7.373_329e-3);
    let q = q.mul_add(z, -1.426_473_9e-2);
    x * p / q
}
