//! What the environment says, read as Python's `huggingface_hub` reads it.

use crate::error::HubError;
use std::env;
use std::path::PathBuf;

/// Where the hub is, without a slash at its end.
pub(crate) fn endpoint() -> String {
    set("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".to_owned())
}

pub(crate) fn offline() -> bool {
    let no = |value: &str| matches!(value, "0" | "false" | "FALSE" | "no" | "NO");
    set("HF_HUB_OFFLINE").is_some_and(|value| !no(&value))
}

/// The folder of the cache that other programs share.
pub(crate) fn cache() -> PathBuf {
    let named = set("HF_HUB_CACHE").or_else(|| set("HUGGINGFACE_HUB_CACHE"));
    named.map_or_else(|| home().join("hub"), PathBuf::from)
}

/// The user's token: named, or where a login left it.
///
/// # Errors
/// When one is there and cannot be read.
pub(crate) fn token() -> Result<Option<String>, HubError> {
    if set("HF_HUB_DISABLE_IMPLICIT_TOKEN").is_some() {
        return Ok(None);
    }
    let trimmed = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    if let Some(token) = set("HF_TOKEN").as_deref().and_then(trimmed) {
        return Ok(Some(token));
    }
    let left = [
        set("HF_TOKEN_PATH").map(PathBuf::from),
        Some(home().join("token")),
    ];
    for path in left.into_iter().flatten() {
        let bytes = files::read(&path).map_err(|error| HubError::Token {
            path,
            problem: error.to_string(),
        })?;
        let token = bytes.and_then(|bytes| trimmed(&String::from_utf8_lossy(&bytes)));
        if token.is_some() {
            return Ok(token);
        }
    }
    Ok(None)
}

fn home() -> PathBuf {
    if let Some(home) = set("HF_HOME") {
        return home.into();
    }
    let caches = set("XDG_CACHE_HOME").map(PathBuf::from);
    let caches = caches.or_else(|| Some(env::home_dir()?.join(".cache")));
    let caches = caches.unwrap_or_else(env::temp_dir);
    caches.join("huggingface")
}

fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
