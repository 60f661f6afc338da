use crate::course::{Course, End};
use crate::evidence::Evidence;
use crate::look::{Looked, looks};
use crate::rule::Rule;
use crate::sample::Sample;
use crate::sums::{Sum, Sums};
use crate::verdict::Verdict;

/// A claim with what there is of it.
pub(crate) struct Inquiry<'a, 'g> {
    pub rule: Rule<'g>,
    pub sums: Sums<'a, 'g>,
    /// The looks that it has reached.
    pub looks: Vec<Looked>,
}

impl<'a, 'g> Inquiry<'a, 'g> {
    pub fn new(rule: Rule<'g>, evidence: &'g Evidence<'a>) -> Self {
        let sums = Sums::new(rule.claim, evidence);
        Self {
            looks: looks(&evidence.question.looks, rule, &sums),
            rule,
            sums,
        }
    }

    /// What has decided it, if anything has.
    pub fn verdict(&self, course: &Course) -> Option<Verdict> {
        let rests_on = self.rests_on(course)?;
        match course.end? {
            End::Test { .. } => Some(self.rule.by_test(&rests_on.sample, rests_on.weight)),
            End::Interval => rests_on.by_interval.clone(),
        }
    }

    /// The look that its verdict rests on; the last one while there is none.
    pub fn rests_on(&self, course: &Course) -> Option<&Looked> {
        match course.end {
            Some(End::Test { at }) => self.looks.get(at),
            _ => self.looks[..course.seen].last(),
        }
    }

    /// The replicates of that look; all whole ones before the first.
    pub fn replicates(&self, course: &Course) -> Vec<u64> {
        match self.rests_on(course) {
            Some(looked) => self.sums.asked[..looked.look.n].to_vec(),
            None => self.sums.whole.keys().copied().collect(),
        }
    }

    /// What these say; `None` for fewer than two.
    pub fn sample(&self, course: &Course) -> Option<Sample> {
        let replicates = self.replicates(course);
        let sums: Vec<Sum> = replicates.iter().map(|n| self.sums.whole[n]).collect();
        Sample::over(&sums)
    }
}
