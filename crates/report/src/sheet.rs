use crate::paper::{PaperTable, PaperValue};
use crate::statistics::{Estimate, holm, sign_flip};
use crate::{ReportError, Verdict};
use results::{Cell, Run};
use std::collections::{BTreeMap, BTreeSet};
use study::Question;
use tasks::Floor;

/// `(axis, value)` for every axis.
pub type Choice = Vec<(String, String)>;

/// One table: the cells that share all axes but two.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// The choices that all its cells share, apart from rows and columns.
    pub fixed: Choice,
    pub rows: Vec<String>,
    pub columns: Vec<String>,
    /// `[rows][columns]`; `None` where no cell is planned.
    pub places: Vec<Vec<Option<Place>>>,
}

/// A cell with its seeds pooled.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub axes: Choice,
    /// Seeds that were asked for.
    pub expected: usize,
    /// Test accuracy by seed, of what is finished.
    pub accuracies: BTreeMap<u64, f64>,
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
    pub parameters: Option<(usize, usize)>,
    /// Against the reference cell; `None` for the reference itself.
    pub against: Option<Against>,
}

/// A difference to the reference cell, paired by seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Against {
    /// `None` while no seed is finished in both.
    pub difference: Option<Estimate>,
    pub p: Option<f64>,
    /// After Holm over all sheets of the study.
    pub corrected: Option<f64>,
    /// Of "above the reference".
    pub verdict: Verdict,
}

