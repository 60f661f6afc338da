//! Damaged files for tests of readers.

use crate::streams::fixed;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Calls `each` with 10,000 damaged copies of a file, the same ones every time; with as many as
/// `FPT_FUZZ` says for a longer run.
///
/// Ends with the most memory the process has held, which may not be much.
pub(crate) fn damaged(name: &str, whole: &[u8], mut each: impl FnMut(&[u8])) {
    let cases = std::env::var("FPT_FUZZ").map_or(10_000, |cases| cases.parse().unwrap());
    for case in 0..cases {
        each(&one(&mut fixed(name, case), whole));
    }
    if let Some(peak) = peak_memory() {
        assert!(
            peak < 768 << 20,
            "{name}: {} MiB for tiny files",
            peak >> 20
        );
    }
}

/// A copy with bytes changed, put in, or cut out, or with the end cut off.
fn one(chance: &mut ChaCha8Rng, whole: &[u8]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..chance.random_range(1..4_u8) {
        let place = chance.random_range(0..=bytes.len() as u64) as usize;
        let length = chance.random_range(0..=16_u64) as usize;
        let end = (place + length).min(bytes.len());
        match chance.random_range(0..16_u8) {
            // Bits and bytes, of which headers are most of what is worth changing.
            0..8 => {
                let place = if chance.random() { place } else { place % 200 };
                if let Some(byte) = bytes.get_mut(place) {
                    *byte ^= 1 << chance.random_range(0..8_u8);
                }
            }
            8..10 => {
                if let Some(byte) = bytes.get_mut(place) {
                    *byte = chance.random();
                }
            }
            10..12 => {
                let number = [u64::MAX, 1 << 62, u64::from(u32::MAX), 1 << 31, 0];
                let number = number[chance.random_range(0..5_u8) as usize].to_le_bytes();
                let end = (place + 8).min(bytes.len());
                bytes[place..end].copy_from_slice(&number[..end - place]);
            }
            12 => {
                let strange: Vec<u8> = (0..length).map(|_| chance.random()).collect();
                bytes.splice(place..place, strange);
            }
            13 => drop(bytes.drain(place..end)),
            14 => {
                let copy = bytes[place..end].to_vec();
                bytes.splice(place..place, copy);
            }
            _ => bytes.truncate(place),
        }
    }
    bytes
}

/// Most memory this process has held, in bytes, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes = line.split_whitespace().nth(1)?;
    kilobytes.parse::<u64>().ok().map(|peak| peak << 10)
}
