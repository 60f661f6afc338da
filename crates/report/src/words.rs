//! What a reader sees of a typed value, the same in every format for readers.

use crate::blocks::{Effect, Took};
use crate::format::{counted, grouped, p, percent, plus_minus, signed};
use crate::table::{Behind, Found, Value};
use evidence::{Arrival, Claim, Estimate, More, Unit, Verdict};
use std::fmt::Write;

/// `95.4 ± 0.3 (3)`, `+4.4 ± 1.0 *`, `unfinished`; how a value stands out is the format's.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Count(count) => count.to_string(),
        Value::Share(share) => percent(*share),
        Value::Shares(low, high) => match (percent(*low), percent(*high)) {
            (low, high) if low == high => low,
            (low, high) => format!("{low}–{high}"),
        },
        Value::Cited(share, flag) => format!("{} ({})", percent(*share), flag.name()),
        Value::Points(points) => signed(*points, 100.0, 1),
        Value::Mean {
            estimate,
            unit,
            behind,
            diverged,
        } => {
            let dagger = if *diverged { " †" } else { "" };
            format!("{}{dagger}", mean(estimate, *unit, *behind))
        }
        Value::Steps { arrival, asked } => steps(arrival, *asked),
        Value::Pilot(share) => format!("({} pilot)", percent(*share)),
        Value::Difference {
            estimate,
            unit,
            found,
        } => {
            let (scale, digits) = unit.scale();
            let mark = match found {
                Some(Found::Apart) => " *",
                Some(Found::Close) => " ≈",
                None => "",
            };
            format!("{}{mark}", plus_minus(estimate, scale, digits, true))
        }
        Value::Unfinished => "unfinished".to_owned(),
        Value::Absent => "–".to_owned(),
        Value::Hours(hours) => self::hours(*hours),
        Value::Strong(inner) | Value::Linked(inner, _) => self::value(inner),
    }
}

/// `12.4`, `0.42`, `0.008`
pub(crate) fn hours(hours: f64) -> String {
    match hours {
        many if many >= 10.0 => format!("{many:.1}"),
        some if some >= 0.1 => format!("{some:.2}"),
        few => format!("{few:.3}"),
    }
}

/// `6 runs, 0.42 core-hours`; `6 runs, 0.30 core-hours (known of 4)`.
pub(crate) fn took(took: &Took) -> String {
    let runs = counted(took.runs, "run");
    match (took.timed, hours(took.core_hours)) {
        (0, _) => runs,
        (timed, hours) if timed == took.runs => format!("{runs}, {hours} core-hours"),
        (timed, hours) => format!("{runs}, {hours} core-hours (known of {timed})"),
    }
}

fn mean(estimate: &Estimate, unit: Unit, behind: Behind) -> String {
    let (scale, digits) = unit.scale();
    let (number, n) = (plus_minus(estimate, scale, digits, false), estimate.n);
    match behind {
        Behind::Counted { asked } | Behind::Missing { asked } if n < asked => {
            format!("{number} ({n} of {asked})")
        }
        Behind::Counted { .. } => format!("{number} ({n})"),
        Behind::Missing { .. } => number,
    }
}

/// `3,900 (3)`; where runs never arrive `> 3,900 (2 of 3 arrive)`, and `> 3,900 (3; 5 of 6 arrive)` where runs are
/// no replicates.
fn steps(arrival: &Arrival, asked: usize) -> String {
    let Arrival { runs, arrived, .. } = *arrival;
    let (number, n) = (grouped(arrival.steps.mean), arrival.steps.n);
    let behind = match n < asked {
        true => format!("{n} of {asked}"),
        false => n.to_string(),
    };
    match arrived < runs {
        false => format!("{number} ({behind})"),
        true if n == asked && n == runs => format!("> {number} ({arrived} of {runs} arrive)"),
        true => format!("> {number} ({behind}; {arrived} of {runs} arrive)"),
    }
}

/// `+4.4 points of test accuracy, 95 % interval +1.5 to +7.2, p = 0.012 after Holm at 3 replicates`
pub(crate) fn effect(effect: &Effect) -> String {
    let (estimate, (scale, digits)) = (&effect.estimate, effect.unit.scale());
    let number = |value| signed(value, scale, digits);
    let mut out = format!("{} {}", number(estimate.mean), effect.of);
    if let Some((low, high)) = estimate.interval() {
        let (low, high) = (number(low), number(high));
        let _ = write!(out, ", 95 % interval {low} to {high}");
    }
    let replicates = match effect.at_look || estimate.n >= effect.asked {
        true => counted(estimate.n, "replicate"),
        false => format!("{} of {} replicates", estimate.n, effect.asked),
    };
    let _ = match effect.corrected {
        Some(corrected) => write!(out, ", {} after Holm at {replicates}", p(corrected)),
        None => write!(out, ", {replicates}"),
    };
    if effect.also_without_normality {
        out.push_str(", also without normality");
    }
    out
}

