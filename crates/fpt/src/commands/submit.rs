use crate::arguments::SubmitArguments;
use crate::cluster_file;
use crate::context::Context;
use crate::done::Done;
use crate::exit::Failing;
use crate::exit::{Exit, Problem};
use crate::hint;
use crate::open_jobs::Open;
use crate::packing::groups;
use crate::queued::Queued;
use crate::replicates::Reach;
use crate::rounds;
use crate::sending::Sending;
use crate::submission::{Submission, To, frozen_binary};
use crate::{contents, forecast, planning, print, reports, shown, study_folder};
use queue::Request;
use std::ffi::OsStr;

/// Hands what is missing of a study to a queue, and returns once it is there.
pub fn run(context: &Context, arguments: &SubmitArguments) -> Result<Exit, Problem> {
    let name = arguments.name.as_str();
    let to = arguments.to();
    let request = request(context, arguments)?;
    let plan = planning::plan(context, name)?;
    // Before a folder is made.
    let texts = [
        ("results folder", context.results.as_os_str()),
        ("data folder", context.data.as_os_str()),
        ("profile", context.options.profile.as_ref()),
        ("study's name", plan.question.name.as_ref()),
    ];
    check_texts(to, "what a task is told", texts)?;
    let most = to.queue(&[]).most_tasks();
    let most = most.map_err(|why| without_slurm(context, name, &plan.question.name, &why))?;
    let store = context.open_store()?;
    study_folder::claim(context, name, &plan, &store)?;
    reports::check(&plan, &store)?;
    planning::tell_published(context, name, &plan, &store)?;
    let reach = match arguments.until_decided {
        true => Reach::UntilDecided,
        false => Reach::Stored,
    };
    let (plan, ..) = rounds::with_what_it_reads(context, name, plan, &store, reach)?;
    let study = plan.question.name.clone();
    let _hold = Submission::hold(context, &study)?;
    let queued = queued(context, &study)?;
    // After the queue was asked: what ends meanwhile is in the one or the other.
    let done = Done::of(&plan, &store)?;
    let missing = plan.missing(|planned| done.has(planned));
    let open = Open::of(context, &store, &queued, &missing, to)?;
    open.tell();
    let later = plan.later.iter().filter(|planned| !done.has(planned));
    let later = later.count();
    let exit = match open.lacking.is_empty() {
        true => Exit::Done,
        false => Exit::Failed,
    };
    if open.jobs.is_empty() {
        let queued = match open.queued {
            0 => String::new(),
            queued => format!("; {} in the queue", print::many(queued, "job")),
        };
        print::say(format_args!("{study}: nothing to submit{queued}"));
        tell_later(later);
        if !missing.is_empty() {
            return Ok(exit);
        }
        // As a study ends.
        let plan = shown::whole(context, name, plan, &store)?;
        shown::tell_more(context, name, &plan, &store)?;
        return Ok(exit.and(reports::write(context, name, &plan, &store)?));
    }
    let forecast = forecast::of(&store, context.device.kind());
    let groups = groups(&open.jobs, &forecast, arguments.pack, most);
    for planned in &open.jobs {
        let folder = store.job(&planned.id);
        let made = folder.create(&contents::anchored(&planned.job));
        made.failing("make a job's folder")?;
    }
    let sending = Sending {
        context,
        study: &study,
        to,
        request: &request,
        forecast: &forecast,
        queued: &queued,
        after: &open.after,
        program: frozen_binary(context)?,
    };
    let went = sending.send(groups)?;
    if !went.sent.is_empty() {
        print::say(format_args!("{study}: submitted {}", went.sent.join(", ")));
    }
    tell_later(later);
    // Of nothing there is nothing to let go.
    if !went.sent.is_empty() || went.may_have_more {
        tell_next(name, arguments);
    }
    Ok(match went.is_whole {
        true => exit,
        false => Exit::Failed,
    })
}

/// What tasks are asked for, by the user and by what is usual here; in words that the queue takes.
fn request(context: &Context, arguments: &SubmitArguments) -> Result<Request, Problem> {
    let to = arguments.to();
    let mut request = arguments.request();
    check_texts(to, "what is asked for", request.texts())?;
    if to == To::Slurm {
        let usual = cluster_file::read(context)?;
        check_texts(to, "cluster.toml", usual.texts())?;
        if let Some(what) = usual.misfit() {
            return Err(Problem::Asked(format!(
                "cluster.toml: {what}; nothing was submitted"
            )));
        }
        request = request.or(usual);
    }
    match context.device.only() {
        Some(_) => Ok(request),
        None => Err(Problem::Asked(format!(
            "a task computes on one device: `--device {}`, and the queue says which card that is",
            context.device.kind().name()
        ))),
    }
}

/// What the queue has of a study.
///
/// # Errors
/// When that is not known: what it may have must not be sent again.
fn queued(context: &Context, study: &str) -> Result<Queued, Problem> {
    let mut queued = Queued::of(context, study)?;
    if let Some(why) = queued.silence() {
        return Err(Problem::Run(format!(
            "what of `{study}` is in the queue is not known: {why}; nothing was submitted"
        )));
    }
    queued.adopt()?;
    match queued.may_still_arrive() {
        None => Ok(queued),
        Some(seconds) => Err(Problem::Run(format!(
            "the queue did not answer when an array of `{study}` was sent, and may have it yet: the same command again in {seconds} s"
        ))),
    }
}

/// How to follow what was submitted, and how to let go of it.
fn tell_next(name: &str, arguments: &SubmitArguments) {
    let selection = &arguments.selection;
    let seeds = selection.seeds.iter();
    let seeds = seeds.flat_map(|seeds| ["--seeds", seeds]);
    let filters = selection.filter.iter();
    let filters = filters.flat_map(|filter| ["--filter", filter]);
    let status = ["status", name].into_iter().chain(seeds).chain(filters);
    print::say(format_args!(
        "{} says how they stand, {} lets go of them",
        hint::command(&status.collect::<Vec<_>>()),
        hint::command(&["cancel", name])
    ));
}

fn tell_later(later: usize) {
    if later > 0 {
        print::say(format_args!(
            "{} once pilots have chosen their learning rates: the same command again then",
            print::many(later, "more job")
        ));
    }
}

/// Sees to it that a queue takes texts as they are.
fn check_texts<'a>(
    to: To,
    from: &str,
    texts: impl IntoIterator<Item = (&'static str, &'a OsStr)>,
) -> Result<(), Problem> {
    let queue = to.queue(&[]);
    for (name, text) in texts {
        queue.takes(text).map_err(|wanted| {
            Problem::Asked(format!(
                "{from}: the {name} {text:?} is not what {} takes, {wanted}; nothing was submitted",
                queue.name()
            ))
        })?;
    }
    Ok(())
}

/// Slurm does not answer: what can be done without it. As long as it may have something of the study nothing else is given that.
fn without_slurm(context: &Context, name: &str, study: &str, why: &str) -> Problem {
    let before = Submission::all(context, study);
    let is_free = before.is_ok_and(|all| all.iter().all(|one| one.note.to != To::Slurm));
    let background = hint::command(&["submit", name, "--local"]);
    let background = is_free.then(|| format!(", {background} in the background"));
    Problem::Run(format!(
        "Slurm does not answer: {why}; nothing was submitted. {} runs the study here{}",
        hint::command(&["study", name]),
        background.unwrap_or_default()
    ))
}
