use crate::along::Horizontal;
use crate::background::Background;
use crate::error::ReportError;
use crate::pilots::{lend_floors, piloted};
use crate::sheet::{Sheet, sheets};
use evidence::{
    ATTENTION_SHARE, Arrival, Cell, Choice, Chosen, Curve, Finding, Normality, Place, Pooled,
    Question, Run, Spread, TEST_ACCURACY, arrivals, compare, findings, normality, pool, seed,
    select, spread,
};
use std::collections::{BTreeMap, BTreeSet};
use threads::beside;
use training::{AttentionMap, JobId};

/// What a study found: everything that its reports print.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    pub question: Question,
    pub sheets: Vec<Sheet>,
    /// How soon cells learn, those of a sheet's column read at one accuracy.
    pub arrivals: BTreeMap<Place, Arrival>,
    pub findings: Vec<Finding>,
    /// The learning rate of each cell, in a study that chooses it.
    pub chosen: Vec<Chosen>,
    /// The curves behind the tables.
    pub curves: Vec<Curve>,
    /// Places whose rate is chosen on pilots.
    pub piloted: BTreeSet<Place>,
    /// Jobs that are asked for around each body, the most of any cell.
    pub jobs_of_a_body: u64,
    /// How much bodies differ, and the jobs around one, where there are several of both.
    pub spreads: Vec<Spread>,
    /// How the residuals of the replicates look, once there are enough.
    pub normality: Option<Normality>,
    /// Where the bodies of cells look, in a study that asks for it.
    pub maps: BTreeMap<Place, AttentionMap>,
    /// Every run, those of pilots and of rates that were not chosen included.
    pub runs: Vec<Run>,
    /// Every cell of the plan.
    pub planned: Vec<Cell>,
    /// What curves are drawn along.
    pub horizontal: Horizontal,
    /// What is known besides the numbers.
    pub background: Background,
}

impl Summary {
    /// Chooses learning rates where the study asks for it, pools replicates, decides the claims
    /// and compares with the reference. `expected` are the cells of the plan; those without a run are shown as
    /// unfinished.
    ///
    /// # Errors
    /// [`ReportError::NoAxis`].
    pub fn new(
        question: &Question,
        all: &[Run],
        curves: &[Curve],
        expected: &[Cell],
    ) -> Result<Self, ReportError> {
        let selected = select(question, all, curves, expected);
        let evidence = selected.evidence(question);
        let decided = || {
            let mut pooled = pool(&evidence);
            lend_floors(&mut pooled, all, expected);
            let findings = findings(&evidence);
            compare(&mut pooled, &question.table, &findings);
            (pooled, findings)
        };
        let normality = || normality(&evidence);
        let (normality, (pooled, findings)) = beside(normality, decided);
        let sheets = sheets(question, &pooled)?;
        let groups = sheets.iter().flat_map(Sheet::groups);
        let jobs = selected.cells.iter().map(|cell| seed::job(cell.seed) + 1);
        Ok(Self {
            arrivals: arrivals(&evidence, groups),
            sheets,
            findings,
            spreads: spread(&evidence),
            normality,
            piloted: piloted(expected),
            jobs_of_a_body: jobs.max().unwrap_or(0),
            maps: maps(question, &selected.runs),
            chosen: selected.chosen,
            curves: selected.curves,
            runs: all.to_vec(),
            planned: expected.to_vec(),
            horizontal: Horizontal::default(),
            background: Background::default(),
            question: question.clone(),
        })
    }

    /// The same, with what is known besides the numbers.
    #[must_use]
    pub fn with(self, background: Background) -> Self {
        Self { background, ..self }
    }

    /// The runs of the plan's cells; what is known of other jobs is left out.
    pub fn finished(&self) -> impl Iterator<Item = &Run> {
        let jobs: BTreeSet<&JobId> = self.planned.iter().map(|cell| &cell.job).collect();
        let runs = self.runs.iter();
        runs.filter(move |run| jobs.contains(&run.cell.job))
    }

    /// Whether a cell's rate is chosen on pilots.
    pub fn has_pilots(&self, axes: &Choice) -> bool {
        self.piloted.contains(&Place::of(axes))
    }

    /// Test accuracy of a cell's pilots at its rate, or at the best so far, where tables show test accuracies and the
    /// cell has no replicate yet.
    pub fn pilot(&self, cell: &Pooled) -> Option<f64> {
        let is_shown = self.question.table.measure == &TEST_ACCURACY
            && cell.estimate.is_none()
            && self.has_pilots(&cell.axes);
        let mut all = self.chosen.iter().filter(|_| is_shown);
        let chosen = all.find(|chosen| chosen.axes == cell.axes)?;
        let tried = chosen.trials.iter().enumerate();
        let scored = tried.filter_map(|(at, trial)| Some((at, trial.validation?.mean)));
        let ahead = scored.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at);
        Some(chosen.trials[chosen.best.or(ahead)?].test?.mean)
    }

    /// How soon a cell learns, once a replicate of it has its curves.
    pub fn arrival(&self, cell: &Pooled) -> Option<&Arrival> {
        self.arrivals.get(&Place::of(&cell.axes))
    }

    /// Whether a table shows a pilot's number.
    pub fn shows_pilots(&self) -> bool {
        let mut cells = self.sheets.iter().flat_map(Sheet::planned);
        cells.any(|cell| self.pilot(cell).is_some())
    }
}

/// The map of each cell that has one, where some claim or the table is about attention.
fn maps(question: &Question, runs: &[Run]) -> BTreeMap<Place, AttentionMap> {
    let claims = question.claims.iter().map(|claim| claim.measure);
    let asked = claims.chain([question.table.measure]);
    let mut asked = asked.filter(|measure| *measure == &ATTENTION_SHARE);
    if asked.next().is_none() {
        return BTreeMap::new();
    }
    let maps = runs.iter().filter_map(|run| {
        let map = run.attention_map.clone()?;
        Some((run.cell.place(), map))
    });
    maps.collect()
}
