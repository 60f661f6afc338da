use crate::frame::{Columns, Frame};
use crate::{Provenance, ResultsError};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use training::JobId;

/// The bytes of a study's `provenance.parquet`: one row a job.
pub(crate) fn encode(
    path: &Path,
    records: &BTreeMap<JobId, Provenance>,
) -> Result<Vec<u8>, ResultsError> {
    let all = || records.values();
    let mut columns = Columns::default();
    columns.add("job", records.keys().map(|job| job.0.clone()));
    columns.add("wall_seconds", all().map(|record| record.wall_seconds));
    columns.add("device", all().map(|record| record.device.clone()));
    columns.add("threads", all().map(|record| record.threads as u64));
    columns.add("version", all().map(|record| record.version.clone()));
    columns.add("git_commit", all().map(|record| record.git_commit.clone()));
    columns.add("git_dirty", all().map(|record| record.git_dirty));
    columns.add("finished_at", all().map(|record| record.finished_at));
    columns.encode(path)
}

/// Reads a study's `provenance.parquet`.
pub(crate) fn read(path: &Path) -> Result<BTreeMap<JobId, Provenance>, ResultsError> {
    let bytes = fs::read(path).map_err(ResultsError::io("read", path))?;
    let frame = Frame::decode(path, bytes)?;
    let (seconds, threads) = (frame.numbers("wall_seconds")?, frame.integers("threads")?);
    let [jobs, device, version] = [
        frame.texts("job")?,
        frame.texts("device")?,
        frame.texts("version")?,
    ];
    let (commit, dirty) = (
        frame.optional_texts("git_commit")?,
        frame.optional_flags("git_dirty")?,
    );
    let finished = frame.integers("finished_at")?;
    let record = |row: usize| Provenance {
        wall_seconds: seconds[row],
        device: device[row].clone(),
        threads: usize::try_from(threads[row]).unwrap_or(usize::MAX),
        version: version[row].clone(),
        git_commit: commit[row].clone(),
        git_dirty: dirty[row],
        finished_at: finished[row],
    };
    Ok(jobs
        .into_iter()
        .enumerate()
        .map(|(row, job)| (JobId(job), record(row)))
        .collect())
}
