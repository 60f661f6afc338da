use crate::background::background;
use crate::context::Context;
use crate::exit::{Failing, Problem};
use crate::planning;
use crate::print;
use crate::shown;
use crate::study_folder;
use evidence::{Cell, seed};
use report::{ReportError, Studied, TableFormat, Written};
use results::{Rebuilt, ResultsError, Store};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use study::Plan;

/// Rebuilds a study's parquet, writes its table, page and figures, and prints the table. Files whose
/// bytes would not change are left alone. `study` is the plan's, by name or by path.
pub fn write(context: &Context, study: &str, plan: &Plan, store: &Store) -> Result<(), Problem> {
    let (rebuilt, folder) = rebuild(context, study, plan, store)?;
    tell(&rebuilt);
    let written = put(plan, &rebuilt, &folder).failing("report")?;
    print::say(&written.table);
    show(context, &written.paths);
    Ok(())
}

/// Writes a study's files while it runs, and says nothing: the last writing will.
pub fn refresh(context: &Context, study: &str, plan: &Plan, store: &Store) {
    let _ = write_quietly(context, study, plan, store);
}

/// The same, where somebody waits for it.
pub fn write_quietly(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
) -> Result<(), Problem> {
    let others = plan.question.chosen_seeds.then(|| plan.clone());
    let others = others.map(|plan| shown::whole(context, study, plan, store));
    let plan = match &others {
        Some(Ok(others)) => others,
        _ => plan,
    };
    let (rebuilt, folder) = rebuild(context, study, plan, store)?;
    put(plan, &rebuilt, &folder).map(drop).failing("report")
}

fn put(plan: &Plan, rebuilt: &Rebuilt, folder: &Path) -> Result<Written, ReportError> {
    let Rebuilt { runs, curves, .. } = rebuilt;
    let (cells, background) = (plan.all_cells(), background(plan, rebuilt));
    report::write(&plan.question, runs, curves, &cells, &background, folder)
}

/// A study as its page has it, and what of it cannot be read; no file is written.
pub fn studied(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
) -> Result<(Studied, Vec<ResultsError>), Problem> {
    let rebuilt = look_up(context, study, plan, store)?;
    let studied = Studied::new(
        &plan.question,
        &rebuilt.runs,
        &rebuilt.curves,
        &plan.all_cells(),
        &background(plan, &rebuilt),
    );
    Ok((studied.failing("report")?, rebuilt.unread))
}

/// A table alone; no file is written.
pub fn table(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
    format: TableFormat,
) -> Result<String, Problem> {
    let rebuilt = look_up(context, study, plan, store)?;
    tell(&rebuilt);
    let Rebuilt { runs, curves, .. } = &rebuilt;
    let table = report::table(&plan.question, runs, curves, &plan.all_cells(), format);
    table.failing("report")
}

/// Writes the figures alone and says where they are.
pub fn plot(context: &Context, study: &str, plan: &Plan, store: &Store) -> Result<(), Problem> {
    let (rebuilt, folder) = rebuild(context, study, plan, store)?;
    draw(context, plan, &rebuilt, &folder)
}

/// The same into a folder of the user's; nothing among the results is written.
pub fn plot_into(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
    into: &Path,
) -> Result<(), Problem> {
    let rebuilt = look_up(context, study, plan, store)?;
    draw(context, plan, &rebuilt, into)
}

fn draw(context: &Context, plan: &Plan, rebuilt: &Rebuilt, folder: &Path) -> Result<(), Problem> {
    tell(rebuilt);
    let Rebuilt { runs, curves, .. } = rebuilt;
    let paths = report::plot(&plan.question, runs, curves, &plan.all_cells(), folder);
    let paths = paths.failing("draw the figures")?;
    if paths.is_empty() {
        print::note(format_args!(
            "no curve yet: run `fpt study {}` first",
            plan.question.name
        ));
    }
    show(context, &paths);
    Ok(())
}

/// What a study's parquet would say; no file is written.
fn look_up(context: &Context, study: &str, plan: &Plan, store: &Store) -> Result<Rebuilt, Problem> {
    let name = &plan.question.name;
    if study_folder::is_another_s(context, study, name, store) {
        return Ok(Rebuilt::default());
    }
    let further = further(context, study, plan, store)?;
    let found = results::look_up(store, name, &plan.cells, &further);
    found.map_err(|error| Problem::of_results(&error))
}

/// Whether what a study has published can be read.
pub fn check(plan: &Plan, store: &Store) -> Result<(), Problem> {
    let seeds = results::seeds(store, &plan.question.name);
    seeds.map(drop).map_err(|error| Problem::of_results(&error))
}

fn rebuild(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
) -> Result<(Rebuilt, PathBuf), Problem> {
    let name = &plan.question.name;
    let further = further(context, study, plan, store)?;
    let rebuilt = results::rebuild(store, name, &plan.cells, &further);
    let rebuilt = rebuilt.map_err(|error| Problem::of_results(&error))?;
    Ok((rebuilt, store.study_dir(name)))
}

/// The cells of the study at the replicates that have rows, and may not all have been asked for: their jobs say whether those
/// rows are of today's recipe. A replicate that cannot be planned any more, for want of a body, has none.
pub fn further(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
) -> Result<Vec<Cell>, Problem> {
    let mut seeds =
        results::seeds(store, &plan.question.name).map_err(|error| Problem::of_results(&error))?;
    // The plan has its pilots.
    seeds.retain(|number| seed::pilot_of(*number).is_none());
    let seeds: BTreeSet<u64> = seeds.into_iter().map(seed::replicate).collect();
    let at = |replicates| planning::plan_at(context, study, replicates, &plan.contents);
    if seeds.is_empty() {
        return Ok(Vec::new());
    }
    if let Ok(all) = at(seeds.clone()) {
        return Ok(all.cells);
    }
    let each = seeds
        .into_iter()
        .filter_map(|replicate| at([replicate].into()).ok());
    Ok(each.flat_map(|plan| plan.cells).collect())
}

fn tell(rebuilt: &Rebuilt) {
    for error in &rebuilt.unread {
        print::note(format_args!("not read: {error}"));
    }
}

fn show(context: &Context, paths: &[PathBuf]) {
    for path in paths {
        print::say(context.shown(path));
    }
}
