//! Relative positions by distance (Raffel et al., 2020).

/// The bucket of a key as seen from a query: half of them for keys behind it, half for keys ahead;
/// in each half the first ones hold one distance each, the others widen up to `max_distance`.
pub(super) fn bucket(query: usize, key: usize, buckets: usize, max_distance: usize) -> usize {
    let side = buckets / 2;
    let exact = side / 2;
    let distance = query.abs_diff(key);
    let within = if distance < exact {
        distance
    } else {
        // In 32 bits and cut off, as `transformers` does it.
        let ratio = (distance as f32 / exact as f32).ln();
        let whole = (max_distance as f64 / exact as f64).ln() as f32;
        let steps = (ratio / whole * (side - exact) as f32) as usize;
        (exact + steps).min(side - 1)
    };
    within + if key > query { side } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_those_of_the_paper() {
        let of = |query, key| bucket(query, key, 32, 128);
        assert_eq!([of(0, 0), of(7, 0), of(8, 0), of(1000, 0)], [0, 7, 8, 15]);
        assert_eq!(
            [of(0, 1), of(0, 7), of(0, 8), of(0, 1000)],
            [17, 23, 24, 31]
        );
    }
}
