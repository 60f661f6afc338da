use crate::checkpoints;
use crate::computing::Workers;
use crate::device::Devices;
use crate::exit::{Failing, Problem};
use crate::global::Global;
use crate::hint;
use crate::results_folder;
use crate::selection::Selection;
use results::{ResultsError, Store};
use runner::Wish;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use study::{Contents, Library, Options, Shelf, is_checkpoint, parse_filter, parse_seeds};
use tasks::DataDir;

/// Where files are and what was asked for, settled once.
#[derive(Clone, Debug)]
pub struct Context {
    pub experiments: Library,
    pub options: Options,
    pub results: PathBuf,
    pub data: PathBuf,
    /// How many jobs at a time, and on how many threads.
    pub wish: Wish,
    /// Threads of this process.
    pub threads: usize,
    /// Where to compute.
    pub device: Devices,
    /// Whether jobs of which published rows are here count as finished.
    pub keeps_published: bool,
}

impl Context {
    /// # Errors
    /// When an option cannot be understood.
    pub fn new(global: &Global, selection: &Selection, workers: Workers) -> Result<Self, Problem> {
        let Workers { workers, computing } = workers;
        let profile = global.profile();
        if !study::is_name(profile) {
            return Err(Problem::Asked(format!(
                "{profile:?} is no name of a profile"
            )));
        }
        let here = std::env::current_dir().failing("find the current folder")?;
        let library = Library::discover(&here);
        let home = library.workspace().unwrap_or(&here);
        let results = match &global.results {
            Some(results) => here.join(results),
            None => home.join("results"),
        };
        if global.results.is_some() {
            results_folder::check(&results, profile, "--results ")?;
        }
        let data = match &global.data {
            Some(data) => here.join(data),
            None => cache()?,
        };
        let filter = selection.filter.iter().map(|text| parse_filter(text));
        Ok(Self {
            options: Options {
                profile: profile.to_owned(),
                seeds: selection.seeds.as_deref().map(parse_seeds).transpose()?,
                filter: filter.collect::<Result<_, _>>()?,
            },
            experiments: library,
            results,
            data,
            wish: Wish {
                workers,
                threads: computing.threads,
            },
            threads: computing.threads.unwrap_or(1),
            device: computing.device,
            keeps_published: false,
        })
    }

    /// Refuses a profile that is neither in the library nor among the results.
    ///
    /// # Errors
    /// One that says which name is close.
    pub fn know_profile(&self) -> Result<(), Problem> {
        let (library, profile) = (&self.experiments, &self.options.profile);
        let names = library.names(Shelf::Profiles);
        if !names.contains(profile) && !self.results.join(profile).exists() {
            library.get(Shelf::Profiles, profile)?;
        }
        Ok(())
    }

    /// The same, where jobs count as finished whose published rows are here.
    pub fn keeping_published(self, keeps_published: bool) -> Self {
        Self {
            keeps_published,
            ..self
        }
    }

    /// The same at another profile.
    pub fn at_profile(&self, profile: &str) -> Self {
        let options = Options {
            profile: profile.to_owned(),
            ..self.options.clone()
        };
        Self {
            options,
            ..self.clone()
        }
    }

