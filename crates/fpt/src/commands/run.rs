use crate::anew::{self, Anew};
use crate::attempt::{self, Held};
use crate::context::Context;
use crate::device::open_only;
use crate::exit::{Exit, Failing, Problem};
use crate::hint;
use crate::interrupt::{self, STOP};
use crate::meant::{self, Meant};
use crate::recorder::Tell;
use crate::{contents, data, last_words, planning, print};
use results::Store;
use runner::{Ending, Line};
use std::collections::BTreeSet;
use study::Planned;
use training::{JobId, Reuse};

/// What is trained anew although it is finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// A job; words that mean several are asked about.
    One,
    /// Each that is meant.
    All,
}

impl Again {
    pub const fn of(all: bool) -> Self {
        match all {
            true => Self::All,
            false => Self::One,
        }
    }
}

/// Runs jobs, one after the other: those of a study with these words in their titles, or jobs by their ids, folders or files.
/// Nothing is started when one of them is no job; a failure does not stop the others.
pub fn run(
    context: &Context,
    names: &[String],
    again: Option<Again>,
    tell: Tell,
) -> Result<Exit, Problem> {
    let reuse = start(context)?;
    let jobs = match names {
        [study, words @ ..] if meant::is_study(context, study) => {
            of_study(context, study, words, again)?
        }
        [name] if let Some(study) = meant::published(context, name)? => {
            of_study(context, &study, names, again)?
        }
        _ => names
            .iter()
            .map(|name| {
                let (store, id) = meant::find(context, name)?;
                if again.is_some() {
                    anew::put_back(&store, &id)?;
                }
                attempt::read(&store.job(&id), &id)?;
                Ok((store, id))
            })
            .collect::<Result<Vec<_>, Problem>>()?,
    };
    open_only(&context.device)?;
    interrupt::listen(|line: &str| print::note(line))?;
    let mut exit = Exit::Done;
    let mut without: BTreeSet<&JobId> = BTreeSet::new();
    for (store, id) in &jobs {
        if STOP.requested() {
            break;
        }
        let job = attempt::read(&store.job(id), id)?;
        let lacking = match attempt::is_done(&store.job(id), &job).unwrap_or(false) {
            true => None,
            false => job.initialisation.depends_on(),
        };
        if let Some(needed) = lacking.filter(|needed| !is_done(store, needed)) {
            print::note(format_args!("job {id} is not started: it needs {needed}"));
            if !without.contains(needed) {
                exit = Exit::Failed;
            }
            without.insert(id);
            continue;
        }
        if jobs.len() > 1 {
            print::note(format_args!("job {id}"));
        }
        let ending = match again.is_some() {
            true => Anew::replace(store, context, id, &reuse, tell),
            false => attempt::run(context, store, id, &reuse, tell, Held::Wait),
        };
        let ending = ending.unwrap_or_else(|problem| Ending::Failed(problem.to_string()));
        if ending != Ending::Finished {
            without.insert(id);
        }
        exit = match (exit, &ending) {
            (Exit::Failed, _) | (_, Ending::Failed(_) | Ending::OutOfMemory(_)) => Exit::Failed,
            (_, Ending::Waiting(_)) => Exit::Waiting,
            (_, Ending::Elsewhere) => {
                print::note(format_args!("job {id} was taken over by another process"));
                Exit::Failed
            }
            // Whatever stopped it ends the process, too.
            (before, Ending::Finished | Ending::Stopped) => before,
        };
        tell(&Line::Ended(ending));
    }
    Ok(exit)
}

/// Whether a job has left all that it is asked for.
pub fn is_done(store: &Store, id: &JobId) -> bool {
    let folder = store.job(id);
    let job = folder.job().ok().flatten();
    job.is_some_and(|job| attempt::is_done(&folder, &job).unwrap_or(false))
}

/// The jobs of a study that are meant, behind the pretrainings that they need and that are not done, in folders of their own.
fn of_study(
    context: &Context,
    study: &str,
    words: &[String],
    again: Option<Again>,
) -> Result<Vec<(Store, JobId)>, Problem> {
    if words.is_empty() {
        return Err(Problem::Asked(format!(
            "which jobs of `{study}`? {} runs what is missing of all of it, {} lists them; words of a title ({}) say which",
            hint::command(&["study", study]),
            hint::command(&["plan", study]),
            hint::command(&["run", study, "mnist", "seed 1"])
        )));
    }
    let plan = planning::plan(context, study)?;
    let found = meant::cells(context, study, &plan, words)?;
    if again == Some(Again::One) {
        meant::be_one(
            found
                .iter()
                .map(|meant| (&meant.planned.id, meant.planned.title.as_str())),
            "train them all anew",
        )?;
    }
    let planned: Vec<Planned> = found.into_iter().map(|meant| meant.planned).collect();
    data::fetch_for(context, &planned)?;
    // Jobs are named by what they read.
    let plan = planning::plan(context, study)?;
    let found = meant::cells(context, study, &plan, words)?;
    let store = context.open_store()?;
    let mut jobs: Vec<(Store, JobId)> = Vec::new();
    for Meant { planned, .. } in &found {
        let needed = planned.job.initialisation.depends_on();
        let needed = needed.and_then(|id| Some((id, plan.settings.get(id)?, false)));
        for (id, job, is_asked) in needed
            .into_iter()
            .chain([(&planned.id, &planned.job, true)])
        {
            let folder = store.job(id);
            let is_done = attempt::is_done(&folder, job).failing("read what the job left")?;
            let is_listed = jobs.iter().any(|(_, listed)| listed == id);
            if is_listed || (is_done && !(is_asked && again.is_some())) {
                continue;
            }
            folder
                .create(&contents::anchored(job))
                .failing("make a job's folder")?;
            jobs.push((store.clone(), id.clone()));
        }
    }
    if jobs.is_empty() {
        let (is, them) = match found.len() {
            1 => ("it is finished", "it"),
            _ => ("all of them are finished", "them"),
        };
        print::note(format_args!(
            "nothing to do: {is}; --again trains {them} anew"
        ));
    }
    Ok(jobs)
}

/// Runs the jobs that a runner names on stdin until it has no more.
pub fn obey(context: &Context) -> Result<Exit, Problem> {
    let store = context.read_store()?;
    let orders = interrupt::obey_runner()?;
    let reuse = start(context)?;
    for id in orders {
        let ending = attempt::run(context, &store, &id, &reuse, in_json, Held::Leave)
            .unwrap_or_else(|problem| Ending::Failed(problem.to_string()));
        in_json(&Line::Ended(ending));
    }
    Ok(Exit::Done)
}

/// For whoever runs a job by hand.
pub fn in_words(line: &Line) {
    print::say(line);
}

/// For a log that somebody may read: how each job ended.
pub fn in_few_words(line: &Line) {
    if matches!(line, Line::Ended(_)) {
        print::say(line);
    }
}

/// For the runner of this process.
fn in_json(line: &Line) {
    print::say(line.to_line());
}

/// Sets the threads of the process, for the first of its jobs.
pub fn start(context: &Context) -> Result<Reuse, Problem> {
    context.use_threads()?;
    last_words::listen();
    Ok(Reuse::default())
}
