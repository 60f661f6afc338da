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
use report::{PlotOptions, Summary};
use results::{PRETRAININGS, Rebuilt, ResultsError, Store};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use study::Plan;

/// Rebuilds a study's parquet, writes its table, page and figures, and prints the table. Files whose
/// bytes would not change are left alone. `study` is the plan's, by name or by path.
pub fn write(context: &Context, study: &str, plan: &Plan, store: &Store) -> Result<Exit, Problem> {
    let (found, folder) = rebuild(context, study, plan, store)?;
    let exit = tell(&found);
    let written = report::write(&summary(plan, &found)?, &folder).failing("report")?;
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
    let written = report::write(&summary(plan, &found)?, &folder);
    written.map(drop).failing("report")
}

/// A study as its tables and its page have it, and what of it cannot be read; no file is written.
pub fn look(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
) -> Result<(Summary, Vec<ResultsError>), Problem> {
    let found = look_up(context, study, plan, store)?;
    let summary = summary(plan, &found)?;
    let own = found.own.unread.into_iter();
    Ok((summary, own.chain(found.pretrainings.unread).collect()))
}

fn summary(plan: &Plan, found: &Found) -> Result<Summary, Problem> {
    let Rebuilt { runs, curves, .. } = &found.own;
    let summary = Summary::new(&plan.question, runs, curves, &plan.all_cells());
    Ok(summary.failing("report")?.with(background(plan, found)))
}

/// Writes the figures alone and says where they are.
pub fn plot(context: &Context, study: &str, plan: &Plan, store: &Store) -> Result<Exit, Problem> {
    let (found, folder) = rebuild(context, study, plan, store)?;
    let exit = tell(&found);
    let options = PlotOptions::default();
    draw(context, study, &summary(plan, &found)?, options, &folder).map(|()| exit)
}

/// Draws figures into a folder, and says where they are.
pub fn draw(
    context: &Context,
    study: &str,
    summary: &Summary,
    options: PlotOptions,
    folder: &Path,
) -> Result<(), Problem> {
    let paths = report::plot(summary, options, folder).failing("draw the figures")?;
    if paths.is_empty() {
        print::note(format_args!(
            "no curve yet: run {} first",
            hint::command(&["study", study])
        ));
    }
    show(context, &paths);
    Ok(())
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
