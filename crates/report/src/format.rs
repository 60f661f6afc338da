//! Numbers as people read them.

use evidence::Estimate;
use tasks::Floor;

/// `trivial floor: copy and guess 75.0`
pub(crate) fn floor_text(floor: &Floor) -> String {
    format!(
        "trivial floor: {} {}",
        floor.strategy,
        percent(floor.accuracy)
    )
}

pub(crate) fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

pub(crate) fn choice(axes: &[(String, String)]) -> String {
    let words: Vec<_> = axes
        .iter()
        .map(|(axis, value)| format!("{axis} {value}"))
        .collect();
    words.join(", ")
}

/// `95.4 ± 0.3`, without the second half for a single seed.
pub(crate) fn plus_minus(estimate: &Estimate, scale: f64, digits: usize, sign: bool) -> String {
    let mean = match sign {
        true => signed(estimate.mean, scale, digits),
        false => format!("{:.digits$}", estimate.mean * scale),
    };
    match estimate.half_width {
        Some(half) => format!("{mean} ± {:.digits$}", half * scale),
        None => mean,
    }
}

/// A number with its sign, the minus as wide as the plus.
pub(crate) fn signed(value: f64, scale: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", (value * scale).abs());
    let zero = text.chars().all(|c| matches!(c, '0' | '.'));
    match value < 0.0 {
        _ if zero => text,
        true => format!("−{text}"),
        false => format!("+{text}"),
    }
}
