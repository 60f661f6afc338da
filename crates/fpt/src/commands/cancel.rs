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
    if Submission::all(context, &study)?.is_empty() {
        let profile = &context.options.profile;
        print::say(format_args!("{study}: nothing was submitted at {profile}"));
        return Ok(Exit::Done);
    }
    let _hold = Submission::hold(context, &study)?;
    let mut queued = Queued::of(context, &study)?;
    queued.adopt()?;
    // What goes wrong with one queue is no reason to leave the others alone.
    let (mut gone, mut amiss, mut last) = (Vec::new(), Vec::new(), None);
    for to in To::value_variants() {
        match let_go(&mut queued, &study, *to) {
            Ok(numbers) => {
                last = (!numbers.is_empty()).then_some(*to).or(last);
                gone.extend(numbers);
            }
            Err(problem) => amiss.push(problem.to_string()),
        }
    }
    amiss.extend(queued.may_still_arrive().map(|seconds| {
        format!(
            "the queue did not answer when an array of `{study}` was sent, and may have it yet: the same command again in {seconds} s"
        )
    }));
    let jobs = queued.jobs();
    let others: BTreeSet<&str> = jobs.filter_map(|id| queued.other(id)).collect();
    for other in others {
        print::note(format_args!(
            "what the queue of {other} still has of it is let go of there"
        ));
    }
    if let Some(to) = last {
        print::say(format_args!(
            "{study}: cancelled {}; jobs that ran end behind their step, and {} goes on with them",
            gone.join(", "),
            hint::command(&["submit", name, to.option()])
        ));
    }
    if !amiss.is_empty() {
        return Err(Problem::Run(amiss.join("\n       ")));
    }
    if gone.is_empty() {
        print::say(format_args!("{study}: nothing of it is in a queue"));
    }
    Ok(Exit::Done)
}

/// Lets go of what one queue has; the numbers of its arrays.
fn let_go(queued: &mut Queued, study: &str, to: To) -> Result<Vec<String>, Problem> {
    let queue = to.queue(&queued.submissions);
    if let Some(why) = queued.silence_of(to) {
        return Err(Problem::Run(format!(
            "what {} has of `{study}` is not known: {why}; nothing was cancelled there",
            queue.name()
        )));
    }
    let numbers: Vec<String> = queued.numbers(to).into_iter().collect();
    let noted = queued.let_go(to)?;
    if let Err(why) = queue.cancel(&numbers) {
        let kept = queued.take_back(&noted).err();
        let kept = kept.map_or(String::new(), |problem| format!("; {problem}"));
        return Err(Problem::Run(format!(
            "{} did not let go of {}: {why}{kept}",
            queue.name(),
            numbers.join(", ")
        )));
    }
    Ok(numbers)
}
