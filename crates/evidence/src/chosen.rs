//! The learning rate of each cell, chosen on validation: of pilots where a cell has them, of its replicates
//! elsewhere.

use crate::cell::{Cell, Choice, Place, Rate};
use crate::curve::Curve;
use crate::evidence::Evidence;
use crate::question::Question;
use crate::run::Run;
use crate::seed::pilot_of;
use crate::statistics::Estimate;
use std::collections::{BTreeMap, BTreeSet};
use training::JobId;

/// A cell with the learning rates it was trained with.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    pub axes: Choice,
    /// From the smallest rate up.
    pub trials: Vec<Trial>,
    /// Which of them tables show: with pilots the one that the replicates were planned with, once they are; else the
    /// best of those that have all their jobs.
    pub best: Option<usize>,
    /// Whether that may still change.
    pub is_open: bool,
}

/// A cell at one learning rate.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    pub rate: Rate,
    /// Jobs that were asked for: of pilots where there are any.
    pub expected: usize,
    /// Validation accuracy of the tested weights.
    pub validation: Option<Estimate>,
    /// Test accuracy, which has no say in the choice.
    pub test: Option<Estimate>,
}

impl Chosen {
    /// Rates that have all their jobs, and so took part in the choice.
    pub fn whole(&self) -> usize {
        self.trials.iter().filter(|trial| trial.is_whole()).count()
    }

    /// On which side the chosen rate is the last one that was tried, where that matters: a better one
    /// may lie beyond. Not where its neighbour is as good.
    pub fn edge(&self) -> Option<&'static str> {
        let (best, last) = (self.best?, self.trials.len() - 1);
        let (side, beside) = match best {
            _ if last == 0 => return None,
            0 => ("smallest", 1),
            best if best == last => ("largest", last - 1),
            _ => return None,
        };
        let mean = |trial: usize| {
            let validation = self.trials[trial].validation;
            validation.map(|estimate| estimate.mean)
        };
        let is_equal = mean(best)? - mean(beside).unwrap_or(0.0) < CLOSE;
        (!is_equal).then_some(side)
    }
}

impl Trial {
    /// Whether all of its jobs have been validated. One that diverged before its first evaluation never is.
    fn is_whole(&self) -> bool {
        self.validation.map_or(0, |validation| validation.n) == self.expected
    }

    fn is_finished(&self) -> bool {
        self.test.map_or(0, |test| test.n) == self.expected
    }
}

/// What of a study's rows tables show, once each cell has its rate; pilots, which are no replicates, left
/// out.
pub struct Selected {
    /// Each cell and seed once, at the chosen rate where the plan has it.
    pub cells: Vec<Cell>,
    pub runs: Vec<Run>,
    pub curves: Vec<Curve>,
    /// The cells that had several rates to choose from.
    pub chosen: Vec<Chosen>,
}

impl Selected {
    /// What the question that it was selected for is judged by.
    pub fn evidence<'a>(&'a self, question: &'a Question) -> Evidence<'a> {
        Evidence::new(question, &self.runs, &self.curves, &self.cells)
    }
}

/// Keeps of each cell the runs with the rate that validation prefers; a study that does not choose keeps
/// all. A rate is only compared with all of its jobs. Rows of jobs that no cell has are left out: what was
/// computed under another recipe is not compared with what these cells ask for.
pub fn select(question: &Question, runs: &[Run], curves: &[Curve], cells: &[Cell]) -> Selected {
    let jobs: BTreeSet<&JobId> = cells.iter().map(|cell| &cell.job).collect();
    let runs = runs.iter().filter(|run| jobs.contains(&run.cell.job));
    let curves = curves.iter().filter(|curve| jobs.contains(&curve.cell.job));
    let chosen = match question.chooses {
        true => choices(runs.clone(), curves.clone(), cells),
        false => Vec::new(),
    };
    let best: BTreeMap<Place, Rate> = chosen
        .iter()
        .filter_map(|chosen| Some((Place::of(&chosen.axes), chosen.trials[chosen.best?].rate)))
        .collect();
    let is_best =
        |cell: &Cell| cell.rate.is_some() && cell.rate.as_ref() == best.get(&cell.place());
    let counts =
        |cell: &Cell| pilot_of(cell.seed).is_none() && (!question.chooses || is_best(cell));
    Selected {
        runs: runs.filter(|run| counts(&run.cell)).cloned().collect(),
        curves: curves
            .filter(|curve| counts(&curve.cell))
            .cloned()
            .collect(),
        cells: match question.chooses {
            true => once(cells, is_best),
            false => cells.iter().filter(|cell| counts(cell)).cloned().collect(),
        },
        chosen: chosen
            .into_iter()
            .filter(|chosen| chosen.trials.len() > 1)
            .collect(),
    }
}

