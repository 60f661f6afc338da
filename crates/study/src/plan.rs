use crate::contents::Contents;
use crate::document::Document;
use crate::error::StudyError;
use crate::grid::Point;
use crate::keys::{backbone_of, is_checkpoint};
use crate::library::Library;
use crate::options::Options;
use crate::resolve::Resolver;
use crate::study::Study;
use evidence::{Cell, Question, Rate};
use std::collections::{BTreeMap, BTreeSet};
use training::{Initialisation, Job, JobId, TaskSpec};

/// What a study comes to: every job once, in the order they start, and the cells they answer.
#[derive(Clone, Debug)]
pub struct Plan {
    pub question: Question,
    pub profile: String,
    /// Pretrainings first, then cells, a seed at a time: half a run is every cell at fewer seeds.
    /// Only what the filter leaves.
    pub jobs: Vec<Planned>,
    /// Every cell with every seed and every learning rate to choose from, whatever the filter says: what tables and parquet are made of.
    pub cells: Vec<Cell>,
    /// What the jobs of all cells read.
    pub sources: Sources,
    /// What of that was known when it was planned.
    pub contents: Contents,
}

/// What jobs read, by name.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Folders, or names on the hub.
    pub checkpoints: BTreeSet<String>,
    /// By [`tasks::source`]: a task that reads it.
    pub data: BTreeMap<String, TaskSpec>,
}

impl Sources {
    fn add(&mut self, job: &Job) {
        if let Initialisation::Checkpoint(checkpoint) = &job.initialisation {
            self.checkpoints.insert(checkpoint.source.clone());
        }
        // A task that was planned has settings that can be read.
        if let Ok(Some(source)) = tasks::source(&job.task.name, &job.task.settings) {
            self.data.entry(source).or_insert_with(|| job.task.clone());
        }
    }
}

/// A job of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    pub id: JobId,
    pub job: Job,
    /// Readable name: `text · mnist · seed 1`.
    pub title: String,
}

impl Planned {
    fn new(job: Job, title: String) -> Self {
        Self {
            id: job.id(),
            job,
            title,
        }
    }
}

impl Plan {
    /// Reads the study, by name or by path, and expands it. Nothing is started or written.
    ///
    /// # Errors
    /// At the first mistake in the study, the profile, a pretraining or the options.
    pub fn new(library: &Library, study: &str, options: &Options) -> Result<Self, StudyError> {
        Self::of(library, library.study(study)?, options)
    }

    /// Expands a study that has been read.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn of(library: &Library, file: Document, options: &Options) -> Result<Self, StudyError> {
        let (resolver, vocabulary) = Resolver::load(library, &options.profile)?;
        let study = Study::parse(file, &vocabulary)?;
        let points = study.grid()?;
        let seeds = options.seeds.as_ref().unwrap_or(&resolver.profile.seeds);
        let settings = || points.iter().map(|point| &point.settings);
        let mut question = study.question.clone();
        question.protocols = resolver.protocol_notes(settings());
        question.chooses = settings().any(|cell| resolver.rates(cell).len() > 1);
        let on_trial = settings().flat_map(|cell| resolver.rates(cell));
        let on_trial = on_trial.filter(|_| question.chooses).collect();
        options.check_filter(&question.axes, &on_trial)?;
        let mut seen = BTreeMap::new();
        let mut sources = Sources::default();
        let (mut cells, mut jobs, mut pretrainings) = (Vec::new(), Vec::new(), Vec::new());
        for &seed in seeds {
            for (point, rate) in points.iter().flat_map(|point| trials(&resolver, point)) {
                let resolved = resolver.resolve(&study.file, &point.settings, seed, rate)?;
                let needed = resolved.needs.iter().map(|(_, job)| job);
                needed
                    .chain([&resolved.job])
                    .for_each(|job| sources.add(job));
                // Where others choose, a cell that does not has one rate on trial: its recipe's.
                let cell = Cell {
                    axes: study.place(point),
                    rate: question
                        .chooses
                        .then_some(Rate(resolved.job.recipe.learning_rate)),
                    seed,
                    job: resolved.job.id(),
                };
                if let Some(other) = seen.insert(cell.job.clone(), point) {
                    return Err(study.same(other, point));
                }
                if options.selects(&cell) {
                    let needed = resolved.needs.into_iter();
                    pretrainings.extend(
                        needed.map(|(name, job)| Planned::new(job, format!("pretraining {name}"))),
                    );
                    jobs.push(Planned::new(resolved.job, title(&cell)));
                }
                cells.push(cell);
            }
        }
        if jobs.is_empty() {
            let filter = options.filter_text();
            return Err(StudyError::NothingLeft {
                filter,
                study: study.question.name,
            });
        }
        let mut known = BTreeSet::new();
        let jobs = pretrainings.into_iter().chain(jobs);
        let jobs = jobs
            .filter(|planned| known.insert(planned.id.clone()))
            .collect();
        Ok(Self {
            question,
            profile: options.profile.clone(),
            jobs,
            cells,
            sources,
            contents: library.contents().clone(),
        })
    }

    /// The jobs that have to run, in order: what is not done, and pretrainings only when a job that has
    /// to run starts from them.
    pub fn missing(&self, done: impl Fn(&Planned) -> bool) -> Vec<Planned> {
        let mut missing = Vec::new();
        let mut needed: BTreeSet<&JobId> = BTreeSet::new();
        // A job stands behind those that it needs.
        for planned in self.jobs.iter().rev() {
            let is_asked = !planned.job.keep_body || needed.contains(&planned.id);
            if is_asked && !done(planned) {
                needed.extend(planned.job.initialisation.depends_on());
                missing.push(planned.clone());
            }
        }
        missing.reverse();
        missing
    }
}

