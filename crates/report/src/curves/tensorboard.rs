//! Event files of TensorBoard: a folder a run, in it one file.

use super::moment::{Moment, moments};
use super::neighbours::EVENTS;
use super::run_curve::RunCurve;
use super::run_names::run_names;
use super::{event, record};
use crate::error::ReportError;
use evidence::QUANTITIES;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

/// The tags of the [`QUANTITIES`], as TensorBoard's users group them, and those of the test.
const TAGS: [&str; 4] = [
    "train/loss",
    "train/accuracy",
    "validation/loss",
    "validation/accuracy",
];
const TEST_TAGS: [&str; 2] = ["test/loss", "test/accuracy"];

/// No writer takes so long over one file.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Writes a folder for each run into `dir`, which is made where it is missing, and tells how many there are. A file whose bytes
/// would not change is left alone, any other one of its name replaced. Values have 32 bits, since that is what TensorBoard keeps
/// of a scalar; those of a point have the time that its step has by the run's clock, or 0 where that is not known.
///
/// # Errors
/// [`ReportError::Io`] where a folder or a file cannot be written.
pub fn write_tensorboard(runs: &[RunCurve], dir: &Path) -> Result<usize, ReportError> {
    let curves: BTreeMap<String, &RunCurve> = run_names(runs).into_iter().zip(runs).collect();
    for (name, curve) in &curves {
        let folder = dir.join(name);
        fs::create_dir_all(&folder).map_err(ReportError::io("create", &folder))?;
        let path = folder.join(EVENTS);
        put(&folder, &path, &events(curve)).map_err(ReportError::io("write", &path))?;
    }
    Ok(curves.len())
}

/// While it is written the file has a name that a TensorBoard which is running takes for no event file.
fn put(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    // What a killed writer left; what is young may be being written.
    files::sweep_older(folder, HOUR)?;
    if files::read(path)?.is_some_and(|old| old == bytes) {
        return Ok(());
    }
    let mut part = files::begin(&folder.join("curve"))?;
    part.write_all(bytes)?;
    files::settle(part, path)
}

fn events(curve: &RunCurve) -> Vec<u8> {
    let time = |step| {
        let clock = curve.clock.as_ref();
        clock.map_or(0.0, |clock| clock.at(step, curve.run.steps))
    };
    let mut file = Vec::new();
    record::append(&mut file, &event::opening(time(0)));
    for moment in moments(curve) {
        let event = event::scalars(time(moment.step), moment.step, &scalars(&moment));
        record::append(&mut file, &event);
    }
    file
}

fn scalars(moment: &Moment) -> Vec<(&'static str, f32)> {
    let point = moment.point.map(|point| {
        let values = QUANTITIES.map(|quantity| quantity.of(point) as f32);
        TAGS.into_iter().zip(values)
    });
    let test = moment.test.map(|test| {
        let values = [test.loss, test.accuracy].map(|value| value as f32);
        TEST_TAGS.into_iter().zip(values)
    });
    let point = point.into_iter().flatten();
    point.chain(test.into_iter().flatten()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_quantity_has_its_tag() {
        let tag = |name: &str| name.replacen('_', "/", 1);
        assert_eq!(TAGS.to_vec(), QUANTITIES.map(|quantity| tag(quantity.name)));
    }
}
