use super::sequence;
use crate::settings::within;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Brackets of several kinds, each of which is opened and closed.
///
/// Symbol `i` opens kind `i`, symbol `kinds + i` closes it. A sequence is balanced as a whole; where the context is even,
/// its last bracket, which always closes, is cut off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Brackets {
    pub kinds: usize,
    /// Symbols that the body sees.
    pub context: usize,
    /// Probability that a bracket opens where it may open or close.
    pub opening: f64,
    /// Brackets that are open at a time, at most.
    pub max_depth: usize,
}

impl Default for Brackets {
    fn default() -> Self {
        Self {
            kinds: 64,
            context: 128,
            opening: 0.5,
            max_depth: 16,
        }
    }
}

impl Brackets {
    pub fn check(&self) -> Result<(), String> {
        sequence::check(self.context)?;
        within("kinds", self.kinds, 1, sequence::VOCABULARY / 2)?;
        within("max-depth", self.max_depth, 1, self.context)?;
        if !(self.opening > 0.0 && self.opening < 1.0) {
            let opening = self.opening;
            return Err(format!(
                "`opening` is {opening}, but a probability above 0 and below 1 is needed"
            ));
        }
        Ok(())
    }

    /// A sequence in which `take` says which of the open kinds, listed as they were opened, is closed.
    pub fn sequence(
        &self,
        rng: &mut ChaCha8Rng,
        take: impl Fn(&mut Vec<u8>, &mut ChaCha8Rng) -> Option<u8>,
    ) -> Vec<u8> {
        let length = (self.context + 1).next_multiple_of(2);
        let mut symbols = Vec::with_capacity(length);
        let mut open = Vec::new();
        while symbols.len() < length {
            // What is open has to be closed in what is left; both are even, or both are odd.
            let most = self.max_depth.min(length - symbols.len());
            let opens = open.is_empty() || open.len() < most && rng.random_bool(self.opening);
            let closed = match opens {
                true => None,
                false => take(&mut open, rng),
            };
            symbols.push(match closed {
                Some(kind) => self.kinds as u8 + kind,
                None => {
                    let kind = rng.random_range(0..self.kinds as u32) as u8;
                    open.push(kind);
                    kind
                }
            });
        }
        symbols.truncate(self.context + 1);
        symbols
    }

    /// `(3` opens kind 3, `3)` closes it.
    pub fn symbols(&self) -> Vec<String> {
        let opening = (0..self.kinds).map(|kind| format!("({kind}"));
        let closing = (0..self.kinds).map(|kind| format!("{kind})"));
        opening.chain(closing).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_settings_are_named() {
        for (change, named) in [
            ((0, 128, 0.5, 16), "`kinds` is 0"),
            ((1000, 128, 0.5, 16), "`kinds` is 1000"),
            ((64, 0, 0.5, 16), "`context` is 0"),
            ((64, 128, 0.5, 0), "`max-depth` is 0"),
            ((64, 128, 0.5, 129), "`max-depth` is 129"),
            ((64, 128, 0.0, 16), "`opening` is 0"),
            ((64, 128, 1.0, 16), "`opening` is 1"),
            ((64, 128, f64::NAN, 16), "`opening` is NaN"),
        ] {
            let (kinds, context, opening, max_depth) = change;
            let brackets = Brackets {
                kinds,
                context,
                opening,
                max_depth,
            };
            let error = brackets.check().unwrap_err();
            assert!(error.starts_with(named), "{error}");
        }
        assert!(Brackets::default().check().is_ok());
    }
}
