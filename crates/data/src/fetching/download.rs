//! A file over HTTP that is gone on with where it broke off.

use super::package;
use super::progress::Progress;
use crate::error::DataError;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;
use ureq::http::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderName, RANGE};
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

/// How much is put up with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// How long the other side may stay silent.
    pub silence: Duration,
    /// Attempts in a row that bring next to nothing before it is given up.
    pub attempts: u32,
    /// Before the next attempt; twice as long before each further one.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(30),
            attempts: 4,
            pause: Duration::from_secs(1),
        }
    }
}

/// Why a file did not come.
#[derive(Debug, thiserror::Error)]
pub(super) enum DownloadError {
    #[error("no word from the server in {0:.0?}")]
    Silent(Duration),
    #[error("no connection: {0}")]
    Unreachable(String),
    #[error("the server answers {0}")]
    Refused(StatusCode),
    #[error(
        "a web page came instead of the file: a proxy or a sign-in page may stand in between (see \
         HTTPS_PROXY and NO_PROXY)"
    )]
    WebPage,
    #[error("the connection broke off after {}", so_far(*bytes, *total))]
    Broken { bytes: u64, total: Option<u64> },
    #[error("what had come before does not fit the file that is there now")]
    Other,
    #[error("the file has sha256 {found}, expected {expected}; it was thrown away")]
    Checksum { expected: String, found: String },
    #[error(transparent)]
    Disk(DataError),
}

impl DownloadError {
    /// Whether another attempt may go better.
    fn is_passing(&self) -> bool {
        match self {
            Self::Silent(_) | Self::Unreachable(_) | Self::Broken { .. } | Self::Other => true,
            Self::Refused(status) => {
                status.is_server_error()
                    || matches!(
                        *status,
                        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
                    )
            }
            Self::WebPage | Self::Checksum { .. } | Self::Disk(_) => false,
        }
    }
}

/// Bytes an attempt has to bring to count as getting on.
const GETTING_ON: u64 = 1 << 20;

/// A file to get.
pub(super) struct Download<'a> {
    pub address: &'a str,
    /// Where it grows. What is in it already is kept and gone on from.
    pub part: &'a Path,
    pub sha256: &'a str,
    pub patience: Patience,
}

