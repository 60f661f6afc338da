use crate::attempt::is_done;
use crate::checkpoints::{self, short};
use crate::contents;
use crate::context::Context;
use crate::differences::{between, nearest, settings};
use crate::exit::{Exit, Failing, Problem};
use crate::meant;
use crate::planning;
use crate::print;
use results::{JobState, Store};
use std::collections::BTreeMap;
use study::{Plan, Shelf};
use tasks::DataDir;
use training::{Initialisation, Job, JobId};

/// Says what a job is made of, whether it would run again, and why.
pub fn run(context: &Context, name: &str, cell: &[String]) -> Result<Exit, Problem> {
    let store = context.read_store()?;
    if meant::is_study(context, name) {
        return of_cell(context, &store, name, cell);
    }
    if let ([], Some(study)) = (cell, meant::published(context, name)?) {
        print::note(format_args!("of {study}, from its tables"));
        return of_cell(context, &store, &study, &[name.to_owned()]);
    }
    let (store, id) = meant::one(context, name, cell)?;
    let Some(job) = store.job(&id).job().failing("read the job")? else {
        return Err(Problem::Asked(format!("there is no job `{id}`")));
    };
    of_job(context, &store, &id, &job)
}

/// A cell of a study: the job that it asks for today.
fn of_cell(
    context: &Context,
    store: &Store,
    study: &str,
    words: &[String],
) -> Result<Exit, Problem> {
    let plan = planning::plan(context, study)?;
    let found = meant::cells(context, study, &plan, words)?;
    let planned = &found[0].planned;
    print::say(format_args!("{}: {}", planned.id, planned.title));
    made_of(&planned.job);
    contents::tell_unread(&plan.sources, &DataDir::new(&context.data));
    let finished = finished(store)?;
    match is_done(&store.job(&planned.id), &planned.job).failing("read what the job left")? {
        true => print::say("\nwould run again: no, it is finished"),
        false => {
            let rows = [
                planning::stored(context, study, store)?,
                planning::stored_pretrainings(&plan, store)?,
            ];
            let is_published = rows.iter().any(|rows| rows.is_published(&planned.id));
            let is_asked = plan.jobs.iter().any(|other| other.id == planned.id);
            let answer = match (is_published, planned.job.keep_body, is_asked) {
                (false, ..) => format!("yes, {}", why(store, &planned.id)?),
                (true, true, _) => {
                    "where a job does that starts from it: its numbers are published, its body is not here".to_owned()
                }
                (true, false, true) => {
                    "yes, its folder is not here; its numbers are published, and --published leaves it out".to_owned()
                }
                (true, false, false) => {
                    "no: its numbers are published, and looks after the first are not trained again".to_owned()
                }
            };
            print::say(format_args!("\nwould run: {answer}"));
            if let Some(other) = nearest(&planned.job, finished.values()) {
                let jobs = known(&plan, store)?;
                print::say(format_args!("nearest finished job: {}", other.id()));
                differences(&planned.job, other, "", &jobs);
            }
        }
    }
    if found.len() > 1 {
        print::say(format_args!("\nalso asked for, in the same words:"));
        for other in &found[1..] {
            print::say(format_args!(
                "  {}: {}",
                other.planned.id, other.planned.title
            ));
        }
    }
    Ok(Exit::Done)
}

/// A job that has a folder, whether or not a study asks for it.
fn of_job(context: &Context, store: &Store, id: &JobId, job: &Job) -> Result<Exit, Problem> {
    print::say(format_args!("{id}"));
    made_of(job);
    let folder = store.job(id);
    if let Ok(Some(record)) = folder.provenance() {
        let source = record.read.body_source.as_deref().unwrap_or("drawn");
        let body = record.read.body_content.as_deref().map_or("", short);
        let data = record.read.data_content.as_deref().map_or("drawn", short);
        print::say(format_args!(
            "  read      body {source} {body}; data {data}"
        ));
    }
    let data = DataDir::new(&context.data);
    let problems = [
        moved_on(job, &data),
        contents::check(&job.task, &data).err(),
    ];
    for problem in problems.into_iter().flatten() {
        print::say(format_args!("  but       {problem}"));
    }
    let (mut asked, mut all) = (Vec::new(), BTreeMap::new());
    for study in context.experiments.names(Shelf::Studies) {
        // A study that cannot be planned asks for nothing; `fpt plan` says why.
        let Ok(plan) = planning::plan(context, &study) else {
            continue;
        };
        for planned in plan.jobs {
            if planned.id == *id {
                asked.push(format!("`{study}` ({})", planned.title));
            }
            all.insert(planned.id, planned.job);
        }
    }
    let profile = &context.options.profile;
    let done = is_done(&folder, job).failing("read what the job left")?;
    match (done, asked.is_empty()) {
        (true, false) => print::say(format_args!(
            "\nwould run again: no, it is finished; asked for by {}",
            asked.join(", ")
        )),
        (false, false) => print::say(format_args!(
            "\nwould run: yes, {}; asked for by {}",
            why(store, id)?,
            asked.join(", ")
        )),
        (done, true) => {
            let done = if done {
                "it is finished, and"
            } else {
                "it is not finished, but"
            };
            print::say(format_args!(
                "\nwould run again: no; {done} no study of experiments/ asks for it at profile {profile} today"
            ));
            if let Some(other) = nearest(job, all.values()) {
                print::say(format_args!(
                    "nearest job that is asked for: {}",
                    other.id()
                ));
                let mut jobs = finished(store)?;
                jobs.extend(all.clone());
                differences(job, other, "", &jobs);
            }
        }
    }
    Ok(Exit::Done)
}

