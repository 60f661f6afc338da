//! The claims of a study through its looks.
//!
//! A claim may be tested at each look because the looks share its level: with weights w that add up to 1,
//! P(p ≤ w u at any look) ≤ Σ w u = u whatever makes anybody stop, so min p / w over the looks so far is a valid p,
//! and Holm over the claims, which is monotone, is made of those. Looks are gone through in rounds,
//! and what is decided in a round stays as it is: nothing that other claims have seen later takes it back. So an
//! interval ends no claim that its test may still end once claims that wait have come as far: it is held until then.

use crate::look::Looked;
use crate::statistics::{ALPHA, holm};

/// How far a claim has come.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Course {
    /// Looks up to the one at which it was decided; all that were reached while it is not.
    pub seen: usize,
    /// After Holm when it was decided, or now.
    pub corrected: f64,
    pub end: Option<End>,
    /// Whether it waits for other claims, since its end hangs on them.
    is_held: bool,
}

impl Course {
    fn is_open(&self) -> bool {
        self.end.is_none() && !self.is_held
    }
}

/// What has decided a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The test, at the look that spends the least.
    Test { at: usize },
    /// The interval, at the last look that was seen.
    Interval,
}

/// Takes the claims, each with the looks that it has reached, through their rounds. One that waits
/// counts with a p of 1: the correction must not grow while results come in.
pub(crate) fn run(claims: &[&[Looked]]) -> Vec<Course> {
    let open = Course {
        seen: 0,
        corrected: 1.0,
        end: None,
        is_held: false,
    };
    let mut courses = vec![open; claims.len()];
    let rounds = claims.iter().map(|looks| looks.len()).max().unwrap_or(0);
    for round in 1..=rounds {
        let spent = courses.iter_mut().zip(claims).map(|(course, looks)| {
            if course.is_open() {
                course.seen = looks.len().min(round);
            }
            least(&looks[..course.seen]).map_or(1.0, |(_, spent)| spent)
        });
        let spent: Vec<f64> = spent.collect();
        let waiting = courses.iter().zip(claims);
        let waiting = waiting.filter(|(course, looks)| course.end.is_none() && looks.len() < round);
        let others_wait = waiting.count() > 0;
        let corrected = holm(&spent);
        for (claim, course) in courses.iter_mut().enumerate() {
            if course.is_open() {
                course.corrected = corrected[claim];
                course.end = end(&claims[claim][..course.seen], corrected[claim]);
                // Whatever the others come to, Holm makes no less of a p than it is.
                course.is_held =
                    course.end == Some(End::Interval) && others_wait && spent[claim] < ALPHA;
                course.end = course.end.filter(|_| !course.is_held);
            }
        }
    }
    courses
}

fn end(seen: &[Looked], corrected: f64) -> Option<End> {
    let (at, _) = least(seen)?;
    let by_interval = || seen.last().is_some_and(|last| last.by_interval.is_some());
    match corrected < ALPHA {
        true => Some(End::Test { at }),
        false => by_interval().then_some(End::Interval),
    }
}

/// The look that spends the least, the first of equals.
fn least(looks: &[Looked]) -> Option<(usize, f64)> {
    let spent = looks.iter().map(|looked| looked.look.spent).enumerate();
    spent.reduce(|least, next| if next.1 < least.1 { next } else { least })
}
