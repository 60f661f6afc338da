use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The random numbers a job draws for one purpose (`data`, `order`, `init`, `dropout`, `augment`).
///
/// Keyed by `blake3(seed, purpose)`: streams of different purposes or seeds are independent, and a
/// change in how much one purpose draws leaves the others as they were. Each key has 2⁶⁴ streams
/// (`set_stream`), which makes a draw at any step or epoch stateless.
pub fn stream(seed: u64, purpose: &str) -> ChaCha8Rng {
    let mut key = blake3::Hasher::new_derive_key("fpt job stream 1");
    key.update(&seed.to_le_bytes());
    key.update(purpose.as_bytes());
    ChaCha8Rng::from_seed(*key.finalize().as_bytes())
}

/// Random numbers that are part of a task and the same for every job, e.g. its test set.
pub(crate) fn fixed(name: &str, index: u64) -> ChaCha8Rng {
    let key = blake3::derive_key("fpt fixed stream 1", name.as_bytes());
    at(ChaCha8Rng::from_seed(key), index)
}

/// The `index`-th stream under a key.
pub(crate) fn at(mut rng: ChaCha8Rng, index: u64) -> ChaCha8Rng {
    rng.set_stream(index);
    rng
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn streams_differ_by_seed_purpose_and_index_and_repeat() {
        let first = |mut rng: ChaCha8Rng| rng.next_u64();
        let base = first(stream(1, "data"));
        assert_eq!(base, first(stream(1, "data")));
        assert_ne!(base, first(stream(2, "data")));
        assert_ne!(base, first(stream(1, "order")));
        assert_ne!(base, first(at(stream(1, "data"), 1)));
    }
}
