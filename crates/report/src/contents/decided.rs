//! How claims were decided, in sentences; each only where there is something that it is about.

use crate::format::{counted, fixed, listed, signed};
use crate::summary::Summary;
use crate::words::differences;
use evidence::statistics::ALPHA;
use evidence::{Finding, Looks, Moment, Normality, Verdict};

pub(super) fn decided(summary: &Summary) -> Vec<String> {
    let (question, findings) = (&summary.question, summary.findings.as_slice());
    if findings.is_empty() {
        return Vec::new();
    }
    let any = |is_so: fn(&Finding) -> bool, note: &str| {
        findings.iter().any(is_so).then(|| note.to_owned())
    };
    let by_number = question
        .chosen_seeds
        .then(|| "Replicates were asked for by number: the looks were not kept to.".to_owned());
    let shape = summary.normality.as_ref().map(normality);
    [
        Some(looks(&question.looks, findings.len())),
        by_number,
        margins(findings),
        any(
            |finding| matches!(finding.verdict, Verdict::Undecided { more: Some(_), .. }),
            "Replicates that would decide a claim suppose that its mean and deviation stay what they are.",
        ),
        any(
            |finding| finding.also_without_normality,
            "Also without normality: a sign-flip test with the same looks and correction decides it, too.",
        ),
        shape,
        any(
            |finding| finding.collapsed > 0,
            "No better than the majority class: within two deviations of the test set's noise. Where a \
             cell fails so now and then, and only that evens its mean, a t test can err.",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn looks(looks: &Looks, claims: usize) -> String {
    let at: Vec<String> = looks.at.iter().map(ToString::to_string).collect();
    let weights: Vec<String> = looks.weights.iter().map(ToString::to_string).collect();
    format!(
        "Claims are decided by a paired t test over replicates. Looks at {} of them spend {} of the level \
         {ALPHA}: the p of a look is divided by its share, the least counts, after Holm over {}. In the test a deviation \
         is no smaller than the noise of the test sets and of the distance between evaluations; intervals are of \
         the replicates alone.",
        listed(&at),
        listed(&weights),
        counted(claims, "claim"),
    )
}

/// δ of each thing that is measured, where a claim or the protocol has one.
fn margins(findings: &[Finding]) -> Option<String> {
    let mut margins: Vec<String> = Vec::new();
    let claims = findings.iter().map(|finding| &finding.claim);
    for claim in claims.filter(|claim| claim.margin > 0.0) {
        let (scale, digits) = claim.measure.unit.scale();
        let unit = differences(claim.measure.unit);
        let margin = format!("{} {unit}", fixed(claim.margin * scale, digits));
        if !margins.contains(&margin) {
            margins.push(margin);
        }
    }
    (!margins.is_empty()).then(|| {
        format!(
            "δ is {}. Small, or smaller than δ: an interval that holds for all looks and claims together lies \
             inside ±δ.",
            listed(&margins)
        )
    })
}

fn normality(normality: &Normality) -> String {
    let moment = |moment: Moment| {
        let [value, low, high] =
            [moment.value, moment.low, moment.high].map(|value| signed(value, 1.0, 2));
        format!("{value} ({low} to {high} if normal)")
    };
    let (skewness, kurtosis) = (normality.skewness, normality.kurtosis);
    let varies = kurtosis.high - kurtosis.low > 1e-6;
    let kurtosis = match varies {
        true => format!(" and kurtosis {}.", moment(kurtosis).replace('+', "")),
        false => "; three of a cell have always the same kurtosis.".to_owned(),
    };
    let verdict = match (normality.looks_normal(), varies) {
        (true, true) => " They look normal.",
        // Skewness alone does not say so.
        (true, false) => "",
        (false, _) => " They do not look normal: what stands also without normality is safer.",
    };
    format!(
        "{} residuals of replicates, over all cells, have skewness {}{kurtosis}{verdict}",
        normality.residuals,
        moment(skewness),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn residuals_that_lean_are_said_not_to_look_normal_even_of_three_a_cell() {
        let moment = |value, low, high| Moment { value, low, high };
        let said = |skewness, kurtosis| {
            normality(&Normality {
                residuals: 24,
                skewness: moment(skewness, -0.3, 0.3),
                kurtosis,
            })
        };
        let (fixed, free) = (moment(1.5, 1.5, 1.5), moment(1.7, 1.4, 2.0));
        assert!(said(0.4, fixed).contains("do not look normal"));
        assert!(said(0.4, free).contains("do not look normal"));
        assert!(!said(0.1, fixed).contains("look normal"));
        assert!(said(0.1, free).contains("They look normal"));
    }
}
