//! Whether a folder that was named for results is one, and not a floor above or below.

use crate::exit::Problem;
use crate::hint;
use std::fs;
use std::path::{Path, PathBuf};

/// `option` stands before a folder where it is named, `--results ` or nothing.
///
/// # Errors
/// When it is the folder of a profile, a study or a job, or has a folder of results in it.
pub fn check(results: &Path, profile: &str, option: &str) -> Result<(), Problem> {
    let shown = results.display();
    if fs::metadata(results).is_ok_and(|about| !about.is_dir()) {
        return Err(Problem::Asked(format!(
            "{shown} is a file: a folder of results is asked for"
        )));
    }
    let above = |count: usize| results.ancestors().nth(count).map(Path::to_owned);
    let (what, instead) = if is_profile(results) {
        ("the folder of a profile", above(1))
    } else if results.join("runs.parquet").is_file() || is_jobs(results) {
        ("a folder in that of a profile", above(2))
    } else if results.join("job.toml").is_file() {
        ("the folder of a job", above(3))
    } else if let Some(inside) = inside(results).filter(|_| !results.join(profile).exists()) {
        ("no folder of results, but has one in it", Some(inside))
    } else {
        return Ok(());
    };
    let instead = instead.map_or(String::new(), |instead| {
        format!(
            ": `{option}{}` is meant, and --profile says which",
            hint::word(&instead.display().to_string())
        )
    });
    Err(Problem::Asked(format!("{shown} is {what}{instead}")))
}

fn is_profile(folder: &Path) -> bool {
    folder.join("format.toml").is_file()
}

fn is_jobs(folder: &Path) -> bool {
    folder.ends_with("jobs") && folder.parent().is_some_and(is_profile)
}

/// A folder in this one that has the results of a profile.
fn inside(folder: &Path) -> Option<PathBuf> {
    let entries = |folder: &Path| {
        let all = fs::read_dir(folder).into_iter().flatten().flatten();
        all.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    // Of a folder with the results of any profile that is the right one.
    if entries(folder).iter().any(|entry| is_profile(entry)) {
        return None;
    }
    let mut all = entries(folder);
    all.sort();
    all.into_iter()
        .find(|entry| entries(entry).iter().any(|inner| is_profile(inner)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_too_high_or_too_low_is_told_from_the_right_one() {
        let root = tempfile::tempdir().unwrap();
        let results = root.path().join("results");
        let job = results.join("tiny/jobs/0123456789abcdef");
        fs::create_dir_all(&job).unwrap();
        fs::create_dir(results.join("tiny/q")).unwrap();
        for file in ["tiny/format.toml", "tiny/q/runs.parquet"] {
            fs::write(results.join(file), b"").unwrap();
        }
        fs::write(job.join("job.toml"), b"").unwrap();
        let instead = format!("--results {}`", results.display());
        let wrong = [
            root.path(),
            &results.join("tiny"),
            &results.join("tiny/q"),
            &results.join("tiny/jobs"),
            &job,
        ];
        for folder in wrong {
            let error = check(folder, "tiny", "--results ").unwrap_err().to_string();
            assert!(error.contains(&instead), "{error}");
        }
        // Another profile may begin in a folder that has one, and any in a folder of something else.
        for (folder, profile) in [
            (&results, "tiny"),
            (&results, "smoke"),
            (&root.path().join("new"), "tiny"),
        ] {
            assert!(check(folder, profile, "").is_ok());
        }
    }
}
