use crate::claims::{Others, on_grid};
use crate::error::StudyError;
use crate::rule::Then;
use crate::study::Study;
use crate::value::Settings;
use evidence::{Choice, Claim, Place, is_of_attention};
use std::collections::BTreeSet;

/// Cells of a study, those that rules leave out among them.
const MOST_CELLS: usize = 100_000;

/// A cell of the grid before it becomes a job.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    /// Index of the value on each axis, axes in file order.
    pub choice: Vec<usize>,
    /// What the cell says after every rule.
    pub settings: Settings,
}

impl Study {
    /// The product of the axes with the rules applied.
    ///
    /// The order does not depend on the order of keys in the file: axes vary by name, the last one
    /// fastest, and values follow their lists.
    ///
    /// # Errors
    /// When there are more cells than anybody means, a rule matches none, or none is left.
    pub fn grid(&self) -> Result<Vec<Point>, StudyError> {
        self.bounded()?;
        let mut hits = vec![0_usize; self.rules.len()];
        let mut points = Vec::new();
        for choice in self.product() {
            let mut settings = self.job.clone();
            for (axis, &index) in self.axes.iter().zip(&choice) {
                settings.extend(axis.settings(index));
            }
            let mut skipped = false;
            for (rule, hits) in self.rules.iter().zip(&mut hits) {
                if !rule.applies(&settings) {
                    continue;
                }
                *hits += 1;
                match &rule.then {
                    Then::Set(set) => settings.extend(set.clone()),
                    Then::Skip => skipped = true,
                }
            }
            if !skipped {
                points.push(Point { choice, settings });
            }
        }
        if let Some(rule) = self.rules.iter().zip(&hits).find(|(_, hits)| **hits == 0) {
            let what = "the rule matches nothing: no cell is like this";
            return Err(self
                .file
                .spot(rule.0.at.clone(), what, "matches no cell")
                .into());
        }
        if points.is_empty() {
            let at = self.axes[0].at.clone();
            return Err(self
                .file
                .spot(at, "the rules skip every cell", "no cell left")
                .into());
        }
        Ok(points)
    }

    /// The study with its claims on the points of its grid: cells under a protocol that is not the study's own are there only where a claim
    /// asks for them.
    ///
    /// # Errors
    /// When a claim speaks of cells that are not there, or asks cells where they look of which `blind` knows why that cannot be told.
    pub fn on_grid(
        mut self,
        points: Vec<Point>,
        margin: f64,
        blind: impl Fn(&Settings) -> Result<Option<String>, StudyError>,
    ) -> Result<(Self, Vec<Point>), StudyError> {
        let mut points = points;
        let cells: Vec<Choice> = points.iter().map(|point| self.place(point)).collect();
        let mut claims: Vec<Claim> = Vec::new();
        for draft in &self.drafts {
            let mut draft = draft.clone();
            let is_usual = draft.protocols.is_empty();
            if let Some(usual) = self.usual.as_ref().filter(|_| is_usual) {
                draft.place.push(("protocol".to_owned(), usual.clone()));
            }
            for claim in on_grid(&self.file, &draft, &cells, self.quoted(), margin)? {
                if claims.iter().any(|other| claim.asks_the_same(other)) {
                    let what = format!("another claim asks the same: {}", claim.compared);
                    let spot = self.file.spot(draft.at.clone(), what, "the second");
                    let help =
                        "leave one out: every claim makes the p of the others larger".to_owned();
                    return Err(spot.help(Some(help)).into());
                }
                let asked = cells.iter().zip(&points).filter(|(cell, _)| {
                    let place = Place::of(cell);
                    claim.terms.iter().any(|term| term.place == place)
                });
                for (_, point) in asked.filter(|_| is_of_attention(claim.measure)) {
                    if let Some(why) = blind(&point.settings)? {
                        let what = format!("no run has `{}` there: {why}", claim.measure.name);
                        let spot = self.file.spot(draft.at.clone(), what, "asked of it");
                        let help = "`fpt list measures` says what can be asked of all".to_owned();
                        return Err(spot.help(Some(help)).into());
                    }
                }
                claims.push(claim);
            }
        }
        if let Some(reference) = &self.question.table.reference
            && !cells.iter().any(|cell| cell.contains(reference))
        {
            let what = format!(
                "no cell of the `table` is its `reference`: rules skip all of {}",
                reference.1
            );
            return Err(self.file.mistake(what).into());
        }
        let measure = self.question.table.measure;
        if is_of_attention(measure) {
            let why = points.iter().map(|point| blind(&point.settings));
            let why: Option<Vec<String>> = why.collect::<Result<Option<_>, _>>()?;
            if let Some(why) = why.as_ref().and_then(|why| why.first()) {
                let what = format!(
                    "no cell of the `table` has its `measure`, {}: {why}",
                    measure.name
                );
                let help = "`fpt list measures` says what can be asked of all".to_owned();
                return Err(self.file.mistake(what).help(Some(help)).into());
            }
        }
        if let Some(usual) = &self.usual {
            let terms = claims.iter().flat_map(|claim| &claim.terms);
            let asked: BTreeSet<Place> = terms.map(|term| term.place.clone()).collect();
            let own = ("protocol".to_owned(), usual.clone());
            let mut cells = cells.iter();
            points.retain(|_| {
                let cell = cells.next();
                cell.is_some_and(|cell| cell.contains(&own) || asked.contains(&Place::of(cell)))
            });
        }
        self.question.claims = claims;
        Ok((self, points))
    }

    /// What others say of its cells.
    fn quoted(&self) -> Others<'_> {
        Others {
            paper: &self.question.paper,
            critics: &self.critics,
        }
    }

    /// Two cells with one job: the study cannot tell them apart.
    pub fn same(&self, first: &Point, second: &Point) -> StudyError {
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

    /// Refuses a product that no table could show and no memory may hold.
    fn bounded(&self) -> Result<(), StudyError> {
        let sizes = || self.axes.iter().map(|axis| axis.values.len());
        let cells = sizes().fold(1_usize, usize::saturating_mul);
        let longest = self.axes.iter().max_by_key(|axis| axis.values.len());
        let Some(axis) = longest.filter(|_| cells > MOST_CELLS) else {
            return Ok(());
        };
        let what = format!("the axes come to {cells} cells, and a study has {MOST_CELLS} at most");
        let longest = format!("{} values", axis.values.len());
        let spot = self.file.spot(axis.at.clone(), what, longest);
        let help = "ask in several studies, or of fewer values".to_owned();
        Err(spot.help(Some(help)).into())
    }

    fn product(&self) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.axes.len()).collect();
        order.sort_by_key(|&axis| &self.axes[axis].key);
        let mut product = vec![vec![0; self.axes.len()]];
        for axis in order {
            let values = 0..self.axes[axis].values.len();
            let longer = product.iter().flat_map(|choice: &Vec<usize>| {
                values.clone().map(move |value| {
                    let mut choice = choice.clone();
                    choice[axis] = value;
                    choice
                })
            });
            product = longer.collect();
        }
        product
    }

    /// `(axis, value)` of a point in file order.
    pub fn place(&self, point: &Point) -> Choice {
        let axes = self.axes.iter().zip(&point.choice);
        axes.map(|(axis, &index)| (axis.key.clone(), axis.values[index].text.clone()))
            .collect()
    }
}
