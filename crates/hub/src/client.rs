use crate::environment;
use std::path::PathBuf;
use std::time::Duration;

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
        Self {
            endpoint: None,
            cache: None,
            offline: environment::offline(),
            patience: Duration::from_secs(20),
        }
    }

    pub(crate) fn cache_folder(&self) -> PathBuf {
        self.cache.clone().unwrap_or_else(environment::cache)
    }
}
