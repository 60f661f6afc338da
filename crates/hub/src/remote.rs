//! The hub over HTTP: what it says of a file, and the file.

use crate::client::Hub;
use crate::environment;
use crate::error::HubError;
use crate::head::{Head, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;
use ureq::http::{Response, StatusCode, Uri};
use ureq::typestate::WithoutBody;
use ureq::{Agent, Body, RequestBuilder};

/// Requests before something is given up, and the pause after the first; it doubles.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(200);

/// Addresses that are really one repository: it was renamed, or its case is another.
const RENAMES: usize = 5;

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

pub(crate) struct Remote {
    /// Follows redirects, as large files are elsewhere.
    agent: Agent,
    /// Follows none, as only the hub's own headers speak for a file.
    asking: Agent,
    endpoint: String,
    token: Option<String>,
    patience: Duration,
    /// `owner/name`, for what is said.
    repository: String,
}

impl Remote {
    /// # Errors
    /// When the user's token is there and cannot be read.
    pub fn of(hub: &Hub, owner: &str, name: &str) -> Result<Self, HubError> {
        let endpoint = hub.endpoint.clone().unwrap_or_else(environment::endpoint);
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        let config = || web::config(&endpoint, hub.patience);
        Ok(Self {
            agent: config().build().into(),
            asking: config().max_redirects(0).build().into(),
            endpoint,
            token: environment::token()?,
            patience: hub.patience,
            repository: format!("{owner}/{name}"),
        })
    }

    /// The address of a file of a repository: `[owner, name]`, or with its kind before.
    pub fn address(&self, repository: &[&str], revision: &str, file: &str) -> String {
        let file = file.split('/').collect::<Vec<_>>();
        let path = [repository, &["resolve", revision], &file].concat();
        format!("{}/{}", self.endpoint, encoded(&path))
    }

    /// Whether the hub has something: `["models", owner, name]`, or one of its revisions.
    pub fn has(&self, path: &[&str]) -> Result<bool, HubError> {
        let address = format!("{}/api/{}", self.endpoint, encoded(path));
        self.patiently(|| {
            let response = self.send(self.agent.get(&address))?;
            match response.status() {
                StatusCode::NOT_FOUND => Ok(false),
                status if status.is_success() => Ok(true),
                status => Err(self.refused(status, "")),
            }
        })
    }

    pub fn head(&self, address: &str, file: &str) -> Result<Head, HubError> {
        let mut address = address.to_owned();
        for _ in 0..RENAMES {
            let response = self.patiently(|| {
                let response = self.send(self.asking.head(&address))?;
                match response.status() {
                    status if status.is_success() || status.is_redirection() => Ok(response),
                    status => Err(self.refused(status, file)),
                }
            })?;
            let headers = response.headers();
            match moved(&address, header(headers, "location")) {
                Some(new) if response.status().is_redirection() => address = new,
                _ => return Ok(Head::of(headers)),
            }
        }
        Err(HubError::Failed("too many redirects".to_owned()))
    }

    /// Writes the file at an address; goes on with what is there when the transfer breaks off.
    pub fn pour(
        &self,
        address: &str,
        file: &str,
        into: &mut File,
        tell: &mut dyn FnMut(u64),
    ) -> Result<(), HubError> {
        self.patiently(|| {
            let have = into.stream_position().map_err(disk(file))?;
            let mut request = self.agent.get(address);
            if have > 0 {
                request = request.header("range", format!("bytes={have}-"));
            }
            let response = self.send(request)?;
            let rest = header(response.headers(), "content-range");
            match response.status() {
                StatusCode::PARTIAL_CONTENT if rest.is_some_and(|rest| starts_at(rest, have)) => {}
                StatusCode::OK => start_again(into, file)?,
                // Another part, or none: the file is not what it was.
                status @ (StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE) => {
                    start_again(into, file)?;
                    return Err(self.refused(status, file));
                }
                status => return Err(self.refused(status, file)),
            }
            self.copy(response, file, into, tell)
        })
    }

    fn copy(
        &self,
        response: Response<Body>,
        file: &str,
        into: &mut File,
        tell: &mut dyn FnMut(u64),
    ) -> Result<(), HubError> {
        let mut body = response.into_body().into_reader();
        let mut buffer = vec![0; 1 << 16];
        let mut bytes = into.stream_position().map_err(disk(file))?;
        loop {
            let read = body.read(&mut buffer);
            let read = read.map_err(|error| self.failed(&error.into()))?;
            if read == 0 {
                return files::sync(into, Path::new(file)).map_err(disk(file));
            }
            into.write_all(&buffer[..read]).map_err(disk(file))?;
            bytes += read as u64;
            tell(bytes);
        }
    }

    fn send(&self, request: RequestBuilder<WithoutBody>) -> Result<Response<Body>, HubError> {
        // A length is only that of the file where nothing packs it on the way.
        let mut request = request.header("accept-encoding", "identity");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request.call().map_err(|error| self.failed(&error))
    }

    /// Asks again where that may help.
    fn patiently<T>(&self, mut ask: impl FnMut() -> Result<T, HubError>) -> Result<T, HubError> {
        for attempt in 1..ATTEMPTS {
            match ask() {
                Err(HubError::Failed(_)) => thread::sleep(PAUSE * 2_u32.pow(attempt - 1)),
                end => return end,
            }
        }
        ask()
    }

    fn refused(&self, status: StatusCode, file: &str) -> HubError {
        let name = self.repository.clone();
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => HubError::Closed(name),
            StatusCode::NOT_FOUND => HubError::NoFile {
                name,
                file: file.to_owned(),
            },
            other => HubError::Failed(format!("HTTP error: {other}")),
        }
    }

    fn failed(&self, error: &ureq::Error) -> HubError {
        match web::is_silence(error) {
            true => HubError::silent(self.patience),
            false => HubError::Failed(web::said(error)),
        }
    }
}

/// Whether a `Content-Range` begins with that byte.
fn starts_at(range: &str, byte: u64) -> bool {
    range.starts_with(&format!("bytes {byte}-"))
}

fn start_again(into: &mut File, file: &str) -> Result<(), HubError> {
    let empty = into.set_len(0).and_then(|()| into.rewind());
    empty.map_err(disk(file))
}

/// A full disk is no trouble of the hub's: asking again does not help.
fn disk(file: &str) -> impl FnOnce(io::Error) -> HubError {
    HubError::disk(Path::new(file))
}

/// The address that a redirect within the same host leads to.
fn moved(address: &str, location: Option<&str>) -> Option<String> {
    let path = location.filter(|path| path.starts_with('/') && !path.starts_with("//"))?;
    let address: Uri = address.parse().ok()?;
    let (scheme, host) = (address.scheme_str()?, address.authority()?);
    Some(format!("{scheme}://{host}{path}"))
}

/// The path of these segments. A branch with a slash in its name is one.
fn encoded(segments: &[&str]) -> String {
    let segments = segments
        .iter()
        .map(|segment| utf8_percent_encode(segment, UNRESERVED).to_string());
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
#[path = "remote_tests.rs"]
mod tests;
