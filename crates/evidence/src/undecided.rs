use crate::course::Course;
use crate::inquiry::Inquiry;
use crate::outlook::more;
use crate::p_value::p_value;
use crate::question::{ClaimTest, Looks};
use crate::rule::Rule;
use crate::sums::Sums;
use crate::verdict::Verdict;

/// Why a claim is not decided, and what would decide it. `open` claims are not rejected yet.
pub(crate) fn undecided(
    planned: &Looks,
    inquiry: &Inquiry<'_, '_>,
    course: &Course,
    open: usize,
) -> Verdict {
    let rule = inquiry.rule;
    let sample = inquiry.sample(course);
    let why = match inquiry.rests_on(course) {
        None => waiting(planned, &inquiry.sums),
        Some(looked) if looked.sample.spread <= 0.0 => {
            "the replicates do not differ, and nothing is known of their noise".to_owned()
        }
        Some(looked) if is_equal(rule) && looked.sample.deviation <= 0.0 => {
            "the replicates do not differ: they have no interval".to_owned()
        }
        Some(looked) => match (rule.claim.test, looked.look.n) {
            (ClaimTest::More { .. }, n) => {
                let p = p_value(course.corrected);
                let noise = match looked.sample.is_closer_than_known() {
                    true => ", which agree more closely than single readings are known",
                    false => "",
                };
                format!("p = {p} after Holm at {n} replicates{noise}")
            }
            (ClaimTest::Within, n) => {
                format!("the interval of {n} replicates lies neither inside the margin nor outside")
            }
        },
    };
    let why = match course.seen == planned.at.len() {
        true => format!("{why}; the looks are used up"),
        false => why,
    };
    let more = sample.and_then(|sample| more(rule, sample, planned, open));
    Verdict::Undecided { more, why }
}

fn is_equal(rule: Rule<'_>) -> bool {
    rule.claim.test == ClaimTest::Within
}

/// Why the first look is not reached.
fn waiting(planned: &Looks, sums: &Sums<'_, '_>) -> String {
    let first = planned.at.first().copied().unwrap_or(0);
    let asked = sums.asked.len();
    let unread = match sums.unread() {
        0 => String::new(),
        1 => "; 1 run has no such reading".to_owned(),
        runs => format!("; {runs} runs have no such reading"),
    };
    if asked < first {
        let asked = match asked {
            1 => "1 replicate was".to_owned(),
            asked => format!("{asked} replicates were"),
        };
        return format!("{asked} asked for, the first look is at {first}{unread}");
    }
    let numbers = sums.asked[..first].iter();
    let whole = numbers.filter(|n| sums.whole.contains_key(n)).count();
    format!("{whole} of the first {first} replicates are finished{unread}")
}
