use crate::ahead::Ahead;
use crate::arguments::StudyArguments;
use crate::budget::Budget;
use crate::context::Context;
use crate::device::probe;
use crate::done::Done;
use crate::exit::{Exit, Problem};
use crate::hint;
use crate::replicates::Reach;
use crate::rounds::Rounds;
use crate::{arrangement, forecast, planning, print, reports, shown, study_folder};
use results::Store;
use std::collections::{BTreeMap, BTreeSet};
use study::Plan;

/// Runs what is missing of a study and writes its table and figures: in rounds, since what one finds decides what the
/// next one asks for.
pub fn run(context: &Context, arguments: &StudyArguments) -> Result<Exit, Problem> {
    let name = arguments.name.as_str();
    let budget = arguments.budget.map(Budget::new);
    let reach = match arguments.until_decided {
        true => Reach::UntilDecided,
        false => Reach::Stored,
    };
    let plan = planning::plan(context, name)?;
    if arguments.until_decided && plan.question.chosen_seeds {
        return Err(Problem::Asked(format!(
            "profile `{}` names its seeds, so that there are no looks to go on to: drop `seeds` from it, or take another \
             profile",
            plan.profile
        )));
    }
    if arguments.until_decided {
        // That there are bodies for as many is known before hours of training.
        planning::plan_to(context, name, Reach::Last).inspect_err(|_| {
            let last = plan.question.looks.at.last().copied().unwrap_or(0);
            print::note(format_args!(
                "--until-decided may go on to the last look, at {last} replicates; `[looks]` of a protocol says where it ends"
            ));
        })?;
    }
    if let Some(budget) = &budget {
        budget.holds(ahead(context, &plan)?)?;
    }
    let devices = context.device.all().iter().map(|name| probe(*name));
    let devices = devices.collect::<Result<Vec<_>, _>>()?;
    let store = context.open_store()?;
    study_folder::claim(context, name, &plan, &store)?;
    // What cannot be read is said before hours of training.
    reports::check(&plan, &store)?;
    planning::tell_published(context, name, &plan, &store)?;
    let mut rounds = Rounds {
        context,
        name,
        store: &store,
        devices: &devices,
        budget,
        given_up: BTreeSet::new(),
        finished: BTreeMap::new(),
        trained: None,
        left_out: Vec::new(),
        exit: Exit::Done,
    };
    let ended = rounds.run(plan, reach);
    let Rounds {
        left_out,
        trained,
        mut exit,
        ..
    } = rounds;
    let has_trained = trained.is_some();
    let (plan, done) = match (ended, trained) {
        (Err(problem), Some(plan)) if problem.exit() == Exit::BadInput => {
            print::problem(&problem);
            write_trained(context, name, &plan, &store);
            left_out.iter().for_each(print::note);
            return Ok(Exit::Failed);
        }
        (ended, _) => ended?,
    };
    if done.newer() > 0 {
        print::note(format_args!(
            "left alone: {} of {} jobs, of a newer version of this program",
            done.newer(),
            plan.jobs.len()
        ));
        exit = Exit::Failed;
    }
    // Where nothing was trained they have been looked at just now.
    if exit == Exit::Done && has_trained && !still_there(context, &plan, &store)? {
        return Ok(Exit::Failed);
    }
    let shown = shown::whole(context, name, plan, &store);
    let report = shown.and_then(|plan| {
        shown::tell_more(context, name, &plan, &store)?;
        reports::write(context, name, &plan, &store)
    });
    left_out.iter().for_each(print::note);
    match report {
        // Exit code 2 says that nothing was started.
        Err(problem) if has_trained => {
            print::problem(&problem);
            Ok(Exit::Failed)
        }
        report => Ok(exit.and(report?)),
    }
}

/// Where a study cannot be planned any more, since its files were changed while it ran: says how to go on, and writes what the last plan
/// shows. A plan of fewer replicates than are stored would take the others from the study's table.
fn write_trained(context: &Context, name: &str, plan: &Plan, store: &Store) {
    print::note(format_args!(
        "what was trained is kept: once that is mended, the same command goes on, and {} shows what there is",
        hint::command(&["table", name])
    ));
    if shown::has_all(context, name, plan, store).unwrap_or(false) {
        let written = reports::write(context, name, plan, store);
        drop(written.inspect_err(print::problem));
    }
}

/// Forecast seconds of what a plan asks for and is not done.
fn ahead(context: &Context, plan: &Plan) -> Result<f64, Problem> {
    let store = context.read_store()?;
    let done = Done::of(plan, &store)?;
    let missing = plan.missing(|planned| done.has(planned));
    let ahead = Ahead::of(&missing, plan, &done).jobs;
    let workers = arrangement::expected(context, &ahead).workers;
    Ok(forecast::of_jobs(context, &store, &ahead).wall(&ahead, workers))
}

/// Whether all that was finished still is: a table of what is left would look like a result.
fn still_there(context: &Context, plan: &Plan, store: &Store) -> Result<bool, Problem> {
    let done = Done::of(plan, store)?;
    let gone = plan.missing(|planned| done.has(planned));
    if gone.is_empty() {
        return Ok(true);
    }
    print::note(format_args!(
        "error: {} finished jobs are no longer in {}: it was changed while the study ran; the same command \
         runs them again",
        gone.len(),
        context.shown(store.folder())
    ));
    Ok(false)
}
