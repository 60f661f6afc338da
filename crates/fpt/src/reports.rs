use crate::background::background;
use crate::context::Context;
use crate::exit::{Exit, Failing, Problem};
use crate::found::Found;
use crate::hint;
use crate::jobs_file;
use crate::planning;
use crate::print;
use crate::shown;
use crate::study_folder;
use evidence::{Cell, seed};
use report::{PlotOptions, ReportError, Studied, TableFormat, Written};
use results::{PRETRAININGS, Rebuilt, ResultsError, Store};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use study::Plan;

/// Rebuilds a study's parquet, writes its table, page and figures, and prints the table. Files whose
/// bytes would not change are left alone. `study` is the plan's, by name or by path.
pub fn write(context: &Context, study: &str, plan: &Plan, store: &Store) -> Result<Exit, Problem> {
    let (found, folder) = rebuild(context, study, plan, store)?;
    let exit = tell(&found);
    let written = put(plan, &found, &folder).failing("report")?;
    print::say(&written.table);
    show(context, &written.paths);
    Ok(exit)
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
    let plan = &shown::whole(context, study, plan.clone(), store)?;
    let (found, folder) = rebuild(context, study, plan, store)?;
    put(plan, &found, &folder).map(drop).failing("report")
}

fn put(plan: &Plan, found: &Found, folder: &Path) -> Result<Written, ReportError> {
    let Rebuilt { runs, curves, .. } = &found.own;
    let (cells, background) = (plan.all_cells(), background(plan, found));
    report::write(&plan.question, runs, curves, &cells, &background, folder)
}

/// A study as its page has it, and what of it cannot be read; no file is written.
pub fn studied(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
) -> Result<(Studied, Vec<ResultsError>), Problem> {
    let found = look_up(context, study, plan, store)?;
    let studied = Studied::new(
        &plan.question,
        &found.own.runs,
        &found.own.curves,
        &plan.all_cells(),
        &background(plan, &found),
    );
    Ok((studied.failing("report")?, found.own.unread))
}

/// A table alone; no file is written.
pub fn table(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
    format: TableFormat,
) -> Result<(String, Exit), Problem> {
    let found = look_up(context, study, plan, store)?;
    let exit = tell(&found);
    let Rebuilt { runs, curves, .. } = &found.own;
    let (cells, background) = (plan.all_cells(), background(plan, &found));
    let table = report::table(&plan.question, runs, curves, &cells, &background, format);
    Ok((table.failing("report")?, exit))
}

/// Every job with its id, one a row; no file is written.
pub fn jobs(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
    format: TableFormat,
) -> Result<(String, Exit), Problem> {
    let found = look_up(context, study, plan, store)?;
    let exit = tell(&found);
    let Rebuilt { runs, curves, .. } = &found.own;
    let (cells, background) = (plan.all_cells(), background(plan, &found));
    let jobs = report::jobs(&plan.question, runs, curves, &cells, &background, format);
    Ok((jobs.failing("report")?, exit))
}

/// A table in parts, one for each value of the axes that are neither rows nor columns, each with the name of a file; none is written.
pub fn slices(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
    format: TableFormat,
) -> Result<(Vec<(String, String)>, Exit), Problem> {
    let found = look_up(context, study, plan, store)?;
    let exit = tell(&found);
    let Rebuilt { runs, curves, .. } = &found.own;
    let (cells, background) = (plan.all_cells(), background(plan, &found));
    let slices = report::slices(&plan.question, runs, curves, &cells, &background, format);
    Ok((slices.failing("report")?, exit))
}

/// Writes the figures alone and says where they are.
pub fn plot(context: &Context, study: &str, plan: &Plan, store: &Store) -> Result<Exit, Problem> {
    let (found, folder) = rebuild(context, study, plan, store)?;
    draw(
        context,
        study,
        plan,
        &found,
        PlotOptions::default(),
        &folder,
    )
}

/// The same into a folder of the user's; nothing among the results is written.
pub fn plot_into(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
    options: PlotOptions,
    into: &Path,
) -> Result<Exit, Problem> {
    let found = look_up(context, study, plan, store)?;
    draw(context, study, plan, &found, options, into)
}

fn draw(
    context: &Context,
    study: &str,
    plan: &Plan,
    found: &Found,
    options: PlotOptions,
    folder: &Path,
) -> Result<Exit, Problem> {
    let exit = tell(found);
    let Rebuilt { runs, curves, .. } = &found.own;
    let (cells, background) = (plan.all_cells(), background(plan, found));
    let paths = report::plot(
        &plan.question,
        runs,
        curves,
        &cells,
        &background,
        options,
        folder,
    );
    let paths = paths.failing("draw the figures")?;
    if paths.is_empty() {
        print::note(format_args!(
            "no curve yet: run {} first",
            hint::command(&["study", study])
        ));
    }
    show(context, &paths);
    Ok(exit)
}

