use crate::statistics::ALPHA;

/// A p as tables and verdicts print it: two digits, three below a tenth, and more where these would
/// say [`ALPHA`] of one that is above it or below.
pub fn p_value(p: f64) -> String {
    match p {
        p if p < 0.001 => "< 0.001".to_owned(),
        p if p < 0.1 => (3..=9)
            .map(|digits| format!("{p:.digits$}"))
            .find(|text| text.parse() != Ok(ALPHA))
            .unwrap_or_else(|| ALPHA.to_string()),
        p => format!("{p:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_p_is_printed_on_its_side_of_the_level() {
        let printed = [
            0.0004, 0.0312, 0.0494, 0.0496, 0.04997, 0.05, 0.050004, 0.0504, 0.0506, 0.0999, 0.333,
        ]
        .map(p_value);
        assert_eq!(
            printed,
            [
                "< 0.001", "0.031", "0.049", "0.0496", "0.04997", "0.05", "0.050004", "0.0504",
                "0.051", "0.100", "0.33"
            ]
        );
    }
}
