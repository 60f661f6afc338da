use crate::context::Context;
use crate::exit::{Exit, Problem};
use crate::hint;
use crate::print;
use crate::queued::Queued;
use crate::submission::{Submission, To};
use clap::ValueEnum;
use std::collections::BTreeSet;

/// Lets go of what a study has in queues. Jobs that run end behind their step, and go on from there when they are run again.
pub fn run(context: &Context, name: &str) -> Result<Exit, Problem> {
    let study = context.experiments.study(name)?.name;
    let queued = Queued::of(context, &study)?;
    if queued.submissions.is_empty() {
        let profile = &context.options.profile;
        print::say(format_args!("{study}: nothing was submitted at {profile}"));
        return Ok(Exit::Done);
    }
    let _hold = Submission::hold(context, &study)?;
    let mut queued = Queued::of(context, &study)?;
    queued.adopt()?;
    let mut gone = Vec::new();
    for to in To::value_variants() {
        if queued.silence_of(*to).is_some() {
            continue;
        }
        let numbers: Vec<String> = queued.numbers(*to).into_iter().collect();
        queued.let_go(*to)?;
        let queue = to.queue(&queued.submissions);
        queue.cancel(&numbers).map_err(|why| {
            Problem::Run(format!(
                "{} did not let go of {}: {why}",
                queue.name(),
                numbers.join(", ")
            ))
        })?;
        gone.extend(numbers);
    }
    if let Some(why) = queued.silence() {
        return Err(Problem::Run(format!(
            "what of `{study}` is in the queue is not known: {why}; nothing was cancelled there"
        )));
    }
    let jobs = queued.jobs();
    let others: BTreeSet<&str> = jobs.filter_map(|id| queued.other(id)).collect();
    for other in others {
        print::note(format_args!(
            "what the queue of {other} still has of it is let go of there"
        ));
    }
    match gone.is_empty() {
        true => print::say(format_args!("{study}: nothing of it is in a queue")),
        false => print::say(format_args!(
            "{study}: cancelled {}; jobs that ran end behind their step, and {} goes on with them",
            gone.join(", "),
            hint::command(&["submit", name])
        )),
    }
    Ok(Exit::Done)
}
