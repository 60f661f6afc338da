use crate::error::StudyError;
use crate::grid::Point;
use crate::library::Library;
use crate::options::Options;
use crate::question::{Axis, Question};
use crate::resolve::Resolver;
use crate::source::Source;
use crate::study::Study;
use results::Cell;
use std::collections::{BTreeMap, BTreeSet};
use training::{Job, JobId};

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
        let source = library.study(study)?;
        Self::of(library, source, options)
    }

    /// Expands a study that has been read.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn of(library: &Library, source: Source, options: &Options) -> Result<Self, StudyError> {
        let (resolver, vocabulary) = Resolver::load(library, options)?;
        let study = Study::parse(source, &vocabulary)?;
        let points = study.grid()?;
        let seeds = options
            .seeds
            .clone()
            .unwrap_or_else(|| resolver.profile.seeds.clone());
        let settings = || points.iter().map(|point| &point.settings);
        let mut question = study.question.clone();
        question.protocols = resolver.measured(settings());
        question.chooses = settings().any(|cell| resolver.rates(cell).len() > 1);
        options.check_filter(&filterable(
            &question,
            points.iter().map(|p| resolver.rates(&p.settings)),
        ))?;
        let mut seen = BTreeMap::new();
        let (mut cells, mut jobs, mut pretrainings) = (Vec::new(), Vec::new(), Vec::new());
        for &seed in &seeds {
            for (point, rate) in points.iter().flat_map(|point| tried(&resolver, point)) {
                let resolved = resolver.resolve(&study.source, &point.settings, seed, rate)?;
                let mut axes = study.place(point);
                if question.chooses {
                    let rate = format!("{:e}", resolved.job.recipe.learning_rate);
                    axes.push((Question::RATE.to_owned(), rate));
                }
                let title = axes
                    .iter()
                    .map(|(_, value)| value.as_str())
                    .collect::<Vec<_>>();
                let title = format!("{} · seed {seed}", title.join(" · "));
                let planned = Planned::new(resolved.job, title);
                if let Some(other) = seen.insert(planned.id.clone(), point) {
                    return Err(study.same(other, point));
                }
                if options.selects(&axes) {
                    let needed = resolved.needs.into_iter();
                    pretrainings.extend(
                        needed.map(|(name, job)| Planned::new(job, format!("pretraining {name}"))),
                    );
                    jobs.push(planned.clone());
                }
                cells.push(Cell {
                    axes,
                    seed,
                    job: planned.id,
                });
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
        })
    }

    /// The jobs that have to run, in order: what is not done, and pretrainings only when a job
    /// that is not done needs them.
    pub fn missing(&self, done: impl Fn(&Planned) -> bool) -> Vec<Planned> {
        let open: Vec<&Planned> = self.jobs.iter().filter(|planned| !done(planned)).collect();
        let needed: BTreeSet<&JobId> = open
            .iter()
            .filter_map(|planned| planned.job.initialisation.depends_on())
            .collect();
        let runs = |planned: &&Planned| !planned.job.keep_body || needed.contains(&planned.id);
        open.iter().copied().filter(runs).cloned().collect()
    }
}

/// The axes that a filter may name: the grid's, and the learning rates to choose from.
fn filterable(question: &Question, rates: impl Iterator<Item = Vec<f64>>) -> Question {
    let mut filterable = question.clone();
    if question.chooses {
        let values: BTreeSet<String> = rates.flatten().map(|rate| format!("{rate:e}")).collect();
        filterable.axes.push(Axis {
            key: Question::RATE.to_owned(),
            values: values.into_iter().collect(),
        });
    }
    filterable
}

/// A point once for each learning rate it is trained with; `None` is the rate of its recipe.
fn tried<'p>(resolver: &Resolver, point: &'p Point) -> Vec<(&'p Point, Option<f64>)> {
    let rates = resolver.rates(&point.settings);
    match rates.is_empty() {
        true => vec![(point, None)],
        false => rates.into_iter().map(|rate| (point, Some(rate))).collect(),
    }
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
                .source
                .spot(at, "two seeds are the same", "each cell twice")
                .into();
        };
        let (a, b) = (&axis.values[a], &axis.values[b]);
        let what = format!(
            "two cells are the same: `{}` and `{}` on `{}` give one job",
            a.text, b.text, axis.key
        );
        let help = "rules or settings without effect may have made them equal".to_owned();
        self.source
            .spot(b.at.clone(), what, "same job")
            .help(Some(help))
            .into()
    }
}
