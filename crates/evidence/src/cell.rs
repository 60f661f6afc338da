use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use training::JobId;

/// `(axis, value)` for some axes, values as a study writes them.
pub type Choice = Vec<(String, String)>;

/// A cell of a study's grid with a seed, and the job that answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// One choice for each axis, in the study's order.
    pub axes: Choice,
    /// The learning rate that is on trial, in a study that chooses one for each cell.
    pub rate: Option<Rate>,
    pub seed: u64,
    pub job: JobId,
}

impl Cell {
    /// Whether the cell stands at this value of this axis.
    pub fn is_at(&self, axis: &str, value: &str) -> bool {
        self.axes
            .iter()
            .any(|(key, here)| key == axis && here == value)
    }

    /// Where it stands in the grid.
    pub fn place(&self) -> Place {
        Place::of(&self.axes)
    }
}

/// Where a cell stands in a grid, whatever the order of the axes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(BTreeSet<(String, String)>);

impl Place {
    pub fn of(axes: &[(String, String)]) -> Self {
        Self(axes.iter().cloned().collect())
    }

    /// The place at another value of one axis.
    pub fn at(mut self, axis: &str, value: &str) -> Self {
        self = self.without(axis);
        self.0.insert((axis.to_owned(), value.to_owned()));
        self
    }

    /// What is left without an axis.
    pub fn without(mut self, axis: &str) -> Self {
        self.0.retain(|(key, _)| key != axis);
        self
    }
}

/// A learning rate on trial. It is written as `1e-3`, in titles, tables and parquet.
#[derive(Clone, Copy, Debug)]
pub struct Rate(pub f64);

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:e}", self.0)
    }
}

impl FromStr for Rate {
    type Err = std::num::ParseFloatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Ord for Rate {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Rate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Rate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Rate {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_reads_back_to_the_last_bit() {
        for rate in [1e-3, 3e-4, 0.1 + 0.2, 1e-300] {
            let text = Rate(rate).to_string();
            assert_eq!(text.parse::<Rate>().unwrap().0.to_bits(), rate.to_bits());
        }
        assert_eq!(Rate(0.001).to_string(), "1e-3");
        assert!(Rate(3e-4) < Rate(1e-3));
    }

    #[test]
    fn a_place_is_the_same_in_any_order_of_axes() {
        let axes = |pairs: [(&str, &str); 2]| pairs.map(|(a, v)| (a.to_owned(), v.to_owned()));
        let place = Place::of(&axes([("a", "1"), ("b", "2")]));
        assert_eq!(place, Place::of(&axes([("b", "2"), ("a", "1")])));
        let moved = place.clone().at("a", "3");
        assert_ne!(place, moved);
        assert_eq!(place.without("a"), moved.without("a"));
    }
}
