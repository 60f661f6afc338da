/// How numbers of a kind are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A share, printed in percent with one digit.
    Share,
    /// A cross entropy in nats.
    Nats,
    /// Gradient steps.
    Steps,
}

impl Unit {
    /// What a value is multiplied by to be printed, and the digits behind the point.
    pub const fn scale(self) -> (f64, usize) {
        match self {
            Self::Share => (100.0, 1),
            Self::Nats => (1.0, 3),
            Self::Steps => (1.0, 0),
        }
    }

    /// The smallest difference that is printed.
    pub fn printed_step(self) -> f64 {
        let (scale, digits) = self.scale();
        0.1_f64.powi(digits as i32) / scale
    }

    /// As an axis says it.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Share => "%",
            Self::Nats => "nats",
            Self::Steps => "gradient steps",
        }
    }

    /// In words: `in percent`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Share => "in percent",
            Self::Nats => "in nats",
            Self::Steps => "in gradient steps",
        }
    }
}
