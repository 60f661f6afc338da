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
use crate::submission::{Note, Sent, Submission, To, frozen_binary};
use crate::{contents, forecast, planning, print, reports, shown, study_folder};
use queue::{Array, Request};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// Hands what is missing of a study to a queue, and returns once it is there.
pub fn run(context: &Context, arguments: &SubmitArguments) -> Result<Exit, Problem> {
    let name = arguments.name.as_str();
    let to = arguments.to();
    let request = match to {
        To::Slurm => arguments.request().or(cluster_file::read(context)?),
        To::Local => arguments.request(),
    };
    if context.device.only().is_none() {
        return Err(Problem::Asked(format!(
            "a task computes on one device: `--device {}`, and the queue says which card that is",
            context.device.kind().name()
        )));
    }
    let plan = planning::plan(context, name)?;
    // Before a folder is made.
    let most = to.queue(&[]).most_tasks();
    let most = most.map_err(|why| {
        Problem::Run(format!(
            "Slurm does not answer: {why}; nothing was submitted. {} runs the study here, {} in the background",
            hint::command(&["study", name]),
            hint::command(&["submit", name, "--local"])
        ))
    })?;
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
    if let Some(seconds) = queued.may_still_arrive(now()) {
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
            shown::tell_more(name, &plan, &store)?;
            reports::write(context, name, &plan, &store)?;
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
    for (index, group) in groups.into_iter().enumerate() {
        let folder = submission.array(index);
        fs::create_dir_all(&folder).failing("make a folder for what is submitted")?;
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
            Err(why) => {
                if !is_lost(&why) {
                    submission.note.arrays[index].asked = None;
                    submission.write()?;
                }
                print::note(format_args!(
                    "error: {} did not take {}: {why}\n       {} of {total} arrays were submitted; the same command looks what is in the queue and sends the rest",
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

/// Whether an answer was lost on its way, as Slurm says it: the controller may have what was sent.
fn is_lost(why: &str) -> bool {
    let signs = [
        "timed out",
        "Zero Bytes",
        "Unexpected",
        "ommunication",
        "connection",
    ];
    signs.iter().any(|sign| why.contains(sign))
}

/// Seconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
