//! How a cell's learning rate is found before its first replicate starts.

use crate::standing::Pilot;
use evidence::{Rate, by_chance};
use serde::Deserialize;
use std::f64::consts::SQRT_2;
use training::GiveUp;

/// A protocol's `[pilots]`: rates are tried on replicates of their own, so that the choice is independent of
/// those that test it; every cell gets its trials by the same rule.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Pilots {
    /// Replicates that each rate is tried on.
    #[serde(default = "one")]
    pub replicates: u64,
    /// The first trials, in this order: what comes later can be given up for what came before.
    pub learning_rates: Vec<f64>,
    /// Rates that are tried of a cell at most: while the best is at an end, the next one beyond is tried; while nothing is learnt or
    /// all are stuck, the next below and above in turn.
    pub most: usize,
    pub give_up: Option<Rule>,
}

/// When a trial is ended early.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Rule {
    /// The share of its steps at which it is looked at.
    pub after: f64,
    /// Points of validation accuracy that its best so far may lie behind that of an earlier trial there.
    pub behind: f64,
}

/// A trial that has ended, with what each pilot came to.
pub(crate) struct Tried {
    pub rate: Rate,
    /// Answers that each validation accuracy is a mean over, where that is known.
    pub answers: Option<usize>,
    pub pilots: Vec<Pilot>,
}

const fn one() -> u64 {
    1
}

impl Pilots {
    /// What cannot be meant.
    pub fn problem(&self) -> Option<String> {
        let rates = &self.learning_rates;
        let twice = |(index, rate): (usize, &f64)| rates[..index].contains(rate);
        match () {
            () if rates.is_empty() => Some("there is no rate to try: write `learning-rates = [1e-2, 3e-3, 3e-2]`".to_owned()),
            () if rates.iter().any(|rate| !rate.is_finite() || *rate <= 0.0) => {
                Some("a learning rate is a number above 0".to_owned())
            }
            () if rates.iter().enumerate().any(twice) => Some("a learning rate stands twice".to_owned()),
            () if self.most < rates.len() => Some(format!(
                "`most` is {}, fewer than the {} rates that are tried first",
                self.most,
                rates.len()
            )),
            () if !(1..=100).contains(&self.replicates) => {
                Some("`replicates` is a count from 1 to 100".to_owned())
            }
            () => self.give_up.and_then(|rule| {
                let is_meant = rule.after > 0.0 && rule.after < 1.0 && rule.behind > 0.0;
                (!is_meant).then(|| {
                    "`give-up` is `{ after = 0.5, behind = 5 }`: a share of the steps, and points of accuracy".to_owned()
                })
            }),
        }
    }

    /// The rate that is tried next, after these; `None` once the choice is made.
    pub fn next(&self, tried: &[Tried]) -> Option<Rate> {
        if let Some(rate) = self.learning_rates.get(tried.len()) {
            return Some(Rate(*rate));
        }
        if tried.len() >= self.most {
            return None;
        }
        let best = best(tried)?;
        let mut rates = tried.iter().map(|trial| trial.rate);
        let (smallest, largest) = (rates.clone().min()?, rates.clone().max()?);
        let has_learnt = tried.iter().any(Tried::has_learnt);
        let (is_highest, is_lowest) = (best == largest, best == smallest);
        let is_chance = !has_learnt || !(is_highest || is_lowest) && is_stuck(tried);
        let listed = || self.learning_rates.iter().copied().map(Rate);
        let is_below = |rate: &Rate| listed().all(|first| *rate < first);
        let is_above = |rate: &Rate| listed().all(|first| *rate > first);
        let (below_them, above_them) = (
            rates.clone().filter(is_below).count(),
            rates.clone().filter(is_above).count(),
        );
        let beyond = match () {
            // Which of them is the best is chance: below and above in turn.
            () if is_chance && below_them <= above_them => below(smallest),
            () if is_chance => above(largest),
            () if is_highest => above(best),
            () if is_lowest => below(best),
            () => return None,
        };
        (!rates.any(|rate| rate == beyond)).then_some(beyond)
    }

