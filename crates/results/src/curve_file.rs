use crate::cell_columns;
use crate::error::ResultsError;
use crate::frame::Frame;
use evidence::{Curve, QUANTITIES, Unit};
use std::path::Path;
use training::CurvePoint;

/// Writes one job's `curve.parquet`.
pub(crate) fn write_points(path: &Path, points: &[CurvePoint]) -> Result<(), ResultsError> {
    let mut frame = Frame::new(path);
    add(&mut frame, &points.iter().collect::<Vec<_>>());
    frame.write()
}

/// Reads one job's `curve.parquet`.
pub(crate) fn read_points(path: &Path) -> Result<Vec<CurvePoint>, ResultsError> {
    get(&Frame::read(path)?)
}

/// A study's `curves.parquet`: one row for each point of each cell.
pub(crate) fn curves_frame(path: &Path, curves: &[Curve]) -> Frame {
    let rows = curves
        .iter()
        .flat_map(|curve| curve.points.iter().map(|point| (&curve.cell, point)));
    let (cells, points): (Vec<_>, Vec<_>) = rows.unzip();
    let mut frame = Frame::new(path);
    cell_columns::add(&mut frame, &cells);
    add(&mut frame, &points);
    frame
}

/// Reads a study's `curves.parquet`. A learning rate that was on trial stands among the axes.
///
/// # Errors
/// [`ResultsError::Io`], [`ResultsError::Newer`], or [`ResultsError::Damaged`] for anything that
/// is not such a file.
pub fn read_curves(path: &Path) -> Result<Vec<Curve>, ResultsError> {
    let frame = Frame::read(path)?;
    let mut curves: Vec<Curve> = Vec::new();
    for (cell, point) in cell_columns::get(&frame)?.into_iter().zip(get(&frame)?) {
        match curves.last_mut() {
            Some(curve) if curve.cell == cell => curve.points.push(point),
            _ => curves.push(Curve {
                cell,
                points: vec![point],
            }),
        }
    }
    Ok(curves)
}

fn add(frame: &mut Frame, points: &[&CurvePoint]) {
    frame.add("step", points.iter().map(|point| point.step));
    for quantity in QUANTITIES {
        frame.add(quantity.name, points.iter().map(|point| quantity.of(point)));
    }
}

fn get(frame: &Frame) -> Result<Vec<CurvePoint>, ResultsError> {
    let steps: Vec<u64> = frame.get("step")?;
    frame.counts("step", &steps)?;
    let mut points: Vec<CurvePoint> = steps.into_iter().map(CurvePoint::at).collect();
    for quantity in QUANTITIES {
        let values: Vec<f64> = frame.get(quantity.name)?;
        match quantity.unit {
            Unit::Share => frame.shares(quantity.name, &values)?,
            _ => frame.losses(quantity.name, &values)?,
        }
        for (point, value) in points.iter_mut().zip(values) {
            *(quantity.field)(point) = value;
        }
    }
    Ok(points)
}
