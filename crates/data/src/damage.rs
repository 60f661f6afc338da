//! Damage for the tests of the readers.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fs;

/// Calls `read` with 10,000 damaged copies of a valid file: bytes flipped, numbers overwritten,
/// parts cut out, doubled or moved. The same each time; `FPT_FUZZ` sets another count. At the end
/// the process must not have held more than 512 MiB.
pub(crate) fn damaged(valid: &[u8], mut read: impl FnMut(&[u8])) {
    let count = std::env::var("FPT_FUZZ").map_or(10_000, |count| count.parse().unwrap());
    for case in 0..count {
        read(&damage(valid, case));
    }
    if let Some(peak) = peak_memory() {
        assert!(peak < 512 << 20, "{} MiB", peak >> 20);
    }
}

fn damage(valid: &[u8], case: u64) -> Vec<u8> {
    let key = blake3::derive_key("fpt fixed stream 1", b"damage");
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(case);
    let mut bytes = valid.to_vec();
    for _ in 0..rng.random_range(1..4) {
        let length = bytes.len().max(1);
        // Half of the damage is in front, where the headers are.
        let within = if rng.random() {
            length
        } else {
            length.min(256)
        };
        let at = rng.random_range(0..within);
        let until = (at + rng.random_range(1..64)).min(bytes.len());
        if at >= bytes.len() {
            continue;
        }
        match rng.random_range(0..6) {
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at] = rng.random(),
            2 => {
                let numbers = [u64::MAX, u64::MAX / 2, 1 << 31, 0, rng.random()];
                let number = numbers[rng.random_range(0..5_usize)].to_le_bytes();
                let width = (bytes.len() - at).min([2, 4, 8][rng.random_range(0..3_usize)]);
                bytes[at..at + width].copy_from_slice(&number[..width]);
            }
            3 => bytes.truncate(at),
            4 => drop(bytes.drain(at..until)),
            _ => {
                let part = bytes[at..until].to_vec();
                let to = rng.random_range(0..=bytes.len());
                bytes.splice(to..to, part);
            }
        }
    }
    bytes
}

/// Most memory this process has held, in bytes, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes = line.split_whitespace().nth(1)?;
    kilobytes.parse::<u64>().ok().map(|peak| peak << 10)
}
