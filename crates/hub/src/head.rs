use ureq::http::HeaderMap;

/// What the hub says of a file.
pub(crate) struct Head {
    pub commit: Option<String>,
    /// The name of its content.
    pub etag: Option<String>,
    /// In bytes.
    pub length: Option<u64>,
}

impl Head {
    pub fn of(headers: &HeaderMap) -> Self {
        let etag = header(headers, "x-linked-etag").or(header(headers, "etag"));
        let etag = etag.map(|etag| etag.trim_start_matches("W/").trim_matches('"'));
        let length = header(headers, "x-linked-size").or(header(headers, "content-length"));
        Self {
            commit: plain(header(headers, "x-repo-commit")),
            etag: plain(etag),
            length: length.and_then(|length| length.parse().ok()),
        }
    }
}

/// Both become names in the cache, so only those that are plain ones are taken.
fn plain(name: Option<&str>) -> Option<String> {
    let known = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let harmless = |name: &&str| !name.is_empty() && !name.starts_with('.');
    let name = name.filter(|name| harmless(name) && name.chars().all(known));
    name.map(ToOwned::to_owned)
}

pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
