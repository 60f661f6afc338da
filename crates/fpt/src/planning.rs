//! The plan of a study, on what its jobs read now or read when they ran.

use crate::contents;
use crate::context::Context;
use crate::done::Done;
use crate::exit::Problem;
use crate::study_folder;
use std::collections::{BTreeMap, BTreeSet};
use study::{Contents, Options, Plan};
use tasks::DataDir;

/// The plan of a study on what its jobs read as it is now.
pub fn plan(context: &Context, study: &str) -> Result<Plan, Problem> {
    let before = recorded(context, study)?.unwrap_or_default();
    plan_on(context, study, &before, None)
}

/// The plan of a study on what its jobs read when it last ran: finished results need neither
/// checkpoints nor data.
pub fn plan_as_run(context: &Context, study: &str) -> Result<Plan, Problem> {
    if let Some(before) = recorded(context, study)? {
        return plan_on(context, study, &before, Some(&before));
    }
    // Nothing is noted of published data, nor of a study whose jobs are others': what more is done of.
    let store = context.read_store()?;
    let on = |contents: &Contents| {
        let plan = plan_on(context, study, contents, Some(contents))?;
        // What cannot be read is said by whoever reads it.
        let done = Done::of(&plan, &store);
        let done = done.map_or(0, |done| {
            plan.jobs.iter().filter(|job| done.has(job)).count()
        });
        Ok::<_, Problem>((done, plan))
    };
    let (published, plan) = on(&Contents::default())?;
    let of_others = contents::of_all(&store)?;
    if of_others.is_empty() {
        return Ok(plan);
    }
    let (others, of_others) = on(&of_others)?;
    Ok(if others > published { of_others } else { plan })
}

/// What the jobs of a study read when it last ran; `None` of a study that never did.
fn recorded(context: &Context, study: &str) -> Result<Option<Contents>, Problem> {
    let name = context.experiments.study(study)?.name;
    let store = context.read_store()?;
    match study_folder::is_another_s(context, study, &name, &store) {
        true => Ok(None),
        false => contents::recorded(&store, &name),
    }
}

/// The plan of a study at other seeds, on the same contents.
pub fn plan_at(
    context: &Context,
    study: &str,
    seeds: BTreeSet<u64>,
    contents: &Contents,
) -> Result<Plan, Problem> {
    let options = Options {
        seeds: Some(seeds.into_iter().collect()),
        ..context.options.clone()
    };
    let library = context.experiments.clone();
    let library = library.knowing(contents.clone(), BTreeMap::new());
    Ok(Plan::new(&library, study, &options)?)
}

/// A plan on these contents, or on what is found now where they are `None` or do not know a shape.
fn plan_on(
    context: &Context,
    study: &str,
    before: &Contents,
    fixed: Option<&Contents>,
) -> Result<Plan, Problem> {
    let data = DataDir::new(&context.data);
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
    let plan = |known: &Contents| {
        let library = context.experiments.clone();
        let library = library.knowing(known.clone(), missing.clone());
        Plan::new(&library, study, &context.options)
    };
    let first = plan(&known)?;
    if fixed.is_some() {
        return Ok(first);
    }
    let now = contents::now(&first.sources, &data, before, &known);
    Ok(plan(&now)?)
}
