use crate::cell::Cell;
use crate::unit::Unit;
use std::collections::BTreeMap;
use training::{CurvePoint, JobId};

/// The curve of a cell: its rows of `curves.parquet`.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    pub cell: Cell,
    pub points: Vec<CurvePoint>,
}

/// A quantity that every point of a curve has: a column of `curves.parquet`, an axis of a figure.
pub struct Quantity {
    /// Of its column.
    pub name: &'static str,
    /// In words.
    pub label: &'static str,
    pub unit: Unit,
    /// Where it stands in a point.
    pub field: fn(&mut CurvePoint) -> &mut f64,
}

impl Quantity {
    /// What an axis of a figure says: `validation accuracy, %`.
    pub fn axis(&self) -> String {
        format!("{}, {}", self.label, self.unit.symbol())
    }

    /// Of a point.
    pub fn of(&self, point: &CurvePoint) -> f64 {
        let mut point = *point;
        *(self.field)(&mut point)
    }

    /// Of a point, as it is printed.
    pub fn printed(&self, point: &CurvePoint) -> f64 {
        self.of(point) * self.unit.scale().0
    }
}

/// Every quantity, in the order of the columns.
pub static QUANTITIES: [&Quantity; 4] = [
    &TRAIN_LOSS,
    &TRAIN_ACCURACY,
    &VALIDATION_LOSS,
    &VALIDATION_ACCURACY,
];

static TRAIN_LOSS: Quantity = Quantity {
    name: "train_loss",
    label: "training loss",
    unit: Unit::Nats,
    field: |point| &mut point.train_loss,
};

static TRAIN_ACCURACY: Quantity = Quantity {
    name: "train_accuracy",
    label: "training accuracy",
    unit: Unit::Share,
    field: |point| &mut point.train_accuracy,
};

pub static VALIDATION_LOSS: Quantity = Quantity {
    name: "validation_loss",
    label: "validation loss",
    unit: Unit::Nats,
    field: |point| &mut point.validation_loss,
};

pub static VALIDATION_ACCURACY: Quantity = Quantity {
    name: "validation_accuracy",
    label: "validation accuracy",
    unit: Unit::Share,
    field: |point| &mut point.validation_accuracy,
};

/// The points of each job's curve.
pub(crate) fn by_job(curves: &[Curve]) -> BTreeMap<&JobId, &[CurvePoint]> {
    let jobs = curves.iter().map(|curve| &curve.cell.job);
    jobs.zip(curves.iter().map(|curve| curve.points.as_slice()))
        .collect()
}
