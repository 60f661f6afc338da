use crate::cache::ModelCache;
use crate::client::Hub;
use crate::error::HubError;
use crate::instead::or_instead;
use crate::model::Model;
use crate::name::Name;
use crate::progress::Progress;
use crate::weights::{Shards, WEIGHTS, has, index_of, named};
use std::path::{Path, PathBuf};

const CONFIG: &str = "config.json";

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
    /// and one set of weights; `shards` reads an index of them. When the hub cannot be reached, a complete
    /// one of the cache will do.
    ///
    /// # Errors
    /// What was asked for, what was found, and the way out.
    pub fn checkpoint(
        &self,
        name: &Name,
        shards: Shards,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Checkpoint, HubError> {
        self.ask(name, progress, Some(shards))
    }

    /// Only the `config.json` of the checkpoint of that name, in the folder of its snapshot.
    ///
    /// # Errors
    /// As [`Hub::checkpoint`].
    pub fn config(&self, name: &Name) -> Result<Checkpoint, HubError> {
        self.ask(name, &mut |_| {}, None)
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
        Model::of(self, name)?.file(commit, file, &mut |_| {})
    }

    fn ask(
        &self,
        name: &Name,
        progress: &mut dyn FnMut(Progress),
        weights: Option<Shards>,
    ) -> Result<Checkpoint, HubError> {
        if self.offline {
            return self.cached(name, weights);
        }
        match download(&Model::of(self, name)?, name, progress, weights) {
            Err(error) if !error.is_final() => {
                self.cached(name, weights).map_err(|why| match why {
                    // What is in the way here is nearer than the hub.
                    HubError::Disk { .. } => why,
                    _ => error,
                })
            }
            answer => answer,
        }
    }

    /// What the cache holds, complete.
    fn cached(&self, name: &Name, weights: Option<Shards>) -> Result<Checkpoint, HubError> {
        let cache = self.cache_folder();
        let config = ModelCache::of(&cache, name).find(&name.revision, CONFIG)?;
        if let Some(config) = config {
            let found = Checkpoint::of(&config)?;
            if found.has(weights)? {
                return Ok(found);
            }
        }
        let name = name.to_string();
        Err(HubError::Offline { name, cache })
    }
}

impl Checkpoint {
    /// Whether the weights are here, where they are asked for.
    fn has(&self, weights: Option<Shards>) -> Result<bool, HubError> {
        let Some(shards) = weights else {
            return Ok(true);
        };
        for whole in WEIGHTS {
            if has(&self.folder, whole, shards)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

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

fn download(
    model: &Model<'_>,
    name: &Name,
    progress: &mut dyn FnMut(Progress),
    weights: Option<Shards>,
) -> Result<Checkpoint, HubError> {
    let config = match model.file(&name.revision, CONFIG, progress) {
        Err(error @ HubError::NoFile { .. }) => {
            let why = model.why(error);
            return Err(or_instead(why, model, name, &name.revision));
        }
        other => other?,
    };
    let checkpoint = Checkpoint::of(&config)?;
    if let Some(shards) = weights {
        download_weights(model, name, &checkpoint.commit, shards, progress)?;
    }
    Ok(checkpoint)
}

fn download_weights(
    model: &Model<'_>,
    name: &Name,
    commit: &str,
    shards: Shards,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), HubError> {
    for whole in WEIGHTS {
        match model.file(commit, whole, progress) {
            Err(HubError::NoFile { .. }) => {}
            other => return other.map(|_| ()),
        }
        let index = match model.file(commit, &index_of(whole), progress) {
            Err(HubError::NoFile { .. }) => continue,
            other => other?,
        };
        for shard in named(shards, &index)? {
            model.file(commit, &shard, progress)?;
        }
        return Ok(());
    }
    let none = HubError::NoWeights(name.to_string());
    Err(or_instead(none, model, name, commit))
}
