use super::package::checksum;
use crate::error::DataError;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Most bytes that are unpacked of a member.
const LIMIT: u64 = 1 << 30;

/// Downloads a Debian package into a folder with `apt-get` and unpacks one member beside it; one
/// line says why not. The package differs from release to release, so the checksum is the member's.
pub(super) fn download(
    package: &str,
    member: &str,
    sha256: &str,
    into: &Path,
) -> Result<PathBuf, String> {
    let output = Command::new("apt-get")
        .args(["download", package])
        .env("LC_ALL", "C")
        .current_dir(into)
        .output()
        .map_err(|error| unusable("apt-get", &error))?;
    if !output.status.success() {
        return Err(reason(&String::from_utf8_lossy(&output.stderr)));
    }
    let archive = fs::read_dir(into)
        .map_err(|error| error.to_string())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .ok_or("the client left no package")?;
    let name = Path::new(member)
        .file_name()
        .ok_or("the member has no name")?;
    let target = into.join(name);
    let mut unpacker = Command::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(&archive)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| unusable("dpkg-deb", &error))?;
    let outcome = take(&mut unpacker, member, &target);
    // What comes behind the member is of no use.
    let _ = unpacker.kill();
    let _ = unpacker.wait();
    outcome?;
    let found = checksum(&target).map_err(|error| format!("{}: {error}", target.display()))?;
    if found != sha256 {
        return Err(format!("{member} has sha256 {found}, expected {sha256}"));
    }
    Ok(target)
}

/// Moves what was unpacked to where it stays, under its name.
pub(crate) fn keep(files: &[PathBuf], into: &Path) -> Result<(), DataError> {
    for file in files {
        let target = into.join(file.file_name().unwrap_or_default());
        fs::rename(file, &target).map_err(DataError::io("move data to", &target))?;
    }
    Ok(())
}

fn take(unpacker: &mut Child, member: &str, target: &Path) -> Result<(), String> {
    let stream = unpacker.stdout.take().ok_or("dpkg-deb writes nothing")?;
    member_of(stream, member, target).map_err(|error| format!("the package: {error}"))
}

/// Writes the member of a tar stream whose path is `member`, with or without `./`.
fn member_of(stream: impl Read, member: &str, target: &Path) -> io::Result<()> {
    let mut tar = tar::Archive::new(stream);
    for entry in tar.entries()? {
        let entry = entry?;
        let is_it = entry.path()?.strip_prefix(".").ok() == Some(Path::new(member))
            || entry.path()? == Path::new(member);
        if is_it && entry.header().entry_type().is_file() {
            return files::write_with(target, |out| {
                io::copy(&mut entry.take(LIMIT), out).map(drop)
            });
        }
    }
    Err(io::Error::other(format!("no {member} in it")))
}

fn unusable(client: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("the client `{client}` is not installed"),
        _ => format!("the client `{client}` does not run: {error}"),
    }
}

/// The first line that says what failed; warnings come before it.
fn reason(complaint: &str) -> String {
    let error = complaint.lines().find_map(|line| line.strip_prefix("E: "));
    error
        .or(complaint.lines().next())
        .unwrap_or("the client failed without a word")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(path: &str) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, text) in [("./usr/other", "no"), (path, "yes")] {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        tar.into_inner().unwrap()
    }

    #[test]
    fn one_member_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("data.gz");
        let take = |tar: &[u8]| member_of(tar, "usr/share/data.gz", &target);
        for path in ["./usr/share/data.gz", "usr/share/data.gz"] {
            take(&archive(path)).unwrap();
            assert_eq!(fs::read_to_string(&target).unwrap(), "yes");
        }
        let error = take(&archive("usr/share/data")).unwrap_err().to_string();
        assert!(error.contains("no usr/share/data.gz"), "{error}");
        assert!(take(&archive("usr/share/data.gz")[..700]).is_err());
    }

    #[test]
    fn the_telling_line_of_a_complaint_is_kept() {
        let complaint = "W: unsandboxed\nE: Unable to locate package x\nE: more";
        assert_eq!(reason(complaint), "Unable to locate package x");
        assert!(!reason("").is_empty());
    }
}
