//! What the tables, figures and pages of a study show: all that is stored, or the part that was asked for.

use crate::arguments::Layout;
use crate::context::Context;
use crate::exit::Problem;
use crate::planning;
use crate::print;
use evidence::{Cell, seed};
use results::Store;
use std::collections::BTreeSet;
use study::Plan;

/// The plan of what a study's folder shows. Of a study that claims something those are the replicates of its looks, unless
/// others are asked for by number: then, as in a study without claims, it is all that is stored, so that fewer seeds
/// take nothing from a table.
pub fn whole(context: &Context, study: &str, plan: Plan, store: &Store) -> Result<Plan, Problem> {
    let name = &plan.question.name;
    let stored = results::stored_seeds(store, name).map_err(|error| Problem::of_results(&error))?;
    let stored = replicates(stored);
    let planned = replicates_of(&plan);
    let all: BTreeSet<u64> = planned.union(&stored).copied().collect();
    if all == planned && !plan.question.chosen_seeds {
        return Ok(plan);
    }
    if plan.question.chosen_seeds {
        // The same replicates as without a number are those of the looks.
        let usual = planning::plan_as_run(&context.of_all(), study);
        if let Some(usual) = usual.ok().filter(|usual| replicates_of(usual) == all) {
            return Ok(usual);
        }
    } else if !plan.question.claims.is_empty() {
        let (stored, shown) = (all.len(), planned.len());
        print::note(format_args!(
            "{stored} replicates are stored, {shown} shown: those of the protocol's looks; `fpt table {study} --seeds {}` prints \
             them all",
            listed(&all)
        ));
        return Ok(plan);
    }
    match all == planned {
        true => Ok(plan),
        false => planning::plan_at(context, study, all, &plan.contents),
    }
}

/// The plan of every replicate that is stored.
pub fn all(context: &Context, study: &str, store: &Store) -> Result<Plan, Problem> {
    let plan = planning::plan_as_run(context, study)?;
    let stored = results::stored_seeds(store, &plan.question.name);
    let mut all = replicates(stored.map_err(|error| Problem::of_results(&error))?);
    all.extend(replicates_of(&plan));
    planning::plan_at(context, study, all, &plan.contents)
}

/// The plan of the part that was asked for, laid out as was asked.
pub fn part(context: &Context, study: &str, layout: &Layout) -> Result<Plan, Problem> {
    let plan = planning::plan_as_run(context, study)?.part(&context.options);
    Ok(plan.laid_out(layout.rows.as_deref(), layout.columns.as_deref())?)
}

fn replicates_of(plan: &Plan) -> BTreeSet<u64> {
    let cells = plan.cells.iter().chain(&plan.open);
    replicates(cells.map(|cell: &Cell| cell.seed))
}

/// Pilots are no replicates.
fn replicates(seeds: impl IntoIterator<Item = u64>) -> BTreeSet<u64> {
    let seeds = seeds.into_iter();
    let tested = seeds.filter(|number| seed::pilot_of(*number).is_none());
    tested.map(seed::replicate).collect()
}

/// As `--seeds` reads it.
fn listed(seeds: &BTreeSet<u64>) -> String {
    let count = seeds.len() as u64;
    match seeds.iter().copied().eq(1..=count) {
        true => count.to_string(),
        false => {
            let all: Vec<String> = seeds.iter().map(u64::to_string).collect();
            all.join(",")
        }
    }
}
