//! A curve in a line of text.

const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The values from left to right as blocks between the lowest and the highest, `wide` characters at most; what is no number is a
/// gap.
pub fn sparkline(values: &[f64], wide: usize) -> String {
    let count = values.len().min(wide.max(1));
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let low = finite().fold(f64::INFINITY, f64::min);
    let high = finite().fold(f64::NEG_INFINITY, f64::max);
    let block = |place: usize| {
        // Of values that share a place the last one: where the curve had come to.
        let value = values[(place + 1) * values.len() / count - 1];
        let share = match high > low {
            true => (value - low) / (high - low),
            false => 0.0,
        };
        match value.is_finite() {
            true => LEVELS[((share * 7.0).round() as usize).min(7)],
            false => ' ',
        }
    };
    (0..count).map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_with_its_values_and_is_no_wider_than_asked() {
        assert_eq!(sparkline(&[0.0, 1.0, 2.0, 7.0], 10), "▁▂▃█");
        assert_eq!(sparkline(&[0.0, 0.5, 1.0, 1.0], 2), "▅█");
        assert_eq!(sparkline(&[3.0, 3.0], 5), "▁▁");
        assert_eq!(sparkline(&[0.0, f64::NAN, 1.0], 5), "▁ █");
        assert_eq!(sparkline(&[], 5), "");
    }
}
