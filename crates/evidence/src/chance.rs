//! What an accuracy comes to by chance.

use statrs::distribution::{ContinuousCDF, Normal};

/// Of runs that learn nothing, the share that comes further than [`by_chance`].
const LEVEL: f64 = 0.01;

/// How far the best of so many `looks` lies above a true accuracy by chance, where each is a mean over so many `answers`: no further in 99
/// of 100 runs. The binomial's normal bound at a level that is shared out among the looks, which are taken at the same examples and so
/// no worse than independent; so are, as far as this reckons, several answers to one example.
pub fn by_chance(accuracy: f64, answers: usize, looks: usize) -> f64 {
    let Ok(normal) = Normal::new(0.0, 1.0) else {
        return f64::NAN;
    };
    let answers = answers as f64;
    // Nothing right of a hundred is no share of 0 (Laplace's rule).
    let least = 1.0 / (answers + 2.0);
    let share = accuracy.clamp(least, 1.0 - least);
    let deviation = share * (1.0 - share) / answers.max(1.0);
    // The lower tail keeps its digits.
    -normal.inverse_cdf(LEVEL / looks.max(1) as f64) * deviation.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    /// `scipy.stats.norm.isf(0.01 / looks) * (accuracy * (1 - accuracy) / answers) ** 0.5`.
    #[test]
    fn the_bound_is_the_normals() {
        for (accuracy, answers, looks, expected) in [
            (0.5, 5000, 12, 0.022_231_297_809_033_75),
            (0.1, 1000, 12, 0.029_826_415_877_424_96),
            (0.5, 1000, 1, 0.036_782_789_559_297_764),
        ] {
            let bound = by_chance(accuracy, answers, looks);
            assert!(
                (bound - expected).abs() < 1e-9,
                "{bound} instead of {expected}"
            );
        }
        // At the ends as one right or wrong answer more: `accuracy` 1/1002 and 1001/1002.
        let ends = [0.0, 1.0].map(|accuracy| by_chance(accuracy, 1000, 12));
        assert!(
            ends.iter()
                .all(|end| (end - 0.0031392733377359826).abs() < 1e-9),
            "{ends:?}"
        );
        assert!(by_chance(0.5, 0, 0).is_finite());
    }

    /// Runs that guess, as a generator draws them: one in a hundred, or fewer, comes further.
    #[test]
    fn guessing_rarely_comes_further() {
        let (answers, looks, runs) = (200, 12, 2000);
        let mut random = tasks::stream(0, "guesses");
        let mut accuracy = || {
            let rights = (0..answers).filter(|_| random.next_u64() >> 63 == 1);
            rights.count() as f64 / answers as f64
        };
        let bound = 0.5 + by_chance(0.5, answers, looks);
        let further = (0..runs)
            .filter(|_| (0..looks).any(|_| accuracy() > bound))
            .count();
        assert!(
            (1..=runs / 100 + 10).contains(&further),
            "{further} of {runs}"
        );
    }
}
