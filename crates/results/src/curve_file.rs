use crate::frame::{Columns, Frame};
use crate::runs_file::{axis_columns, decode_cells};
use crate::{Curve, ResultsError};
use std::fs;
use std::path::Path;
use training::CurvePoint;

/// The bytes of one job's `curve.parquet`.
pub(crate) fn encode_points(path: &Path, points: &[CurvePoint]) -> Result<Vec<u8>, ResultsError> {
    let mut columns = Columns::default();
    point_columns(&mut columns, points);
    columns.encode(path)
}

/// One job's curve from the bytes of its `curve.parquet`.
pub(crate) fn decode_points(path: &Path, bytes: Vec<u8>) -> Result<Vec<CurvePoint>, ResultsError> {
    points(&Frame::decode(path, bytes)?)
}

/// The bytes of a study's `curves.parquet`: one row for each point of each cell.
pub(crate) fn encode_curves(path: &Path, curves: &[Curve]) -> Result<Vec<u8>, ResultsError> {
    let cells: Vec<_> = curves
        .iter()
        .flat_map(|curve| std::iter::repeat_n(&curve.cell, curve.points.len()))
        .collect();
    let all: Vec<CurvePoint> = curves
        .iter()
        .flat_map(|curve| curve.points.clone())
        .collect();
    let mut columns = Columns::default();
    axis_columns(&mut columns, &cells);
    point_columns(&mut columns, &all);
    columns.encode(path)
}

/// Reads a study's `curves.parquet`.
///
/// # Errors
/// [`ResultsError::Io`], [`ResultsError::Newer`], or [`ResultsError::Damaged`] for anything that
/// is not such a file.
pub fn read_curves(path: &Path) -> Result<Vec<Curve>, ResultsError> {
    let bytes = fs::read(path).map_err(ResultsError::io("read", path))?;
    let frame = Frame::decode(path, bytes)?;
    let mut curves: Vec<Curve> = Vec::new();
    for (cell, point) in decode_cells(&frame)?.into_iter().zip(points(&frame)?) {
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

fn point_columns(columns: &mut Columns, points: &[CurvePoint]) {
    columns.add("step", points.iter().map(|point| point.step));
    columns.add("train_loss", points.iter().map(|point| point.train_loss));
    columns.add(
        "train_accuracy",
        points.iter().map(|point| point.train_accuracy),
    );
    columns.add(
        "validation_loss",
        points.iter().map(|point| point.validation_loss),
    );
    columns.add(
        "validation_accuracy",
        points.iter().map(|point| point.validation_accuracy),
    );
}

fn points(frame: &Frame) -> Result<Vec<CurvePoint>, ResultsError> {
    let steps = frame.integers("step")?;
    let train_loss = frame.numbers("train_loss")?;
    let train_accuracy = frame.numbers("train_accuracy")?;
    let validation_loss = frame.numbers("validation_loss")?;
    let validation_accuracy = frame.numbers("validation_accuracy")?;
    let point = |row: usize| CurvePoint {
        step: steps[row],
        train_loss: train_loss[row],
        train_accuracy: train_accuracy[row],
        validation_loss: validation_loss[row],
        validation_accuracy: validation_accuracy[row],
    };
    Ok((0..steps.len()).map(point).collect())
}