/// What a study's parquet would say; no file is written.
fn look_up(context: &Context, study: &str, plan: &Plan, store: &Store) -> Result<Found, Problem> {
    let name = &plan.question.name;
    if study_folder::is_another_s(context, study, name, store) {
        return Ok(Found {
            own: Rebuilt::default(),
            pretrainings: Rebuilt::default(),
        });
    }
    let further = further(context, study, plan, store)?;
    let look_up = |name: &str, cells: &[Cell], further: &[Cell]| {
        let found = results::look_up(store, name, cells, further);
        found.map_err(|error| Problem::of_results(&error))
    };
    let before = &further.pretrainings;
    Ok(Found {
        own: look_up(name, &plan.cells, &further.cells)?,
        pretrainings: look_up(&planning::pretrainings_of(name), &plan.pretrainings, before)?,
    })
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
) -> Result<(Found, PathBuf), Problem> {
    let name = &plan.question.name;
    let further = further(context, study, plan, store)?;
    let rebuild = |name: &str, cells: &[Cell], further: &[Cell]| {
        let rebuilt = results::rebuild(store, name, cells, further);
        rebuilt.map_err(|error| Problem::of_results(&error))
    };
    let own = rebuild(name, &plan.cells, &further.cells)?;
    let folder = store.study_dir(name);
    let (now, before) = (&plan.pretrainings, &further.pretrainings);
    // A study without pretrainings has no folder for them, unless it had some.
    let pretrainings = match now.is_empty() && !folder.join(PRETRAININGS).is_dir() {
        true => Rebuilt::default(),
        false => rebuild(&planning::pretrainings_of(name), now, before)?,
    };
    let found = Found { own, pretrainings };
    jobs_file::write(plan, &found, &folder).map_err(|error| Problem::of_results(&error))?;
    Ok((found, folder))
}

/// Cells beyond a plan's.
#[derive(Default)]
struct Further {
    cells: Vec<Cell>,
    pretrainings: Vec<Cell>,
}

/// The cells of the study at the replicates that have rows, and may not all have been asked for: they say whether those
/// rows are of today's recipe. A replicate that cannot be planned any more, for want of a body, has none.
fn further(context: &Context, study: &str, plan: &Plan, store: &Store) -> Result<Further, Problem> {
    let name = &plan.question.name;
    let parts = [
        (name.clone(), &plan.cells),
        (planning::pretrainings_of(name), &plan.pretrainings),
    ];
    let mut are_all_asked = true;
    for (name, cells) in parts {
        let covered = results::are_covered(store, &name, cells);
        are_all_asked &= covered.map_err(|error| Problem::of_results(&error))?;
    }
    if are_all_asked {
        return Ok(Further::default());
    }
    let mut seeds = results::seeds(store, name).map_err(|error| Problem::of_results(&error))?;
    // The plan has its pilots.
    seeds.retain(|number| seed::pilot_of(*number).is_none());
    let seeds: BTreeSet<u64> = seeds.into_iter().map(seed::replicate).collect();
    let at = |replicates| planning::plan_at(context, study, replicates, &plan.contents);
    if seeds.is_empty() {
        return Ok(Further::default());
    }
    let plans = match at(seeds.clone()) {
        Ok(all) => vec![all],
        Err(_) => {
            let each = seeds.into_iter();
            each.filter_map(|replicate| at([replicate].into()).ok())
                .collect()
        }
    };
    let mut further = Further::default();
    for plan in plans {
        further.cells.extend(plan.cells);
        further.pretrainings.extend(plan.pretrainings);
    }
    Ok(further)
}

fn tell(found: &Found) -> Exit {
    unread(found.own.unread.iter().chain(&found.pretrainings.unread))
}

/// Says what is not shown because it cannot be read, which is a failure of a command that shows the rest.
pub fn unread<'a>(errors: impl IntoIterator<Item = &'a ResultsError>) -> Exit {
    let mut exit = Exit::Done;
    for error in errors {
        print::note(format_args!("not read: {error}"));
        exit = Exit::Failed;
    }
    exit
}

fn show(context: &Context, paths: &[PathBuf]) {
    for path in paths {
        print::say(context.shown(path));
    }
}
