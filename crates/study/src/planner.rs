//! From a study's grid to its jobs, as far as they can be named: which rate a cell has is known once its pilots have ended.

use crate::document::Document;
use crate::error::StudyError;
use crate::grid::Point;
use crate::library::Library;
use crate::options::Options;
use crate::pilots::{Tried, best};
use crate::plan::{Plan, Planned, Sources};
use crate::resolve::{Draft, Need, Rates, Resolved, Resolver};
use crate::standing::Standing;
use crate::study::Study;
use crate::title::{pretraining, title};
use crate::value::Settings;
use evidence::{Cell, Looks, Place, Question, Rate, seed};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;
use training::{GiveUp, Job, JobId};

/// Collects the jobs of a study.
struct Planner<'a> {
    resolver: &'a Resolver,
    study: &'a Study,
    options: &'a Options,
    standing: &'a Standing<'a>,
    points: &'a [Point],
    /// Whether some cell has rates to choose from.
    chooses: bool,
    /// Which point each job is of.
    seen: BTreeMap<JobId, usize>,
    /// By point.
    drafts: BTreeMap<usize, Draft>,
    cells: Vec<Cell>,
    open: Vec<Cell>,
    pretrainings: Vec<Cell>,
    settings: BTreeMap<JobId, Job>,
    jobs: Vec<Planned>,
    /// Pretrainings of the first replicate, while its own jobs cannot be named yet.
    next: Vec<Planned>,
    /// Which replicate that is.
    first: u64,
    later: Vec<Planned>,
    sources: Sources,
}

/// A run of a cell: its seed, and its rate where it is on trial.
#[derive(Clone, Copy)]
struct Run {
    seed: u64,
    rate: Option<Rate>,
    give_up: Option<GiveUp>,
}

impl Plan {
    /// Expands a study that has been read, as far as it has come.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn of(
        library: &Library,
        file: Document,
        options: &Options,
        standing: &Standing<'_>,
    ) -> Result<Self, StudyError> {
        let (resolver, vocabulary) = Resolver::load(library, &options.profile)?;
        let study = Study::parse(file, &vocabulary)?;
        let points = study.grid()?;
        let looks = resolver.looks(&study, points.iter().map(|point| &point.settings))?;
        let file = study.file.clone();
        let blind = |cell: &Settings| resolver.blind(&file, cell);
        let (study, points) = study.on_grid(points, looks.margin / 100.0, blind)?;
        let own = resolver.profile.seeds.as_ref().map(Spanned::get_ref);
        let seeds = options.seeds.as_ref().or(study.seeds.as_ref()).or(own);
        let looks = Looks {
            at: looks.at,
            weights: looks.weights,
        };
        let question = Question {
            chosen_seeds: seeds.is_some(),
            looks,
            ..asked(&resolver, &study, &points)?
        };
        let first = seeds.and_then(|seeds| seeds.first()).copied().unwrap_or(1);
        let mut planner = Planner::new(&resolver, &study, options, standing, &points, first);
        let rates = planner.trials()?;
        options.check_filter(&question.axes, &planner.on_trial(&rates))?;
        match seeds {
            Some(seeds) => {
                for &number in seeds {
                    planner.replicate(&rates, number, |_| true)?;
                }
            }
            None => planner.replicates(&rates, question.looks.at[0])?,
        }
        if planner.jobs.is_empty() && planner.later.is_empty() {
            let filter = options.filter_text();
            return Err(StudyError::NothingLeft {
                filter,
                study: question.name,
            });
        }
        Ok(planner.into_plan(question, library))
    }
}

/// What a study asks, with what its profile and protocols say of it.
fn asked(resolver: &Resolver, study: &Study, points: &[Point]) -> Result<Question, StudyError> {
    let settings = || points.iter().map(|point| &point.settings);
    let mut question = study.question.clone();
    question.protocols = resolver.protocol_notes(settings());
    question.chooses = settings().any(|cell| resolver.rates(cell).chooses());
    question.one_body = resolver.one_body(study, points)?;
    question.means_nothing = resolver.profile.means_nothing == Some(true);
    if question.means_nothing {
        question.paper.clear();
        for claim in &mut question.claims {
            (claim.paper, claim.critics) = (None, None);
        }
    }
    Ok(question)
}

/// What is known of a point's rate.
enum RateOf {
    /// So many rates, each of which every replicate has; `None` is the recipe's.
    All(Vec<Option<Rate>>),
    /// The pilots' choice.
    Fixed(Rate),
    /// Pilots are still running; what stands in for the rate in forecasts.
    Open(Rate),
}

