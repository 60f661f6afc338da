use crate::client::{self, Hub, file, said};
use crate::error::HubError;
use crate::name::Name;
use crate::patience::{Progress, Tell, patiently};
use hf_hub::HFRepositorySync;
use hf_hub::repository::RepoTypeModel;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const CONFIG: &str = "config.json";

/// Weights, in the order they are looked for: a whole file, or the index of its shards.
const WEIGHTS: [&str; 2] = ["model.safetensors", "pytorch_model.bin"];

/// An index that is longer than this names no real checkpoint.
const LONGEST_INDEX: u64 = 16 << 20;

/// A checkpoint in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Holds `config.json` and the weights: `…/models--owner--name/snapshots/<commit>`.
    pub folder: PathBuf,
    /// What the revision stands for.
    pub commit: String,
}

impl Hub {
    /// The checkpoint of that name; what the cache lacks is downloaded, and nothing but the config
    /// and one set of weights. When the hub cannot be reached, a complete one of the cache will do.
    ///
    /// # Errors
    /// What was asked for, what was found, and the way out.
    pub fn checkpoint(
        &self,
        name: &Name,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Checkpoint, HubError> {
        self.ask(name, progress, true)
    }

    /// Only the `config.json` of the checkpoint of that name, in the folder of its snapshot.
    ///
    /// # Errors
    /// As [`Hub::checkpoint`].
    pub fn config(&self, name: &Name) -> Result<Checkpoint, HubError> {
        self.ask(name, &mut |_| {}, false)
    }

    /// Puts a further file of the repository beside a checkpoint, if there is one.
    ///
    /// # Errors
    /// As [`Hub::checkpoint`]; [`HubError::NoFile`] when the repository has none.
    pub fn beside(&self, name: &Name, commit: &str, file: &str) -> Result<PathBuf, HubError> {
        if self.offline {
            return Err(HubError::NoFile {
                name: name.to_string(),
                file: file.to_owned(),
            });
        }
        let (hub, name) = (self.clone(), name.clone());
        let (commit, file) = (commit.to_owned(), file.to_owned());
        patiently(self.patience, &mut |_| {}, move |tell| {
            let model = hub.client()?.model(&name.owner, &name.name);
            client::file(&model, &commit, &file, &tell)
        })
    }

    fn ask(
        &self,
        name: &Name,
        progress: &mut dyn FnMut(Progress),
        weights: bool,
    ) -> Result<Checkpoint, HubError> {
        if self.offline {
            return self.cached(name, weights);
        }
        let (hub, asked) = (self.clone(), name.clone());
        let answer = patiently(self.patience, progress, move |tell| {
            let model = hub.client()?.model(&asked.owner, &asked.name);
            let config = config(&model, &asked, &tell)?;
            let checkpoint = Checkpoint::of(&config)?;
            if weights {
                download_weights(&model, &asked, &checkpoint.commit, &tell)?;
            }
            Ok(checkpoint)
        });
        match answer {
            Err(error) if !error.is_final() => self.cached(name, weights).map_err(|_| error),
            answer => answer,
        }
    }

    /// What the cache holds, complete.
    fn cached(&self, name: &Name, weights: bool) -> Result<Checkpoint, HubError> {
        let client = self.client()?;
        let missing = || HubError::Offline {
            name: name.to_string(),
            cache: self.cache.clone().unwrap_or_else(hf_hub::resolve_cache_dir),
        };
        let model = client.model(&name.owner, &name.name);
        let config = model
            .download_file()
            .filename(CONFIG)
            .revision(name.revision.as_str())
            .local_files_only(true)
            .send()
            .map_err(|_| missing())?;
        let checkpoint = Checkpoint::of(&config)?;
        let complete = !weights || WEIGHTS.iter().any(|file| has(&checkpoint.folder, file));
        match complete {
            true => Ok(checkpoint),
            false => Err(missing()),
        }
    }
}

impl Checkpoint {
    /// The snapshot that a file of the cache lies in.
    fn of(config: &Path) -> Result<Self, HubError> {
        let folder = config.parent();
        let commit = folder.and_then(Path::file_name);
        match (folder, commit) {
            (Some(folder), Some(commit)) => Ok(Self {
                folder: folder.to_owned(),
                commit: commit.to_string_lossy().into_owned(),
            }),
            _ => Err(HubError::Failed(format!(
                "{} lies in no snapshot",
                config.display()
            ))),
        }
    }
}

/// The config at the revision asked for. A 404 does not say what is missing, so that is asked then.
fn config(
    model: &HFRepositorySync<RepoTypeModel>,
    name: &Name,
    tell: &Arc<dyn Tell>,
) -> Result<PathBuf, HubError> {
    let answer = file(model, &name.revision, CONFIG, tell);
    if !matches!(answer, Err(HubError::NoFile { .. })) {
        return answer;
    }
    let repository = format!("{}/{}", name.owner, name.name);
    match model.exists().send() {
        Ok(false) => return Err(HubError::NoRepository(repository)),
        Ok(true) => {}
        Err(error) => return Err(said(&repository, &error)),
    }
    let known = model
        .revision_exists()
        .revision(name.revision.as_str())
        .send();
    match known {
        Ok(false) => Err(HubError::NoRevision {
            name: repository,
            revision: name.revision.clone(),
        }),
        _ => answer,
    }
}

fn download_weights(
    model: &HFRepositorySync<RepoTypeModel>,
    name: &Name,
    commit: &str,
    tell: &Arc<dyn Tell>,
) -> Result<(), HubError> {
    for whole in WEIGHTS {
        match file(model, commit, whole, tell) {
            Err(HubError::NoFile { .. }) => {}
            other => return other.map(|_| ()),
        }
        let index = match file(model, commit, &index_of(whole), tell) {
            Err(HubError::NoFile { .. }) => continue,
            other => other?,
        };
        for shard in shards(&index)? {
            file(model, commit, &shard, tell)?;
        }
        return Ok(());
    }
    Err(HubError::NoWeights(name.to_string()))
}

/// Whether a folder has these weights, whole or with all shards.
fn has(folder: &Path, whole: &str) -> bool {
    let index = folder.join(index_of(whole));
    let all = |shards: BTreeSet<String>| shards.iter().all(|shard| folder.join(shard).is_file());
    folder.join(whole).is_file() || shards(&index).is_ok_and(all)
}

fn index_of(whole: &str) -> String {
    format!("{whole}.index.json")
}

/// The files that an index names.
fn shards(index: &Path) -> Result<BTreeSet<String>, HubError> {
    let bad = |problem: String| HubError::BadIndex {
        path: index.to_owned(),
        problem,
    };
    let length = fs::metadata(index)
        .map_err(|error| bad(error.to_string()))?
        .len();
    if length > LONGEST_INDEX {
        return Err(bad(format!(
            "{length} bytes; an index has at most {LONGEST_INDEX}"
        )));
    }
    let text = fs::read_to_string(index).map_err(|error| bad(error.to_string()))?;
    let parsed: Value = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
    let map = parsed.get("weight_map").and_then(Value::as_object);
    let map = map.ok_or_else(|| bad("no `weight_map` from tensors to files".to_owned()))?;
    let mut files = BTreeSet::new();
    for (tensor, file) in map {
        let plain = |file: &&str| {
            !file.is_empty() && *file != ".." && !file.contains(['/', '\\', ':', '\0'])
        };
        let file = file.as_str().filter(plain);
        let file = file.ok_or_else(|| {
            bad(format!(
                "`{tensor}` is in no file of the repository's own folder"
            ))
        })?;
        files.insert(file.to_owned());
    }
    Ok(files)
}