/// Each cell and seed once, in the order of the plan, pilots left out.
fn once(cells: &[Cell], is_best: impl Fn(&Cell) -> bool) -> Vec<Cell> {
    let mut index = BTreeMap::<(Place, u64), usize>::new();
    let mut kept: Vec<Cell> = Vec::new();
    for cell in cells.iter().filter(|cell| pilot_of(cell.seed).is_none()) {
        let at = *index.entry((cell.place(), cell.seed)).or_insert(kept.len());
        match kept.get_mut(at) {
            None => kept.push(cell.clone()),
            Some(before) if is_best(cell) => *before = cell.clone(),
            Some(_) => {}
        }
    }
    kept
}

/// The trials of each cell, cells in the order of the plan.
fn choices<'a>(
    runs: impl Iterator<Item = &'a Run>,
    curves: impl Iterator<Item = &'a Curve>,
    cells: &[Cell],
) -> Vec<Chosen> {
    let piloted: BTreeSet<Place> = cells
        .iter()
        .filter(|cell| pilot_of(cell.seed).is_some())
        .map(Cell::place)
        .collect();
    // Whoever planned the replicates of such a place has chosen their rate on its pilots.
    let fixed: BTreeMap<Place, Rate> = cells
        .iter()
        .filter(|cell| pilot_of(cell.seed).is_none())
        .filter_map(|cell| Some((cell.place(), cell.rate?)))
        .filter(|(place, _)| piloted.contains(place))
        .collect();
    let is_trial = |cell: &Cell| pilot_of(cell.seed).is_some() || !piloted.contains(&cell.place());
    let mut order: Vec<Choice> = Vec::new();
    let mut asked: BTreeMap<Place, BTreeMap<Rate, usize>> = BTreeMap::new();
    for cell in cells {
        let rates = asked.entry(cell.place()).or_insert_with(|| {
            order.push(cell.axes.clone());
            BTreeMap::new()
        });
        if let Some(rate) = cell.rate.filter(|_| is_trial(cell)) {
            *rates.entry(rate).or_default() += 1;
        }
    }
    let points: BTreeMap<&JobId, &Curve> = curves.map(|curve| (&curve.cell.job, curve)).collect();
    let mut scores: BTreeMap<(Place, Rate), (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for run in runs.filter(|run| is_trial(&run.cell)) {
        let Some(rate) = run.cell.rate else { continue };
        let (validation, test) = scores.entry((run.cell.place(), rate)).or_default();
        let curve = points.get(&run.cell.job);
        let mut points = curve.into_iter().flat_map(|curve| &curve.points);
        let tested = points.find(|point| point.step == run.tested_step);
        validation.extend(tested.map(|point| point.validation_accuracy));
        test.push(run.test.accuracy);
    }
    let chosen = |axes: Choice| {
        let place = Place::of(&axes);
        let trial = |(rate, expected): (&Rate, &usize)| {
            let scores = scores.get(&(place.clone(), *rate));
            let (validation, test) = scores.cloned().unwrap_or_default();
            Trial {
                rate: *rate,
                expected: *expected,
                validation: Estimate::over(&validation),
                test: Estimate::over(&test),
            }
        };
        let trials: Vec<Trial> = asked[&place].iter().map(trial).collect();
        let fixed = fixed.get(&place).copied();
        let at = fixed.and_then(|rate| trials.iter().position(|trial| trial.rate == rate));
        let is_open = match piloted.contains(&place) {
            true => at.is_none(),
            false => trials.iter().any(|trial| !trial.is_finished()),
        };
        Chosen {
            best: match piloted.contains(&place) {
                true => at,
                false => best(&trials),
            },
            is_open,
            axes,
            trials,
        }
    };
    order.into_iter().map(chosen).collect()
}

/// The highest validation accuracy, the smallest rate of equals; a lone rate in any case.
fn best(trials: &[Trial]) -> Option<usize> {
    if trials.len() == 1 {
        return Some(0);
    }
    let whole = |trial: &Trial| {
        trial
            .validation
            .filter(|_| trial.is_whole())
            .map(|v| v.mean)
    };
    let scored = trials.iter().enumerate();
    let scored = scored.filter_map(|(index, trial)| Some((index, whole(trial)?)));
    let best = scored.reduce(|best, next| if next.1 > best.1 + CLOSE { next } else { best });
    best.map(|(index, _)| index)
}

/// Means of the same accuracies may differ in their last digits.
const CLOSE: f64 = 1e-12;
