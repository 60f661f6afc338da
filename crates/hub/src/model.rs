use crate::cache::ModelCache;
use crate::client::Hub;
use crate::error::HubError;
use crate::name::Name;
use crate::progress::Progress;
use crate::remote::Remote;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

/// A model of the hub, by way of the cache.
pub(crate) struct Model<'a> {
    name: &'a Name,
    cache: ModelCache,
    remote: Remote,
    patience: Duration,
}

impl<'a> Model<'a> {
    pub fn of(hub: &Hub, name: &'a Name) -> Result<Self, HubError> {
        Ok(Self {
            name,
            cache: ModelCache::of(&hub.cache_folder(), name),
            remote: Remote::of(hub, &name.owner, &name.name)?,
            patience: hub.patience,
        })
    }

    /// A file in the cache, downloaded where it is not there. A branch is asked for anew, since it
    /// may have moved; a commit cannot.
    pub fn file(
        &self,
        revision: &str,
        file: &str,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<PathBuf, HubError> {
        let here = self.cache.file(revision, file);
        if files::is_file(&here).map_err(HubError::disk(&here))? {
            return Ok(here);
        }
        let Name { owner, name, .. } = self.name;
        let address = self.remote.address(&[owner, name], revision, file);
        let head = self.remote.head(&address, file)?;
        let (Some(commit), Some(etag)) = (&head.commit, &head.etag) else {
            let lacks = "the hub does not say which version of the file it has";
            return Err(HubError::Failed(lacks.to_owned()));
        };
        // By its commit: a branch that moves meanwhile must not mix two versions.
        let pinned = self.remote.address(&[owner, name], commit, file);
        self.blob(etag, head.length, |out| {
            self.remote.pour(&pinned, file, out, &mut |bytes| {
                progress(Progress {
                    file: file.to_owned(),
                    bytes,
                    total: head.length,
                });
            })
        })?;
        self.cache.note(revision, commit)?;
        self.cache.enter(etag, commit, file)
    }

    /// Whether the hub has a file; it is not downloaded.
    pub fn offers(&self, revision: &str, file: &str) -> bool {
        let Name { owner, name, .. } = self.name;
        let address = self.remote.address(&[owner, name], revision, file);
        self.remote.head(&address, file).is_ok()
    }

    /// Why a file cannot be had of which the hub says that it is not there: that may mean the file,
    /// the revision or the model.
    pub fn why(&self, no_file: HubError) -> HubError {
        let Name {
            owner,
            name,
            revision,
        } = self.name;
        let repository = format!("{owner}/{name}");
        match self.remote.has(&["models", owner, name]) {
            Ok(true) => {}
            Ok(false) => return HubError::NoRepository(repository),
            Err(error) => return error,
        }
        match self
            .remote
            .has(&["models", owner, name, "revision", revision])
        {
            Ok(false) => HubError::NoRevision {
                name: repository,
                revision: revision.clone(),
            },
            _ => no_file,
        }
    }

    /// Sees to it that the content of that name is in the cache.
    fn blob(
        &self,
        etag: &str,
        length: Option<u64>,
        pour: impl FnOnce(&mut File) -> Result<(), HubError>,
    ) -> Result<(), HubError> {
        let blob = self.cache.blob(etag)?;
        let is_here = || files::is_file(&blob).map_err(HubError::disk(&blob));
        if is_here()? {
            return Ok(());
        }
        let lock = self.cache.lock(etag, self.patience)?;
        if is_here()? {
            return Ok(());
        }
        // The name that `huggingface_hub` uses: what a killed download leaves, either writes over. Where
        // no lock keeps others out, one of this process.
        let name = match lock.excludes() {
            true => format!("{etag}.incomplete"),
            false => format!("{etag}.{}.incomplete", std::process::id()),
        };
        let part = blob.with_file_name(name);
        let mut out = File::create(&part).map_err(HubError::disk(&part))?;
        pour(&mut out)?;
        let came = out.metadata().map_err(HubError::disk(&part))?.len();
        if let Some(length) = length.filter(|length| *length != came) {
            let short = format!("{came} bytes came of a file of {length}");
            return Err(HubError::Failed(short));
        }
        files::put(&out, &part, &blob).map_err(HubError::disk(&blob))
    }
}
