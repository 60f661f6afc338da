use super::Progress;
use crate::error::TaskError;
use hf_hub::HFClientSync;
use hf_hub::progress::{DownloadEvent, ProgressEvent, ProgressHandler};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Row, RowAccessor};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long the hub may stay silent before the next source has its turn.
const PATIENCE: Duration = Duration::from_secs(20);

/// Downloads a file of a data set on the Hugging Face hub; one line says why not.
///
/// Honours `HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE`.
pub(super) fn download(
    owner: &'static str,
    name: &'static str,
    file: &'static str,
    into: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, String> {
    if std::env::var("HF_HUB_OFFLINE").is_ok_and(|value| !matches!(value.as_str(), "" | "0")) {
        return Err("not asked, since HF_HUB_OFFLINE is set".to_owned());
    }
    let bytes = Arc::new(Bytes::default());
    let (send, receive) = channel();
    let (handler, into) = (Arc::clone(&bytes), into.to_owned());
    // The client has no limit on how long it waits for a connection, so it gets a thread of its
    // own, which is left behind when the hub stays silent.
    thread::spawn(move || send.send(ask(owner, name, file, into, handler)));
    let mut heard = (0, Instant::now());
    loop {
        match receive.recv_timeout(Duration::from_millis(200)) {
            Ok(outcome) => return outcome,
            Err(RecvTimeoutError::Disconnected) => return Err("the client broke off".to_owned()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let now = bytes.0.load(Ordering::Relaxed);
        if now > heard.0 {
            heard = (now, Instant::now());
            progress(Progress::Downloaded { bytes: now });
        } else if heard.1.elapsed() > PATIENCE {
            return Err(format!("no answer in {} seconds", PATIENCE.as_secs()));
        }
    }
}

fn ask(
    owner: &str,
    name: &str,
    file: &str,
    into: PathBuf,
    progress: Arc<Bytes>,
) -> Result<PathBuf, String> {
    let line = |error: hf_hub::HFError| innermost(&error);
    let client: HFClientSync = hf_hub::HFClient::builder()
        .retry_max_attempts(1)
        .build_sync()
        .map_err(line)?;
    let dataset = client.dataset(owner, name);
    let download = dataset
        .download_file()
        .filename(file)
        .local_dir(into)
        .progress(progress);
    download.send().map_err(line)
}

/// The cause at the bottom, on one line: what is above it repeats addresses.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause
        .to_string()
        .lines()
        .next()
        .unwrap_or("failed without a word")
        .to_owned()
}

/// Bytes received, as the client tells them.
#[derive(Default)]
struct Bytes(AtomicU64);

impl ProgressHandler for Bytes {
    fn on_progress(&self, event: &ProgressEvent) {
        match event {
            ProgressEvent::Download(DownloadEvent::Progress { files }) => {
                let done = files.iter().map(|file| file.bytes_completed).sum();
                self.0.fetch_max(done, Ordering::Relaxed);
            }
            ProgressEvent::Download(DownloadEvent::AggregateProgress {
                bytes_completed, ..
            }) => {
                self.0.fetch_max(*bytes_completed, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}

/// Calls `each` on every row of a parquet file.
pub(super) fn rows(
    path: &Path,
    mut each: impl FnMut(Row) -> Result<(), TaskError>,
) -> Result<(), TaskError> {
    let damaged = |error: parquet::errors::ParquetError| unreadable(path, &error.to_string());
    let file = File::open(path).map_err(TaskError::io("open", path))?;
    let reader = SerializedFileReader::new(file).map_err(damaged)?;
    for row in reader.get_row_iter(None).map_err(damaged)? {
        each(row.map_err(damaged)?)?;
    }
    Ok(())
}

/// A file of the hub that is not laid out as it used to be.
pub(super) fn unreadable(path: &Path, found: &str) -> TaskError {
    TaskError::Damaged {
        path: path.to_owned(),
        expected: "the parquet columns this data set had in 2026".to_owned(),
        found: found.to_owned(),
        way_out: "try again, or point at a folder with --data DIR".to_owned(),
    }
}

/// WikiText: joins the `text` column of each file, a line a row, into the split's text file.
pub(super) fn text_columns(files: &[PathBuf], into: &Path) -> Result<(), TaskError> {
    for (path, name) in files
        .iter()
        .zip(["train.txt", "validation.txt", "test.txt"])
    {
        let target = into.join(name);
        let file = File::create(&target).map_err(TaskError::io("write", &target))?;
        let mut out = BufWriter::new(file);
        rows(path, |row| {
            let text = row
                .get_string(0)
                .map_err(|error| unreadable(path, &error.to_string()))?;
            out.write_all(text.as_bytes())
                .map_err(TaskError::io("write", &target))
        })?;
        out.flush().map_err(TaskError::io("write", &target))?;
        out.get_ref()
            .sync_all()
            .map_err(TaskError::io("write", &target))?;
    }
    Ok(())
}
