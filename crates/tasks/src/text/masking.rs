use crate::task::Batch;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Stands for a masked byte. No text has it: a vocabulary of its own would be one larger than that of the bodies
/// that predict the next byte.
pub(super) const MASK: u8 = 0;

/// How bytes are hidden: `count` of them in each text, in ten of which about eight are masked, one is another byte and one
/// is as it was (Devlin et al., 2019, section 3.1).
pub(super) struct Masking {
    pub count: usize,
    /// Bytes that may stand where another one was: those of the training text, as BERT takes a word of its
    /// vocabulary. Of all 256 most would give themselves away.
    pub alphabet: Vec<u8>,
}

impl Masking {
    /// Appends a text to the batch: with bytes hidden, where, and what they were.
    pub fn push(&self, text: &[u8], rng: &mut ChaCha8Rng, batch: &mut Batch) {
        let mut open = self.count as u32;
        for (token, &byte) in text.iter().enumerate() {
            // Of what is left so many are still to be chosen, each as likely as any other.
            let left = (text.len() - token) as u32;
            let is_chosen = rng.random_range(0..left) < open;
            let mut seen = byte;
            if is_chosen {
                open -= 1;
                seen = self.hidden(byte, rng);
                batch.read.push(token as u32);
                batch.targets.push(u32::from(byte));
            }
            batch.ids.push(u32::from(seen));
        }
        batch.size += 1;
    }

    fn hidden(&self, byte: u8, rng: &mut ChaCha8Rng) -> u8 {
        match rng.random_range(0..10_u32) {
            0..8 => MASK,
            8 => self.alphabet[rng.random_range(0..self.alphabet.len() as u32) as usize],
            _ => byte,
        }
    }
}
