use crate::error::{ResultsError, if_there};
use crate::frame::Frame;
use evidence::{Curve, MEASURES, Measure, Run, TEST_ACCURACY};
use std::path::Path;

/// A study's `measures.parquet`, a row for each job and measure that `runs.parquet` has no column
/// for; no file where there is no such measure. A file of its own: files that have been published do not
/// change when a measure is added.
///
/// # Errors
/// When the file there has a measure that this program does not know, and would lose.
pub(crate) fn frame(
    path: &Path,
    runs: &[Run],
    curves: &[Curve],
) -> Result<Option<Frame>, ResultsError> {
    let further = |measure: &&&Measure| **measure != &TEST_ACCURACY && measure.key().is_none();
    let measures: Vec<&Measure> = MEASURES.iter().filter(further).copied().collect();
    if measures.is_empty() {
        return Ok(None);
    }
    let old: Vec<String> = match if_there(Frame::read(path).and_then(|old| old.get("measure"))) {
        Err(error) if error.is_damage() => Vec::new(),
        old => old?.unwrap_or_default(),
    };
    let known = |name: &String| measures.iter().any(|measure| measure.name == name);
    if let Some(name) = old.into_iter().find(|name| !known(name)) {
        let path = path.to_owned();
        return Err(ResultsError::Foreign { path, name });
    }
    let mut rows = Vec::new();
    for (run, curve) in runs.iter().zip(curves) {
        for measure in &measures {
            let reading = measure.read(run, &curve.points, None);
            rows.push((&run.cell.job.0, measure.name, reading.map(|r| r.value)));
        }
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
