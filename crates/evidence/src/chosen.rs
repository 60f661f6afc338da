//! The learning rate of each cell, chosen on validation.

use crate::cell::{Cell, Choice, Place, Rate};
use crate::curve::{Curve, by_job};
use crate::question::Question;
use crate::run::Run;
use crate::statistics::Estimate;
use std::collections::{BTreeMap, BTreeSet};
use training::JobId;

/// A cell with the learning rates it was trained with.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    pub axes: Choice,
    /// From the smallest rate up.
    pub trials: Vec<Trial>,
    /// Which of them tables show; `None` while no rate has all its seeds.
    pub best: Option<usize>,
}

/// A cell at one learning rate.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    pub rate: Rate,
    /// Seeds that were asked for.
    pub expected: usize,
    /// Validation accuracy of the tested weights.
    pub validation: Option<Estimate>,
    /// Test accuracy, which has no say in the choice.
    pub test: Option<Estimate>,
}

impl Chosen {
    /// Rates that have all their seeds, and so took part in the choice.
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
    fn is_whole(&self) -> bool {
        let seeds = self.validation.map_or(0, |validation| validation.n);
        seeds == self.expected
    }
}

/// What of a study's rows tables show, once each cell has its rate.
pub struct Selected {
    /// Each cell and seed once.
    pub cells: Vec<Cell>,
    pub runs: Vec<Run>,
    pub curves: Vec<Curve>,
    /// The cells that had several rates to choose from.
    pub chosen: Vec<Chosen>,
}

/// Keeps of each cell the runs with the rate that validation prefers; a study that does not choose keeps
/// all. A rate is only compared with all of its seeds. Rows of jobs that no cell has are left out: what was
/// computed under another recipe is not compared with what these cells ask for.
pub fn select(question: &Question, runs: &[Run], curves: &[Curve], cells: &[Cell]) -> Selected {
    let jobs: BTreeSet<&JobId> = cells.iter().map(|cell| &cell.job).collect();
    let runs = runs.iter().filter(|run| jobs.contains(&run.cell.job));
    let runs: Vec<Run> = runs.cloned().collect();
    let curves = curves.iter().filter(|curve| jobs.contains(&curve.cell.job));
    let curves: Vec<Curve> = curves.cloned().collect();
    if !question.chooses {
        return Selected {
            cells: cells.to_vec(),
            runs,
            curves,
            chosen: Vec::new(),
        };
    }
    let chosen = choices(&runs, &curves, cells);
    let best: BTreeMap<Place, Rate> = chosen
        .iter()
        .filter_map(|chosen| Some((Place::of(&chosen.axes), chosen.trials[chosen.best?].rate)))
        .collect();
    let is_best = |cell: &Cell| {
        let best = best.get(&cell.place());
        best.is_some_and(|best| cell.rate == Some(*best))
    };
    let mut seen = BTreeSet::new();
    Selected {
        runs: runs.into_iter().filter(|run| is_best(&run.cell)).collect(),
        curves: curves
            .into_iter()
            .filter(|curve| is_best(&curve.cell))
            .collect(),
        cells: cells
            .iter()
            .filter(|cell| seen.insert((cell.place(), cell.seed)))
            .cloned()
            .collect(),
        chosen: chosen
            .into_iter()
            .filter(|chosen| chosen.trials.len() > 1)
            .collect(),
    }
}

/// The trials of each cell, cells in the order of the plan.
fn choices(runs: &[Run], curves: &[Curve], cells: &[Cell]) -> Vec<Chosen> {
    let mut order: Vec<Choice> = Vec::new();
    let mut asked: BTreeMap<Place, BTreeMap<Rate, usize>> = BTreeMap::new();
    for cell in cells {
        let rates = asked.entry(cell.place()).or_insert_with(|| {
            order.push(cell.axes.clone());
            BTreeMap::new()
        });
        if let Some(rate) = cell.rate {
            *rates.entry(rate).or_default() += 1;
        }
    }
    let curves = by_job(curves);
    let mut scores: BTreeMap<(Place, Rate), (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for run in runs {
        let Some(rate) = run.cell.rate else { continue };
        let (validation, test) = scores.entry((run.cell.place(), rate)).or_default();
        let mut points = curves
            .get(&run.cell.job)
            .copied()
            .unwrap_or_default()
            .iter();
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
        Chosen {
            best: best(&trials),
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
