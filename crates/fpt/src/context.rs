use crate::checkpoints;
use crate::contents;
use crate::device::Devices;
use crate::exit::{Failing, Problem};
use crate::global::Global;
use results::{ResultsError, Store};
use runner::Wish;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use study::{Contents, Library, Options, Plan, is_checkpoint, parse_filter, parse_seeds};
use tasks::DataDir;

/// Where files are and what was asked for, settled once.
#[derive(Debug)]
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
}

impl Context {
    /// # Errors
    /// When an option cannot be understood.
    pub fn new(global: &Global) -> Result<Self, Problem> {
        if !study::is_name(&global.profile) {
            let profile = &global.profile;
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
        let data = match &global.data {
            Some(data) => here.join(data),
            None => cache()?,
        };
        let filter = global.filter.iter().map(|text| parse_filter(text));
        Ok(Self {
            options: Options {
                profile: global.profile.clone(),
                seeds: global.seeds.as_deref().map(parse_seeds).transpose()?,
                filter: filter.collect::<Result<_, _>>()?,
            },
            experiments: library,
            results,
            data,
            wish: Wish {
                workers: global.workers,
                threads: global.threads,
            },
            threads: global.threads.unwrap_or(1),
            device: global.device.clone(),
        })
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

    /// The plan of a study on what its jobs read as it is now.
    pub fn plan(&self, study: &str) -> Result<Plan, Problem> {
        let before = self.recorded(study)?.unwrap_or_default();
        self.plan_on(study, &before, None)
    }

    /// The plan of a study on what its jobs read when it last ran, or of one that never did on what others
    /// read: finished results need neither checkpoints nor data.
    pub fn plan_as_run(&self, study: &str) -> Result<Plan, Problem> {
        let before = match self.recorded(study)? {
            Some(before) => before,
            None => contents::of_all(&self.read_store()?)?,
        };
        self.plan_on(study, &before, Some(&before))
    }

    /// What the jobs of a study read when it last ran; `None` of a study that never did.
    pub fn recorded(&self, study: &str) -> Result<Option<Contents>, Problem> {
        let name = self.experiments.study(study)?.name;
        contents::recorded(&self.read_store()?, &name)
    }

    /// The plan of a study at other seeds, on the same contents.
    pub fn plan_at(
        &self,
        study: &str,
        seeds: BTreeSet<u64>,
        contents: &Contents,
    ) -> Result<Plan, Problem> {
        let options = Options {
            seeds: Some(seeds.into_iter().collect()),
            ..self.options.clone()
        };
        let library = self.experiments.clone();
        let library = library.knowing(contents.clone(), BTreeMap::new());
        Ok(Plan::new(&library, study, &options)?)
    }

    /// A plan on these contents, or on what is found now where they are `None` or do not know a shape.
    fn plan_on(
        &self,
        study: &str,
        before: &Contents,
        fixed: Option<&Contents>,
    ) -> Result<Plan, Problem> {
        let data = DataDir::new(&self.data);
        let named = study::backbones(&self.experiments, study, &self.options.profile)?;
        let mut known = fixed.cloned().unwrap_or_default();
        let mut missing = BTreeMap::new();
        for name in named {
            if known.checkpoints.contains_key(&name) {
                continue;
            }
            match contents::checkpoint(&name, &data, before) {
                Ok(found) => drop(known.checkpoints.insert(name, found)),
                Err(why) => drop(missing.insert(name, why)),
            }
        }
        let plan = |known: &Contents| {
            let library = self.experiments.clone();
            let library = library.knowing(known.clone(), missing.clone());
            Plan::new(&library, study, &self.options)
        };
        let first = plan(&known)?;
        if fixed.is_some() {
            return Ok(first);
        }
        let now = contents::now(&first.sources, &data, before, &known);
        Ok(plan(&now)?)
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

fn start_threads(threads: usize) -> Result<(), Problem> {
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
