use crate::contents::Contents;
use crate::document::Document;
use crate::error::StudyError;
use crate::name::is_name;
use crate::suggest::suggest;
use include_dir::{Dir, include_dir};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../experiments");
const FOLDER: &str = "experiments";

/// Where studies, profiles, pretrainings, protocols and tables of the paper are found by name: the `experiments/` of the
/// workspace one stands in, else what was embedded when the binary was built.
#[derive(Clone, Debug)]
pub struct Library {
    workspace: Option<PathBuf>,
    contents: Contents,
    /// Why a checkpoint is not to be had.
    missing: BTreeMap<String, String>,
}

/// What can be found by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    Studies,
    Profiles,
    Pretrainings,
    Protocols,
    /// Tables of the paper.
    Papers,
}

impl Shelf {
    pub fn folder(self) -> &'static str {
        match self {
            Self::Studies => "",
            Self::Profiles => "profiles",
            Self::Pretrainings => "pretraining",
            Self::Protocols => "protocols",
            Self::Papers => "paper",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Studies => "study",
            Self::Profiles => "profile",
            Self::Pretrainings => "pretraining",
            Self::Protocols => "protocol",
            Self::Papers => "table of the paper",
        }
    }
}

impl Library {
    /// The library as seen from `start`: the nearest folder upward that holds `experiments/`.
    pub fn discover(start: &Path) -> Self {
        let holds = |folder: &&Path| folder.join(FOLDER).is_dir();
        Self {
            workspace: start.ancestors().find(holds).map(Path::to_owned),
            contents: Contents::default(),
            missing: BTreeMap::new(),
        }
    }

    /// Only what was embedded.
    pub fn embedded() -> Self {
        Self {
            workspace: None,
            contents: Contents::default(),
            missing: BTreeMap::new(),
        }
    }

    /// With what is known of what its jobs read, and why checkpoints that a study names as its backbone
    /// ([`backbones`] says which) are not to be had: planning itself reaches nothing outside this library.
    ///
    /// [`backbones`]: crate::backbones
    #[must_use]
    pub fn knowing(self, contents: Contents, missing: BTreeMap<String, String>) -> Self {
        Self {
            contents,
            missing,
            ..self
        }
    }

    pub(crate) fn contents(&self) -> &Contents {
        &self.contents
    }

    pub(crate) fn missing(&self) -> &BTreeMap<String, String> {
        &self.missing
    }

    /// The workspace's folder, when one stands in a workspace.
    pub fn workspace(&self) -> Option<&Path> {
        self.workspace.as_deref()
    }

    /// A study by name, or by path (ending in `.toml`).
    ///
    /// # Errors
    /// When there is no such file.
    pub fn study(&self, name: &str) -> Result<Document, StudyError> {
        if name.ends_with(".toml") {
            read(Path::new(name))
        } else {
            self.get(Shelf::Studies, name)
        }
    }

    /// The workspace's file of a study by name; `None` where it is embedded, or there is none.
    pub fn study_path(&self, name: &str) -> Option<PathBuf> {
        self.path(Path::new(&format!("{name}.toml")))
    }

    fn path(&self, relative: &Path) -> Option<PathBuf> {
        let path = self.workspace.as_ref()?.join(FOLDER).join(relative);
        // One that cannot be looked at is the user's, too, and not the one of that name in here.
        (!matches!(path.try_exists(), Ok(false))).then_some(path)
    }