/// What is where the job's checkpoint was, if that is another one. A name on the hub stands for its commit.
fn moved_on(job: &Job, data: &DataDir) -> Option<String> {
    let Initialisation::Checkpoint(checkpoint) = &job.initialisation else {
        return None;
    };
    let problem = match (&checkpoint.commit, &checkpoint.content) {
        (None, Some(_)) => checkpoints::planned(checkpoint, data).err(),
        _ => None,
    };
    problem.map(|problem| format!("{}: {problem}", checkpoint.source))
}

/// Why a job is still to be run.
fn why(store: &Store, id: &JobId) -> Result<String, Problem> {
    let folder = store.job(id);
    let state = folder.state().failing("read what the job left")?;
    Ok(match state {
        JobState::Absent => "it was never started".to_owned(),
        JobState::Failed => format!("it failed: {}", folder.failure().unwrap_or_default()),
        JobState::Started => "it was started and has not finished".to_owned(),
        JobState::Finished => "the body that it was to leave is gone".to_owned(),
    })
}

pub fn made_of(job: &Job) {
    let all = settings(job);
    let of = |room: &str| {
        let room = format!("{room}.");
        let fields = all
            .iter()
            .filter_map(|(name, value)| Some(format!("{} {value}", name.strip_prefix(&room)?)));
        fields.collect::<Vec<_>>().join(", ")
    };
    let start = match &job.initialisation {
        Initialisation::Random {} => "drawn from the seed".to_owned(),
        Initialisation::Job { id } => format!("left by job {id}"),
        Initialisation::Checkpoint(checkpoint) => {
            let content = checkpoint.content.as_deref();
            let content = content.map_or("not looked at yet".to_owned(), |sum| {
                format!("blake3 {sum}")
            });
            let commit = checkpoint.commit.as_deref();
            let commit = commit.map_or(String::new(), |commit| format!(", commit {commit}"));
            format!("{} ({content}{commit})", checkpoint.source)
        }
    };
    let data = match (
        &job.task.content,
        tasks::source(&job.task.name, &job.task.settings),
    ) {
        (Some(content), Ok(Some(source))) => format!("{source}, blake3 {content}"),
        (None, Ok(Some(source))) => format!("{source}, as published"),
        _ => "drawn".to_owned(),
    };
    let lines = [
        ("seed", job.seed.to_string()),
        ("policy", job.policy.clone()),
        ("weights", start),
        ("remade", of("remakes")),
        ("body", of("body")),
        (
            "task",
            format!(
                "{} ({}), version {}",
                job.task.name,
                job.task.form.name(),
                job.task.version
            ),
        ),
        ("data", data),
        ("settings", of("task.settings")),
        ("recipe", of("recipe")),
    ];
    for (name, line) in lines.iter().filter(|(_, line)| !line.is_empty()) {
        print::say(format_args!("  {name:8}  {line}"));
    }
}

/// A line for each setting that differs; of another pretraining, in what that one differs.
fn differences(here: &Job, there: &Job, indent: &str, jobs: &BTreeMap<JobId, Job>) {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "not said".to_owned());
    for difference in between(here, there) {
        print::say(format_args!(
            "  {indent}{}: {} here, {} there",
            difference.setting,
            value(&difference.here),
            value(&difference.there)
        ));
    }
    let pretrained = [here, there].map(|job| job.initialisation.depends_on());
    if let [Some(here), Some(there)] = pretrained
        && here != there
        && let (Some(here), Some(there)) = (jobs.get(here), jobs.get(there))
    {
        print::say(format_args!("  {indent}these two pretrainings differ in:"));
        differences(here, there, &format!("{indent}  "), jobs);
    }
}

/// The finished jobs of a store.
fn finished(store: &Store) -> Result<BTreeMap<JobId, Job>, Problem> {
    let mut jobs = BTreeMap::new();
    for id in store.ids().failing("list the jobs")? {
        let folder = store.job(&id);
        if matches!(folder.state(), Ok(JobState::Finished))
            && let Ok(Some(job)) = folder.job()
        {
            jobs.insert(id, job);
        }
    }
    Ok(jobs)
}

/// The jobs of a plan and the finished ones.
fn known(plan: &Plan, store: &Store) -> Result<BTreeMap<JobId, Job>, Problem> {
    let mut jobs = finished(store)?;
    jobs.extend(
        plan.jobs
            .iter()
            .map(|planned| (planned.id.clone(), planned.job.clone())),
    );
    Ok(jobs)
}
