use crate::look::Look;
use crate::question::Claim;
use crate::statistics::Estimate;
use crate::verdict::Verdict;
use std::collections::{BTreeMap, BTreeSet};
use tasks::Floor;

/// A claim with what our numbers say of it. Sums, intervals and estimates are in the measure's unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub claim: Claim,
    pub verdict: Verdict,
    /// Of the sum, over the replicates that the verdict rests on: those of the look that rejects with the most to
    /// spare, or of the last look; all whole ones while no look is reached. With the 95 % t interval.
    pub effect: Option<Estimate>,
    /// The interval that "small", "smaller than" and equivalences go by, at the same look: 1 - αw / m in all, for a
    /// look of weight w and the study's m claims.
    pub wide: Option<(f64, f64)>,
    /// The looks that were reached, in order, up to the one at which it was decided.
    pub looks: Vec<Look>,
    /// The least p / w over these looks after Holm over the study's claims; `None` before the first look, and for
    /// an equivalence.
    pub corrected: Option<f64>,
    /// Two-sided sign-flip p of the replicates that the verdict rests on; exact up to 20 of them.
    pub sign_flip: Option<f64>,
    /// Whether that test, too, would decide, with the same weights and Holm.
    pub also_without_normality: bool,
    /// Replicates that the verdict rests on.
    pub replicates: usize,
    /// Replicates that were asked for at all of the claim's cells.
    pub expected: usize,
    /// The sum of each whole replicate, by its number.
    pub values: BTreeMap<u64, f64>,
    /// Runs behind the numbers whose reading is only a bound.
    pub bounds: usize,
    /// Finished runs without the reading: those of a version that did not take it yet.
    pub unread: usize,
    /// Runs behind the numbers that are no better than always saying the most frequent class.
    pub collapsed: usize,
    /// Runs behind the numbers.
    pub runs: usize,
    /// Kinds of device that computed them, where known. Several round differently.
    pub devices: BTreeSet<String>,
    /// The best trivial strategies of the tasks of its cells, each once.
    pub floors: Vec<Floor>,
    /// Bodies among its cells that are the same in every replicate: it is found for these.
    pub for_bodies: Vec<String>,
}