/// What numbers of a unit are differences in.
pub(crate) const fn differences(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "points",
        unit => unit.symbol(),
    }
}

/// What a claim's effect counts: `points of test accuracy`.
pub(crate) fn counts(claim: &Claim) -> String {
    let at = claim.at.map(percent).unwrap_or_default();
    let counts = match claim.is_of_one() {
        true => claim.measure.size,
        false => claim.measure.lead,
    };
    counts.replace("{at}", &at)
}

/// The verdict with what it is tagged with: `supported`, `refuted, small`.
pub(crate) fn verdict(verdict: &Verdict) -> String {
    format!("{}{}", verdict.name(), tag(verdict))
}

/// What follows a verdict's name.
pub(crate) const fn tag(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Supported { small: true } | Verdict::Refuted { small: true } => ", small",
        _ => "",
    }
}

/// Why nothing is decided, and what would decide it: `p = 0.33 after Holm at 3 replicates; 8 in all would
/// decide it`.
pub(crate) fn outlook(why: &str, more: Option<More>) -> String {
    match more {
        Some(More {
            replicates,
            is_beyond,
        }) => format!(
            "{why}; {replicates} replicates in all would decide it{}",
            beyond(is_beyond)
        ),
        None => why.to_owned(),
    }
}

/// What follows a number of replicates that no look has.
pub(crate) const fn beyond(is_beyond: bool) -> &'static str {
    match is_beyond {
        true => ", more than any look has",
        false => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ESTIMATE: Estimate = Estimate {
        mean: 0.954,
        half_width: Some(0.003),
        n: 3,
    };

    #[test]
    fn values_read_as_they_are_meant() {
        let (estimate, unit) = (ESTIMATE, Unit::Share);
        let mean = |behind, diverged| Value::Mean {
            estimate,
            unit,
            behind,
            diverged,
        };
        let difference = |found| Value::Difference {
            estimate,
            unit,
            found,
        };
        let steps = |runs, arrived, asked| Value::Steps {
            arrival: Arrival {
                at: 0.62,
                steps: Estimate {
                    mean: 3900.0,
                    ..estimate
                },
                runs,
                arrived,
            },
            asked,
        };
        for (expected, typed) in [
            ("3,900 (3)", steps(6, 6, 3)),
            ("3,900 (3 of 5)", steps(3, 3, 5)),
            ("> 3,900 (2 of 3 arrive)", steps(3, 2, 3)),
            ("> 3,900 (3; 5 of 6 arrive)", steps(6, 5, 3)),
            ("> 3,900 (3 of 5; 0 of 3 arrive)", steps(3, 0, 5)),
            ("> 3,900 (3 of 6; 5 of 6 arrive)", steps(6, 5, 6)),
            ("95.4 ± 0.3 (3)", mean(Behind::Counted { asked: 3 }, false)),
            (
                "95.4 ± 0.3 (3 of 5) †",
                mean(Behind::Counted { asked: 5 }, true),
            ),
            ("95.4 ± 0.3", mean(Behind::Missing { asked: 3 }, false)),
            (
                "95.4 ± 0.3 (3 of 5)",
                mean(Behind::Missing { asked: 5 }, false),
            ),
            ("(78.1 pilot)", Value::Pilot(0.781)),
            ("+95.4 ± 0.3 *", difference(Some(Found::Apart))),
            ("+95.4 ± 0.3 ≈", difference(Some(Found::Close))),
            ("+95.4 ± 0.3", difference(None)),
            ("11.3", Value::Shares(0.113, 0.1134)),
            ("11.3–75.0", Value::Shares(0.113, 0.75)),
            ("−4.5", Value::Points(-0.045)),
            ("–", Value::Absent),
            ("1e-2", Value::Strong(Box::new(Value::text("1e-2")))),
        ] {
            assert_eq!(value(&typed), expected);
        }
    }

    #[test]
    fn an_effect_says_what_it_rests_on() {
        let at = |at_look, corrected| Effect {
            estimate: ESTIMATE,
            unit: Unit::Share,
            of: "points".to_owned(),
            asked: 5,
            at_look,
            corrected,
            also_without_normality: corrected.is_some(),
        };
        let size = "+95.4 points, 95 % interval +95.1 to +95.7, ";
        for (expected, at) in [
            ("3 of 5 replicates", at(false, None)),
            ("3 replicates", at(true, None)),
            (
                "p < 0.001 after Holm at 3 replicates, also without normality",
                at(true, Some(1e-4)),
            ),
        ] {
            assert_eq!(effect(&at), format!("{size}{expected}"));
        }
    }
}
