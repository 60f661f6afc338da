use crate::arguments::StatusArguments;
use crate::attempt::is_done;
use crate::context::Context;
use crate::device::Kind;
use crate::exit::{Exit, Failing, Problem};
use crate::hint;
use crate::queued::{Answers, Queued, Standing};
use crate::{contents, forecast, planning, print, shown, study_folder};
use files::{Sign, Watch};
use results::{JobFolder, JobState, Store};
use runner::Forecast;
use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::time::Duration;
use study::Planned;
use tasks::DataDir;
use training::JobId;

/// Says how far one study is; or all that have results, at the profile that is asked for or else at every one. Where it is asked to
/// watch, again and again until nothing is under way.
pub fn run(
    context: &Context,
    arguments: &StatusArguments,
    is_profile_named: bool,
) -> Result<Exit, Problem> {
    let name = arguments.name.as_deref();
    let mut watch = Watch::default();
    loop {
        let shown = once(context, name, is_profile_named, &mut watch)?;
        let Some(seconds) = arguments.watch.filter(|_| shown.is_under_way) else {
            shown.lines.iter().for_each(print::say);
            return Ok(shown.exit);
        };
        print::frame(&shown.lines);
        if print::is_gone() {
            return Ok(shown.exit);
        }
        std::thread::sleep(Duration::from_secs(seconds));
    }
}

/// What is said of one study, or of all.
struct Shown {
    lines: Vec<String>,
    exit: Exit,
    /// Whether something runs or waits in a queue, or may as far as is known.
    is_under_way: bool,
}

fn once(
    context: &Context,
    name: Option<&str>,
    is_profile_named: bool,
    watch: &mut Watch,
) -> Result<Shown, Problem> {
    if let Some(name) = name {
        let mut answers = Answers::default();
        let queued = read(context, name)?;
        return of_study(context, name, true, watch, queued, &mut answers);
    }
    let mut profiles = context.profiles_with_results()?;
    if is_profile_named || profiles.is_empty() {
        profiles = vec![context.options.profile.clone()];
    }
    let mut all = Shown {
        lines: Vec::new(),
        exit: Exit::Done,
        is_under_way: false,
    };
    for profile in profiles {
        let context = context.at_profile(&profile);
        let store = context.read_store()?;
        let studies = study_folder::with_results(&context, &store);
        // Of all, before a queue is asked: its answer is newer than what they say was sent.
        let read = studies.iter().map(|study| read(&context, study));
        let read: Vec<Result<Queued, Problem>> = read.collect();
        let mut answers = Answers::default();
        for (study, queued) in studies.iter().zip(read) {
            let shown = queued
                .and_then(|queued| of_study(&context, study, false, watch, queued, &mut answers));
            match shown {
                Ok(shown) => {
                    all.lines.extend(shown.lines);
                    all.is_under_way |= shown.is_under_way;
                    if shown.exit != Exit::Done {
                        all.exit = shown.exit;
                    }
                }
                // One study that cannot be read must not hide the others.
                Err(problem) => {
                    print::note(format_args!("{study} at {profile}: {problem}"));
                    all.exit = Exit::Failed;
                }
            }
        }
        if studies.is_empty() {
            all.lines.push(format!(
                "no study has results at {profile}: {} runs the first, `fpt list studies` lists them",
                hint::at(&profile, &["study", "modality"])
            ));
        }
    }
    Ok(all)
}

/// What was submitted of a study.
fn read(context: &Context, study: &str) -> Result<Queued, Problem> {
    Queued::read(context, &context.experiments.study(study)?.name)
}

