use crate::words::counts;
use evidence::{Claim, ClaimTest, Finding, Question, Quoted, Unit, Verdict};
use serde::Serialize;

/// A claim with what is found of it, as plain data. Effects, intervals and margins are numbers as they
/// are printed: points of accuracy, not shares.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimRow {
    pub study: String,
    pub profile: String,
    /// The claim in a sentence.
    pub claim: String,
    /// What was compared where.
    pub compared: String,
    /// As measures are named in a study.
    pub measure: String,
    /// The accuracy in percent that the measure is read at, where it is read at one.
    pub at: Option<f64>,
    /// `points`, `steps` or `nats`.
    pub unit: String,
    /// What the effect counts, in words: `points of test accuracy`.
    pub counts: String,
    /// The least effect that is claimed; nothing for an equivalence.
    pub by: Option<f64>,
    /// What counts as small: δ.
    pub margin: f64,
    pub effect: Option<f64>,
    /// The 95 % interval.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// The interval that holds over all looks and claims of the study.
    pub wide_low: Option<f64>,
    pub wide_high: Option<f64>,
    /// Replicates that the verdict rests on.
    pub replicates: usize,
    /// Replicates that were asked for.
    pub expected: usize,
    /// Looks that were reached.
    pub looks: usize,
    /// Whether replicates were added from look to look, and not asked for by number.
    pub looks_kept: bool,
    pub p_holm: Option<f64>,
    pub sign_flip_p: Option<f64>,
    pub also_without_normality: bool,
    /// `supported`, `refuted`, `smaller than δ` or `undecided`.
    pub verdict: String,
    pub small: bool,
    /// Replicates in all that would decide it.
    pub more: Option<usize>,
    /// Whether those are more than the last look has.
    pub more_than_looks: bool,
    /// Why it is undecided.
    pub why: Option<String>,
    /// The bodies that it is found for alone, where every replicate has the same.
    pub for_body: Option<String>,
    /// Runs that are no better than the majority class.
    pub collapsed: usize,
    /// Runs behind the numbers.
    pub runs: usize,
    /// Runs among them whose reading is only a bound.
    pub bounds: usize,
    /// Finished runs that lack the reading.
    pub unread: usize,
    pub paper: Option<String>,
    pub paper_flag: Option<String>,
    pub critics: Option<String>,
    pub critics_flag: Option<String>,
}

/// The rows of a study's claims, in its order.
pub fn claim_rows(profile: &str, question: &Question, findings: &[Finding]) -> Vec<ClaimRow> {
    let row = |finding: &Finding| ClaimRow {
        study: question.name.clone(),
        profile: profile.to_owned(),
        looks_kept: !question.chosen_seeds,
        ..row(finding)
    };
    findings.iter().map(row).collect()
}

fn row(finding: &Finding) -> ClaimRow {
    let (claim, unit) = (&finding.claim, finding.claim.measure.unit);
    let printed = |value: f64| printed(value, unit);
    let interval = finding.effect.and_then(|effect| effect.interval());
    let low = |interval: Option<(f64, f64)>| interval.map(|(low, _)| printed(low));
    let high = |interval: Option<(f64, f64)>| interval.map(|(_, high)| printed(high));
    let (more, why) = match &finding.verdict {
        Verdict::Undecided { more, why } => (*more, Some(why.clone())),
        _ => (None, None),
    };
    ClaimRow {
        study: String::new(),
        profile: String::new(),
        looks_kept: true,
        claim: claim.says.clone(),
        compared: claim.compared.clone(),
        measure: claim.measure.name.to_owned(),
        at: claim.at.map(|at| self::printed(at, Unit::Share)),
        unit: name(unit).to_owned(),
        counts: counts(claim),
        by: by(claim).map(printed),
        margin: printed(claim.margin),
        effect: finding.effect.map(|effect| printed(effect.mean)),
        low: low(interval),
        high: high(interval),
        wide_low: low(finding.wide),
        wide_high: high(finding.wide),
        replicates: finding.replicates,
        expected: finding.expected,
        looks: finding.looks.len(),
        p_holm: finding.corrected,
        sign_flip_p: finding.sign_flip,
        also_without_normality: finding.also_without_normality,
        verdict: finding.verdict.name().to_owned(),
        small: matches!(
            finding.verdict,
            Verdict::Supported { small: true } | Verdict::Refuted { small: true }
        ),
        more: more.map(|more| more.replicates),
        more_than_looks: more.is_some_and(|more| more.is_beyond),
        why,
        for_body: (!finding.for_bodies.is_empty()).then(|| finding.for_bodies.join(", ")),
        collapsed: finding.collapsed,
        runs: finding.runs,
        bounds: finding.bounds,
        unread: finding.unread,
        paper: says(claim.paper.as_ref()),
        paper_flag: flag(claim.paper.as_ref()),
        critics: says(claim.critics.as_ref()),
        critics_flag: flag(claim.critics.as_ref()),
    }
}

/// In the unit's scale, to a millionth: products of floats have digits that nobody measured.
fn printed(value: f64, unit: Unit) -> f64 {
    let (scale, _) = unit.scale();
    (value * scale * 1e6).round() / 1e6
}

const fn name(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "points",
        Unit::Nats => "nats",
        Unit::Steps => "steps",
    }
}

/// The digits behind the point that numbers of a unit are read with, by its name.
pub(super) fn digits(unit: &str) -> usize {
    let units = [Unit::Share, Unit::Nats, Unit::Steps];
    let found = units.into_iter().find(|known| name(*known) == unit);
    found.map_or(3, |unit| unit.scale().1)
}

const fn by(claim: &Claim) -> Option<f64> {
    match claim.test {
        ClaimTest::More { by } => Some(by),
        ClaimTest::Within => None,
    }
}

fn says(quoted: Option<&Quoted>) -> Option<String> {
    quoted.map(|quoted| quoted.says.clone())
}

fn flag(quoted: Option<&Quoted>) -> Option<String> {
    quoted.map(|quoted| quoted.flag.name().to_owned())
}
