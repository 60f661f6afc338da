//! What curves are drawn along.

use crate::background::Background;
use evidence::Curve;
use std::fmt;
use std::ops::Range;

/// What stands on the horizontal axis of curves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Along {
    #[default]
    Steps,
    /// Training examples, each as often as it was seen.
    Examples,
    /// Floating-point operations of training, as [`training::step_operations`] counts them.
    Compute,
    /// Time that the run took, evaluations included.
    Seconds,
}

/// An axis, and whether it is logarithmic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Horizontal {
    pub along: Along,
    pub is_logarithmic: bool,
}

/// How figures are drawn where that is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlotOptions {
    pub horizontal: Horizontal,
    /// Whether each is written as PDF, too.
    pub pdf: bool,
    /// Pixels across.
    pub width: Width,
}

/// How wide a figure is, in pixels of its SVG: of a PNG two, of a PDF 0.6 points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width(pub u16);

impl Default for Width {
    fn default() -> Self {
        Self(1000)
    }
}

impl Along {
    pub const ALL: [Self; 4] = [Self::Steps, Self::Examples, Self::Compute, Self::Seconds];

    /// As it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Examples => "examples",
            Self::Compute => "compute",
            Self::Seconds => "seconds",
        }
    }

    /// What a step of a run is worth; `None` where that is not known.
    pub(crate) fn of_step(self, curve: &Curve, background: &Background) -> Option<f64> {
        let job = &curve.cell.job;
        let settings = background.settings.get(job);
        match self {
            Self::Steps => Some(1.0),
            Self::Examples => Some(settings?.recipe.batch_size as f64),
            Self::Compute => Some(training::step_operations(settings?)),
            Self::Seconds => {
                let steps = curve.points.last()?.step as f64;
                Some(background.ran.get(job)?.hours * 3600.0 / steps.max(1.0))
            }
        }
    }
}

impl Horizontal {
    /// Where a value lies on the axis.
    pub(crate) fn place(self, value: f64) -> f64 {
        match self.is_logarithmic {
            true => value.max(f64::MIN_POSITIVE).log10(),
            false => value,
        }
    }

    /// Where a logarithmic axis between these places has its numbers, about so many: at 1, 2 and 5 of each power of ten, or at
    /// fewer of them; `None` where the axis is linear, or too short for two of those.
    pub(crate) fn ticks(self, ends: &Range<f64>, most: usize) -> Option<Vec<f64>> {
        if !self.is_logarithmic {
            return None;
        }
        let (first, last) = (ends.start.floor() as i32, ends.end.ceil() as i32);
        let at = |of_ten: &[f64], apart: usize| -> Vec<f64> {
            let powers = (first..=last).filter(|power| power.rem_euclid(apart as i32) == 0);
            let places =
                powers.flat_map(|power| of_ten.iter().map(move |of| f64::from(power) + of.log10()));
            places
                .filter(|place| (ends.start..=ends.end).contains(place))
                .collect()
        };
        let fine = [&[1.0, 2.0, 5.0][..], &[1.0, 3.0]]
            .into_iter()
            .map(|of| at(of, 1));
        let coarse = (1..=most.max(1)).map(|apart| at(&[1.0], apart));
        let mut ticks = fine.chain(coarse);
        ticks
            .find(|ticks| ticks.len() <= most + 1)
            .filter(|ticks| ticks.len() > 1)
    }

    /// The number at a place of the axis.
    pub(crate) fn number(self, place: f64) -> String {
        match self.is_logarithmic {
            // Two digits are enough where a tick lies wherever it does.
            true => {
                let value = 10f64.powf(place);
                let tenth = 10f64.powf(place.floor() - 1.0);
                short((value / tenth).round() * tenth)
            }
            false => short(place),
        }
    }
}

/// What stands under the axis.
impl fmt::Display for Horizontal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.along {
            Along::Steps => "gradient steps",
            Along::Examples => "training examples seen",
            Along::Compute => "floating-point operations of training",
            Along::Seconds => "seconds of training",
        })?;
        f.write_str(if self.is_logarithmic { " (log)" } else { "" })
    }
}

/// `2k` for 2,000, `1.5T` for 1.5e12.
fn short(value: f64) -> String {
    const LARGE: [(f64, &str); 6] = [
        (1e18, "E"),
        (1e15, "P"),
        (1e12, "T"),
        (1e9, "G"),
        (1e6, "M"),
        (1e3, "k"),
    ];
    let scaled = LARGE.iter().find(|(size, _)| value >= *size);
    match scaled {
        Some((size, name)) => format!("{}{name}", (10.0 * value / size).round() / 10.0),
        None if value >= 10.0 || value == value.round() => format!("{value:.0}"),
        None => format!("{}", (100.0 * value).round() / 100.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_those_of_a_logarithm_are_of_what_it_is_of() {
        let linear = Horizontal::default();
        let log = Horizontal {
            is_logarithmic: true,
            ..linear
        };
        assert_eq!(
            [0.0, 250.0, 2000.0, 2.5e6].map(|at| linear.number(at)),
            ["0", "250", "2k", "2.5M"]
        );
        assert_eq!([3.0, 12.5].map(|at| log.number(at)), ["1k", "3.2T"]);
        assert_eq!(log.place(1000.0), 3.0);
    }

    #[test]
    fn a_logarithmic_axis_has_round_numbers() {
        let log = Horizontal {
            is_logarithmic: true,
            ..Horizontal::default()
        };
        let numbers = |from: f64, to: f64| {
            let ticks = log.ticks(&(from.log10()..to.log10()), 4)?;
            Some(
                ticks
                    .into_iter()
                    .map(|at| log.number(at))
                    .collect::<Vec<_>>()
                    .join(" "),
            )
        };
        assert_eq!(numbers(200.0, 4000.0).as_deref(), Some("200 500 1k 2k"));
        assert_eq!(numbers(20.0, 4000.0).as_deref(), Some("30 100 300 1k 3k"));
        assert_eq!(numbers(1.0, 4e4).as_deref(), Some("1 10 100 1k 10k"));
        assert_eq!(numbers(1.0, 1e9).as_deref(), Some("1 100 10k 1M 100M"));
        assert_eq!(numbers(110.0, 140.0), None);
        assert_eq!(Horizontal::default().ticks(&(0.0..4000.0), 4), None);
    }
}