/// A line for the study; then one for each of its jobs that is not done, or where not `whole` for each that runs or went wrong.
fn of_study(
    context: &Context,
    study: &str,
    whole: bool,
    watch: &mut Watch,
    mut queued: Queued,
    answers: &mut Answers,
) -> Result<Shown, Problem> {
    let store = context.read_store()?;
    let plan = shown::asked(context, study, &store)?;
    let known = planning::stored(context, study, &store)?;
    let pretrainings = planning::stored_pretrainings(&plan, &store)?;
    let is_published = |id: &JobId| known.is_published(id) || pretrainings.is_published(id);
    // Read only where something runs.
    let forecast = LazyCell::new(|| forecast::of(&store, Kind::Flex));
    let mut exit = Exit::Done;
    let mut counts = [0_usize; Stage::ALL.len()];
    let mut lines = Vec::new();
    let mut seconds = 0.0;
    let data = DataDir::new(&context.data);
    let lacks = |planned: &Planned| contents::lacking(&planned.job.task, &data);
    let folders: Vec<Result<Stage, Problem>> = plan
        .jobs
        .iter()
        .map(|planned| stage(&store, planned, watch))
        .collect();
    let may_be_queued = |(planned, found): (&Planned, &Result<Stage, Problem>)| {
        matches!(found, Ok(Stage::Open | Stage::Broken)) && queued.knows(&planned.id)
    };
    // What is done needs no queue's word.
    if plan.jobs.iter().zip(&folders).any(may_be_queued) {
        queued.ask(answers);
    }
    let stages: Vec<(Stage, Option<Problem>)> = plan
        .jobs
        .iter()
        .zip(folders)
        .map(|(planned, found)| match found {
            Ok(Stage::Open) if is_published(&planned.id) => (Stage::Published, None),
            Ok(before @ (Stage::Open | Stage::Broken)) => match queued.standing(&planned.id) {
                Some(Standing::Waiting { .. } | Standing::Running { .. }) => (Stage::Queued, None),
                // Unless it has ended between the two looks.
                Some(Standing::Gone { .. }) => match stage(&store, planned, watch) {
                    Ok(now) if now != before => (now, None),
                    _ => (Stage::Lost, None),
                },
                Some(Standing::Unknown(_)) if queued.other(&planned.id).is_some() => {
                    (Stage::Queued, None)
                }
                Some(Standing::Unknown(_)) => (Stage::Unknown, None),
                None if lacks(planned).is_some() && before == Stage::Broken => {
                    (Stage::Waiting, None)
                }
                None => (before, None),
            },
            Ok(Stage::Failed) if lacks(planned).is_some() => (Stage::Waiting, None),
            Ok(stage) => (stage, None),
            // One job must not hide the others.
            Err(problem) => (Stage::Unread, Some(problem)),
        })
        .collect();
    let is_done: BTreeSet<&JobId> = plan
        .jobs
        .iter()
        .zip(&stages)
        .filter(|(_, (stage, _))| stage.is_over())
        .map(|(planned, _)| &planned.id)
        .collect();
    for (planned, (stage, unread)) in plan.jobs.iter().zip(&stages) {
        if *stage == Stage::Unread {
            exit = Exit::Failed;
        }
        counts[*stage as usize] += 1;
        seconds += core_seconds(&store, planned, *stage);
        if stage.is_over() || !(whole || stage.is_news()) {
            continue;
        }
        let folder = store.job(&planned.id);
        let waits = planned.job.initialisation.depends_on();
        let waits = waits.filter(|needed| !is_done.contains(needed));
        let more = match stage {
            Stage::Failed => {
                let reason = folder.failure().unwrap_or_default();
                let log = folder.log_end().unwrap_or_default();
                let log: String = log
                    .lines()
                    .map(|line| format!("\n              {line}"))
                    .collect();
                format!(
                    ": {reason}{log}\n          log: {}",
                    context.shown(&folder.log_path())
                )
            }
            Stage::Running | Stage::Broken => so_far(&folder, planned, *stage, &forecast),
            Stage::Queued | Stage::Lost => {
                let standing = queued.standing(&planned.id);
                let standing =
                    standing.map_or(String::new(), |standing| in_queue(context, study, standing));
                match has_begun(&folder) {
                    true => format!("{standing}{}", so_far(&folder, planned, *stage, &forecast)),
                    false => standing,
                }
            }
            Stage::Unknown if has_begun(&folder) => so_far(&folder, planned, *stage, &forecast),
            Stage::Waiting => lacks(planned).map_or(String::new(), |what| format!(" for {what}")),
            Stage::Open if waits.is_some() => {
                let needed = plan.jobs.iter().find(|other| Some(&other.id) == waits);
                needed.map_or(String::new(), |needed| {
                    format!(", waits for {}", needed.title)
                })
            }
            _ => unread
                .as_ref()
                .map_or(String::new(), |problem| format!(": {problem}")),
        };
        lines.push(format!(
            "  {:10}  {}  {}{more}",
            stage.word(),
            planned.id,
            planned.title
        ));
    }
    let parts = Stage::ALL
        .iter()
        .filter(|stage| counts[**stage as usize] > 0);
    let parts = parts.map(|stage| format!("{} {}", counts[*stage as usize], stage.word()));
    let later = plan.later.len();
    let later = (later > 0).then(|| format!("{later} more once pilots have chosen their rates"));
    let parts = parts.chain(later).collect::<Vec<_>>().join(", ");
    let took = match seconds >= LEAST_TOLD {
        true => format!("; {:.1} core-hours", seconds / 3600.0),
        false => String::new(),
    };
    let name = &plan.question.name;
    lines.insert(0, format!("{name} at {}: {parts}{took}", plan.profile));
    lines.extend(whole.then(|| of_tasks(&queued)).flatten());
    let unknown = (counts[Stage::Unknown as usize] > 0).then(|| of_queues(&queued));
    lines.extend(unknown.flatten());
    let is_under_way = [Stage::Running, Stage::Queued, Stage::Unknown]
        .iter()
        .any(|stage| counts[*stage as usize] > 0);
    Ok(Shown {
        lines,
        exit,
        is_under_way,
    })
}

/// What a queue says of a job, behind its title.
fn in_queue(context: &Context, study: &str, standing: Standing) -> String {
    match standing {
        Standing::Waiting { task, why } => format!(", as task {task}: {why}"),
        Standing::Running { task, on } => format!(", next in task {task}, which runs on {on}"),
        Standing::Gone { to, task, log } => format!(
            ": task {task} is in the queue no more, and has not ended it; {} sends it again; log: {}",
            hint::at(&context.options.profile, &["submit", study, to.option()]),
            context.shown(&log)
        ),
        Standing::Unknown(why) => format!(": {why}"),
    }
}