impl Download<'_> {
    /// Gets the rest of the file; afterwards `part` is whole and has its checksum.
    pub fn run(&self, progress: &mut dyn FnMut(Progress)) -> Result<(), DownloadError> {
        let config = web::config(self.address, self.patience.silence);
        let agent = config.build().into();
        let mut kept = self.length();
        let mut fruitless = 0;
        loop {
            let before = self.length();
            let went = self
                .attempt(&agent, progress)
                .and_then(|()| self.check(&mut kept));
            let error = match went {
                Ok(()) => return Ok(()),
                Err(error) if error.is_passing() => error,
                Err(error) => return Err(error),
            };
            let got = self.length().saturating_sub(before);
            fruitless = if got < GETTING_ON { fruitless + 1 } else { 1 };
            if fruitless >= self.patience.attempts {
                return Err(error);
            }
            let pause = self.patience.pause * 2_u32.pow(fruitless - 1);
            progress(Progress::Again {
                because: error.to_string(),
                pause,
            });
            thread::sleep(pause);
        }
    }

    /// Asks once for what is missing and writes down what comes.
    fn attempt(
        &self,
        agent: &Agent,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DownloadError> {
        let have = self.length();
        let mut request = agent.get(self.address);
        if have > 0 {
            request = request.header(RANGE, format!("bytes={have}-"));
        }
        let response = request.call().map_err(|error| self.failed(&error))?;
        let (from, total) = match response.status() {
            StatusCode::OK => (0, response.body().content_length()),
            StatusCode::PARTIAL_CONTENT => match range(response.headers()) {
                (Some(from), total) if from == have => (from, total),
                _ => return self.start_again(),
            },
            // Nothing is missing, or the file is shorter than what is here.
            StatusCode::RANGE_NOT_SATISFIABLE => match range(response.headers()) {
                (_, Some(total)) if total == have => return Ok(()),
                _ => return self.start_again(),
            },
            other => return Err(DownloadError::Refused(other)),
        };
        if text(response.headers(), &CONTENT_TYPE).starts_with("text/html") {
            return Err(DownloadError::WebPage);
        }
        progress(Progress::Downloading { from, total });
        let mut file = self.open(from)?;
        self.pour(response, &mut file, (from, total), progress)
    }

    fn pour(
        &self,
        response: Response<Body>,
        file: &mut File,
        (from, total): (u64, Option<u64>),
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DownloadError> {
        let mut body = response.into_body().into_reader();
        let mut bytes = from;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = body.read(&mut buffer);
            let read = read.map_err(|error| match web::is_silence(&error.into()) {
                true => DownloadError::Silent(self.patience.silence),
                false => DownloadError::Broken { bytes, total },
            })?;
            let came = &buffer[..read];
            if read == 0 {
                break;
            }
            if bytes == 0 && came.trim_ascii_start().starts_with(b"<") {
                return Err(DownloadError::WebPage);
            }
            file.write_all(came).map_err(self.disk("write"))?;
            bytes += read as u64;
            progress(Progress::Downloaded { bytes, total });
        }
        match total {
            Some(all) if bytes < all => Err(DownloadError::Broken { bytes, total }),
            _ => Ok(()),
        }
    }

    /// A whole file with the wrong checksum is thrown away. Where an older part was gone on from,
    /// that part may be to blame, and it is tried once more from the start.
    fn check(&self, kept: &mut u64) -> Result<(), DownloadError> {
        let found = package::checksum(self.part).map_err(self.disk("read"))?;
        if found == self.sha256 {
            return Ok(());
        }
        fs::remove_file(self.part).map_err(self.disk("remove"))?;
        if std::mem::take(kept) > 0 {
            return Err(DownloadError::Other);
        }
        Err(DownloadError::Checksum {
            expected: self.sha256.to_owned(),
            found,
        })
    }

    fn start_again(&self) -> Result<(), DownloadError> {
        fs::remove_file(self.part).map_err(self.disk("remove"))?;
        Err(DownloadError::Other)
    }

    fn length(&self) -> u64 {
        fs::metadata(self.part).map_or(0, |part| part.len())
    }

    /// The part, to be written on from there.
    fn open(&self, from: u64) -> Result<File, DownloadError> {
        let mut options = OpenOptions::new();
        let file = options.append(true).create(true).open(self.part);
        let file = file.map_err(self.disk("make"))?;
        file.set_len(from).map_err(self.disk("write"))?;
        Ok(file)
    }

    fn disk(&self, action: &'static str) -> impl FnOnce(io::Error) -> DownloadError {
        let said = DataError::io(action, self.part);
        |error| DownloadError::Disk(said(error))
    }

    fn failed(&self, error: &ureq::Error) -> DownloadError {
        match web::is_silence(error) {
            true => DownloadError::Silent(self.patience.silence),
            false => DownloadError::Unreachable(web::said(error)),
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// First byte and length of the whole of `bytes 5-99/100` or `bytes */100`.
fn range(headers: &HeaderMap) -> (Option<u64>, Option<u64>) {
    let value = text(headers, &CONTENT_RANGE);
    let value = value.strip_prefix("bytes ").unwrap_or_default();
    let (span, total) = value.split_once('/').unwrap_or_default();
    let first = span.split_once('-').map_or(span, |(first, _)| first);
    (first.parse().ok(), total.parse().ok())
}

fn so_far(bytes: u64, total: Option<u64>) -> String {
    let mega = |bytes: u64| bytes as f64 / 1e6;
    match total {
        Some(total) => format!("{:.1} of {:.1} MB", mega(bytes), mega(total)),
        None => format!("{:.1} MB", mega(bytes)),
    }
}

#[cfg(test)]
#[path = "download_tests.rs"]
mod tests;
