//! The commit that the program is built from: every result says which code made it.

use std::path::Path;
use std::process::Command;

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

// Cargo's own protocol between a build script and cargo.
#[allow(clippy::print_stdout)]
fn main() {
    // Any change to the sources may make the tree dirty; a commit is a line in the log of HEAD.
    println!("cargo:rerun-if-changed=..");
    let log = "../../.git/logs/HEAD";
    if Path::new(log).exists() {
        println!("cargo:rerun-if-changed={log}");
    }
    if let Some(commit) = git(&["rev-parse", "HEAD"]) {
        let sources = [
            "status",
            "--porcelain",
            "--",
            "..",
            "../../Cargo.toml",
            "../../Cargo.lock",
        ];
        let dirty = git(&sources).is_some_and(|changes| !changes.is_empty());
        println!("cargo:rustc-env=FPT_COMMIT={commit}");
        println!("cargo:rustc-env=FPT_DIRTY={dirty}");
    }
}
