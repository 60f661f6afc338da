//! The learning rate of each cell, chosen on validation.

use crate::Choice;
use crate::statistics::Estimate;
use results::{Cell, Curve, Run};
use std::collections::{BTreeMap, BTreeSet};
use study::Question;

/// A cell with the learning rates it was trained with.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    pub axes: Choice,
    /// From the smallest rate up.
    pub trials: Vec<Trial>,
    /// Which of them tables show; `None` while no rate has all its seeds.
    pub best: Option<usize>,
}

impl Chosen {
    /// Rates that have all their seeds, and so took part in the choice.
    pub fn whole(&self) -> usize {
        self.trials.iter().filter(|trial| trial.is_whole()).count()
    }
}

impl Trial {
    fn is_whole(&self) -> bool {
        let seeds = self.validation.map_or(0, |validation| validation.n);
        seeds == self.expected
    }
}

/// A cell at one learning rate.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// As it stands in the parquet.
    pub rate: String,
    /// Seeds that were asked for.
    pub expected: usize,
    /// Validation accuracy of the tested weights.
    pub validation: Option<Estimate>,
    /// Test accuracy, which has no say in the choice.
    pub test: Option<Estimate>,
}

/// What is left of a study's rows once each cell has its rate.
pub(crate) struct Selected {
    pub cells: Vec<Cell>,
    pub runs: Vec<Run>,
    pub curves: Vec<Curve>,
    pub chosen: Vec<Chosen>,
}

/// Keeps of each cell the runs with the rate that validation prefers; the rows of a study that does
/// not choose are left as they are. A rate is only compared with all of its seeds.
pub(crate) fn select(
    question: &Question,
    runs: &[Run],
    curves: &[Curve],
    expected: &[Cell],
) -> Selected {
    if !question.chooses {
        return Selected {
            cells: expected.to_vec(),
            runs: runs.to_vec(),
            curves: curves.to_vec(),
            chosen: Vec::new(),
        };
    }
    let chosen = choices(runs, curves, expected);
    let best: BTreeSet<(Choice, &str)> = chosen
        .iter()
        .filter_map(|chosen| {
            let trial = &chosen.trials[chosen.best?];
            Some((chosen.axes.clone(), trial.rate.as_str()))
        })
        .collect();
    let kept = |cell: &Cell| {
        let (axes, rate) = apart(cell);
        best.contains(&(axes.clone(), rate.as_str())).then(|| Cell {
            axes,
            ..cell.clone()
        })
    };
    let runs = runs.iter().filter_map(|run| {
        let cell = kept(&run.cell)?;
        Some(Run {
            cell,
            ..run.clone()
        })
    });
    let curves = curves.iter().filter_map(|curve| {
        let cell = kept(&curve.cell)?;
        Some(Curve {
            cell,
            ..curve.clone()
        })
    });
    let (runs, curves) = (runs.collect(), curves.collect());
    let mut seen = BTreeSet::new();
    let cells = expected.iter().filter_map(|cell| {
        let (axes, _) = apart(cell);
        seen.insert((axes.clone(), cell.seed)).then(|| Cell {
            axes,
            ..cell.clone()
        })
    });
    let cells = cells.collect();
    let chosen = chosen.into_iter();
    Selected {
        cells,
        runs,
        curves,
        chosen: chosen.filter(|chosen| chosen.trials.len() > 1).collect(),
    }
}

/// The trials of each cell, cells in the order of the plan.
fn choices(runs: &[Run], curves: &[Curve], expected: &[Cell]) -> Vec<Chosen> {
    let mut order: Vec<Choice> = Vec::new();
    let mut asked: BTreeMap<(Choice, String), usize> = BTreeMap::new();
    for cell in expected {
        let place = apart(cell);
        if !order.contains(&place.0) {
            order.push(place.0.clone());
        }
        *asked.entry(place).or_default() += 1;
    }
    let validated: BTreeMap<(Choice, u64), f64> = runs
        .iter()
        .filter_map(|run| {
            let curve = curves.iter().find(|curve| curve.cell == run.cell)?;
            let mut points = curve.points.iter();
            let tested = points.find(|point| point.step == run.tested_step)?;
            let place = (run.cell.axes.clone(), run.cell.seed);
            Some((place, tested.validation_accuracy))
        })
        .collect();
    let trial = |((axes, rate), expected): (&(Choice, String), &usize)| {
        let here = || {
            runs.iter()
                .filter(|run| apart(&run.cell) == (axes.clone(), rate.clone()))
        };
        let validation = here().filter_map(|run| {
            let place = (run.cell.axes.clone(), run.cell.seed);
            validated.get(&place).copied()
        });
        Trial {
            rate: rate.clone(),
            expected: *expected,
            validation: Estimate::over(&validation.collect::<Vec<_>>()),
            test: Estimate::over(&here().map(|run| run.test.accuracy).collect::<Vec<_>>()),
        }
    };
    let chosen = |axes: Choice| {
        let here = asked.iter().filter(|((other, _), _)| *other == axes);
        let mut trials: Vec<Trial> = here.map(trial).collect();
        trials.sort_by(|a, b| number(&a.rate).total_cmp(&number(&b.rate)));
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
pub(crate) const CLOSE: f64 = 1e-12;

/// A cell's other axes, and its rate.
fn apart(cell: &Cell) -> (Choice, String) {
    let mut axes = cell.axes.clone();
    let at = axes.iter().position(|(axis, _)| axis == Question::RATE);
    let rate = at.map(|at| axes.remove(at).1).unwrap_or_default();
    (axes, rate)
}

/// A rate as a number; what is none comes last.
pub(crate) fn number(rate: &str) -> f64 {
    rate.parse().unwrap_or(f64::INFINITY)
}
