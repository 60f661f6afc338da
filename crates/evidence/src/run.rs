use crate::cell::Cell;
use freezing_policy::{Group, GroupCount};
use std::collections::BTreeMap;
use tasks::Floor;
use training::{AttentionMap, Score, Tested};

/// A finished cell with what its job found: a row of `runs.parquet`.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub cell: Cell,
    pub task: String,
    pub form: String,
    pub policy: String,
    pub learning_rate: f64,
    pub batch_size: usize,
    pub steps: u64,
    pub tested_step: u64,
    /// The step at which the run diverged.
    pub diverged: Option<u64>,
    /// On the first test set.
    pub test: Score,
    /// On a fixed sample of the training set, without dropout and with the tested weights; `None` in rows
    /// of versions that did not look.
    pub train: Option<Score>,
    /// Share of attention between 0 and 1 that goes where the paper looks for it (section 3.5), where that
    /// was asked for.
    pub attention: Option<f64>,
    /// What that share would be at uniform attention.
    pub attention_uniform: Option<f64>,
    /// Where that is; `None` in rows of versions that did not keep it, and of replicates but the first.
    pub attention_map: Option<AttentionMap>,
    /// The best trivial strategy.
    pub floor: Floor,
    /// Every test set of the task with every trivial strategy; empty in rows of versions that kept
    /// no more than `test` and `floor`.
    pub tests: Vec<Tested>,
    pub parameters: BTreeMap<Group, GroupCount>,
    /// The kind of device that computed it, where that is known: `flex`, `cuda`, `wgpu`.
    pub device: Option<String>,
}

impl Run {
    /// Numbers trained and held, over all groups.
    pub fn counted(&self) -> GroupCount {
        let counts = self.parameters.values();
        counts.fold(GroupCount::default(), |sum, count| GroupCount {
            trained: sum.trained + count.trained,
            total: sum.total + count.total,
        })
    }

    /// Whether it is no better than always saying the most frequent class, within two standard deviations of that
    /// strategy's score on as many examples. `None` where a task has no such strategy, or its row does not tell.
    pub fn is_collapsed(&self) -> Option<bool> {
        let floors = self.tests.first().into_iter().flat_map(|test| &test.floors);
        let majority = floors.filter(|floor| floor.strategy == "majority class");
        let examples = self.test.examples.max(1) as f64;
        let deviation = |share: f64| (share * (1.0 - share) / examples).sqrt();
        majority
            .map(|floor| self.test.accuracy <= floor.accuracy + 2.0 * deviation(floor.accuracy))
            .reduce(|one, other| one || other)
    }
}