/// The checkpoints that the cells of a study, by name or by path, have as their backbone. The library
/// has to know them before the study is planned, since they have the shapes.
///
/// # Errors
/// At the first mistake in the study, the profile or a pretraining.
pub fn backbones(
    library: &Library,
    study: &str,
    profile: &str,
) -> Result<BTreeSet<String>, StudyError> {
    let (_, vocabulary) = Resolver::load(library, profile)?;
    let study = Study::parse(library.study(study)?, &vocabulary)?;
    let points = study.grid()?;
    let backbones = points.iter().map(|point| backbone_of(&point.settings));
    Ok(backbones
        .filter(|backbone| is_checkpoint(backbone))
        .map(ToOwned::to_owned)
        .collect())
}

/// A point once for each learning rate it is trained with; `None` is the rate of its recipe.
fn trials<'p>(resolver: &Resolver, point: &'p Point) -> Vec<(&'p Point, Option<Rate>)> {
    let rates = resolver.rates(&point.settings);
    match rates.is_empty() {
        true => vec![(point, None)],
        false => rates.into_iter().map(|rate| (point, Some(rate))).collect(),
    }
}

/// `text · mnist · 1e-3 · seed 1`, the rate where it is on trial.
fn title(cell: &Cell) -> String {
    // A title is one line of a terminal and of a log.
    let values = cell
        .axes
        .iter()
        .map(|(_, value)| value.replace(char::is_control, " "));
    let rate = cell.rate.map(|rate| rate.to_string());
    let seed = format!("seed {}", cell.seed);
    values
        .chain(rate)
        .chain([seed])
        .collect::<Vec<_>>()
        .join(" · ")
}

impl Study {
    /// Two cells with one job: the study cannot tell them apart.
    fn same(&self, first: &Point, second: &Point) -> StudyError {
        let axes = self
            .axes
            .iter()
            .zip(first.choice.iter().zip(&second.choice));
        let differ: Vec<_> = axes.filter(|(_, (a, b))| a != b).collect();
        let Some(&(axis, (&a, &b))) = differ.first() else {
            let at = self.axes[0].at.clone();
            return self
                .file
                .spot(at, "two seeds are the same", "each cell twice")
                .into();
        };
        let (a, b) = (&axis.values[a], &axis.values[b]);
        let what = format!(
            "two cells are the same: `{}` and `{}` on `{}` give one job",
            a.text, b.text, axis.key
        );
        let help = "rules or settings without effect may have made them equal, or two names of one content"
            .to_owned();
        self.file
            .spot(b.at.clone(), what, "same job")
            .help(Some(help))
            .into()
    }
}
