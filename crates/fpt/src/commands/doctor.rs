use crate::context::Context;
use crate::exit::{Exit, Failing, Problem};
use crate::hint;
use crate::submission::Submission;
use crate::{contents, planning, print, room, shown, study_folder};
use files::{Hold, Sign, Watch};
use results::{JobFolder, JobState, Known, Owner, ResultsError, Store};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use study::{Plan, Shelf};
use training::JobId;

/// Less than this of the disk free is worth a word.
const LITTLE: u64 = 1 << 30;

/// What is wrong, in a sentence, and what would be done about it.
struct Finding {
    what: String,
    repair: Option<Repair>,
}

/// Nothing of these takes away what cannot be made again.
enum Repair {
    /// Files whose bytes are not what they were: the job runs again.
    SetAside(JobFolder, Vec<String>),
    /// An outcome or a curve that nobody can read: the same.
    Restart(JobFolder),
    /// Traces of processes that are gone.
    LetGo(JobFolder),
    /// Copies of what is elsewhere.
    Remove(PathBuf),
}

/// Looks a folder of results over, and mends with `is_repairing` what can be.
pub fn run(context: &Context, is_repairing: bool, is_profile_named: bool) -> Result<Exit, Problem> {
    let mut profiles = context.profiles_with_results();
    if is_profile_named {
        profiles = vec![context.options.profile.clone()];
    }
    if profiles.is_empty() {
        print::say(format_args!(
            "{} has no results",
            context.shown(&context.results)
        ));
        return Ok(Exit::Done);
    }
    let mut findings = Vec::new();
    for profile in profiles {
        let context = context.at_profile(&profile);
        of_profile(&context, &mut findings)?;
    }
    left_over(context, &mut findings);
    if let Some(free) = room::free(&context.results) {
        print::say(format_args!("{} are free on its disk", print::size(free)));
        if free < LITTLE {
            findings.push(Finding {
                what: "the disk is nearly full: jobs fail where they cannot write".to_owned(),
                repair: None,
            });
        }
    }
    settle(&findings, is_repairing)
}

/// Tells what is wrong, mends it where that is asked for, and says what is left.
fn settle(findings: &[Finding], is_repairing: bool) -> Result<Exit, Problem> {
    let (mut mended, mut mendable) = (0, 0);
    for Finding { what, repair } in findings {
        let Some(repair) = repair else {
            print::say(format_args!("wrong: {what}"));
            continue;
        };
        mendable += 1;
        if !is_repairing {
            print::say(format_args!("wrong: {what}; --repair {}", repair.promise()));
            continue;
        }
        match repair.make() {
            Ok(true) => {
                mended += 1;
                print::say(format_args!("mended: {what}; {}", repair.promise()));
            }
            Ok(false) => print::say(format_args!("left: {what}; a process has it now")),
            Err(problem) => print::say(format_args!("left: {what}; {problem}")),
        }
    }
    let left = findings.len() - mended;
    match left {
        0 if mended == 0 => print::say("nothing is wrong"),
        0 => print::say("all of it is mended"),
        left if mended == 0 && mendable > 0 => print::say(format_args!(
            "{}, {mendable} of which {} mends",
            print::many(left, "finding"),
            hint::command(&["doctor", "--repair"])
        )),
        left => print::say(format_args!("{} left", print::many(left, "finding"))),
    }
    Ok(match left {
        0 => Exit::Done,
        _ => Exit::Failed,
    })
}

impl Repair {
    /// What it does.
    fn promise(&self) -> &'static str {
        match self {
            Self::SetAside(..) | Self::Restart(_) => {
                "sets it aside as .damaged, and the job runs again with the next `fpt study`"
            }
            Self::LetGo(_) => "takes that away",
            Self::Remove(_) => "removes it: it is a copy",
        }
    }

    /// Whether it could be done.
    fn make(&self) -> Result<bool, Problem> {
        let mending = "mend it";
        // Whoever runs a job meanwhile mends it alone.
        let held = |folder: &JobFolder| folder.lock().failing(mending);
        match self {
            Self::SetAside(folder, names) => match held(folder)? {
                Some(_lock) => folder.set_aside(names).failing(mending).map(|()| true),
                None => Ok(false),
            },
            Self::Restart(folder) => match held(folder)? {
                Some(_lock) => folder.restart().failing(mending).map(|()| true),
                None => Ok(false),
            },
            // What is over goes with the lock, parts of files with its taking.
            Self::LetGo(folder) => held(folder).map(|lock| lock.is_some()),
            Self::Remove(path) => fs::remove_dir_all(path).failing(mending).map(|()| true),
        }
    }
}