    /// Trials that are sure to come behind the next one, at this rate; with those that may where `all` is asked for, as
    /// far above as there are.
    pub fn behind(&self, tried: &[Tried], next: Rate, all: bool) -> Vec<Rate> {
        let listed = self.learning_rates.iter().copied().map(Rate);
        let mut behind: Vec<Rate> = listed.clone().skip(tried.len() + 1).collect();
        let known = tried.iter().map(|trial| trial.rate).chain(listed);
        let mut largest = known.chain([next]).max().unwrap_or(next);
        while all && tried.len() + 1 + behind.len() < self.most {
            largest = above(largest);
            behind.push(largest);
        }
        behind
    }

    /// When a pilot's next trial is ended, after these and with so many steps ahead.
    pub fn give_up(&self, tried: &[Tried], pilot: usize, steps: u64) -> Option<GiveUp> {
        let rule = self.give_up?;
        let at = (steps as f64 * rule.after).ceil() as u64;
        // The best so far: of one that ended before, of all that it did.
        let there = |trial: &Tried| {
            let curve = &trial.pilots[pilot].curve;
            let end = curve.iter().position(|(step, _)| *step >= at);
            let so_far = &curve[..end.map_or(curve.len(), |end| end + 1)];
            so_far.iter().map(|point| point.1).fold(0.0, f64::max)
        };
        let best = tried.iter().map(there).reduce(f64::max)?;
        // Four digits are enough, and a job's settings are read by people.
        let below = ((best - rule.behind / 100.0) * 1e4).floor() / 1e4;
        (below > 0.0).then_some(GiveUp { at, below })
    }
}

/// The rate whose validation accuracy is the highest, a mean over pilots of their best point; of equals the one
/// that came there in fewer steps, then the smaller.
pub(crate) fn best(tried: &[Tried]) -> Option<Rate> {
    let scored = tried.iter().map(|trial| (trial.rate, trial.score()));
    let best = scored.reduce(|best, next| {
        let ((accuracy, step), (high, sooner)) = (next.1, best.1);
        let is_better = match () {
            () if (accuracy - high).abs() > CLOSE => accuracy > high,
            () if step != sooner => step < sooner,
            () => next.0 < best.0,
        };
        if is_better { next } else { best }
    });
    best.map(|(rate, _)| rate)
}

/// Whether all rates are stuck: at one accuracy but for [chance](by_chance), less than half the way from a run's first evaluation to the
/// trivial floor, or at that floor and below, where a run has it at its first evaluation, so that it is no height to come to. Another
/// rate may learn much more.
fn is_stuck(tried: &[Tried]) -> bool {
    let accuracies = tried.iter().map(|trial| trial.score().0);
    let (low, high) = accuracies.fold((f64::INFINITY, 0.0), |(low, high), accuracy| {
        (accuracy.min(low), accuracy.max(high))
    });
    let Some(trial) = tried.first() else {
        return false;
    };
    let (Some(answers), Some(pilot)) = (trial.answers, trial.pilots.first()) else {
        return false;
    };
    let (Some(floor), Some((_, first))) = (pilot.floor, pilot.curve.first()) else {
        return false;
    };
    // Of two, each as uncertain as the other: rates, or an accuracy and a floor that is another split's.
    let chance = |accuracy, looks| SQRT_2 * by_chance(accuracy, answers, looks);
    let looks = pilot.curve.len();
    let is_at_floor = |accuracy: f64, looks| (accuracy - floor).abs() < chance(floor, looks);
    let firsts = tried.iter().flat_map(|trial| &trial.pilots);
    let mut firsts = firsts.filter_map(|pilot| Some(pilot.curve.first()?.1));
    if is_at_floor(high, looks) && firsts.any(|first| is_at_floor(first, 1)) {
        return true;
    }
    high - low < chance(high, looks) && high < (first + floor) / 2.0
}

impl Tried {
    /// Whether a pilot has come further than [chance](by_chance) above what can be had without learning: the trivial floor, or its
    /// own first evaluation, which is as uncertain. Where no floor is known, or not how many answers there are, nobody can say that it
    /// has not.
    fn has_learnt(&self) -> bool {
        let Some(answers) = self.answers else {
            return true;
        };
        self.pilots.iter().any(|Pilot { curve, floor }| {
            let accuracies = curve.iter().map(|point| point.1);
            let (Some(first), Some(best)) = (curve.first(), accuracies.reduce(f64::max)) else {
                return false;
            };
            let chance = |accuracy| by_chance(accuracy, answers, curve.len());
            let is_above = |floor: f64| best > floor + chance(floor);
            floor.is_none_or(is_above) || best > first.1 + SQRT_2 * chance(first.1)
        })
    }