impl RateOf {
    /// Rates that a filter may name before any job is planned.
    fn known(&self) -> Vec<Rate> {
        match self {
            Self::All(rates) => rates.iter().copied().flatten().collect(),
            Self::Fixed(_) | Self::Open(_) => Vec::new(),
        }
    }
}

impl<'a> Planner<'a> {
    fn new(
        resolver: &'a Resolver,
        study: &'a Study,
        options: &'a Options,
        standing: &'a Standing<'a>,
        points: &'a [Point],
        first: u64,
    ) -> Self {
        let mut settings = points.iter().map(|point| &point.settings);
        Self {
            resolver,
            study,
            options,
            standing,
            points,
            chooses: settings.any(|cell| resolver.rates(cell).chooses()),
            seen: BTreeMap::new(),
            drafts: BTreeMap::new(),
            cells: Vec::new(),
            open: Vec::new(),
            pretrainings: Vec::new(),
            settings: BTreeMap::new(),
            jobs: Vec::new(),
            next: Vec::new(),
            first,
            later: Vec::new(),
            sources: Sources::default(),
        }
    }

    /// The pilots of each point, as far as they can be named, and what they came to.
    fn trials(&mut self) -> Result<Vec<RateOf>, StudyError> {
        let mut choices = Vec::new();
        for (index, point) in self.points.iter().enumerate() {
            choices.push(match self.resolver.rates(&point.settings) {
                Rates::Recipe => RateOf::All(vec![None]),
                Rates::All(rates) => RateOf::All(rates.into_iter().map(Some).collect()),
                Rates::Pilots(pilots) => {
                    let steps = self.resolver.steps(self.study, point)?;
                    let answers = self.resolver.answers(self.study, point)?;
                    let mut tried: Vec<Tried> = Vec::new();
                    loop {
                        let Some(rate) = pilots.next(&tried) else {
                            // There is a first trial, so there is a best one.
                            break RateOf::Fixed(best(&tried).unwrap_or(Rate(0.0)));
                        };
                        let mut ended = Vec::new();
                        for pilot in 0..pilots.replicates {
                            let run = Run {
                                seed: seed::pilot(pilot + 1),
                                rate: Some(rate),
                                give_up: pilots.give_up(&tried, pilot as usize, steps),
                            };
                            let id = self.run(index, point, run)?;
                            ended.push((self.standing.pilot)(&id));
                        }
                        match ended.into_iter().collect::<Option<Vec<_>>>() {
                            Some(pilots) => tried.push(Tried {
                                rate,
                                answers,
                                pilots,
                            }),
                            None => {
                                for rate in pilots.behind(&tried, rate, self.standing.all_trials) {
                                    for pilot in 1..=pilots.replicates {
                                        let run = Run {
                                            seed: seed::pilot(pilot),
                                            rate: Some(rate),
                                            give_up: None,
                                        };
                                        self.stand_in(index, point, run)?;
                                    }
                                }
                                break RateOf::Open(rate);
                            }
                        }
                    }
                }
            });
        }
        Ok(choices)
    }

    /// Every rate that some cell is, or is to be, tried with.
    fn on_trial(&self, rates: &[RateOf]) -> BTreeSet<Rate> {
        let tried = self.cells.iter().filter_map(|cell| cell.rate);
        tried.chain(rates.iter().flat_map(RateOf::known)).collect()
    }

    /// The replicates that each point is to have: as many as are stored of it or were asked for, those of the first look elsewhere.
    fn replicates(&mut self, choices: &[RateOf], first: usize) -> Result<(), StudyError> {
        let (study, standing) = (self.study, self.standing);
        let wanted = |point: &Point| {
            let place = Place::of(&study.place(point));
            standing.replicates.get(&place).copied().unwrap_or(first)
        };
        let most = self.points.iter().map(wanted).max().unwrap_or(0);
        for number in 1..=most {
            self.replicate(choices, number as u64, |point| number <= wanted(point))?;
        }
        Ok(())
    }

