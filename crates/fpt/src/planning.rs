//! The plan of a study, on what its jobs read now or read when they ran, and as far as its results have come.

use crate::contents;
use crate::context::Context;
use crate::done::Done;
use crate::exit::Problem;
use crate::print;
use crate::replicates::{Kept, Reach, pilot, replicates};
use crate::study_folder;
use evidence::Cell;
use results::{Known, PRETRAININGS, Store};
use std::collections::{BTreeMap, BTreeSet};
use study::{Contents, Library, Options, Plan, Sources, Standing};
use tasks::DataDir;

/// The plan of a study on what its jobs read as it is now.
pub fn plan(context: &Context, study: &str) -> Result<Plan, Problem> {
    plan_to(context, study, Reach::Stored)
}

/// The same, reaching for further replicates.
pub fn plan_to(context: &Context, study: &str, reach: Reach) -> Result<Plan, Problem> {
    let store = context.read_store()?;
    let before = recorded(context, study, &store)?.unwrap_or_default();
    plan_on(context, study, &before, None, reach)
}

/// The plan of a study on what its jobs read when it last ran: finished results need neither
/// checkpoints nor data.
pub fn plan_as_run(context: &Context, study: &str) -> Result<Plan, Problem> {
    let store = context.read_store()?;
    let on = |contents: &Contents| plan_on(context, study, contents, Some(contents), Reach::Stored);
    let recorded = recorded(context, study, &store)?;
    let data = DataDir::new(&context.data);
    let before = recorded.clone().unwrap_or_default();
    let plan = on(&before)?;
    let contents = contents::with_what_came(&before, &plan.sources, &data);
    if recorded.is_some() {
        let which = (study, plan.profile.as_str());
        contents::tell_other(which, &contents, &plan.sources, &data);
        return match contents == before {
            true => Ok(plan),
            false => on(&contents),
        };
    }
    // Nothing is noted of published data, nor of a study whose jobs are others': what more is done of.
    let counted = |contents: &Contents| {
        let plan = on(contents)?;
        // What cannot be read is said by whoever reads it.
        let done = Done::of(&plan, &store);
        let done = done.map_or(0, |done| {
            plan.jobs.iter().filter(|job| done.has(job)).count()
        });
        Ok::<_, Problem>((done, plan))
    };
    let (published, plan) = counted(&contents)?;
    let of_others = contents::of_all(&store)?;
    if of_others.is_empty() {
        return Ok(plan);
    }
    let (others, of_others) = counted(&of_others)?;
    Ok(if others > published { of_others } else { plan })
}

/// What the jobs of a study read when it last ran; `None` of a study that never did.
fn recorded(context: &Context, study: &str, store: &Store) -> Result<Option<Contents>, Problem> {
    let name = context.experiments.study(study)?.name;
    match study_folder::is_another_s(context, study, &name, store) {
        true => Ok(None),
        false => contents::recorded(store, &name),
    }
}

/// The plan of a study at other replicates, on the same contents.
pub fn plan_at(
    context: &Context,
    study: &str,
    replicates: BTreeSet<u64>,
    contents: &Contents,
) -> Result<Plan, Problem> {
    let library = context.experiments.clone();
    let library = library.knowing(contents.clone(), BTreeMap::new());
    let options = Options {
        seeds: Some(replicates.into_iter().collect()),
        ..context.options.clone()
    };
    let store = context.read_store()?;
    let known = stored(context, study, &store)?;
    let standing = Standing {
        pilot: &|id| pilot(&known, id),
        replicates: BTreeMap::new(),
        all_trials: false,
    };
    Ok(Plan::after(&library, study, &options, &standing)?)
}

/// What is stored of a study.
pub fn stored<'a>(context: &Context, study: &str, store: &'a Store) -> Result<Known<'a>, Problem> {
    let name = context.experiments.study(study)?.name;
    let known = match study_folder::is_another_s(context, study, &name, store) {
        true => Ok(Known::of_jobs(store)),
        false => Known::of(store, &name),
    };
    let known = match context.keeps_published {
        true => known.and_then(Known::and_of_others),
        false => known,
    };
    known.map_err(|error| Problem::of_results(&error))
}

