use super::clock::Clock;
use evidence::Run;
use training::CurvePoint;

/// A finished cell with its curve, and when it was computed, where that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct RunCurve {
    pub run: Run,
    pub points: Vec<CurvePoint>,
    pub clock: Option<Clock>,
}
