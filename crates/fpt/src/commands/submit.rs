use crate::arguments::SubmitArguments;
use crate::cluster_file;
use crate::context::Context;
use crate::device::Kind;
use crate::done::Done;
use crate::exit::Failing;
use crate::exit::{Exit, Problem};
use crate::queued::Queued;
use crate::replicates::Reach;
use crate::rounds;
use crate::submission::{Note, Sent, Submission, To, frozen_binary};
use crate::{contents, forecast, planning, print, reports, shown, study_folder};
use files::{Sign, Watch};
use queue::{Array, Request};
use results::Store;
use runner::Forecast;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};
use study::Planned;
use tasks::DataDir;
use training::JobId;

/// Minutes that a task is asked for beyond what its jobs are forecast to take.
const SPARE: f64 = 10.0;

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
            "Slurm does not answer: {why}; nothing was submitted. `fpt study {name}` runs the study here, `fpt submit {name} --local` \
             in the background"
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
        tell_later(name, later);
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
            token: token(),
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
    tell_later(name, later);
    print::say(format_args!(
        "`fpt status {name}` says how they stand, `fpt cancel {name}` lets go of them"
    ));
    Ok(exit)
}

fn tell_later(name: &str, later: usize) {
    if later > 0 {
        print::say(format_args!(
            "{} once pilots have chosen their learning rates: `fpt submit {name}` again then",
            print::many(later, "more job")
        ));
    }
}

/// What of a study's missing jobs can be submitted, and why the others are not.
struct Open {
    jobs: Vec<Planned>,
    /// Arrays in the queue that train what these start from.
    after: BTreeSet<String>,
    queued: usize,
    /// Titles, and by whom they are run.
    elsewhere: Vec<(String, String)>,
    /// Titles, and what they lack.
    lacking: Vec<(String, String)>,
}

impl Open {
    fn of(
        context: &Context,
        store: &Store,
        queued: &Queued,
        missing: &[Planned],
        to: To,
    ) -> Result<Self, Problem> {
        let data = DataDir::new(&context.data);
        let mut open = Self {
            jobs: Vec::new(),
            after: BTreeSet::new(),
            queued: 0,
            elsewhere: Vec::new(),
            lacking: Vec::new(),
        };
        let held = held(store, queued, missing)?;
        let mut without: BTreeSet<&JobId> = BTreeSet::new();
        for planned in missing {
            let needed = planned.job.initialisation.depends_on();
            if queued.has(&planned.id) {
                open.queued += 1;
            } else if let Some((_, who)) = held.iter().find(|(id, _)| *id == planned.id) {
                open.elsewhere.push((planned.title.clone(), who.clone()));
                without.insert(&planned.id);
            } else if let Some(what) = contents::lacking(&planned.job.task, &data) {
                open.lacking.push((planned.title.clone(), what));
                without.insert(&planned.id);
            } else if let Some(needed) = needed.filter(|needed| without.contains(needed)) {
                let body = missing.iter().find(|other| other.id == *needed);
                let body = body.map_or_else(|| needed.to_string(), |body| body.title.clone());
                open.elsewhere.push((
                    planned.title.clone(),
                    format!("nobody yet: it starts from {body}"),
                ));
                without.insert(&planned.id);
            } else {
                let after = needed.filter(|needed| queued.has(needed));
                let after = after.map(|needed| queued.numbers_with(needed, to));
                if after.as_ref().is_some_and(BTreeSet::is_empty) {
                    let who = "nobody yet: what it starts from is in another queue";
                    open.elsewhere.push((planned.title.clone(), who.to_owned()));
                    without.insert(&planned.id);
                    continue;
                }
                open.after.extend(after.into_iter().flatten());
                open.jobs.push(planned.clone());
            }
        }
        Ok(open)
    }

    fn tell(&self) {
        for (title, who) in &self.elsewhere {
            print::note(format_args!("not submitted: {title}, run by {who}"));
        }
        for (title, what) in &self.lacking {
            print::note(format_args!("not submitted: {title}, for want of {what}"));
        }
    }
}

