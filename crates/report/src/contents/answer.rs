//! The answer to a study's question in two sentences: how its claims stand, or how its cells lie.

use crate::format::{choice, counted, fixed, listed, percent};
use crate::sentence::{code, name};
use crate::sheet::Sheet;
use crate::summary::Summary;
use evidence::{Direction, Finding, Pooled, TEST_ACCURACY};

/// Verdicts in the order in which they are told, what decides nothing last.
const KINDS: [&str; 4] = ["supported", "refuted", "smaller than δ", "undecided"];

/// Claims that are named one by one.
const MOST: usize = 6;

/// Nothing before there is a number.
pub(super) fn answer(summary: &Summary) -> Vec<String> {
    if summary.question.means_nothing {
        let profile = match summary.background.profile.as_str() {
            "" => "This profile".to_owned(),
            profile => format!("Profile {}", code(profile)),
        };
        let nothing = format!(
            "**These numbers mean nothing.** {profile} says whether everything runs: its bodies, data and steps are as small as they can be."
        );
        return vec![nothing];
    }
    let known = summary
        .findings
        .iter()
        .filter(|finding| finding.effect.is_some());
    match known.count() {
        0 => by_cells(summary),
        _ => by_claims(&summary.findings),
    }
}

/// `Of 7 claims 5 are supported, 1 is smaller than δ and 1 is undecided. Supported: …`
fn by_claims(findings: &[Finding]) -> Vec<String> {
    let of = |kind: &'static str| {
        findings
            .iter()
            .filter(move |finding| finding.verdict.name() == kind)
    };
    let counts = KINDS.iter().filter_map(|kind| match of(kind).count() {
        0 => None,
        1 => Some(format!("1 is {kind}")),
        count => Some(format!("{count} are {kind}")),
    });
    let counts: Vec<String> = counts.collect();
    let first = format!(
        "Of {} {}.",
        counted(findings.len(), "claim"),
        listed(&counts)
    );
    let decided = KINDS[..3].iter().filter_map(|kind| {
        let all: Vec<String> = of(kind).map(|finding| name(&finding.claim.says)).collect();
        let more = all.len().saturating_sub(MOST);
        let mut named: Vec<String> = all.into_iter().take(MOST).collect();
        if more > 0 {
            named.push(format!("{more} more"));
        }
        (!named.is_empty()).then(|| sentence(&format!("{kind}: {}", named.join("; "))))
    });
    let decided: Vec<String> = decided.collect();
    let second = match decided.is_empty() {
        true => "Nothing is decided at the replicates that there are.".to_owned(),
        false => decided.join(" "),
    };
    vec![first, second]
}

/// The best cell and the worst one, of a study that claims nothing or whose claims have no number yet.
fn by_cells(summary: &Summary) -> Vec<String> {
    let measure = summary.question.table.measure;
    let cells = summary.sheets.iter().flat_map(Sheet::planned);
    let mut known: Vec<(&Pooled, f64)> = cells
        .filter_map(|cell| Some((cell, cell.estimate?.mean)))
        .collect();
    known.sort_by(|a, b| a.1.total_cmp(&b.1));
    if measure.direction == Direction::Higher {
        known.reverse();
    }
    let (Some(best), Some(worst)) = (known.first(), known.last()) else {
        return Vec::new();
    };
    let told = |(cell, mean): &(&Pooled, f64)| {
        let floor = cell.floor.as_ref().filter(|_| measure == &TEST_ACCURACY);
        let floor = floor.map_or(String::new(), |floor| {
            format!(" (trivial floor {})", percent(floor.accuracy))
        });
        let (scale, digits) = measure.unit.scale();
        format!(
            "{} with {}{floor}",
            name(&choice(&cell.axes)),
            fixed(mean * scale, digits)
        )
    };
    let label = format!("{} {}", measure.label, measure.unit.words());
    let first = format!("{label} is best in {}.", told(best));
    match known.len() {
        1 => vec![first],
        _ => vec![first, format!("It is worst in {}.", told(worst))],
    }
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
