use crate::arguments::SubmitArguments;
use crate::cluster_file;
use crate::context::Context;
use crate::done::Done;
use crate::exit::Failing;
use crate::exit::{Exit, Problem};
use crate::hint;
use crate::open_jobs::Open;
use crate::packing::groups;
use crate::queued::{Queued, now};
use crate::replicates::Reach;
use crate::rounds;
use crate::submission::{Note, Sent, Submission, To, frozen_binary};
use crate::{contents, forecast, planning, print, reports, shown, study_folder};
use queue::{Array, Failure, Request};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

/// Hands what is missing of a study to a queue, and returns once it is there.
pub fn run(context: &Context, arguments: &SubmitArguments) -> Result<Exit, Problem> {
    let name = arguments.name.as_str();
    let to = arguments.to();
    let mut request = arguments.request();
    check_texts(to, "what is asked for", request.texts())?;
    if to == To::Slurm {
        let usual = cluster_file::read(context)?;
        check_texts(to, "cluster.toml", usual.texts())?;
        request = request.or(usual);
    }
    if context.device.only().is_none() {
        return Err(Problem::Asked(format!(
            "a task computes on one device: `--device {}`, and the queue says which card that is",
            context.device.kind().name()
        )));
    }
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
    let mut queued = Queued::of(context, &study)?;
    if let Some(why) = queued.silence() {
        return Err(Problem::Run(format!(
            "what of `{study}` is in the queue is not known: {why}; nothing was submitted"
        )));
    }
    queued.adopt()?;
    if let Some(seconds) = queued.may_still_arrive() {
        return Err(Problem::Run(format!(
            "the queue did not answer when an array of `{study}` was sent, and may have it yet: the same command again in {seconds} s"
        )));
    }
    // After the queue was asked: what ends meanwhile is in the one or the other.
    let done = Done::of(&plan, &store)?;
    let missing = plan.missing(|planned| done.has(planned));
    let open = Open::of(context, &store, &queued, &missing, to)?;
    open.tell();
    let later = plan
        .later
        .iter()
        .filter(|planned| !done.has(planned))
        .count();
    let mut exit = match open.lacking.is_empty() {
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
        if missing.is_empty() {
            // As a study ends.
            let plan = shown::whole(context, name, plan, &store)?;
            shown::tell_more(context, name, &plan, &store)?;
            return Ok(exit.and(reports::write(context, name, &plan, &store)?));
        }
        return Ok(exit);
    }
    let forecast = forecast::of(&store, context.device.kind());
    let groups = groups(&open.jobs, &forecast, arguments.pack, most);
    for planned in &open.jobs {
        let folder = store.job(&planned.id);
        let made = folder.create(&contents::anchored(&planned.job));
        made.failing("make a job's folder")?;
    }
    let program = frozen_binary(context)?;
    let note = Note {
        to,
        whose: to.queue(&[]).whose(),
        made_by: env!("CARGO_PKG_VERSION").to_owned(),
        arrays: Vec::new(),
    };
    let mut submission = Submission::begin(context, &study, note)?;
    let queue = to.queue(&queued.submissions);
    let total = groups.len();
    // Numbers of what was sent, by how many have to be over before.
    let mut numbers: Vec<(usize, String)> = Vec::new();
    let mut sent = Vec::new();
    let mut is_known = true;
    for (index, group) in groups.into_iter().enumerate() {
        let folder = submission.array(index);
        fs::create_dir_all(&folder).failing(&format!("make {}", folder.display()))?;
        let part = match group.is_pretraining {
            true => "pretraining".to_owned(),
            false => (index + 1).to_string(),
        };
        let before = numbers.iter().filter(|(level, _)| *level < group.level);
        let before = before.map(|(_, number)| number);
        let request = request
            .clone()
            .or(group.request(context, &forecast, &queued));
        let array = Array {
            name: format!("{study}:{part}"),
            token: files::token(),
            tasks: group.tasks.len(),
            after: open.after.iter().chain(before).cloned().collect(),
            program: program.clone(),
            arguments: task_arguments(context, &request, &submission.folder, index),
            folder,
            request,
        };
        submission.note.arrays.push(Sent {
            name: array.name.clone(),
            token: array.token.clone(),
            number: None,
            asked: Some(now()),
            cancelled: BTreeSet::new(),
            request: array.request.clone(),
            tasks: group.ids(),
        });
        submission.write()?;
        match queue.submit(&array) {
            Ok(number) => {
                sent.push(format!(
                    "{} ({number}, {})",
                    array.name,
                    print::many(array.tasks, "task")
                ));
                numbers.push((group.level, number.clone()));
                let array = &mut submission.note.arrays[index];
                (array.number, array.asked) = (Some(number), None);
                submission.write()?;
            }
            Err(Failure { why, is_lost }) => {
                is_known = !is_lost;
                if is_known {
                    submission.note.arrays[index].asked = None;
                    submission.write()?;
                }
                let went = match is_lost {
                    true => "may have taken",
                    false => "did not take",
                };
                print::note(format_args!(
                    "error: {} {went} {}: {why}\n       {} of {total} arrays were submitted; the same command looks what is in the queue and sends the rest",
                    queue.name(),
                    array.name,
                    sent.len(),
                ));
                exit = Exit::Failed;
                break;
            }
        }
    }
    if !sent.is_empty() {
        print::say(format_args!("{study}: submitted {}", sent.join(", ")));
    }
    tell_later(later);
    // Of nothing there is nothing to let go.
    if sent.is_empty() && is_known {
        return Ok(exit);
    }
    let selection = &arguments.selection;
    let seeds = selection.seeds.iter();
    let part = seeds.flat_map(|seeds| ["--seeds", seeds]);
    let filters = selection.filter.iter();
    let part = part.chain(filters.flat_map(|filter| ["--filter", filter]));
    let part: Vec<&str> = part.collect();
    print::say(format_args!(
        "{} says how they stand, {} lets go of them",
        hint::command(&[&["status", name], &part[..]].concat()),
        hint::command(&["cancel", name])
    ));
    Ok(exit)
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

/// A task's command, but for its number.
fn task_arguments(
    context: &Context,
    request: &Request,
    submission: &Path,
    array: usize,
) -> Vec<OsString> {
    let threads = request.cores.unwrap_or(context.threads);
    let mut arguments: Vec<OsString> = vec![
        "--results".into(),
        context.results.clone().into(),
        "--data".into(),
        context.data.clone().into(),
        "--profile".into(),
        context.options.profile.clone().into(),
        "task".into(),
        "--threads".into(),
        threads.to_string().into(),
        "--device".into(),
        context.device.to_string().into(),
    ];
    arguments.push(submission.into());
    arguments.push(array.to_string().into());
    arguments
}
