//! How many replicates each cell of a study has: those of the first look, and of later ones where claims need them.

use crate::exit::Problem;
use evidence::{Cell, Place, Selected, extent, select};
use results::Known;
use std::collections::BTreeMap;
use study::{Library, Options, Plan, Standing};

/// How far a plan reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The first look, and what is stored of later ones.
    Stored,
    /// The next look of every claim that is not decided.
    UntilDecided,
    /// The last look of every claim: the worst case.
    Last,
}

/// The plan of a study as far as its results have come. A function of what is stored: whoever runs the study
/// again, elsewhere or after a kill, comes to the same.
pub fn replicates(
    library: &Library,
    study: &str,
    options: &Options,
    stored: &Known<'_>,
    reach: Reach,
) -> Result<Plan, Problem> {
    let at = |replicates: &BTreeMap<Place, usize>| {
        let standing = Standing {
            pilot: &|id| stored.validation(id),
            replicates: replicates.clone(),
        };
        Plan::after(library, study, options, &standing)
    };
    let mut replicates = BTreeMap::new();
    loop {
        let plan = at(&replicates)?;
        if plan.question.chosen_seeds {
            return Ok(plan);
        }
        let wanted = match reach {
            Reach::Last => last(&plan),
            // Which cells are to have more is only known once all have their rates.
            _ if !plan.open.is_empty() => return Ok(plan),
            Reach::Stored | Reach::UntilDecided => next(&plan, stored),
        };
        let first = plan.question.looks.at.first().copied().unwrap_or(0);
        let has = |place: &Place| replicates.get(place).copied().unwrap_or(first);
        let mut more: BTreeMap<Place, usize> = wanted;
        more.retain(|place, count| *count > has(place));
        if more.is_empty() {
            return Ok(plan);
        }
        let mut longer = replicates.clone();
        longer.extend(more.clone());
        if reach == Reach::Stored {
            let further = at(&longer)?;
            more.retain(|place, _| {
                let mut cells = further.cells.iter().filter(|cell| cell.place() == *place);
                cells.all(|cell| stored.has(&cell.job))
            });
            if more.is_empty() {
                return Ok(plan);
            }
        }
        replicates.extend(more);
    }
}

/// What the claims of a plan ask for, on what is stored of its cells.
fn next(plan: &Plan, stored: &Known<'_>) -> BTreeMap<Place, usize> {
    let (runs, curves) = stored.runs(&plan.cells);
    let Selected {
        cells,
        runs,
        curves,
        ..
    } = select(&plan.question, &runs, &curves, &plan.cells);
    extent(&plan.question, &runs, &curves, &cells)
}

/// The last look at the cells of all claims.
fn last(plan: &Plan) -> BTreeMap<Place, usize> {
    let last = plan.question.looks.at.last().copied().unwrap_or(0);
    let terms = plan.question.claims.iter().flat_map(|claim| &claim.terms);
    let asked: Vec<&Place> = terms.map(|term| &term.place).collect();
    let all = plan.cells.iter().chain(&plan.open).map(Cell::place);
    all.filter(|place| asked.contains(&place))
        .map(|place| (place, last))
        .collect()
}
