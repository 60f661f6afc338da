//! What the tables, figures and pages of a study show: all that is stored, or the part that was asked for.

use crate::arguments::Layout;
use crate::contents;
use crate::context::Context;
use crate::exit::Problem;
use crate::hint;
use crate::planning;
use crate::print;
use crate::study_folder;
use evidence::{Cell, seed};
use results::Store;
use std::collections::BTreeSet;
use study::Plan;

/// The plan of what a study's folder shows. Of a study that claims something those are the replicates of its looks, unless
/// others are asked for by number: then, as in a study without claims, it is all that is stored, so that fewer seeds
/// take nothing from a table.
pub fn whole(context: &Context, study: &str, plan: Plan, store: &Store) -> Result<Plan, Problem> {
    let (planned, all) = (
        replicates_of(&plan),
        with_stored(context, study, &plan, store)?,
    );
    let is_chosen = plan.question.chosen_seeds;
    let is_asked = context.options.seeds.is_some();
    if all == planned && !is_asked || !plan.question.claims.is_empty() && !is_chosen {
        return Ok(plan);
    }
    if is_asked {
        // The same replicates as without a number are those of the looks.
        let usual = planning::plan_as_run(&context.with_usual_seeds(), study);
        if let Some(usual) = usual.ok().filter(|usual| replicates_of(usual) == all) {
            return Ok(usual);
        }
    }
    Ok(at(context, study, all, plan))
}

/// The plan of what the study's folder shows, and the store with that folder, which is the study's from now on.
pub fn as_run(context: &Context, study: &str) -> Result<(Plan, Store), Problem> {
    let plan = planning::plan_as_run(context, study)?;
    let store = context.store_with_results()?;
    let plan = whole(context, study, plan, &store)?;
    tell_more(context, study, &plan, &store)?;
    study_folder::claim(context, study, &plan, &store)?;
    contents::record(&store, &plan)?;
    Ok((plan, store))
}

/// The plan of the replicates that are asked for by number, or else of [`whole`].
pub fn asked(context: &Context, study: &str, store: &Store) -> Result<Plan, Problem> {
    let plan = planning::plan_as_run(context, study)?;
    match context.options.seeds.is_some() {
        true => Ok(plan),
        false => whole(context, study, plan, store),
    }
}

/// Says what is stored of a study and not shown.
pub fn tell_more(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
) -> Result<(), Problem> {
    let (planned, stored) = (replicates_of(plan), stored(context, study, plan, store)?);
    let shown = stored.intersection(&planned).count();
    if shown < stored.len() {
        print::note(format_args!(
            "{} replicates are stored, {shown} shown: those of the protocol's looks; {} prints them all",
            stored.len(),
            hint::command(&["table", study, "--seeds", &listed(&stored)])
        ));
    }
    Ok(())
}

/// The plan of every replicate that is stored, or of those that are asked for by number.
pub fn all(context: &Context, study: &str, store: &Store) -> Result<Plan, Problem> {
    let plan = planning::plan_as_run(context, study)?;
    if context.options.seeds.is_some() {
        return Ok(plan);
    }
    let all = with_stored(context, study, &plan, store)?;
    Ok(at(context, study, all, plan))
}

/// The plan at these replicates; as it is where one of them cannot be planned any more, for want of a body.
fn at(context: &Context, study: &str, replicates: BTreeSet<u64>, plan: Plan) -> Plan {
    if replicates == replicates_of(&plan) {
        return plan;
    }
    let other = planning::plan_at(context, study, replicates, &plan.contents);
    other.unwrap_or(plan)
}

/// The replicates of the rows that a study's tables are made of.
fn stored(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
) -> Result<BTreeSet<u64>, Problem> {
    let name = &plan.question.name;
    if study_folder::is_another_s(context, study, name, store) {
        return Ok(BTreeSet::new());
    }
    let stored = results::stored_seeds(store, name);
    Ok(replicates(
        stored.map_err(|error| Problem::of_results(&error))?,
    ))
}

/// Those, and the replicates of a plan.
fn with_stored(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
) -> Result<BTreeSet<u64>, Problem> {
    let stored = stored(context, study, plan, store)?;
    Ok(stored.union(&replicates_of(plan)).copied().collect())
}

/// Whether a plan has every replicate that is stored.
pub fn has_all(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
) -> Result<bool, Problem> {
    Ok(stored(context, study, plan, store)?.is_subset(&replicates_of(plan)))
}

/// The plan of the part that was asked for, laid out as was asked.
pub fn part(context: &Context, study: &str, layout: &Layout) -> Result<Plan, Problem> {
    let plan = asked(context, study, &context.read_store()?)?.part(&context.options);
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
