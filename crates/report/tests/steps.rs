//! Steps to an accuracy: one accuracy a column, chosen on validation alone; bounds; several jobs around a body.

// Helpers of tests are tests, which clippy cannot see.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Rows, axes, question, study};
use evidence::{Arrival, Cell, Place, seed};
use report::{Report, Role, Summary, TableFormat, Value};
use training::CurvePoint;

/// Every curve of MNIST (majority class 11.35 %) rises from 20 % at step 100 on a line to this accuracy at step 200.
fn rising(replicates: u64, jobs: u64, end: impl Fn(&Cell) -> f64) -> Rows {
    let (runs, mut curves, cells) = study(replicates, jobs, |_| true);
    for curve in &mut curves {
        if curve.cell.axes[1].1 == "mnist" {
            let points = [(100, 0.2), (200, end(&curve.cell))];
            let point = |(step, validation_accuracy)| CurvePoint {
                validation_accuracy,
                ..CurvePoint::at(step)
            };
            curve.points = points.map(point).to_vec();
        }
    }
    (runs, curves, cells)
}

fn summary((runs, curves, cells): &Rows) -> Summary {
    Summary::new(&question(), runs, curves, cells).unwrap()
}

fn arrival(rows: &Rows, row: &str, task: &str) -> Arrival {
    summary(rows).arrivals[&Place::of(&axes(row, task))]
}

/// Of the table of steps: heads, and the value of the last column, which is MNIST, in each row.
fn table(rows: &Rows) -> Option<(Vec<String>, Vec<Value>)> {
    let report = Report::of(&summary(rows));
    let tables = report.tables();
    let table = tables.iter().find(|table| table.role == Role::Steps)?;
    let heads = table.columns.iter().map(|column| column.name.clone());
    let last = table.rows.iter().map(|row| row.last().unwrap().clone());
    Some((heads.collect(), last.collect()))
}

fn is_random(cell: &Cell) -> bool {
    cell.axes[0].1 == "random"
}

fn close(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9, "{value}, not {expected}");
}

#[test]
fn an_accuracy_is_half_way_from_the_majority_class_to_the_best_cell() {
    // On average 0.9 in one cell, 0.6 in the others: half way from 0.1135 is 0.50675.
    let rows = rising(3, 1, |cell| match is_random(cell) {
        true => 0.8 + 0.05 * cell.seed as f64,
        false => 0.6,
    });
    let text = arrival(&rows, "text", "mnist");
    assert_eq!((text.at, text.runs, text.arrived), (0.5, 3, 3));
    close(text.steps.mean, 175.0);
    let (heads, _) = table(&rows).unwrap();
    assert_eq!(heads[0], "pretraining");
    assert_eq!(heads[4], "mnist at 50 %");
    // Nobody knows the majority class of Bit Memory here: it is from the lowest first point.
    let (_, curves, _) = &rows;
    let here = curves
        .iter()
        .filter(|curve| curve.cell.axes[1].1 == "bit-memory");
    let first = here.map(|curve| curve.points[0].validation_accuracy);
    let first = first.reduce(f64::min).unwrap();
    let at = arrival(&rows, "text", "bit-memory").at;
    assert!(first < at && at < (first + 1.0) / 2.0, "{first} {at}");
    assert_eq!(heads[1], format!("bit-memory at {:.0} %", at * 100.0));
}

#[test]
fn test_accuracies_and_the_order_of_rows_have_no_say() {
    let rows = rising(3, 2, |cell| 0.6 + 0.01 * seed::replicate(cell.seed) as f64);
    let mut other = rows.clone();
    for run in &mut other.0 {
        run.test.accuracy = 0.3;
    }
    other.0.reverse();
    other.1.reverse();
    assert_eq!(summary(&rows).arrivals, summary(&other).arrivals);
}

