use crate::p_value::p_value;
use crate::statistics::{ALPHA, MOST_PAIRS, seeds_needed, smallest_p};

/// What the data say about "the first is ahead of the second".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Supported,
    /// The second is ahead.
    Refuted,
    /// With the reason.
    Undecided(String),
}

impl Verdict {
    /// From the mean difference of `pairs` pairs and its p after Holm over `comparisons`.
    pub fn of(mean: f64, corrected: Option<f64>, pairs: usize, comparisons: usize) -> Self {
        let Some(p) = corrected else {
            return Self::Undecided(match pairs {
                0 => "no pair of seeds is finished".to_owned(),
                _ => format!("the exact test is made for at most {MOST_PAIRS} finite pairs"),
            });
        };
        let smallest = (smallest_p(pairs) * comparisons as f64).min(1.0);
        let seeds = if pairs == 1 {
            "1 seed"
        } else {
            &format!("{pairs} seeds")
        };
        let needed = seeds_needed(comparisons);
        match (p < ALPHA, mean > 0.0) {
            (true, true) => Self::Supported,
            (true, false) => Self::Refuted,
            _ if smallest_p(pairs) >= ALPHA => Self::Undecided(format!(
                "{seeds} cannot reach p < {ALPHA}: the smallest possible is {}",
                p_value(smallest_p(pairs))
            )),
            _ if smallest >= ALPHA => Self::Undecided(format!(
                "{seeds} cannot reach p < {ALPHA} over {comparisons} comparisons: the smallest \
                 possible is {}, {needed} seeds could decide",
                p_value(smallest)
            )),
            _ => Self::Undecided(format!("p = {} after Holm", p_value(p))),
        }
    }

    /// One word.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Refuted => "refuted",
            Self::Undecided(_) => "undecided",
        }
    }

    /// Why nothing is decided.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Undecided(reason) => Some(reason),
            Self::Supported | Self::Refuted => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_seeds_decide_nothing_and_say_why() {
        let verdict = Verdict::of(0.2, Some(0.25), 3, 1);
        assert_eq!(
            verdict.reason(),
            Some("3 seeds cannot reach p < 0.05: the smallest possible is 0.25")
        );
        let verdict = Verdict::of(0.2, Some(0.125), 6, 4);
        assert_eq!(
            verdict.reason(),
            Some(
                "6 seeds cannot reach p < 0.05 over 4 comparisons: the smallest possible is 0.12, \
                 8 seeds could decide"
            )
        );
        assert_eq!(Verdict::of(0.2, Some(0.03), 8, 4), Verdict::Supported);
        assert_eq!(Verdict::of(-0.2, Some(0.03), 8, 4), Verdict::Refuted);
        assert_eq!(
            Verdict::of(0.2, Some(0.3), 8, 4).reason(),
            Some("p = 0.30 after Holm")
        );
        assert_eq!(
            Verdict::of(0.0, None, 0, 4).reason(),
            Some("no pair of seeds is finished")
        );
    }
}