/// Why it is not known how jobs stand with the queues that they were given to.
fn of_queues(queued: &Queued) -> Option<String> {
    if let Some(why) = queued.silence() {
        return Some(format!("  what waits in the queue is not known: {why}"));
    }
    let seconds = queued.may_still_arrive()?;
    Some(format!(
        "  the queue did not answer when jobs were sent, and may have them yet: that is known in {seconds} s"
    ))
}

/// What tasks have taken that have ended.
fn of_tasks(queued: &Queued) -> Option<String> {
    let (asked, used) = queued.used()?;
    let memory = match (used.memory, asked.memory) {
        (Some(used), Some(asked)) => {
            format!(" and {} of {}", print::size(used), print::size(asked))
        }
        _ => String::new(),
    };
    let (asked, had) = match asked.seconds > 0.0 {
        true => (
            format!(" of {}", print::span(asked.seconds)),
            " that they had asked for",
        ),
        false => (String::new(), ""),
    };
    Some(format!(
        "  tasks took at most {}{asked}{memory}{had}",
        print::span(used.seconds)
    ))
}

/// `, step 1,500 of 3,000, about 40 s left`, as far as the curve of a job that has begun goes.
fn so_far(folder: &JobFolder, planned: &Planned, stage: Stage, forecast: &Forecast) -> String {
    let points = folder.curve().ok().flatten().unwrap_or_default();
    let (step, steps) = (
        points.last().map_or(0, |point| point.step),
        planned.job.recipe.steps,
    );
    let left = 1.0 - step as f64 / steps.max(1) as f64;
    let left = match stage {
        Stage::Running => {
            let holder = folder.holder().ok().flatten();
            let holder = holder.map(|holder| format!(", {holder}"));
            format!(
                ", about {} left{}",
                print::span(left * forecast.seconds(&planned.job)),
                holder.unwrap_or_default()
            )
        }
        _ => String::new(),
    };
    format!(
        ", step {} of {}{left}",
        print::count(step),
        print::count(steps)
    )
}

/// Less is not worth a word.
const LEAST_TOLD: f64 = 180.0;

/// What a finished job took of processors, pretrainings included; of devices that are none, nothing.
fn core_seconds(store: &Store, planned: &Planned, stage: Stage) -> f64 {
    let is_done = stage == Stage::Done;
    let record = is_done.then(|| store.job(&planned.id).provenance().ok().flatten());
    let on_cores = record
        .flatten()
        .filter(|record| record.device_kind() == Kind::Flex.name());
    on_cores.map_or(0.0, |record| record.wall_seconds * record.threads as f64)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Done,
    /// Its numbers are here, and its folder is not.
    Published,
    Running,
    Broken,
    /// In a queue.
    Queued,
    /// It was in a queue, which has it no more.
    Lost,
    /// It was given to a queue, which does not answer.
    Unknown,
    Failed,
    Newer,
    Unread,
    /// For data.
    Waiting,
    Open,
}

impl Stage {
    const ALL: [Self; 12] = [
        Self::Done,
        Self::Published,
        Self::Running,
        Self::Broken,
        Self::Queued,
        Self::Lost,
        Self::Unknown,
        Self::Failed,
        Self::Newer,
        Self::Unread,
        Self::Waiting,
        Self::Open,
    ];

    /// Whether it is told without being asked for.
    fn is_news(self) -> bool {
        !matches!(self, Self::Done | Self::Published | Self::Open)
    }

    fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Published)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Published => "published",
            Self::Running => "running",
            Self::Broken => "broken off",
            Self::Queued => "queued",
            Self::Lost => "lost",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
            Self::Newer => "of a newer version",
            Self::Unread => "unreadable",
            Self::Waiting => "waiting",
            Self::Open => "open",
        }
    }
}

fn stage_of_folder(folder: &JobFolder) -> Result<JobState, Problem> {
    folder.state().failing("read what the job left")
}

fn stage(store: &Store, planned: &Planned, watch: &mut Watch) -> Result<Stage, Problem> {
    let folder = store.job(&planned.id);
    let is_done = match is_done(&folder, &planned.job) {
        Err(error) if error.is_newer() => return Ok(Stage::Newer),
        is_done => is_done.failing("read what the job left")?,
    };
    Ok(match stage_of_folder(&folder)? {
        JobState::Finished if is_done => Stage::Done,
        JobState::Absent => Stage::Open,
        JobState::Failed => Stage::Failed,
        // Its process holds it while it lives.
        _ => match folder.look(watch).failing("look for its process")? {
            Sign::Alive | Sign::Quiet => Stage::Running,
            Sign::Free | Sign::Silent if has_begun(&folder) => Stage::Broken,
            Sign::Free | Sign::Silent => Stage::Open,
        },
    })
}

/// Whether more of a job is here than its settings, which are written before a queue is asked.
fn has_begun(folder: &JobFolder) -> bool {
    folder.log_path().exists() || !matches!(folder.curve(), Ok(None))
}