/// Where published rows count as finished: takes those that other studies have of a plan's jobs into its own folder.
pub fn take_published(context: &Context, plan: &Plan, store: &Store) -> Result<(), Problem> {
    if !context.keeps_published {
        return Ok(());
    }
    let name = &plan.question.name;
    let borrow = |study: &str, cells: &[Cell]| {
        let borrowed = results::borrow_rows(store, study, cells).map(drop);
        borrowed.map_err(|error| Problem::of_results(&error))
    };
    borrow(name, &plan.cells)?;
    borrow(&pretrainings_of(name), &plan.pretrainings)
}

/// Says how many jobs of a plan are not trained because they are published.
pub fn tell_published(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
) -> Result<(), Problem> {
    if !context.keeps_published {
        return Ok(());
    }
    let known = stored(context, study, store)?;
    let cells = plan
        .cells
        .iter()
        .filter(|cell| context.options.selects(cell));
    let published = cells.filter(|cell| known.is_published(&cell.job));
    print::note(match published.count() {
        0 => "none of the jobs is published here".to_owned(),
        count => format!(
            "{} published here, and not trained",
            print::many(count, "job")
        ),
    });
    Ok(())
}

/// Where a study's folder keeps what is known of its pretrainings.
pub fn pretrainings_of(study: &str) -> String {
    format!("{study}/{PRETRAININGS}")
}

/// What is stored of a study's pretrainings; of the plan, whose name is the folder's.
pub fn stored_pretrainings<'a>(plan: &Plan, store: &'a Store) -> Result<Known<'a>, Problem> {
    let known = Known::of(store, &pretrainings_of(&plan.question.name));
    known.map_err(|error| Problem::of_results(&error))
}

/// A plan on these contents, or on what is found now where they are `None` or do not know a shape.
fn plan_on(
    context: &Context,
    study: &str,
    before: &Contents,
    fixed: Option<&Contents>,
    reach: Reach,
) -> Result<Plan, Problem> {
    let data = DataDir::new(&context.data);
    let store = context.read_store()?;
    let stored = stored(context, study, &store)?;
    let named = study::backbones(&context.experiments, study, &context.options.profile)?;
    let mut known = fixed.cloned().unwrap_or_default();
    let mut missing = BTreeMap::new();
    for name in named {
        if known.checkpoints.contains_key(&name) {
            continue;
        }
        match contents::checkpoint(&name, &data, before) {
            Ok(found) => drop(known.checkpoints.insert(name, found)),
            Err(why) => drop(missing.insert(name, why)),
        }
    }
    let library = |known: &Contents| -> Library {
        let library = context.experiments.clone();
        library.knowing(known.clone(), missing.clone())
    };
    let kept = match context.keeps_published {
        true => Kept::All,
        false => Kept::LaterLooks,
    };
    let plan = |contents: &Contents| {
        let library = library(contents);
        replicates(&library, study, &context.options, &stored, reach, kept)
    };
    if fixed.is_some() {
        return plan(&known);
    }
    // Jobs are named by what they read: they are planned again where more is found than was known.
    let mut contents = known;
    let mut looked_at = Sources {
        // Cells have the shapes of these, whatever weights they start from.
        checkpoints: contents.checkpoints.keys().cloned().collect(),
        ..Sources::default()
    };
    loop {
        let plan = plan(&contents)?;
        looked_at.data.extend(plan.sources.data.clone());
        looked_at
            .checkpoints
            .extend(plan.sources.checkpoints.clone());
        // Replicates beyond the first look that have run may have bodies of their own.
        let listed = plan.sources.listed.iter();
        let further = listed.filter(|name| before.checkpoints.contains_key(*name));
        looked_at.checkpoints.extend(further.cloned());
        let found = contents::now(&looked_at, &data, before, &contents);
        if found == contents {
            return Ok(plan);
        }
        contents = found;
    }
}