    /// The jobs of a replicate, in the points that are wanted.
    fn replicate(
        &mut self,
        choices: &[RateOf],
        number: u64,
        is_wanted: impl Fn(&Point) -> bool,
    ) -> Result<(), StudyError> {
        for (index, (point, choice)) in self.points.iter().zip(choices).enumerate() {
            if !is_wanted(point) {
                continue;
            }
            for job in 0..self.resolver.jobs_per_body(self.study, &point.settings) {
                let run = |rate| Run {
                    seed: seed::seed(number, job),
                    rate,
                    give_up: None,
                };
                match choice {
                    RateOf::All(rates) => {
                        for rate in rates {
                            self.run(index, point, run(*rate))?;
                        }
                    }
                    RateOf::Fixed(rate) => drop(self.run(index, point, run(Some(*rate)))?),
                    RateOf::Open(rate) => {
                        let cell = self.stand_in(index, point, run(Some(*rate)))?;
                        self.open.push(cell);
                    }
                }
            }
        }
        Ok(())
    }

    /// Adds a run of a point.
    fn run(&mut self, index: usize, point: &Point, run: Run) -> Result<JobId, StudyError> {
        let resolved = self.resolve(index, point, run)?;
        let id = resolved.job.id();
        if let Some(other) = self.seen.insert(id.clone(), index) {
            return Err(self.study.same(&self.points[other], point));
        }
        let cell = Cell {
            axes: self.study.place(point),
            // Where others choose, a cell that does not has one rate on trial: its recipe's.
            rate: self
                .chooses
                .then_some(Rate(resolved.job.recipe.learning_rate)),
            seed: run.seed,
            job: id.clone(),
        };
        self.settings.insert(id.clone(), resolved.job.clone());
        if self.options.selects(&cell) {
            let title = title(&cell);
            let job = Planned {
                id: id.clone(),
                job: resolved.job,
                title,
            };
            self.jobs.extend(needed(resolved.needs));
            self.jobs.push(job);
        }
        self.cells.push(cell);
        Ok(id)
    }

    /// Counts a run whose rate is not known as if it had this one, unless the filter leaves it out.
    fn stand_in(&mut self, index: usize, point: &Point, run: Run) -> Result<Cell, StudyError> {
        let cell = Cell {
            axes: self.study.place(point),
            rate: None,
            seed: run.seed,
            job: JobId(String::new()),
        };
        let resolved = self.resolve(index, point, run)?;
        if self.options.selects(&cell) {
            match seed::pilot_of(run.seed).is_none() && seed::replicate(run.seed) == self.first {
                true => self.next.extend(needed(resolved.needs)),
                false => self.later.extend(needed(resolved.needs)),
            }
            self.later.push(Planned::new(resolved.job, title(&cell)));
        }
        Ok(cell)
    }

    /// The job of a run, whose sources are noted.
    fn resolve(&mut self, index: usize, point: &Point, run: Run) -> Result<Resolved, StudyError> {
        let (file, cell) = (&self.study.file, &point.settings);
        let draft = match self.drafts.entry(index) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(self.resolver.draft(file, cell)?),
        };
        let resolved = self.resolver.resolve(file, cell, draft, run.seed, run.rate);
        let mut resolved = resolved?;
        let recipe = &mut resolved.job.recipe;
        recipe.give_up = run.give_up.or(recipe.give_up);
        let needed = resolved.needs.iter().map(|need| &need.job);
        let all = needed.chain([&resolved.job]);
        all.for_each(|job| self.sources.add(job));
        for need in &resolved.needs {
            let job = need.job.id();
            if self
                .settings
                .insert(job.clone(), need.job.clone())
                .is_none()
            {
                self.pretrainings.push(Cell {
                    axes: vec![("pretraining".to_owned(), need.name.clone())],
                    rate: None,
                    seed: need.replicate.unwrap_or(0),
                    job,
                });
            }
        }
        let listed = self.resolver.listed(&point.settings, &resolved.job.body);
        self.sources.listed.extend(listed.iter().cloned());
        Ok(resolved)
    }

    /// What was collected, each job once, where it first stands.
    fn into_plan(self, question: Question, library: &Library) -> Plan {
        let mut known = BTreeSet::new();
        let mut once = |mut jobs: Vec<Planned>| -> Vec<Planned> {
            jobs.retain(|planned| known.insert(planned.id.clone()));
            jobs
        };
        let next = self.next.iter().map(|planned| planned.id.clone()).collect();
        Plan {
            question,
            profile: self.options.profile.clone(),
            jobs: once([self.jobs, self.next].concat()),
            next,
            later: once(self.later),
            cells: self.cells,
            open: self.open,
            pretrainings: self.pretrainings,
            settings: self.settings,
            sources: self.sources,
            contents: library.contents().clone(),
        }
    }
}

fn needed(needs: Vec<Need>) -> impl Iterator<Item = Planned> {
    let needs = needs.into_iter();
    needs.map(|need| Planned::new(need.job, pretraining(&need.name, need.replicate)))
}
