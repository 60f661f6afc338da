use crate::cell::{Cell, Choice, Place};
use crate::curve::{Curve, by_job};
use crate::family::Decision;
use crate::paper::PaperValue;
use crate::question::Question;
use crate::run::Run;
use crate::statistics::Estimate;
use freezing_policy::GroupCount;
use std::collections::BTreeMap;
use tasks::Floor;

/// A cell of the grid with its seeds pooled.
#[derive(Clone, Debug, PartialEq)]
pub struct Pooled {
    pub axes: Choice,
    /// Seeds that were asked for.
    pub expected: usize,
    /// The table's measure by seed, of what is finished.
    pub values: BTreeMap<u64, f64>,
    pub estimate: Option<Estimate>,
    /// Runs among them that diverged.
    pub diverged: usize,
    /// The best trivial strategy.
    pub floor: Option<Floor>,
    /// All of them, where they are known.
    pub floors: Vec<Floor>,
    /// Accuracy on the task's further test sets, by name.
    pub further: Vec<(String, Estimate)>,
    pub paper: Option<PaperValue>,
    /// Numbers trained and held.
    pub parameters: Option<GroupCount>,
    /// Against the reference cell, once [`compare`](crate::compare) has seen it; `None` for the
    /// reference itself.
    pub against: Option<Decision>,
}

/// The cells of the plan with their seeds pooled, in its order, each once. Runs of other cells are left
/// out.
pub fn pool(question: &Question, runs: &[Run], curves: &[Curve], cells: &[Cell]) -> Vec<Pooled> {
    let mut index = BTreeMap::<Place, usize>::new();
    let mut pooled: Vec<Pooled> = Vec::new();
    for cell in cells {
        let at = *index.entry(cell.place()).or_insert_with(|| {
            pooled.push(Pooled::new(question, cell));
            pooled.len() - 1
        });
        pooled[at].expected += 1;
    }
    let mut further: Vec<Vec<(&str, Vec<f64>)>> = vec![Vec::new(); pooled.len()];
    let curves = by_job(curves);
    let measure = question.table.measure;
    for run in runs {
        let Some(&at) = index.get(&run.cell.place()) else {
            continue;
        };
        let here = &mut pooled[at];
        let curve = curves.get(&run.cell.job).copied().unwrap_or_default();
        if let Some(reading) = measure.read(run, curve, None) {
            here.values.insert(run.cell.seed, reading.value);
        }
        here.diverged += usize::from(run.diverged.is_some());
        here.floor = Some(run.floor.clone());
        if let Some(tested) = run.tests.first() {
            here.floors.clone_from(&tested.floors);
        }
        here.parameters = Some(run.counted());
        for tested in run.tests.iter().skip(1) {
            let (sets, accuracy) = (&mut further[at], tested.score.accuracy);
            match sets.iter_mut().find(|(name, _)| *name == tested.name) {
                Some((_, accuracies)) => accuracies.push(accuracy),
                None => sets.push((&tested.name, vec![accuracy])),
            }
        }
    }
    for (here, sets) in pooled.iter_mut().zip(further) {
        let sets = sets.into_iter();
        let sets = sets.filter_map(|(name, all)| Some((name.to_owned(), Estimate::over(&all)?)));
        here.further = sets.collect();
        here.estimate = Estimate::over(&here.values.values().copied().collect::<Vec<_>>());
    }
    pooled
}

impl Pooled {
    fn new(question: &Question, cell: &Cell) -> Self {
        let paper = question.paper.as_ref();
        Self {
            axes: cell.axes.clone(),
            expected: 0,
            values: BTreeMap::new(),
            estimate: None,
            diverged: 0,
            floor: None,
            floors: Vec::new(),
            further: Vec::new(),
            paper: paper.and_then(|paper| paper.value(&cell.axes)),
            parameters: None,
            against: None,
        }
    }
}
