//! What `fpt` says in a folder with results.
#![allow(dead_code, clippy::unwrap_used)]

use crate::support::fpt;
use std::fs;
use std::path::Path;
use std::process::Stdio;

pub const STUDY: &str = r#"question = "q?"
[job]
pretraining = "random"
task = "bit-xor"
[axes]
policy = ["output", "fpt"]
learning-rate = [1e-3, 3e-3]
[table]
rows = "policy"
columns = "learning-rate"
reference = { policy = "output" }
"#;

/// Exit code, stdout and stderr at profile smoke.
pub fn said(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = fpt(folder, &[arguments, &["--profile", "smoke"]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

pub fn ok(folder: &Path, arguments: &[&str]) -> String {
    let (code, said, error) = said(folder, arguments);
    assert_eq!(code, 0, "{arguments:?}: {said}{error}");
    said
}

pub fn refused(folder: &Path, arguments: &[&str], why: &str) {
    let (code, said, error) = said(folder, arguments);
    assert_eq!(code, 2, "{arguments:?}: {said}{error}");
    assert!(error.contains(why), "{arguments:?}: {error}");
}

/// A folder with a study that has run with two seeds.
pub fn with_results() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("q.toml"), STUDY).unwrap();
    ok(
        folder.path(),
        &["study", "q.toml", "--seeds", "2", "--workers", "2"],
    );
    folder
}

/// The first table of a Markdown text.
pub fn first_table(text: &str) -> Vec<&str> {
    let lines = text.lines().skip_while(|line| !line.starts_with('|'));
    lines.take_while(|line| line.starts_with('|')).collect()
}