#[test]
fn who_never_arrives_counts_with_the_last_step() {
    let rows = rising(3, 1, |cell| match is_random(cell) && cell.seed == 2 {
        true => 0.3,
        false => 0.9,
    });
    let random = arrival(&rows, "random", "mnist");
    assert_eq!((random.at, random.runs, random.arrived), (0.5, 3, 2));
    let arrives = 100.0 + 100.0 * 0.3 / 0.7;
    close(random.steps.mean, (2.0 * arrives + 200.0) / 3.0);
    let (runs, curves, cells) = &rows;
    let text = report::table(
        &Summary::new(&question(), runs, curves, cells).unwrap(),
        report::TableFormat::Markdown,
    );
    for part in ["| > 162 (2 of 3 arrive) |", "never arrived", " 143 (3) |"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    // What the long form says of the last cell, which is this one.
    let report = Report::of(&summary(&rows));
    let tables = report.tables();
    let long = tables.iter().find(|table| table.role == Role::Cells);
    let long = long.unwrap();
    let last = long.rows.last().unwrap();
    let value = |name: &str| {
        let mut columns = long.columns.iter();
        let at = columns.position(|column| column.name == name).unwrap();
        last[at].number().unwrap()
    };
    close(value("steps_to_accuracy"), random.steps.mean);
    close(value("at_accuracy"), 0.5);
    close(value("arrived"), 2.0 / 3.0);
}

#[test]
fn jobs_around_a_body_are_one_replicate_once_all_are_there() {
    let mut rows = rising(3, 2, |cell| match seed::job(cell.seed) {
        0 => 0.9,
        _ => 0.6,
    });
    // The best mean is 0.75, half way 0.43175; one job crosses 0.43 sooner than the other.
    let steps = (100.0 + 100.0 * 0.23 / 0.7 + 100.0 + 100.0 * 0.23 / 0.4) / 2.0;
    let whole = arrival(&rows, "text", "mnist");
    assert_eq!((whole.at, whole.runs, whole.steps.n), (0.43, 6, 3));
    close(whole.steps.mean, steps);
    // The second job around the third body of text is not finished.
    let missing = seed::seed(3, 1);
    rows.0
        .retain(|run| run.cell.axes != axes("text", "mnist") || run.cell.seed != missing);
    let part = arrival(&rows, "text", "mnist");
    assert_eq!((part.at, part.runs, part.steps.n), (0.43, 4, 2));
    close(part.steps.mean, steps);
}

#[test]
fn without_curves_or_anything_to_arrive_at_there_is_no_accuracy() {
    let (runs, curves, cells) = rising(2, 1, |_| 0.2);
    let flat = (runs.clone(), curves, cells.clone());
    let (heads, values) = table(&flat).unwrap();
    // From 0.1135 to 0.2: half way is 0.156.
    assert_eq!(heads[4], "mnist at 15 %");
    let Value::Linked(steps, _) = &values[0] else {
        panic!("{:?} links to no job", values[0])
    };
    assert!(matches!(**steps, Value::Steps { .. }));
    let mut below = flat.clone();
    let on_mnist = |cell: &Cell| cell.axes[1].1 == "mnist";
    for curve in below.1.iter_mut().filter(|curve| on_mnist(&curve.cell)) {
        curve
            .points
            .iter_mut()
            .for_each(|point| point.validation_accuracy = 0.1);
    }
    let (heads, values) = table(&below).unwrap();
    assert_eq!(heads[4], "mnist");
    assert!(values.iter().all(|value| *value == Value::Absent));
    assert_eq!(table(&(runs, Vec::new(), cells)), None);
}

/// Tasks down the side are held against each other as little as beside each other: a row has an accuracy, a floor and a best of its own.
#[test]
fn a_table_turned_on_its_side_says_the_same() {
    let (runs, curves, cells) = study(3, 1, |_| true);
    let upright = question();
    let mut turned = upright.clone();
    let table = &mut turned.table;
    std::mem::swap(&mut table.rows, &mut table.columns);
    let [upright, turned] = [upright, turned].map(|question| {
        let summary = Summary::new(&question, &runs, &curves, &cells).unwrap();
        let report = Report::of(&summary);
        let latex = report::table(&summary, TableFormat::Latex);
        (summary.arrivals, report, latex)
    });
    assert_eq!(turned.0, upright.0);
    let of = |report: &Report, role: fn(&Role) -> bool| {
        let tables = report.tables();
        let table = tables.into_iter().find(|table| role(&table.role));
        table.unwrap().clone()
    };
    let steps = |report| of(report, |role| *role == Role::Steps);
    let heads = steps(&upright.1).columns.into_iter().skip(1);
    let heads: Vec<Value> = heads.map(|column| Value::text(column.name)).collect();
    let rows = steps(&turned.1).rows;
    let names: Vec<Value> = rows.iter().map(|row| row[0].clone()).collect();
    assert_eq!(names, heads);
    let accuracies = |report| of(report, |role| matches!(role, Role::Accuracies(_)));
    let beside = accuracies(&turned.1);
    assert_eq!(beside.columns.last().unwrap().name, "trivial floor");
    assert_eq!(beside.foot, None);
    let floors = beside.rows.iter().map(|row| row.last().unwrap().clone());
    let below = accuracies(&upright.1).foot.unwrap();
    assert_eq!(floors.collect::<Vec<_>>(), below[1..]);
    // What is bold is the same, with the group it is the best of.
    let bold = |text: &str| {
        let mut bold: Vec<String> = text.split("\\textbf{").skip(1).map(str::to_owned).collect();
        bold.iter_mut()
            .for_each(|rest| rest.truncate(rest.find('}').unwrap()));
        bold.sort();
        (text.contains("best mean of a row"), bold)
    };
    let (upright, turned) = (bold(&upright.2), bold(&turned.2));
    assert!(!upright.1.is_empty());
    assert_eq!((upright.0, turned.0), (false, true));
    assert_eq!(turned.1, upright.1);
}
