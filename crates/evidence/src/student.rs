//! Tails and quantiles of Student's t.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The two-sided tail P(|T| > |t|) at so many degrees of freedom.
pub(crate) fn two_sided(t: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |student| 2.0 * student.sf(t.abs()))
}

/// The t whose two-sided tail is `p`, for p from 0 to 1.
pub(crate) fn critical(p: f64, freedom: f64) -> f64 {
    // The lower tail: an upper one near 1 would have lost its digits.
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |student| -student.inverse_cdf(p / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.t.isf(p / 2, freedom)`, scipy 1.17.1, the same to 16 digits in mpmath with 40: the
    /// interval of 95 %, then 1 - αw for w of 0.4 and 0.2, over 1, 4 and 40 claims.
    #[test]
    fn quantiles_are_scipys() {
        let levels = [0.05, 0.02, 0.01, 0.005, 0.0025, 0.00025];
        for (freedom, expected) in [
            (
                2.0,
                [
                    4.302652729749464,
                    6.964556734283274,
                    9.924843200918293,
                    14.089047275555291,
                    19.96248045164297,
                    63.233694044455554,
                ],
            ),
            (
                4.0,
                [
                    2.7764451051977943,
                    3.746947387979197,
                    4.604094871349993,
                    5.597568367075458,
                    6.758252832704274,
                    12.312247135493086,
                ],
            ),
            (
                7.0,
                [
                    2.3646242515927844,
                    2.997951566868528,
                    3.4994832973504932,
                    4.029337177642485,
                    4.594638202685208,
                    6.814035479281539,
                ],
            ),
            (
                11.0,
                [
                    2.2009851600916392,
                    2.7180791838138627,
                    3.105806515539281,
                    3.496614173253672,
                    3.8945316638268186,
                    5.306256275192572,
                ],
            ),
        ] {
            for (p, expected) in levels.into_iter().zip(expected) {
                let got = critical(p, freedom);
                let off = (got - expected).abs() / expected;
                assert!(off < 1e-9, "{p} at {freedom}: {got}, not {expected}");
            }
        }
    }

    /// Twice `scipy.stats.t.sf(t, freedom)`, scipy 1.17.1.
    #[test]
    fn tails_are_scipys() {
        for (freedom, t, expected) in [
            (2.0, 0.5, 0.33333333333333337),
            (2.0, 10.6, 0.004391442867697043),
            (2.0, 54.6, 0.00016763560514882817),
            (4.0, 2.776, 0.02501138915998821),
            (4.0, 40.0, 1.1670081613006339e-6),
            (7.0, 5.0, 0.0007826389765864124),
            (7.0, 30.0, 5.894234440366572e-9),
            (11.0, 2.2, 0.02504305549090214),
            (11.0, 12.0, 5.8164202513095616e-8),
        ] {
            let (got, expected) = (two_sided(-t, freedom), 2.0 * expected);
            let off = (got - expected).abs() / expected;
            assert!(off < 1e-9, "{t} at {freedom}: {got}, not {expected}");
        }
        assert_eq!(two_sided(0.0, 2.0), 1.0);
        assert_eq!(two_sided(f64::INFINITY, 2.0), 0.0);
    }
}
