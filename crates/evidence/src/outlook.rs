use crate::question::Looks;
use crate::rule::Rule;
use crate::sample::Sample;
use crate::statistics::ALPHA;
use crate::verdict::More;

/// As many replicates as anybody would think of.
const MOST: usize = 10_000;

/// The fewest replicates, more than there are, that would decide a claim if mean and spread stayed what they are:
/// at one of the looks that are left, or beyond the last one with its weight. `open` is the number of claims
/// that are not rejected yet, which is what Holm multiplies the next p by.
pub(crate) fn more(rule: Rule<'_>, sample: Sample, looks: &Looks, open: usize) -> Option<More> {
    let decides = |(n, weight): (usize, f64)| {
        let sample = sample.with(n);
        let (_, p) = rule.test(&sample);
        p / weight * (open as f64) < ALPHA || rule.by_interval(&sample, weight).is_some()
    };
    let mut left = looks.planned().filter(|(n, _)| *n > sample.n);
    if let Some((n, _)) = left.find(|look| decides(*look)) {
        return Some(More {
            replicates: n,
            is_beyond: false,
        });
    }
    // More replicates make each p and each interval smaller: halving finds where they begin to decide.
    let (last, weight) = looks.planned().last()?;
    let (mut low, mut high) = (last.max(sample.n) + 1, MOST);
    if low > high || !decides((high, weight)) {
        return None;
    }
    while low < high {
        let middle = low.midpoint(high);
        match decides((middle, weight)) {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    Some(More {
        replicates: low,
        is_beyond: true,
    })
}
