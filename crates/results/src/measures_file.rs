use crate::error::{ResultsError, if_there};
use crate::frame::Frame;
use evidence::{Curve, MEASURES, Measure, Run};
use std::path::Path;

/// Where it is damaged, and this version does not write it.
const WAY_OUT: &str =
    "delete it: the version that has its measures makes it anew of the files beside it";

/// A study's `measures.parquet`, a row for each job and measure that it has a reading of and that `runs.parquet` has no
/// column for; no file where there is no such row. A file of its own: files that have been published do not
/// change when a measure is added.
///
/// # Errors
/// When the file there is of a newer version, or has a measure that this program does not know: its rows
/// would be lost, or left behind beside others. Where there is no measure, when it cannot be read.
pub(crate) fn frame(
    path: &Path,
    runs: &[Run],
    curves: &[Curve],
) -> Result<Option<Frame>, ResultsError> {
    let further = |measure: &&&Measure| !measure.stored && measure.key().is_none();
    let measures: Vec<&Measure> = MEASURES.iter().filter(further).copied().collect();
    let mut rows = Vec::new();
    for (run, curve) in runs.iter().zip(curves) {
        for measure in &measures {
            let reading = measure.read(run, &curve.points, None);
            rows.extend(reading.map(|reading| (&run.cell.job.0, measure.name, reading.value)));
        }
    }
    let old: Vec<String> = match if_there(Frame::read(path).and_then(|old| old.get("measure"))) {
        // Made anew of the other files.
        Err(error) if error.is_damage() && !rows.is_empty() => Vec::new(),
        old => old
            .map_err(|error| error.or_else(WAY_OUT))?
            .unwrap_or_default(),
    };
    let is_there = !old.is_empty();
    let known = |name: &String| measures.iter().any(|measure| measure.name == name);
    if let Some(name) = old.into_iter().find(|name| !known(name)) {
        let path = path.to_owned();
        return Err(ResultsError::Foreign { path, name });
    }
    if rows.is_empty() && !is_there {
        return Ok(None);
    }
    let mut frame = Frame::new(path);
    frame.add("job", rows.iter().map(|(job, ..)| (*job).clone()));
    frame.add(
        "measure",
        rows.iter().map(|(_, name, _)| (*name).to_owned()),
    );
    frame.add("value", rows.iter().map(|(.., value)| *value));
    Ok(Some(frame))
}
