use crate::error::ResultsError;
use crate::frame::Frame;
use crate::provenance::{Provenance, Read};
use std::collections::BTreeMap;
use std::path::Path;
use training::JobId;

type Rare = fn(&mut Provenance) -> &mut Option<String>;

/// What earlier versions did not note.
const RARE: [(&str, Rare); 7] = [
    ("device_name", |record| &mut record.device_name),
    ("driver", |record| &mut record.driver),
    ("body_content", |record| &mut record.read.body_content),
    ("body_source", |record| &mut record.read.body_source),
    ("body_commit", |record| &mut record.read.body_commit),
    ("data_content", |record| &mut record.read.data_content),
    ("log", |record| &mut record.log),
];

/// A study's `provenance.parquet`: one row a job.
pub(crate) fn frame(path: &Path, records: &BTreeMap<JobId, Provenance>) -> Frame {
    let all = || records.values();
    let mut frame = Frame::new(path);
    frame.add("job", records.keys().map(|job| job.0.clone()));
    frame.add("wall_seconds", all().map(|record| record.wall_seconds));
    frame.add_rare(
        "processor_seconds",
        all().map(|record| record.processor_seconds).collect(),
    );
    frame.add("device", all().map(|record| record.device.clone()));
    let mut rare: Vec<Provenance> = all().cloned().collect();
    for (name, of) in RARE {
        let values = rare.iter_mut().map(|record| of(record).take());
        frame.add_rare(name, values.collect());
    }
    frame.add("threads", all().map(|record| record.threads));
    frame.add("version", all().map(|record| record.version.clone()));
    frame.add("git_commit", all().map(|record| record.git_commit.clone()));
    frame.add("git_dirty", all().map(|record| record.git_dirty));
    frame.add("finished_at", all().map(|record| record.finished_at));
    frame
}

/// Reads a study's `provenance.parquet`.
pub(crate) fn read(path: &Path) -> Result<BTreeMap<JobId, Provenance>, ResultsError> {
    let frame = Frame::read(path)?;
    let wall_seconds: Vec<f64> = frame.get("wall_seconds")?;
    frame.seconds("wall_seconds", &wall_seconds)?;
    let threads = frame.get("threads")?;
    let jobs: Vec<String> = frame.get("job")?;
    let processor_seconds = frame.get_rare("processor_seconds", jobs.len())?;
    let device: Vec<String> = frame.get("device")?;
    let version: Vec<String> = frame.get("version")?;
    let git_commit: Vec<Option<String>> = frame.get("git_commit")?;
    let git_dirty = frame.get("git_dirty")?;
    let finished_at = frame.get("finished_at")?;
    let record = |row: usize| Provenance {
        wall_seconds: wall_seconds[row],
        processor_seconds: processor_seconds[row],
        device: device[row].clone(),
        device_name: None,
        driver: None,
        threads: threads[row],
        version: version[row].clone(),
        git_commit: git_commit[row].clone(),
        git_dirty: git_dirty[row],
        finished_at: finished_at[row],
        read: Read::default(),
        log: None,
    };
    let mut records: Vec<Provenance> = (0..jobs.len()).map(record).collect();
    for (name, of) in RARE {
        let values: Vec<Option<String>> = frame.get_rare(name, records.len())?;
        for (record, value) in records.iter_mut().zip(values) {
            *of(record) = value;
        }
    }
    Ok(jobs.into_iter().map(JobId).zip(records).collect())
}