    /// Every profile that has results here, by name. One whose folder may not be looked into is among them: whoever opens it says so.
    ///
    /// # Errors
    /// When the folder of results is there and cannot be read.
    pub fn profiles_with_results(&self) -> Result<Vec<String>, Problem> {
        let reading = format!("look for results in {}", self.shown(&self.results));
        let entries = match std::fs::read_dir(&self.results) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.failing(&reading)?,
        };
        let known = self.experiments.names(Shelf::Profiles);
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.failing(&reading)?;
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy().into_owned();
            let has_results = match files::is_file(&path.join("format.toml")) {
                // Without that, which says the version, it is of this one.
                Ok(has_format) => has_format || path.join("jobs").is_dir(),
                // Not everybody's folder that nobody may read is a profile.
                Err(_) => path.is_dir() && known.contains(&name),
            };
            if has_results && study::is_name(&name) {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// The same without a part of a study that was asked for.
    pub fn of_all(&self) -> Self {
        Self {
            options: Options::profile(&self.options.profile),
            ..self.clone()
        }
    }

    /// The same without the replicates that were asked for by number.
    pub fn with_usual_seeds(&self) -> Self {
        let options = Options {
            seeds: None,
            ..self.options.clone()
        };
        Self {
            options,
            ..self.clone()
        }
    }

    /// Gives this process its threads, before anything computes.
    ///
    /// # Errors
    /// When the system has none for it.
    pub fn use_threads(&self) -> Result<(), Problem> {
        start_threads(self.threads)
    }

    /// As [`Context::use_threads`], all cores unless a number was asked for: for what runs alone.
    ///
    /// # Errors
    /// When the system has no threads for it.
    pub fn use_cores(&self) -> Result<(), Problem> {
        // None of them is the pool's word for as many as there are cores.
        start_threads(self.wish.threads.unwrap_or(0))
    }

    /// The library with the shape of a backbone, if that is a checkpoint.
    pub fn shape_library(&self, backbone: &str) -> Library {
        let library = self.experiments.clone();
        if !is_checkpoint(backbone) {
            return library;
        }
        let (mut known, mut missing) = (Contents::default(), BTreeMap::new());
        let name = backbone.to_owned();
        match checkpoints::look(backbone, &DataDir::new(&self.data)) {
            Ok(found) => drop(known.checkpoints.insert(name, found)),
            Err(why) => drop(missing.insert(name, why)),
        }
        library.knowing(known, missing)
    }

    /// The results of the profile, made where they are missing.
    pub fn open_store(&self) -> Result<Store, Problem> {
        Store::open(&self.results, &self.options.profile).map_err(refused)
    }

    /// The results of the profile, to write again what is made of them: none are made where there are none.
    pub fn store_with_results(&self) -> Result<Store, Problem> {
        let store = self.read_store()?;
        if store.folder().is_dir() {
            return self.open_store();
        }
        let (folder, profile) = (self.shown(&self.results), &self.options.profile);
        Err(Problem::Asked(format!(
            "{folder} has no results of profile `{profile}`: {} makes some, and --results names another folder",
            hint::command(&["study", "NAME"])
        )))
    }

    /// The results of the profile, only to look at.
    pub fn read_store(&self) -> Result<Store, Problem> {
        Store::read_only(&self.results, &self.options.profile).map_err(refused)
    }

    /// Where jobs keep hidden states of frozen models.
    pub fn hidden_states(&self) -> PathBuf {
        self.data.join("features")
    }

    /// A path as the user would type it.
    pub fn shown(&self, path: &Path) -> String {
        let here = std::env::current_dir().unwrap_or_default();
        path.strip_prefix(&here)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}

/// The pool is the process's: who asks first has it.
fn start_threads(threads: usize) -> Result<(), Problem> {
    static STARTED: AtomicBool = AtomicBool::new(false);
    if STARTED.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build_global().map_err(|error| {
        Problem::Run(format!(
            "failed to start the threads to compute on: {error}; `--threads 1` needs fewest, and a limit on \
             processes (`ulimit -u`) or on memory (`ulimit -v`) may be too low"
        ))
    })
}

/// A folder that a newer version wrote is the wrong folder to name; anything else went wrong.
fn refused(error: ResultsError) -> Problem {
    match error {
        ResultsError::Newer { .. } => Problem::Asked(error.to_string()),
        _ => Problem::Run(format!("failed to open the results: {error}")),
    }
}

/// The user's cache: data is fetched once for every workspace.
fn cache() -> Result<PathBuf, Problem> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    };
    let cache = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    let cache = cache.or_else(|| set("LOCALAPPDATA"));
    let nowhere = "no HOME says where data is kept: name a folder with --data DIR or FPT_DATA";
    let cache = cache.ok_or_else(|| Problem::Asked(nowhere.to_owned()))?;
    Ok(cache.join("fpt"))
}