/// Jobs that others run, who are no tasks of a queue. Whoever may be on another machine is watched, all together.
fn held(
    store: &Store,
    queued: &Queued,
    missing: &[Planned],
) -> Result<Vec<(JobId, String)>, Problem> {
    let mut open: Vec<&JobId> = missing.iter().map(|planned| &planned.id).collect();
    open.retain(|id| !queued.has(id));
    let (mut watch, mut held, mut is_told) = (Watch::default(), Vec::new(), false);
    loop {
        let mut quiet = Vec::new();
        for id in open {
            let folder = store.job(id);
            let failing = "look for a job's process";
            match folder.look(&mut watch).failing(failing)? {
                Sign::Free => {}
                // Given up, so that a task need not wait for it again.
                Sign::Silent => drop(folder.is_free(&mut watch).failing(failing)?),
                Sign::Alive => {
                    let holder = folder.holder().failing(failing)?;
                    held.extend(holder.map(|holder| (id.clone(), holder.to_string())));
                }
                Sign::Quiet => quiet.push(id),
            }
        }
        open = quiet;
        if open.is_empty() {
            return Ok(held);
        }
        if !is_told {
            print::note(format_args!(
                "{} may be running on another machine: that is watched for, 90 s at most",
                print::many(open.len(), "job")
            ));
            is_told = true;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Jobs for an array.
struct Group {
    is_pretraining: bool,
    /// It begins when arrays of lower levels have ended.
    level: usize,
    tasks: Vec<Vec<Planned>>,
}

impl Group {
    fn ids(&self) -> Vec<Vec<JobId>> {
        let ids = |jobs: &Vec<Planned>| jobs.iter().map(|planned| planned.id.clone()).collect();
        self.tasks.iter().map(ids).collect()
    }

    /// What its tasks need, from forecasts and from what earlier tasks took.
    fn request(&self, context: &Context, forecast: &Forecast, queued: &Queued) -> Request {
        let seconds = |jobs: &Vec<Planned>| {
            jobs.iter()
                .map(|planned| forecast.seconds(&planned.job))
                .sum::<f64>()
        };
        let longest = self.tasks.iter().map(seconds).fold(0.0, f64::max);
        // A forecast that no finished job backs may be several times too short. A task whose time ends goes on in a next one.
        let doubt = if forecast.backed_by() == 0 { 4.0 } else { 2.0 };
        let minutes = SPARE + doubt * longest / 60.0;
        let jobs = self.tasks.iter().flatten();
        let bytes = jobs
            .map(|planned| runner::bytes(&planned.job))
            .max()
            .unwrap_or(0);
        let taken = queued.used().and_then(|(_, used)| used.memory).unwrap_or(0);
        let mib = (bytes + bytes / 2).max(taken + taken / 4) >> 20;
        let on_device = context.device.kind() != Kind::Flex;
        Request {
            time: Some((minutes / 5.0).ceil() as u64 * 5),
            memory: Some(mib.next_multiple_of(256).max(1024)),
            cores: Some(context.threads),
            gpus: on_device.then_some(1),
            ..Request::default()
        }
    }
}

/// Pretrainings apart, a task each; the others in tasks of so many minutes, those around one body together, in arrays that are no
/// longer than the queue's most.
fn groups(jobs: &[Planned], forecast: &Forecast, pack: f64, most: usize) -> Vec<Group> {
    let is_needed = |planned: &Planned| {
        let needs = |other: &Planned| other.job.initialisation.depends_on() == Some(&planned.id);
        planned.job.keep_body || jobs.iter().any(needs)
    };
    let (mut first, mut others): (Vec<Planned>, Vec<Planned>) =
        jobs.iter().cloned().partition(|planned| is_needed(planned));
    others.sort_by(|one, other| {
        let body = |planned: &Planned| planned.job.initialisation.depends_on().cloned();
        body(one).cmp(&body(other))
    });
    let mut tasks: Vec<Vec<Planned>> = Vec::new();
    let mut seconds = f64::INFINITY;
    for planned in others {
        let own = forecast.seconds(&planned.job);
        match tasks.last_mut() {
            Some(task) if seconds + own <= 60.0 * pack => {
                task.push(planned);
                seconds += own;
            }
            _ => {
                tasks.push(vec![planned]);
                seconds = own;
            }
        }
    }
    let arrays = |tasks: &[Vec<Planned>], is_pretraining, level| {
        let arrays = tasks.chunks(most.max(1)).map(move |tasks| Group {
            is_pretraining,
            level,
            tasks: tasks.to_vec(),
        });
        arrays.collect::<Vec<_>>()
    };
    let mut groups = Vec::new();
    let mut level = 0;
    // Pretrainings may start from each other.
    while !first.is_empty() {
        let open: BTreeSet<JobId> = first.iter().map(|planned| planned.id.clone()).collect();
        let waits = |planned: &Planned| {
            let needed = planned.job.initialisation.depends_on();
            needed.is_some_and(|needed| open.contains(needed))
        };
        let (later, now): (Vec<Planned>, Vec<Planned>) = first.into_iter().partition(waits);
        let now: Vec<Vec<Planned>> = now.into_iter().map(|planned| vec![planned]).collect();
        groups.extend(arrays(&now, true, level));
        first = later;
        level += 1;
    }
    groups.extend(arrays(&tasks, false, level));
    groups
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

/// A word that no other array has.
fn token() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    format!("{:016x}", RandomState::new().build_hasher().finish())
}