fn of_profile(context: &Context, findings: &mut Vec<Finding>) -> Result<(), Problem> {
    let profile = &context.options.profile;
    let store = match context.read_store() {
        Ok(store) => store,
        Err(problem) => {
            findings.push(Finding {
                what: format!("{profile}: {problem}"),
                repair: None,
            });
            return Ok(());
        }
    };
    let ids = store.ids().failing("list the jobs")?;
    let (mut finished, mut running, mut open, mut unsummed) = (0, 0, 0, 0);
    let mut watch = Watch::default();
    for id in &ids {
        let folder = store.job(id);
        let shown = context.shown(folder.path());
        match folder
            .look(&mut watch)
            .failing("look for a job's process")?
        {
            Sign::Alive | Sign::Quiet => {
                running += 1;
                continue;
            }
            Sign::Free | Sign::Silent => {}
        }
        if traces(folder.path()) {
            findings.push(Finding {
                what: format!("{shown} has traces of a process that is gone"),
                repair: Some(Repair::LetGo(folder.clone())),
            });
        }
        match folder.state() {
            Ok(JobState::Finished) => finished += 1,
            Ok(_) => open += 1,
            Err(error) => {
                findings.push(Finding {
                    what: error.to_string(),
                    repair: None,
                });
                continue;
            }
        }
        of_job(&store, id, &shown, findings, &mut unsummed)?;
    }
    print::say(format_args!(
        "{profile}: {} finished, {running} running, {open} not finished",
        print::many(finished, "job")
    ));
    if unsummed > 0 {
        print::say(format_args!(
            "  {unsummed} of them were finished by earlier versions, which noted no checksums: their files can be read, and that is all that is known"
        ));
    }
    of_studies(context, &store, &ids, findings)
}

/// Names of files that only a process that runs leaves.
fn traces(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.any(|name| files::is_passing(&name))
}

fn of_job(
    store: &Store,
    id: &JobId,
    shown: &str,
    findings: &mut Vec<Finding>,
    unsummed: &mut usize,
) -> Result<(), Problem> {
    let folder = store.job(id);
    let job = match folder.job() {
        Ok(Some(job)) => job,
        Ok(None) => {
            findings.push(Finding {
                what: format!("{shown} has no job.toml: it is no job's folder, or the study that asks for it writes it anew"),
                repair: None,
            });
            return Ok(());
        }
        Err(error) => {
            findings.push(Finding {
                what: format!("{error}; the study that asks for the job writes it anew"),
                repair: None,
            });
            return Ok(());
        }
    };
    if job.id() != *id {
        findings.push(Finding {
            what: format!(
                "{shown} has the settings of job {}: it is a copy of that one, or was changed by hand; the study that asks for {id} runs it anew",
                job.id()
            ),
            repair: None,
        });
        return Ok(());
    }
    let unreadable = [
        folder.curve().err(),
        folder.outcome().err(),
        folder.provenance().err(),
    ];
    let unreadable: Vec<ResultsError> = unreadable.into_iter().flatten().collect();
    if let Some(error) = unreadable.first() {
        findings.push(Finding {
            what: error.to_string(),
            repair: error.is_damage().then(|| Repair::Restart(folder.clone())),
        });
        return Ok(());
    }
    if folder.state().failing("read what a job left")? == JobState::Finished {
        match folder.altered() {
            Ok(None) => *unsummed += 1,
            Ok(Some(names)) if names.is_empty() => {}
            Ok(Some(names)) => findings.push(Finding {
                what: format!(
                    "{shown}: {} not what the job left (sums.b3)",
                    match &names[..] {
                        [one] => format!("{one} is"),
                        names => format!("{} are", names.join(", ")),
                    }
                ),
                repair: Some(Repair::SetAside(folder.clone(), names)),
            }),
            Err(error) => findings.push(Finding {
                what: error.to_string(),
                repair: None,
            }),
        }
    } else if let Some(needed) = job.initialisation.depends_on() {
        let other = store.job(needed).state();
        if other.is_ok_and(|state| state == JobState::Absent) {
            findings.push(Finding {
                what: format!("{shown} starts from job {needed}, which is not here; `fpt study` trains it first"),
                repair: None,
            });
        }
    }
    Ok(())
}

