//! Numbers as people read them.

use evidence::{Estimate, p_value};
use tasks::Floor;

/// `trivial floor: copy and guess 75.0`
pub(crate) fn floor_text(floor: &Floor) -> String {
    format!(
        "trivial floor: {} {}",
        floor.strategy,
        percent(floor.accuracy)
    )
}

/// `11.4`: a share in percent, without the sign.
pub fn percent(share: f64) -> String {
    fixed(share * 100.0, 1)
}

/// With so many digits behind the point. Halves go away from zero, and so does what lies beside one by the last digits of a float
/// alone: accuracies are of a few thousand examples, and the same number comes by several sums.
pub(crate) fn fixed(number: f64, digits: usize) -> String {
    const LAST_DIGITS: f64 = 1e-6;
    let unit = 10_f64.powi(digits as i32);
    let whole = (number.abs() * unit + 0.5 + LAST_DIGITS).floor();
    format!("{:.digits$}", (whole / unit).copysign(number))
}

pub(crate) fn choice(axes: &[(String, String)]) -> String {
    let words: Vec<_> = axes
        .iter()
        .map(|(axis, value)| format!("{axis} {value}"))
        .collect();
    words.join(", ")
}

/// `3, 5 and 8`
pub(crate) fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// `1 row`, `2 rows`.
pub(crate) fn counted(count: usize, word: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {word}{plural}")
}

/// `3,900`; of numbers that are not negative.
pub(crate) fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `2026-10-03`, of seconds since 1970-01-01 UTC.
pub(crate) fn day(seconds: u64) -> String {
    // Years that begin in March have their leap day last (Hinnant, "chrono-compatible low-level date algorithms").
    let days = seconds / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    format!("{:04}-{month:02}-{day:02}", 400 * era + year + next)
}

/// `p = 0.012`, `p < 0.001`
pub(crate) fn p(p: f64) -> String {
    match p_value(p) {
        small if small.starts_with('<') => format!("p {small}"),
        p => format!("p = {p}"),
    }
}

/// `95.4 ± 0.3`, without the second half for a single value.
pub(crate) fn plus_minus(estimate: &Estimate, scale: f64, digits: usize, sign: bool) -> String {
    let mean = match sign {
        true => signed(estimate.mean, scale, digits),
        false => fixed(estimate.mean * scale, digits),
    };
    match estimate.half_width {
        Some(half) => format!("{mean} ± {}", fixed(half * scale, digits)),
        None => mean,
    }
}

/// A number with its sign, the minus as wide as the plus.
pub(crate) fn signed(value: f64, scale: f64, digits: usize) -> String {
    let text = fixed((value * scale).abs(), digits);
    let zero = text.chars().all(|c| matches!(c, '0' | '.'));
    match value < 0.0 {
        _ if zero => text,
        true => format!("−{text}"),
        false => format!("+{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        let days = [0, 951_782_400, 1_709_164_800, 1_798_761_599, 4_102_444_800];
        let expected = [
            "1970-01-01",
            "2000-02-29",
            "2024-02-29",
            "2026-12-31",
            "2100-01-01",
        ];
        assert_eq!(days.map(day), expected);
    }

    #[test]
    fn a_half_is_rounded_alike_by_whichever_sum_it_came() {
        for half in [27.45, 27.450_000_000_000_003, 27.449_999_999_999_996] {
            assert_eq!(fixed(half, 1), "27.5");
            assert_eq!(signed(-half, 1.0, 1), "−27.5");
        }
        let others = [27.4499, -0.25, 0.0, 1e6].map(|number| fixed(number, 1));
        assert_eq!(others, ["27.4", "-0.3", "0.0", "1000000.0"]);
        assert_eq!(fixed(2.5, 0), "3");
    }

    #[test]
    fn thousands_are_set_apart() {
        let numbers = [0.4, 999.0, 999.6, 3900.0, 1_234_567.0];
        let expected = ["0", "999", "1,000", "3,900", "1,234,567"];
        assert_eq!(numbers.map(grouped), expected);
    }
}