    /// A file by name, which reaches no other folder than the shelf's.
    ///
    /// # Errors
    /// When there is none of that name; the error proposes the closest.
    pub fn get(&self, shelf: Shelf, name: &str) -> Result<Document, StudyError> {
        let relative = Path::new(shelf.folder()).join(format!("{name}.toml"));
        let is_name = is_name(name);
        if let Some(path) = self.path(&relative).filter(|_| is_name) {
            return read(&path);
        }
        let text = EMBEDDED
            .get_file(&relative)
            .filter(|_| is_name)
            .and_then(|file| file.contents_utf8());
        match text {
            Some(text) => Ok(Document {
                name: name.to_owned(),
                path: Path::new(FOLDER).join(relative).display().to_string(),
                text: text.to_owned(),
            }),
            None => {
                let names = self.names(shelf);
                let help = suggest(name, names.iter().map(String::as_str));
                Err(StudyError::NotFound {
                    kind: shelf.word(),
                    name: name.to_owned(),
                    help,
                })
            }
        }
    }

    /// Every name on a shelf, sorted.
    pub fn names(&self, shelf: Shelf) -> Vec<String> {
        let stem = |path: &Path| {
            let toml = path
                .extension()
                .is_some_and(|extension| extension == "toml");
            toml.then(|| {
                path.file_stem()
                    .map(|stem| stem.to_string_lossy().into_owned())
            })
            .flatten()
        };
        let embedded = match shelf {
            Shelf::Studies => Some(&EMBEDDED),
            _ => EMBEDDED.get_dir(shelf.folder()),
        };
        let embedded = embedded.into_iter().flat_map(Dir::files);
        let mut names: BTreeSet<String> = embedded.filter_map(|file| stem(file.path())).collect();
        if let Some(workspace) = &self.workspace {
            let folder = fs::read_dir(workspace.join(FOLDER).join(shelf.folder()));
            let paths = folder
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path());
            names.extend(
                paths
                    .filter_map(|path| stem(&path))
                    .filter(|name| is_name(name)),
            );
        }
        names.into_iter().collect()
    }
}

fn read(path: &Path) -> Result<Document, StudyError> {
    let unreadable = |reason: String| StudyError::Unreadable {
        path: path.display().to_string(),
        reason,
    };
    let bytes = fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        unreadable(format!("line {line} is not UTF-8: save the file as UTF-8"))
    })?;
    let name = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    // Shown relative to where the user stands, when the file is below it.
    let here = std::env::current_dir().unwrap_or_default();
    let path = path
        .strip_prefix(&here)
        .unwrap_or(path)
        .display()
        .to_string();
    Ok(Document { name, path, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn experiments_are_embedded() {
        let nowhere = Library::embedded();
        assert!(
            nowhere
                .names(Shelf::Studies)
                .contains(&"modality".to_owned())
        );
        assert_eq!(
            nowhere.names(Shelf::Profiles),
            ["paper", "small", "smoke", "tiny"]
        );
        assert!(nowhere.study("modality").is_ok());
        let error = nowhere.study("modalty").unwrap_err();
        assert_eq!(error.to_string(), "there is no study `modalty`");
    }

    #[test]
    fn a_study_in_another_encoding_is_told_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("q.toml");
        fs::write(&path, b"question = \"q\"\n# na\xefve\n").unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(
            error.ends_with("line 2 is not UTF-8: save the file as UTF-8"),
            "{error}"
        );
    }

    #[test]
    fn a_workspace_is_found_from_below_and_its_files_win() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a/b");
        fs::create_dir_all(&below).unwrap();
        fs::create_dir_all(folder.path().join("experiments/profiles")).unwrap();
        fs::write(
            folder.path().join("experiments/profiles/tiny.toml"),
            "seeds = [9]",
        )
        .unwrap();
        let library = Library::discover(&below);
        assert_eq!(library.workspace(), Some(folder.path()));
        assert_eq!(
            library.get(Shelf::Profiles, "tiny").unwrap().text,
            "seeds = [9]"
        );
        assert!(library.get(Shelf::Profiles, "smoke").is_ok());
        // What is there and cannot be read is not what the program has under that name.
        fs::create_dir(folder.path().join("experiments/profiles/small.toml")).unwrap();
        let error = library.get(Shelf::Profiles, "small").unwrap_err();
        assert!(error.to_string().contains("small.toml"), "{error}");
    }
}
