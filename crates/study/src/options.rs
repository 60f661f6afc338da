use crate::error::StudyError;
use crate::keys::LEARNING_RATE;
use crate::seeds::{MOST_SEEDS, are_replicates};
use crate::suggest::suggest;
use crate::value::same;
use evidence::{Axis, Cell, Rate};
use std::collections::BTreeSet;

/// What the user leaves out of a study or changes about it.
#[derive(Clone, Debug)]
pub struct Options {
    pub profile: String,
    /// Instead of the profile's.
    pub seeds: Option<Vec<u64>>,
    /// `(axis, value)`: only these cells run. Values of one axis add up, axes narrow each other.
    pub filter: Vec<(String, String)>,
}

impl Options {
    /// Everything a profile says.
    pub fn profile(name: &str) -> Self {
        Self {
            profile: name.to_owned(),
            seeds: None,
            filter: Vec::new(),
        }
    }

    /// Whether a cell passes the filter.
    pub fn selects(&self, cell: &Cell) -> bool {
        let rate = cell.rate.map(|rate| rate.to_string());
        let here = |key: &str| match rate.as_deref() {
            Some(rate) if key == LEARNING_RATE => Some(rate),
            _ => {
                let mut axes = cell.axes.iter();
                axes.find(|(axis, _)| axis == key)
                    .map(|(_, value)| value.as_str())
            }
        };
        let mut keys = self.filter.iter().map(|(key, _)| key);
        keys.all(|key| {
            let mut wanted = self.filter.iter().filter(|(other, _)| other == key);
            here(key).is_none_or(|value| wanted.any(|(_, wanted)| same(wanted, value)))
        })
    }

    /// Refuses filters that name no axis, or no value of it; rates on trial may be named like one.
    pub(crate) fn check_filter(
        &self,
        axes: &[Axis],
        rates: &BTreeSet<Rate>,
    ) -> Result<(), StudyError> {
        let rates: Vec<String> = rates.iter().map(Rate::to_string).collect();
        for (key, value) in &self.filter {
            let axis = axes.iter().find(|axis| axis.key == *key);
            let values = match axis {
                Some(axis) => &axis.values,
                None if key == LEARNING_RATE && !rates.is_empty() => &rates,
                None => {
                    let axes = axes.iter().map(|axis| axis.key.as_str());
                    let on_trial = (!rates.is_empty()).then_some(LEARNING_RATE);
                    return Err(StudyError::NotFound {
                        kind: "axis",
                        name: key.clone(),
                        help: suggest(key, axes.chain(on_trial)),
                    });
                }
            };
            if !values.iter().any(|known| same(known, value)) {
                return Err(StudyError::NotFound {
                    kind: "cell with",
                    name: format!("{key} = {value}"),
                    help: suggest(value, values.iter().map(String::as_str)),
                });
            }
        }
        Ok(())
    }

    pub(crate) fn filter_text(&self) -> String {
        let parts = self
            .filter
            .iter()
            .map(|(key, value)| format!("{key}={value}"));
        parts.collect::<Vec<_>>().join(" ")
    }
}

/// Reads `1,2,7` as these seeds and `3` as the seeds 1 to 3.
///
/// # Errors
/// When it is neither, or a seed stands twice.
pub fn parse_seeds(text: &str) -> Result<Vec<u64>, StudyError> {
    let expected = "seeds: a list like 1,2,7, each once, or a count like 3, up to 10000";
    let bad = || StudyError::Option {
        text: text.to_owned(),
        expected,
    };
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| bad());
    let seeds: Vec<u64> = match text.split_once(',') {
        None => (1..=number(text)?.min(MOST_SEEDS + 1)).collect(),
        Some(_) => text
            .trim_end_matches(',')
            .split(',')
            .map(number)
            .collect::<Result<_, _>>()?,
    };
    are_replicates(&seeds).then_some(seeds).ok_or_else(bad)
}

/// Reads `key=value`.
///
/// # Errors
/// When there is no `=`, or nothing on one side of it.
pub fn parse_filter(text: &str) -> Result<(String, String), StudyError> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() && !value.trim().is_empty() => {
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(StudyError::Option {
            text: text.to_owned(),
            expected: "a filter key=value",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use training::JobId;

    #[test]
    fn seeds_are_a_list_or_a_count() {
        assert_eq!(parse_seeds("3").unwrap(), [1, 2, 3]);
        assert_eq!(parse_seeds("7,2").unwrap(), [7, 2]);
        assert_eq!(parse_seeds("7,").unwrap(), [7]);
        for bad in ["", "0", "x", "1,1", "1,x", "-1"] {
            assert!(parse_seeds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn filters_add_up_within_an_axis_and_narrow_across() {
        let mut options = Options::profile("tiny");
        options.filter = ["a=1", "a=2", "b=x"]
            .map(|text| parse_filter(text).unwrap())
            .to_vec();
        let cell = |a: &str, b: &str| {
            options.selects(&Cell {
                axes: vec![("a".into(), a.into()), ("b".into(), b.into())],
                rate: None,
                seed: 1,
                job: JobId(String::new()),
            })
        };
        assert!(cell("1", "x") && cell("2", "x") && !cell("3", "x") && !cell("1", "y"));
        assert!(same("1e-3", "0.001") && !same("1e-3", "2e-3") && !same("a", "b"));
        assert!(parse_filter("a").is_err() && parse_filter("=1").is_err());
    }
}
