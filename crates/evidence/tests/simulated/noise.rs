//! Differences without an effect, of all kinds.

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal, StudentT};

#[derive(Clone, Copy, Debug)]
pub enum Noise {
    Normal,
    Laplace,
    /// Student's t with three degrees of freedom.
    Heavy,
    Uniform,
    /// Each of both cells ends at the majority class with this probability, and is normal elsewhere.
    Collapsing(f64),
}

impl Noise {
    pub const ALL: [Self; 7] = [
        Self::Normal,
        Self::Laplace,
        Self::Heavy,
        Self::Uniform,
        Self::Collapsing(0.1),
        Self::Collapsing(0.3),
        Self::Collapsing(0.5),
    ];

    /// False positives over all looks at 5 % that the rule's description states, in percent.
    pub fn stated(self) -> f64 {
        match self {
            Self::Normal => 4.1,
            Self::Laplace => 2.4,
            Self::Heavy => 2.8,
            Self::Uniform => 6.9,
            Self::Collapsing(_) => 4.5,
        }
    }

    /// Examples of the test set, whose noise is far below that of cells.
    pub fn examples(self) -> usize {
        match self {
            // As many as MNIST has: collapsed runs are near the majority class, not below it.
            Self::Collapsing(_) => 10_000,
            _ => super::ENDLESS,
        }
    }

    /// The accuracies of two cells that do not differ.
    pub fn pair(self, rng: &mut impl RngExt) -> (f64, f64) {
        const POINT: f64 = 0.01;
        let difference = match self {
            Self::Normal => StandardNormal.sample(rng),
            Self::Laplace => {
                let half: f64 = rng.random::<f64>() - 0.5;
                -half.signum() * (1.0 - 2.0 * half.abs()).ln()
            }
            Self::Heavy => StudentT::new(3.0).unwrap().sample(rng),
            Self::Uniform => rng.random::<f64>() - 0.5,
            Self::Collapsing(share) => {
                let mut cell = || {
                    let (mean, deviation) = match rng.random::<f64>() < share {
                        true => (0.1, POINT / 10.0),
                        false => (0.9, POINT),
                    };
                    let normal: f64 = StandardNormal.sample(rng);
                    mean + deviation * normal
                };
                return (cell(), cell());
            }
        };
        (0.5 + POINT * difference, 0.5)
    }
}
