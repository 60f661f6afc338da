use crate::badge::{flipped, without_normality};
use crate::behind::Behind;
use crate::course::{self, Course, End};
use crate::evidence::Evidence;
use crate::finding::Finding;
use crate::inquiry::Inquiry;
use crate::question::{Claim, ClaimTest, Question};
use crate::rule::Rule;
use crate::statistics::Estimate;
use crate::undecided::undecided;

/// What is found of each claim of the study, on runs with the chosen rates ([`select`](crate::select)).
///
/// A claim is decided at the first look at which the test rejects or its interval ends it, and stays so: more
/// replicates change no decided claim. Only where another claim's look comes late (a job failed and was
/// made up for) may a claim be found decided at a look that it had passed: Holm then asks less of it. No row
/// that comes takes a verdict back.
pub fn findings(evidence: &Evidence<'_>) -> Vec<Finding> {
    let question = evidence.question;
    let claims = question.claims.len();
    let rules = question.claims.iter().map(|claim| Rule { claim, claims });
    let inquiries: Vec<Inquiry<'_, '_>> = rules.map(|rule| Inquiry::new(rule, evidence)).collect();
    let looks: Vec<_> = inquiries.iter().map(|inquiry| &*inquiry.looks).collect();
    let courses = course::run(&looks);
    let badges = without_normality(&inquiries, &courses);
    let is_open = |course: &&Course| !matches!(course.end, Some(End::Test { .. }));
    let open = courses.iter().filter(is_open).count().max(1);
    let all = inquiries.iter().zip(&courses).zip(badges);
    all.map(|((inquiry, course), also_without_normality)| Finding {
        also_without_normality,
        ..finding(question, inquiry, course, open)
    })
    .collect()
}

fn finding(
    question: &Question,
    inquiry: &Inquiry<'_, '_>,
    course: &Course,
    open: usize,
) -> Finding {
    let (rule, sums) = (inquiry.rule, &inquiry.sums);
    let claim = rule.claim;
    let rests_on = inquiry.rests_on(course);
    let replicates = inquiry.replicates(course);
    let values: Vec<f64> = replicates.iter().map(|n| sums.whole[n].value).collect();
    let behind = Behind::of(claim, sums.jobs(&replicates));
    let looks = &inquiry.looks[..course.seen];
    let is_tested = !looks.is_empty() && claim.test != ClaimTest::Within;
    Finding {
        verdict: inquiry
            .verdict(course)
            .unwrap_or_else(|| undecided(&question.looks, inquiry, course, open)),
        effect: Estimate::over(&values),
        wide: rests_on.and_then(|looked| rule.wide(&looked.sample, looked.weight)),
        looks: looks.iter().map(|looked| looked.look).collect(),
        corrected: is_tested.then_some(course.corrected),
        sign_flip: flipped(claim, &values),
        also_without_normality: false,
        replicates: replicates.len(),
        expected: sums.asked.len(),
        values: sums.whole.iter().map(|(n, sum)| (*n, sum.value)).collect(),
        bounds: behind.bounds,
        unread: sums.unread(),
        collapsed: behind.collapsed,
        runs: behind.runs,
        devices: behind.devices,
        floors: behind.floors,
        for_bodies: for_bodies(question, claim),
        claim: claim.clone(),
    }
}

/// The names of a claim's bodies that are the same in every replicate, each once.
fn for_bodies(question: &Question, claim: &Claim) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (place, name) in &question.one_body {
        let is_meant = claim.terms.iter().any(|term| term.place == *place);
        if is_meant && !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}
