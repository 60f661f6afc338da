use crate::error::ResultsError;
use crate::folder::JobFolder;
use crate::format::{self, FORMAT};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use training::JobId;

/// The results of one profile: job folders and what is rebuilt from them.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

// Unknown keys are let through on purpose: a newer format must reach the version check.
#[derive(Serialize, Deserialize)]
struct Format {
    version: u64,
}

impl Store {
    /// Opens `root/profile`, made where it is missing.
    ///
    /// # Errors
    /// [`ResultsError::Newer`] when a newer version of this program wrote the folder (which is left
    /// as it is), [`ResultsError::Damaged`] for an unreadable `format.toml`, [`ResultsError::Io`].
    pub fn open(root: &Path, profile: &str) -> Result<Self, ResultsError> {
        let store = Self::read_only(root, profile)?;
        let format = store.folder.join("format.toml");
        if !format
            .try_exists()
            .map_err(ResultsError::io("read", &format))?
        {
            let jobs = store.folder.join("jobs");
            fs::create_dir_all(&jobs).map_err(ResultsError::io("create", &jobs))?;
            let text = format!("version = {FORMAT}\n");
            files::write(&format, text.as_bytes()).map_err(ResultsError::io("write", &format))?;
        }
        Ok(store)
    }

    /// Opens `root/profile` for reading: nothing is written, and a folder that does not exist is
    /// an empty store.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn read_only(root: &Path, profile: &str) -> Result<Self, ResultsError> {
        let folder = root.join(profile);
        let path = folder.join("format.toml");
        match files::read(&path) {
            Ok(Some(bytes)) => {
                let text = String::from_utf8_lossy(&bytes);
                let format: Format = toml::from_str(&text).map_err(|error| {
                    let way = format!("its one line was `version = {FORMAT}`");
                    ResultsError::damaged(&path, error.message()).or_else(&way)
                })?;
                format::check(&path, format.version)?;
            }
            Ok(None) => {}
            Err(error) => return Err(ResultsError::io("read", &path)(error)),
        }
        Ok(Self { folder })
    }

    /// The folder of the profile.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The profile's name.
    pub fn profile(&self) -> String {
        let name = self.folder.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// The folder of a job, which need not exist. An id may come from a file, and reaches no other folder: what is none has a
    /// folder of its own, in which nothing ever is.
    pub fn job(&self, id: &JobId) -> JobFolder {
        let name = match is_id(&id.0) {
            true => id.0.as_str(),
            false => "no-job",
        };
        JobFolder::new(self.folder.join("jobs").join(name))
    }

    /// The jobs that have a folder, finished or not, sorted. What else lies there, under names that are no ids, is no job.
    ///
    /// # Errors
    /// When the folder of jobs cannot be read.
    pub fn ids(&self) -> Result<Vec<JobId>, ResultsError> {
        let path = self.folder.join("jobs");
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(ResultsError::io("read", &path)(error)),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let entry = entry.map_err(ResultsError::io("read", &path))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            ids.extend(is_id(&name).then_some(JobId(name)));
        }
        ids.sort();
        Ok(ids)
    }

    /// Where a study's tables, figures and parquet files lie; need not exist.
    pub fn study_dir(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Whether a name may be a job's.
fn is_id(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_twice_and_reads_an_empty_store_without_making_it() {
        let root = tempfile::tempdir().unwrap();
        Store::read_only(root.path(), "tiny").unwrap();
        assert!(!root.path().join("tiny").exists());
        Store::open(root.path(), "tiny").unwrap();
        Store::open(root.path(), "tiny").unwrap();
        let text = fs::read_to_string(root.path().join("tiny/format.toml")).unwrap();
        assert_eq!(text, "version = 1\n");
    }

    #[test]
    fn an_id_reaches_no_other_folder() {
        let store = Store::read_only(Path::new("results"), "tiny").unwrap();
        let jobs = store.folder().join("jobs");
        for id in [
            "../../x",
            "/etc",
            "..",
            "a\\..\\b",
            "",
            "_",
            "abc~",
            ".DS_Store",
        ] {
            let folder = store.job(&JobId(id.to_owned()));
            assert_eq!(folder.path(), jobs.join("no-job"), "{id:?}");
        }
        for id in ["0123456789abcdef", "../../x"] {
            let folder = store.job(&JobId(id.to_owned()));
            let inside = folder.path().strip_prefix("results/tiny/jobs").unwrap();
            assert!(inside.components().count() <= 1, "{}", inside.display());
            assert!(
                !inside.to_string_lossy().contains(".."),
                "{}",
                inside.display()
            );
        }
    }

    #[test]
    fn what_is_no_job_is_not_listed_as_one() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::open(root.path(), "tiny").unwrap();
        for name in [
            "0123456789abcdef",
            "0123456789abcdef~",
            "_",
            ".hidden",
            "hold-1",
        ] {
            fs::create_dir(store.folder().join("jobs").join(name)).unwrap();
        }
        assert_eq!(store.ids().unwrap(), [JobId("0123456789abcdef".to_owned())]);
    }

    #[test]
    fn refuses_a_newer_format_and_leaves_it_alone() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("tiny")).unwrap();
        let path = root.path().join("tiny/format.toml");
        fs::write(&path, "version = 2\nlayout = \"other\"\n").unwrap();
        let error = Store::open(root.path(), "tiny").unwrap_err();
        assert!(
            matches!(
                error,
                ResultsError::Newer {
                    found: 2,
                    known: 1,
                    ..
                }
            ),
            "{error}"
        );
        assert_eq!(fs::read_dir(root.path().join("tiny")).unwrap().count(), 1);
    }
}