/// The tables of a study, the axes that are neither rows nor columns in file order.
pub(crate) fn sheets(
    question: &Question,
    runs: &[Run],
    expected: &[Cell],
    paper: Option<&PaperTable>,
) -> Result<Vec<Sheet>, ReportError> {
    let spec = &question.table;
    let values = |axis: &str| {
        let found = question.axes.iter().find(|known| known.key == axis);
        found
            .map(|axis| axis.values.clone())
            .ok_or_else(|| ReportError::NoAxis {
                axis: axis.to_owned(),
                known: question
                    .axes
                    .iter()
                    .map(|axis| axis.key.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    };
    let (rows, columns) = (values(&spec.rows)?, values(&spec.columns)?);
    let others = question
        .axes
        .iter()
        .filter(|a| a.key != spec.rows && a.key != spec.columns);
    let mut grid: Vec<Choice> = vec![Vec::new()];
    for axis in others {
        let longer = |choice: &Choice, value: &String| {
            choice
                .iter()
                .cloned()
                .chain([(axis.key.clone(), value.clone())])
                .collect()
        };
        grid = grid
            .iter()
            .flat_map(|c| axis.values.iter().map(move |v| longer(c, v)))
            .collect();
    }
    let mut places = BTreeMap::new();
    for cell in expected {
        let place = places.entry(key(&cell.axes)).or_insert_with(|| Place {
            axes: cell.axes.clone(),
            expected: 0,
            accuracies: BTreeMap::new(),
            estimate: None,
            diverged: 0,
            floor: None,
            floors: Vec::new(),
            further: Vec::new(),
            paper: paper.and_then(|paper| paper.value(&cell.axes)),
            parameters: None,
            against: None,
        });
        place.expected += 1;
    }
    for run in runs {
        let Some(place) = places.get_mut(&key(&run.cell.axes)) else {
            continue;
        };
        place.accuracies.insert(run.cell.seed, run.test.accuracy);
        place.diverged += usize::from(run.diverged.is_some());
        place.floor = Some(run.floor.clone());
        if let Some(tested) = run.tests.first() {
            place.floors = tested.floors.clone();
        }
        let counts = run.parameters.values();
        place.parameters = Some(counts.fold((0, 0), |(trained, total), count| {
            (trained + count.trained, total + count.total)
        }));
    }
    let mut further: BTreeMap<_, Vec<(String, Vec<f64>)>> = BTreeMap::new();
    for run in runs {
        let sets = further.entry(key(&run.cell.axes)).or_default();
        for tested in run.tests.iter().skip(1) {
            let accuracy = tested.score.accuracy;
            match sets.iter_mut().find(|(name, _)| *name == tested.name) {
                Some((_, accuracies)) => accuracies.push(accuracy),
                None => sets.push((tested.name.clone(), vec![accuracy])),
            }
        }
    }
    for (at, place) in &mut places {
        let sets = further.remove(at).unwrap_or_default().into_iter();
        let sets = sets.filter_map(|(name, values)| Some((name, Estimate::over(&values)?)));
        place.further = sets.collect();
        place.estimate = Estimate::over(&place.accuracies.values().copied().collect::<Vec<_>>());
    }
    if let Some(reference) = &spec.reference {
        compare(&mut places, reference);
    }
    let sheet = |fixed: Choice| {
        let at = |row: &String, column: &String| {
            let mut axes = fixed.clone();
            axes.push((spec.rows.clone(), row.clone()));
            axes.push((spec.columns.clone(), column.clone()));
            places.get(&key(&axes)).cloned()
        };
        // A filter may leave rows and columns without a single cell.
        let kept_rows = rows
            .iter()
            .filter(|row| columns.iter().any(|c| at(row, c).is_some()));
        let kept = columns
            .iter()
            .filter(|column| rows.iter().any(|r| at(r, column).is_some()));
        let rows: Vec<String> = kept_rows.cloned().collect();
        let columns: Vec<String> = kept.cloned().collect();
        let line = |row| columns.iter().map(|column| at(row, column)).collect();
        Sheet {
            places: rows.iter().map(line).collect(),
            fixed,
            rows,
            columns,
        }
    };
    Ok(grid
        .into_iter()
        .map(sheet)
        .filter(|sheet| !sheet.rows.is_empty())
        .collect())
}

impl Sheet {
    /// The planned cells, row by row.
    pub fn planned(&self) -> impl Iterator<Item = &Place> {
        self.places.iter().flatten().flatten()
    }

    /// The floors of a column, each once; several when its cells are different tasks.
    pub fn floors(&self, column: usize) -> Vec<&Floor> {
        let mut floors: Vec<&Floor> = Vec::new();
        for floor in self
            .places
            .iter()
            .filter_map(|row| row[column].as_ref()?.floor.as_ref())
        {
            if !floors.contains(&floor) {
                floors.push(floor);
            }
        }
        floors
    }
}

/// Differences to the reference, with Holm over all of them. A cell that waits counts as a
/// comparison already: the correction must not grow while results come in.
fn compare(places: &mut BTreeMap<BTreeSet<(String, String)>, Place>, reference: &(String, String)) {
    let (axis, value) = reference;
    let mut found = Vec::new();
    for (key, place) in places.iter() {
        let mut other = key.clone();
        other.retain(|(known, _)| known != axis);
        other.insert(reference.clone());
        let is_reference = place
            .axes
            .iter()
            .any(|(known, at)| known == axis && at == value);
        let Some(base) = places.get(&other).filter(|_| !is_reference) else {
            continue;
        };
        let pairs = place.accuracies.iter();
        let pairs = pairs.filter_map(|(seed, ours)| Some(ours - base.accuracies.get(seed)?));
        found.push((key.clone(), pairs.collect::<Vec<f64>>()));
    }
    let p: Vec<Option<f64>> = found.iter().map(|(_, pairs)| sign_flip(pairs)).collect();
    let corrected = holm(&p.iter().map(|p| p.unwrap_or(1.0)).collect::<Vec<_>>());
    let comparisons = found.len();
    for (((key, pairs), p), corrected) in found.into_iter().zip(p).zip(corrected) {
        let difference = Estimate::over(&pairs);
        let corrected = p.map(|_| corrected);
        let mean = difference.map_or(0.0, |difference| difference.mean);
        let verdict = Verdict::of(mean, corrected, pairs.len(), comparisons);
        if let Some(place) = places.get_mut(&key) {
            place.against = Some(Against {
                difference,
                p,
                corrected,
                verdict,
            });
        }
    }
}

/// A choice whatever the order of its axes.
fn key(axes: &[(String, String)]) -> BTreeSet<(String, String)> {
    axes.iter().cloned().collect()
}
