use crate::error::HubError;
use crate::patience::{Events, Progress, Tell, patiently};
use hf_hub::repository::RepoType;
use hf_hub::{HFClientSync, HFError, HFRepositorySync};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Downloads of a file before it is given up.
const ATTEMPTS: usize = 3;

/// Where to ask and what to do with the answers.
#[derive(Clone, Debug)]
pub struct Hub {
    /// Instead of `HF_ENDPOINT`.
    pub endpoint: Option<String>,
    /// Instead of `HF_HUB_CACHE` and `HF_HOME`.
    pub cache: Option<PathBuf>,
    /// Ask nobody; only what the cache holds.
    pub offline: bool,
    /// How long the hub may stay silent.
    pub patience: Duration,
}

impl Hub {
    /// As the environment says.
    pub fn from_env() -> Self {
        let offline = std::env::var("HF_HUB_OFFLINE");
        let no = |value: &str| matches!(value, "" | "0" | "false" | "FALSE" | "no" | "NO");
        Self {
            endpoint: None,
            cache: None,
            offline: offline.is_ok_and(|value| !no(&value)),
            patience: Duration::from_secs(20),
        }
    }

    /// Downloads a file of a data set into a folder.
    ///
    /// # Errors
    /// One sentence on why not.
    pub fn dataset_file(
        &self,
        (owner, name): (&str, &str),
        file: &str,
        into: &Path,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<PathBuf, HubError> {
        if self.offline {
            let why = "not asked, since HF_HUB_OFFLINE is set";
            return Err(HubError::Failed(why.to_owned()));
        }
        let hub = self.clone();
        let [owner, name, file] = [owner, name, file].map(ToOwned::to_owned);
        let into = into.to_owned();
        patiently(self.patience, progress, move |tell| {
            let dataset = hub.client()?.dataset(&owner, &name);
            let download = dataset
                .download_file()
                .filename(file)
                .local_dir(into)
                .progress(Arc::new(Events(tell)));
            download
                .send()
                .map_err(|error| said(&format!("{owner}/{name}"), &error))
        })
    }

    pub(crate) fn client(&self) -> Result<HFClientSync, HubError> {
        let mut builder = hf_hub::HFClient::builder().retry_max_attempts(2);
        if let Some(endpoint) = &self.endpoint {
            builder = builder.endpoint(endpoint);
        }
        if let Some(cache) = &self.cache {
            builder = builder.cache_dir(cache);
        }
        builder
            .build_sync()
            .map_err(|error| said("the hub", &error))
    }
}

/// A file of a repository, in the cache; asked for again when its transfer breaks off.
pub(crate) fn file<T: RepoType>(
    repository: &HFRepositorySync<T>,
    revision: &str,
    file: &str,
    tell: &Arc<dyn Tell>,
) -> Result<PathBuf, HubError> {
    let name = repository.repo_path();
    let mut last = HubError::Failed(String::new());
    for _ in 0..ATTEMPTS {
        let download = repository
            .download_file()
            .filename(file)
            .revision(revision)
            .progress(Arc::new(Events(Arc::clone(tell))));
        match download.send() {
            Ok(path) => return Ok(path),
            Err(error) => last = said(&name, &error),
        }
        if last.is_final() {
            break;
        }
    }
    Err(last)
}

/// A client's error as one of ours.
pub(crate) fn said(name: &str, error: &HFError) -> HubError {
    let name = name.to_owned();
    match error {
        HFError::RepoNotFound { .. } => HubError::NoRepository(name),
        HFError::RevisionNotFound { revision, .. } => HubError::NoRevision {
            name,
            revision: revision.clone(),
        },
        HFError::EntryNotFound { path, .. } => HubError::NoFile {
            name,
            file: path.clone(),
        },
        HFError::AuthRequired { .. } | HFError::Forbidden { .. } => HubError::Closed(name),
        other => HubError::Failed(innermost(other)),
    }
}

/// The cause at the bottom, on one line: what is above it repeats addresses.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let text = cause.to_string();
    text.lines()
        .next()
        .unwrap_or("failed without a word")
        .to_owned()
}
