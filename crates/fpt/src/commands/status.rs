use crate::arguments::StatusArguments;
use crate::context::Context;
use crate::device::Kind;
use crate::exit::{Exit, Problem};
use crate::hint;
use crate::job_lines::Lines;
use crate::queued::{Answers, Queued, Standing};
use crate::stage::{Stage, stage};
use crate::{contents, forecast, planning, print, shown, study_folder};
use files::Watch;
use results::Store;
use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::time::Duration;
use study::{Plan, Planned};
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
    let jobs = stages(context, study, &plan, &store, watch, &mut queued, answers)?;
    let lines = Lines {
        context,
        study,
        plan: &plan,
        store: &store,
        queued: &queued,
        is_over: over(&plan, &jobs),
        forecast: LazyCell::new(|| forecast::of(&store, Kind::Flex)),
    };
    let told = plan.jobs.iter().zip(&jobs);
    let told = told.filter(|(_, (stage, _))| !stage.is_over() && (whole || stage.is_news()));
    let told = told.map(|(planned, (stage, unread))| lines.of(planned, *stage, unread.as_ref()));
    let told: Vec<String> = told.collect();
    let number = |stage: Stage| jobs.iter().filter(|(found, _)| *found == stage).count();
    let unknown = (number(Stage::Unknown) > 0).then(|| of_queues(&queued));
    let parts = [
        vec![head(&plan, &store, &jobs)],
        told,
        Vec::from_iter(whole.then(|| of_tasks(&queued)).flatten()),
        Vec::from_iter(unknown.flatten()),
    ];
    let under_way = [Stage::Running, Stage::Queued, Stage::Unknown];
    Ok(Shown {
        lines: parts.concat(),
        exit: match number(Stage::Unread) {
            0 => Exit::Done,
            _ => Exit::Failed,
        },
        is_under_way: under_way.iter().any(|stage| number(*stage) > 0),
    })
}

/// How far a job is, and why that cannot be read.
type Found = (Stage, Option<Problem>);

/// How far each job of a plan is, by its folder, by what is published, and by the queue that has it.
fn stages(
    context: &Context,
    study: &str,
    plan: &Plan,
    store: &Store,
    watch: &mut Watch,
    queued: &mut Queued,
    answers: &mut Answers,
) -> Result<Vec<Found>, Problem> {
    let known = planning::stored(context, study, store)?;
    let pretrainings = planning::stored_pretrainings(plan, store)?;
    let is_published = |id: &JobId| known.is_published(id) || pretrainings.is_published(id);
    let data = DataDir::new(&context.data);
    let lacks = |planned: &Planned| contents::lacking(&planned.job.task, &data).is_some();
    let jobs = plan.jobs.iter();
    let folders = jobs.map(|planned| stage(store, planned, watch));
    let folders: Vec<Result<Stage, Problem>> = folders.collect();
    let may_be_queued = |(planned, found): (&Planned, &Result<Stage, Problem>)| {
        matches!(found, Ok(Stage::Open | Stage::Broken)) && queued.knows(&planned.id)
    };
    // What is done needs no queue's word.
    if plan.jobs.iter().zip(&folders).any(may_be_queued) {
        queued.ask(answers);
    }
    let mut all = |planned: &Planned, found: Stage| match found {
        Stage::Open if is_published(&planned.id) => Stage::Published,
        Stage::Open | Stage::Broken => match queued.standing(&planned.id) {
            Some(Standing::Waiting { .. } | Standing::Running { .. }) => Stage::Queued,
            // Unless it has ended between the two looks.
            Some(Standing::Gone { .. }) => match stage(store, planned, watch) {
                Ok(now) if now != found => now,
                _ => Stage::Lost,
            },
            Some(Standing::Unknown(_)) if queued.other(&planned.id).is_some() => Stage::Queued,
            Some(Standing::Unknown(_)) => Stage::Unknown,
            None if found == Stage::Broken && lacks(planned) => Stage::Waiting,
            None => found,
        },
        Stage::Failed if lacks(planned) => Stage::Waiting,
        found => found,
    };
    let found = plan.jobs.iter().zip(folders);
    let found = found.map(|(planned, found)| match found {
        Ok(found) => (all(planned, found), None),
        // One job must not hide the others.
        Err(problem) => (Stage::Unread, Some(problem)),
    });
    Ok(found.collect())
}

/// The jobs that others need not wait for.
fn over<'a>(plan: &'a Plan, jobs: &[Found]) -> BTreeSet<&'a JobId> {
    let all = plan.jobs.iter().zip(jobs);
    let over = all.filter(|(_, (stage, _))| stage.is_over());
    over.map(|(planned, _)| &planned.id).collect()
}

/// How many jobs are how far, and what they took.
fn head(plan: &Plan, store: &Store, jobs: &[Found]) -> String {
    let parts = Stage::ALL.iter().filter_map(|stage| {
        let number = jobs.iter().filter(|(found, _)| found == stage).count();
        (number > 0).then(|| format!("{number} {}", stage.word()))
    });
    let later = plan.later.len();
    let later = (later > 0).then(|| format!("{later} more once pilots have chosen their rates"));
    let parts = parts.chain(later).collect::<Vec<_>>().join(", ");
    let all = plan.jobs.iter().zip(jobs);
    let seconds: f64 = all
        .map(|(planned, (stage, _))| core_seconds(store, planned, *stage))
        .sum();
    let took = match seconds >= LEAST_TOLD {
        true => format!("; {:.1} core-hours", seconds / 3600.0),
        false => String::new(),
    };
    let name = &plan.question.name;
    format!("{name} at {}: {parts}{took}", plan.profile)
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