/// All that a study asks for.
fn jobs_of(plan: Plan) -> impl Iterator<Item = JobId> {
    let jobs = plan.jobs.into_iter().map(|planned| planned.id);
    let cells = plan.cells.into_iter().chain(plan.pretrainings);
    jobs.chain(cells.map(|cell| cell.job))
        .chain(plan.settings.into_keys())
}

/// Files of the studies of a profile, and jobs that none of them asks for.
fn of_studies(
    context: &Context,
    store: &Store,
    ids: &[JobId],
    findings: &mut Vec<Finding>,
) -> Result<(), Problem> {
    let names = results::studies(store).failing("list the studies")?;
    let mut asked: BTreeSet<JobId> = BTreeSet::new();
    let mut unplanned = Vec::new();
    for name in &names {
        let dir = store.study_dir(name);
        let files = [
            Owner::read(&dir).err().map(|error| error.to_string()),
            Known::of(store, name).err().map(|error| error.to_string()),
            Known::of(store, &planning::pretrainings_of(name))
                .err()
                .map(|error| error.to_string()),
            contents::recorded(store, name)
                .err()
                .map(|problem| problem.to_string()),
            Submission::all(context, name)
                .err()
                .map(|problem| problem.to_string()),
        ];
        let wrong: Vec<String> = files.into_iter().flatten().collect();
        let is_whole = wrong.is_empty();
        findings.extend(wrong.into_iter().map(|what| Finding { what, repair: None }));
        let study = study_folder::study_of(context, store, name);
        let plan = study
            .filter(|_| is_whole)
            .map(|study| shown::all(context, &study, store));
        match plan {
            Some(Ok(plan)) => asked.extend(jobs_of(plan)),
            Some(Err(_)) | None => unplanned.push(name.as_str()),
        }
    }
    let mut orphans: Vec<&JobId> = ids.iter().filter(|id| !asked.contains(id)).collect();
    // A study may have none but jobs here yet.
    let mut others = context.experiments.names(Shelf::Studies);
    others.retain(|name| !names.contains(name));
    for name in others {
        if orphans.is_empty() {
            break;
        }
        if let Ok(plan) = shown::all(context, &name, store) {
            let asked: BTreeSet<JobId> = jobs_of(plan).collect();
            orphans.retain(|id| !asked.contains(id));
        }
    }
    if !orphans.is_empty() {
        let which: Vec<String> = orphans.iter().take(3).map(ToString::to_string).collect();
        let more = if orphans.len() > 3 { ", …" } else { "" };
        let unplanned = match unplanned.is_empty() {
            true => String::new(),
            false => format!(
                " ({} cannot be planned here, and may)",
                unplanned.join(", ")
            ),
        };
        print::say(format_args!(
            "  {} that no study here asks for as it stands{unplanned}: {}{more}; {} says what each is, {} removes it",
            print::many(orphans.len(), "job"),
            which.join(", "),
            hint::at(&context.options.profile, &["show", "ID"]),
            hint::at(&context.options.profile, &["rm", "ID"])
        ));
    }
    Ok(())
}

/// What merges that were killed left beside the profiles.
fn left_over(context: &Context, findings: &mut Vec<Finding>) {
    let merging = context.results.join(super::merge::PART);
    let entries = fs::read_dir(&merging).into_iter().flatten().flatten();
    for entry in entries {
        let is_gone = matches!(Hold::holder(&entry.path()), Ok(None));
        let inside = fs::read_dir(entry.path()).into_iter().flatten().flatten();
        let mut names = inside.map(|entry| entry.file_name().to_string_lossy().into_owned());
        if let Some(before) = names
            .find(|name| name.ends_with(".before"))
            .filter(|_| is_gone)
        {
            findings.push(Finding {
                what: format!(
                    "a merge was killed as it put a job in its place: what was there lies in {}; where the job's own folder is gone, move \
                     it back",
                    context.shown(&entry.path().join(before))
                ),
                repair: None,
            });
        } else if is_gone {
            findings.push(Finding {
                what: format!(
                    "{} is what a merge that was killed has left",
                    context.shown(&entry.path())
                ),
                repair: Some(Repair::Remove(entry.path())),
            });
        }
    }
}
