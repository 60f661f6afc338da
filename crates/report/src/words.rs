//! What a reader sees of a typed value, the same in every format for readers.

use crate::blocks::Effect;
use crate::format::{percent, plus_minus, signed};
use crate::table::{Seeds, Value};
use evidence::{Estimate, Unit, p_value};
use std::fmt::Write;

/// `95.4 ± 0.3 (3)`, `+4.4 ± 1.0, p 0.25`, `unfinished`; how a value stands out is the format's.
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
        Value::P(p) => p_value(*p),
        Value::Mean {
            estimate,
            unit,
            seeds,
            diverged,
        } => {
            let dagger = if *diverged { " †" } else { "" };
            format!("{}{dagger}", mean(estimate, *unit, *seeds))
        }
        Value::Difference {
            estimate,
            unit,
            p,
            decided,
        } => {
            let p = p.map(|p| format!(", p {}", p_value(p)));
            let star = if *decided { " *" } else { "" };
            let (scale, digits) = unit.scale();
            let points = plus_minus(estimate, scale, digits, true);
            format!("{points}{}{star}", p.unwrap_or_default())
        }
        Value::Unfinished => "unfinished".to_owned(),
        Value::Absent => "–".to_owned(),
        Value::Strong(inner) => self::value(inner),
    }
}

fn mean(estimate: &Estimate, unit: Unit, seeds: Seeds) -> String {
    let (scale, digits) = unit.scale();
    let (number, n) = (plus_minus(estimate, scale, digits, false), estimate.n);
    match seeds {
        Seeds::Counted { asked } | Seeds::Missing { asked } if n < asked => {
            format!("{number} ({n} of {asked})")
        }
        Seeds::Counted { .. } => format!("{number} ({n})"),
        Seeds::Missing { .. } => number,
    }
}

/// `+4.4 points of test accuracy, 95 % interval +1.5 to +7.2 (excludes 0), p 0.25, after Holm 0.50,
/// 3 of 3 seeds`
pub(crate) fn effect(effect: &Effect) -> String {
    let (lead, (scale, digits)) = (&effect.lead, effect.unit.scale());
    let number = |value| signed(value, scale, digits);
    let mut out = format!("{} {}", number(lead.mean), effect.of);
    if let Some((low, high)) = lead.interval() {
        let word = match lead.excludes_zero() {
            true => "excludes 0",
            false => "includes 0",
        };
        let (low, high) = (number(low), number(high));
        let _ = write!(out, ", 95 % interval {low} to {high} ({word})");
    }
    if let (Some(p), Some(corrected)) = (effect.p, effect.corrected) {
        let _ = write!(out, ", p {}, after Holm {}", p_value(p), p_value(corrected));
    }
    let _ = write!(out, ", {} of {} seeds", lead.n, effect.asked);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_they_are_meant() {
        let estimate = Estimate {
            mean: 0.954,
            half_width: Some(0.003),
            n: 3,
        };
        let unit = Unit::Share;
        let mean = |seeds, diverged| Value::Mean {
            estimate,
            unit,
            seeds,
            diverged,
        };
        let difference = |p, decided| Value::Difference {
            estimate,
            unit,
            p,
            decided,
        };
        for (expected, typed) in [
            ("95.4 ± 0.3 (3)", mean(Seeds::Counted { asked: 3 }, false)),
            (
                "95.4 ± 0.3 (3 of 5) †",
                mean(Seeds::Counted { asked: 5 }, true),
            ),
            ("95.4 ± 0.3", mean(Seeds::Missing { asked: 3 }, false)),
            (
                "95.4 ± 0.3 (3 of 5)",
                mean(Seeds::Missing { asked: 5 }, false),
            ),
            ("+95.4 ± 0.3, p 0.004 *", difference(Some(0.004), true)),
            ("+95.4 ± 0.3", difference(None, false)),
            ("11.3", Value::Shares(0.113, 0.1134)),
            ("11.3–75.0", Value::Shares(0.113, 0.75)),
            ("−4.5", Value::Points(-0.045)),
            ("–", Value::Absent),
            ("1e-2", Value::Strong(Box::new(Value::text("1e-2")))),
        ] {
            assert_eq!(value(&typed), expected);
        }
    }
}