    /// The best accuracy and the step where it was reached, means over pilots.
    fn score(&self) -> (f64, f64) {
        let first_best = |curve: &Vec<(u64, f64)>| {
            let higher = |best: (u64, f64), next: &(u64, f64)| match next.1 > best.1 {
                true => *next,
                false => best,
            };
            curve.iter().fold((u64::MAX, 0.0), higher)
        };
        let points = self.pilots.iter().map(|pilot| first_best(&pilot.curve));
        let (steps, accuracy) = points.fold((0.0, 0.0), |sum, (step, accuracy)| {
            (sum.0 + step as f64, sum.1 + accuracy)
        });
        let pilots = self.pilots.len().max(1) as f64;
        (accuracy / pilots, steps / pilots)
    }
}

/// Means of the same accuracies may differ in their last digits.
const CLOSE: f64 = 1e-12;

/// The next rate of 1, 3, 10, 30, … above.
fn above(rate: Rate) -> Rate {
    beyond(rate, [3.0, 10.0])
}

/// The next one below.
fn below(rate: Rate) -> Rate {
    beyond(rate, [0.3, 0.1])
}

/// The rate times that of the two factors which keeps it at a first digit of 1 or 3, or nearest to three times.
fn beyond(rate: Rate, [three, ten]: [f64; 2]) -> Rate {
    let first = format!("{:e}", rate.0).starts_with('3');
    let up = three > 1.0;
    let factor = match (first, up) {
        (false, true) => three,
        (true, true) => ten / 3.0,
        (true, false) => 1.0 / 3.0,
        (false, false) => three,
    };
    // Back to few digits: 3e-3 / 3 is 1e-3.
    let next = format!("{:.3e}", rate.0 * factor);
    Rate(next.parse().unwrap_or(rate.0 * factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pilots() -> Pilots {
        Pilots {
            replicates: 1,
            learning_rates: vec![1e-2, 3e-3, 3e-2],
            most: 5,
            give_up: Some(Rule {
                after: 0.5,
                behind: 5.0,
            }),
        }
    }

    fn tried(rate: f64, accuracies: &[f64]) -> Tried {
        let point = |(index, accuracy): (usize, &f64)| (250 * (index as u64 + 1), *accuracy);
        Tried {
            rate: Rate(rate),
            answers: Some(1000),
            pilots: vec![Pilot {
                curve: accuracies.iter().enumerate().map(point).collect(),
                floor: None,
            }],
        }
    }

    /// The rates of a search, with what each reaches.
    fn search(reaches: impl Fn(f64) -> f64) -> (Vec<f64>, f64) {
        let (pilots, mut trials) = (pilots(), Vec::new());
        while let Some(rate) = pilots.next(&trials) {
            trials.push(tried(rate.0, &[reaches(rate.0)]));
        }
        let rates = trials.iter().map(|trial| trial.rate.0).collect();
        (rates, best(&trials).unwrap().0)
    }

    #[test]
    fn a_best_rate_inside_ends_the_search_and_one_at_an_end_does_not() {
        let peak = |at: f64| move |rate: f64| 1.0 - (rate.ln() - at.ln()).abs() / 10.0;
        assert_eq!(search(peak(1e-2)), (vec![1e-2, 3e-3, 3e-2], 1e-2));
        assert_eq!(
            search(peak(1e-3)),
            (vec![1e-2, 3e-3, 3e-2, 1e-3, 3e-4], 1e-3)
        );
        assert_eq!(
            search(peak(1e-1)),
            (vec![1e-2, 3e-3, 3e-2, 1e-1, 3e-1], 1e-1)
        );
        // It is bounded, and says at which end it stopped.
        assert_eq!(
            search(peak(1e-9)),
            (vec![1e-2, 3e-3, 3e-2, 1e-3, 3e-4], 3e-4)
        );
        // Equals that came there at the same step: the smallest.
        assert_eq!(search(|_| 1.0).1, 3e-4);
        let solved = [
            tried(3e-3, &[0.5, 0.9, 1.0]),
            tried(1e-2, &[0.9, 1.0, 1.0]),
            tried(3e-2, &[0.9, 1.0]),
        ];
        assert_eq!(best(&solved), Some(Rate(1e-2)));
    }

    /// An LSTM that is trained in full learns nothing at ten times the rate it needs: of such trials none is better.
    #[test]
    fn where_nothing_is_learnt_lower_and_higher_rates_are_tried_in_turn() {
        let mut pilots = pilots();
        pilots.most = 7;
        let search = |reaches: &dyn Fn(f64) -> Vec<f64>| {
            let mut trials = Vec::new();
            while let Some(rate) = pilots.next(&trials) {
                let mut trial = tried(rate.0, &reaches(rate.0));
                trial.pilots[0].floor = Some(0.3);
                trials.push(trial);
            }
            let rates: Vec<f64> = trials.iter().map(|trial| trial.rate.0).collect();
            (rates, best(&trials).unwrap().0)
        };
        let noise = |rate: f64| vec![0.10, 0.10 + rate / 10.0];
        let flat = search(&noise);
        assert_eq!(flat.0, [1e-2, 3e-3, 3e-2, 1e-3, 1e-1, 3e-4, 3e-1]);
        // From the first that learns on the best is followed.
        let low = search(&|rate| match rate < 2e-3 {
            true => vec![0.2, 0.9 - 100.0 * rate],
            false => noise(rate),
        });
        assert_eq!(low, (vec![1e-2, 3e-3, 3e-2, 1e-3, 3e-4, 1e-4, 3e-5], 3e-5));
        // Solved at the first evaluation, or slowly on its way, is learnt; what diverges at once is not.
        assert_eq!(
            search(&|_| vec![1.0, 1.0]).0[..5],
            [1e-2, 3e-3, 3e-2, 1e-3, 3e-4]
        );
        assert_eq!(
            search(&|rate| vec![0.1, 0.2 - rate]).0[..5],
            [1e-2, 3e-3, 3e-2, 1e-3, 3e-4]
        );
        assert_eq!(search(&|_| Vec::new()).0[3..5], [1e-3, 1e-1]);
    }

    /// The pilots of an LSTM on Bit XOR: at none of the three rates is its best of a dozen evaluations, 5,000 bits each, further
    /// above the floor than guesses are.
    #[test]
    fn guesses_are_not_learning_and_a_slow_start_is() {
        let trial = |rate, best, floor| {
            let mut curve = vec![0.501; 11];
            curve.push(best);
            let mut trial = tried(rate, &curve);
            trial.answers = Some(5000);
            trial.pilots[0].floor = floor;
            trial
        };
        let three = |best, floor| [3e-3, 1e-2, 3e-2].map(|rate| trial(rate, best, floor));
        let next = |best, floor| pilots().next(&three(best, floor));
        assert_eq!(
            next(0.5124, Some(0.50224)),
            Some(Rate(1e-3)),
            "below, as of nothing learnt"
        );
        // Of these equals the smallest is chosen, so what is learnt is followed below; see the rate after it.
        let after = |best| {
            let mut trials = Vec::from(three(best, Some(0.50224)));
            trials.push(trial(1e-3, 0.501, Some(0.50224)));
            pilots().next(&trials)
        };
        assert_eq!((after(0.5124), after(0.54)), (Some(Rate(1e-1)), None));
    }

    /// As of a body trained in full on CIFAR-10 at 3e-3 and above: it leaves 10 %, comes to 17 at each rate, and at 3e-4 to twice that.
    #[test]
    fn where_all_rates_are_stuck_at_one_place_others_are_tried() {
        let next = |accuracies: [f64; 3], floor| {
            let trial = |(rate, best): (f64, f64)| {
                let mut trial = tried(rate, &[0.11, best]);
                trial.pilots[0].floor = floor;
                trial
            };
            let rates = [3e-3, 1e-2, 3e-2];
            let trials: Vec<Tried> = rates.into_iter().zip(accuracies).map(trial).collect();
            pilots().next(&trials)
        };
        let floor = Some(0.298);
        assert_eq!(next([0.166, 0.167, 0.153], floor), Some(Rate(1e-3)));
        assert_eq!(next([0.10, 0.167, 0.153], floor), None, "one stands out");
        assert_eq!(
            next([0.246, 0.247, 0.233], floor),
            None,
            "they are past the middle"
        );
        assert_eq!(
            next([0.166, 0.167, 0.153], None),
            None,
            "nobody knows how far there is to go"
        );
    }

    /// The pilots of frozen and trained LSTMs on Bit Memory, 200 sequences of 100 bits: they copy what is seen and guess the rest at each
    /// rate, from the first evaluation on or soon after it, a point above the floor of the test split.
    #[test]
    fn where_all_rates_are_at_a_floor_that_takes_no_learning_others_are_tried() {
        let next = |runs: &[(f64, f64, f64)], floor: f64| {
            let trial = |(rate, first, best): &(f64, f64, f64)| {
                let mut curve = vec![*best; 16];
                curve[0] = *first;
                let mut trial = tried(*rate, &curve);
                trial.answers = Some(20_000);
                trial.pilots[0].floor = Some(floor);
                trial
            };
            let trials: Vec<Tried> = runs.iter().map(trial).collect();
            Pilots {
                most: 6,
                ..pilots()
            }
            .next(&trials)
        };
        let frozen = [
            (1e-2, 0.7512, 0.7564),
            (3e-3, 0.7572, 0.75905),
            (3e-2, 0.7544, 0.75955),
            (1e-1, 0.7510, 0.75415),
        ];
        assert_eq!(
            next(&frozen[..3], 0.74903),
            Some(Rate(1e-1)),
            "the best is followed"
        );
        assert_eq!(
            next(&frozen, 0.74903),
            Some(Rate(1e-3)),
            "and then below, where none is"
        );
        let trained = [
            (1e-2, 0.7316, 0.7552),
            (3e-3, 0.7534, 0.7569),
            (3e-2, 0.6429, 0.7564),
            (1e-3, 0.7558, 0.7574),
            (3e-4, 0.7442, 0.7561),
        ];
        assert_eq!(next(&trained, 0.74903), Some(Rate(1e-1)));
        // As of MNIST: what a line reaches takes learning, and where it happens to end the search is over.
        let line = frozen.map(|(rate, _, best)| (rate, 0.6, best));
        assert_eq!(next(&line, 0.7574), None);
        // One that stands out.
        let mut learnt = frozen;
        learnt[2].2 = 0.7709;
        assert_eq!(next(&learnt, 0.74903), None);
    }

    #[test]
    fn a_trial_is_held_against_the_best_one_before_it_at_that_step() {
        let pilots = pilots();
        assert_eq!(pilots.give_up(&[], 0, 1000), None);
        let first = tried(1e-2, &[0.3, 0.8, 0.7, 0.95]);
        let bar = pilots.give_up(&[first], 0, 1000).unwrap();
        assert_eq!((bar.at, bar.below), (500, 0.75));
        // One that had solved it before.
        let solved = tried(1e-2, &[1.0]);
        assert_eq!(pilots.give_up(&[solved], 0, 1000).unwrap().below, 0.95);
        // One that came nowhere sets no bar.
        assert_eq!(pilots.give_up(&[tried(1e-2, &[])], 0, 1000), None);
    }

    #[test]
    fn rates_go_on_in_ones_and_threes() {
        for (rate, up, down) in [(1e-3, 3e-3, 3e-4), (3e-3, 1e-2, 1e-3), (2e-3, 6e-3, 6e-4)] {
            assert_eq!((above(Rate(rate)).0, below(Rate(rate)).0), (up, down));
        }
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        let bad: [fn(&mut Pilots); 6] = [
            |pilots| pilots.learning_rates.clear(),
            |pilots| pilots.learning_rates[0] = 0.0,
            |pilots| pilots.learning_rates[0] = 3e-3,
            |pilots| pilots.most = 2,
            |pilots| pilots.replicates = 0,
            |pilots| {
                pilots.give_up = Some(Rule {
                    after: 1.0,
                    behind: 5.0,
                })
            },
        ];
        assert_eq!(pilots().problem(), None);
        for change in bad {
            let mut pilots = pilots();
            change(&mut pilots);
            assert!(pilots.problem().is_some(), "{pilots:?}");
        }
    }
}
