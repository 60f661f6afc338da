mod finding;
mod moved;

use crate::anew;
use crate::context::Context;
use crate::exit::{Exit, Problem};
use crate::hint;
use crate::meant;
use crate::submission::Submission;
use crate::{contents, planning, print, room, shown, study_folder};
use files::{Hold, Sign, Watch};
use finding::{Finding, OLD, Repair};
use moved::{DEEPEST, folders, is_over, moved_away};
use results::{JobFolder, JobState, Known, Owner, PRETRAININGS, ResultsError, Store};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs;
use std::path::Path;
use study::{Plan, Shelf};
use training::JobId;

/// Less than this of the disk free is worth a word.
const LITTLE: u64 = 1 << 30;

/// Looks a folder of results over, and mends with `is_repairing` what can be.
pub fn run(context: &Context, is_repairing: bool, is_profile_named: bool) -> Result<Exit, Problem> {
    let (all, named) = (context.profiles_with_results()?, &context.options.profile);
    // One whose folder has lost what says that it is one is looked at, too.
    let is_there = !matches!(context.results.join(named).try_exists(), Ok(false));
    let (profiles, at) = match is_profile_named {
        true if is_there => (vec![named.clone()], String::new()),
        true => (Vec::new(), format!(" at {named}")),
        false => (all.clone(), String::new()),
    };
    let mut findings = Vec::new();
    for profile in &profiles {
        of_profile(&context.at_profile(profile), is_repairing, &mut findings);
    }
    left_over(context, &all, &mut findings);
    if profiles.is_empty() {
        let results = context.shown(&context.results);
        print::say(format_args!("{results} has no results{at}"));
        if findings.is_empty() {
            return Ok(Exit::Done);
        }
    }
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
                print::say(format_args!("mended: {what}: {}", repair.done()));
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
            "{}, {} {} mends",
            print::many(left, "finding"),
            match left == mendable {
                true => "which".to_owned(),
                false => format!("{mendable} of which"),
            },
            hint::command(&["doctor", "--repair"])
        )),
        left => print::say(format_args!("{} left", print::many(left, "finding"))),
    }
    Ok(match left {
        0 => Exit::Done,
        _ => Exit::Failed,
    })
}

fn of_profile(context: &Context, is_repairing: bool, findings: &mut Vec<Finding>) {
    let profile = &context.options.profile;
    let store = match context.read_store() {
        Ok(store) => store,
        Err(problem) => {
            findings.push(Finding::named(format_args!("{profile}: {problem}")));
            return;
        }
    };
    let ids = store.ids().unwrap_or_else(|error| {
        findings.push(Finding::named(format_args!("{profile}: {error}")));
        Vec::new()
    });
    let (mut finished, mut running, mut open, mut unsummed) = (0, 0, 0, 0);
    let mut watch = Watch::default();
    for (id, sign) in signs(&store, &ids, &mut watch, findings) {
        let folder = store.job(&id);
        let shown = context.shown(folder.path());
        if sign == Sign::Alive {
            running += 1;
            continue;
        }
        // As any runner gives up who was watched for so long.
        if is_repairing && sign == Sign::Silent {
            let _ = folder.is_free(&mut watch);
        }
        if sign == Sign::Silent || traces(folder.path()) {
            findings.push(Finding {
                what: format!("{shown} has traces of a process that is gone"),
                repair: Some(Repair::LetGo(folder.clone())),
            });
        }
        let state = match folder.state() {
            Ok(state) => state,
            Err(error) => {
                findings.push(Finding::named(error));
                continue;
            }
        };
        match state {
            JobState::Finished => finished += 1,
            _ => open += 1,
        }
        of_job(&store, (&id, state), &shown, findings, &mut unsummed);
    }
    let published = match without_folders(&store, &ids) {
        0 => String::new(),
        rows => format!(
            "; {} of jobs that have no folder here",
            print::many(rows, "published row")
        ),
    };
    print::say(format_args!(
        "{profile}: {} finished, {running} running, {open} not finished{published}",
        print::many(finished, "job")
    ));
    if unsummed > 0 {
        print::say(format_args!(
            "  {unsummed} of them were finished by earlier versions, which noted no checksums: their files can be read, and that is all that is known"
        ));
    }
    of_studies(context, &store, &ids, findings);
}

/// How many jobs have rows here and no folder, as in a clone. Rows that cannot be read are named with their study.
fn without_folders(store: &Store, ids: &[JobId]) -> usize {
    let here: BTreeSet<&JobId> = ids.iter().collect();
    let rows = results::rows_of_all(store).unwrap_or_default();
    rows.keys().filter(|id| !here.contains(id)).count()
}

/// Of each job whether somebody runs it; holders that may be on other machines are watched. Folders that cannot be looked into are findings.
fn signs(
    store: &Store,
    ids: &[JobId],
    watch: &mut Watch,
    findings: &mut Vec<Finding>,
) -> Vec<(JobId, Sign)> {
    let (mut signs, mut quiet) = (Vec::new(), Vec::new());
    for id in ids {
        match store.job(id).look(watch) {
            Ok(Sign::Quiet) => quiet.push(id.clone()),
            Ok(sign) => signs.push((id.clone(), sign)),
            Err(error) => findings.push(Finding::named(format_args!(
                "{error}: what lies there is no job's folder, or may not be read; move it away, or make it readable"
            ))),
        }
    }
    let folder = |id: &JobId| store.job(id).path().to_owned();
    match watch.settle(quiet, folder, meant::tell_watching) {
        Ok(settled) => signs.extend(settled),
        Err(error) => findings.push(Finding::named(format_args!(
            "cannot watch the jobs that may run elsewhere: {error}"
        ))),
    }
    signs.sort_by(|one, other| one.0.cmp(&other.0));
    signs
}

/// Whether there are files that only a process that runs leaves.
fn traces(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.any(|name| name.starts_with(files::PREFIX)) || Hold::is_left(folder).unwrap_or(false)
}

fn of_job(
    store: &Store,
    (id, state): (&JobId, JobState),
    shown: &str,
    findings: &mut Vec<Finding>,
    unsummed: &mut usize,
) {
    let folder = store.job(id);
    let job = match folder.job() {
        Ok(Some(job)) => job,
        Ok(None) => {
            findings.push(Finding::named(format_args!(
                "{shown} has no job.toml: it is no job's folder, or the study that asks for it writes it anew"
            )));
            return;
        }
        Err(error) => {
            findings.push(Finding::named(format_args!(
                "{error}; the study that asks for the job writes it anew"
            )));
            return;
        }
    };
    if job.id() != *id && !store.job(&job.id()).path().exists() {
        let jobs = shown.strip_suffix(id.0.as_str()).unwrap_or(shown);
        findings.push(Finding::named(format_args!(
            "{shown} has the settings of job {0}, which has no folder here: where it was renamed, `mv {1} {2}` puts it back; where its \
             settings were changed by hand, or made by another version, the study that asks for {id} runs it anew",
            job.id(),
            hint::word(shown),
            hint::word(&format!("{jobs}{}", job.id()))
        )));
        return;
    }
    if job.id() != *id {
        findings.push(Finding::named(format_args!(
            "{shown} has the settings of job {}: it is a copy of that one, or was changed by hand; the study that asks for {id} runs it anew",
            job.id()
        )));
        return;
    }
    let unreadable = [
        folder.curve().err(),
        folder.outcome().err(),
        folder.provenance().err(),
    ];
    let unreadable: Vec<ResultsError> = unreadable.into_iter().flatten().collect();
    if let Some(error) = unreadable.first() {
        findings.push(match error {
            // Without its way out, which the repair is.
            ResultsError::Damaged { path, problem, .. } => Finding {
                what: format!("{} is damaged ({problem})", path.display()),
                repair: Some(Repair::Restart(folder.clone())),
            },
            error => Finding::named(error),
        });
        return;
    }
    let has_ended = state == JobState::Finished || matches!(folder.outcome(), Ok(Some(_)));
    if has_ended {
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
            Err(error) => findings.push(Finding::named(error)),
        }
    } else if let Some(needed) = job.initialisation.depends_on() {
        let other = store.job(needed).state();
        if other.is_ok_and(|state| state == JobState::Absent) {
            findings.push(Finding::named(format_args!(
                "{shown} starts from job {needed}, which is not here; `fpt study` trains it first"
            )));
        }
    }
}

/// All that a study asks for.
fn jobs_of(plan: Plan) -> impl Iterator<Item = JobId> {
    let jobs = plan.jobs.into_iter().map(|planned| planned.id);
    let cells = plan.cells.into_iter().chain(plan.pretrainings);
    jobs.chain(cells.map(|cell| cell.job))
        .chain(plan.settings.into_keys())
}

/// Files of the studies of a profile, and jobs that none of them asks for.
fn of_studies(context: &Context, store: &Store, ids: &[JobId], findings: &mut Vec<Finding>) {
    let names = match results::studies(store) {
        Ok(names) => names,
        Err(error) => return findings.push(Finding::named(error)),
    };
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
        for dir in [dir.join(PRETRAININGS), dir] {
            // What cannot be looked into is named above.
            let is_left = Hold::is_left(&dir).unwrap_or(false);
            if is_left || files::is_littered(&dir, OLD).unwrap_or(false) {
                findings.push(Finding {
                    what: format!(
                        "{} has traces of a process that is gone",
                        context.shown(&dir)
                    ),
                    repair: Some(Repair::LetGoOfRows(dir)),
                });
            }
        }
        findings.extend(wrong.into_iter().map(Finding::named));
        let study = study_folder::study_of(context, store, name);
        let plan = study
            .filter(|_| is_whole)
            .map(|study| shown::all(context, &study, store));
        match plan {
            Some(Ok(plan)) => asked.extend(jobs_of(plan)),
            Some(Err(_)) | None => unplanned.push(name.clone()),
        }
    }
    let mut orphans: Vec<&JobId> = ids.iter().filter(|id| !asked.contains(id)).collect();
    // One under another name is named as that.
    let is_its_own = |id: &JobId| match store.job(id).job() {
        Ok(Some(job)) => job.id() == *id,
        _ => true,
    };
    orphans.retain(|id| is_its_own(id));
    // A study may have none but jobs here yet.
    let mut others = context.experiments.names(Shelf::Studies);
    others.retain(|name| !names.contains(name));
    for name in others {
        if orphans.is_empty() {
            break;
        }
        match shown::all(context, &name, store) {
            Ok(plan) => {
                let asked: BTreeSet<JobId> = jobs_of(plan).collect();
                orphans.retain(|id| !asked.contains(id));
            }
            Err(_) => unplanned.push(name),
        }
    }
    if !orphans.is_empty() {
        // They may be all that mends what is damaged.
        let way = match unplanned.is_empty() {
            true => format!(
                "{} removes it",
                hint::at(&context.options.profile, &["rm", "ID"])
            ),
            false => format!(
                "{} cannot be read or planned here and may ask for them: keep them until that is mended",
                few(&unplanned)
            ),
        };
        print::say(format_args!(
            "  {} that no study here asks for as it stands: {}; {} says what each is, {way}",
            print::many(orphans.len(), "job"),
            few(&orphans),
            hint::at(&context.options.profile, &["show", "ID"]),
        ));
    }
}

/// Three of them, if there are more.
fn few(all: &[impl Display]) -> String {
    let three: Vec<String> = all.iter().take(3).map(ToString::to_string).collect();
    let more = if all.len() > 3 { ", …" } else { "" };
    three.join(", ") + more
}

/// What merges, second runs and removals that were killed left beside the profiles, and in them.
fn left_over(context: &Context, profiles: &[String], findings: &mut Vec<Finding>) {
    let beside = [super::merge::PART, anew::BESIDE].map(|beside| context.results.join(beside));
    let removed = profiles.iter().map(|profile| context.results.join(profile));
    let removed = removed.map(|profile| profile.join(super::rm::REMOVED));
    for all in beside.into_iter().chain(removed) {
        match folders(&all) {
            Ok(left) => {
                for folder in left.iter().filter(|folder| is_over(folder, DEEPEST)) {
                    of_left_over(context, profiles, folder, findings);
                }
            }
            Err(error) => findings.push(Finding::named(format_args!(
                "cannot look into {}: {error}; move it away, or make it readable",
                context.shown(&all)
            ))),
        }
    }
}

/// A job that lies in such a folder is put back where nothing is in its place; the rest may go unless it has one that is more than that.
fn of_left_over(
    context: &Context,
    profiles: &[String],
    folder: &Path,
    findings: &mut Vec<Finding>,
) {
    let mut may_go = true;
    for (before, id, profile) in moved_away(folder, profiles) {
        let of = |name: &&String| profile.as_ref().is_none_or(|profile| *name == profile);
        let stores = profiles
            .iter()
            .filter(of)
            .filter_map(|profile| context.at_profile(profile).read_store().ok());
        let places: Vec<JobFolder> = stores.map(|store| store.job(&id)).collect();
        if places.iter().any(|place| has_as_much(place, &before)) {
            continue;
        }
        may_go = false;
        let shown = context.shown(&before);
        findings.push(match &places[..] {
            [place] if !place.path().join("job.toml").exists() => Finding {
                what: format!("{shown} is job {id}, which was moved away by a process that was killed"),
                repair: Some(Repair::PutBack(before, place.clone())),
            },
            _ => Finding::named(format_args!(
                "{shown} is job {id} as it was before a process that was killed put another run in its place: where the job's own folder is gone, \
                 or is not finished, move it back"
            )),
        });
    }
    if may_go {
        let shown = context.shown(folder);
        findings.push(Finding {
            what: match folder.parent() {
                Some(all) if all.ends_with(anew::BESIDE) => {
                    format!("{shown} has second runs that broke off: the command that began them goes on with them")
                }
                Some(all) if all.ends_with(super::rm::REMOVED) => {
                    format!("{shown} is what `fpt rm` was killed at removing")
                }
                _ => format!("{shown} is what a merge that was killed has left"),
            },
            repair: Some(Repair::Remove(folder.to_owned())),
        });
    }
}

/// Whether a job's folder has come as far as what was moved away from it.
fn has_as_much(place: &JobFolder, before: &Path) -> bool {
    match place.state() {
        Ok(JobState::Finished) => true,
        Ok(JobState::Absent) | Err(_) => false,
        Ok(_) => {
            let has_begun = |job: &Path| {
                ["curve.parquet", "checkpoint"]
                    .iter()
                    .any(|of| job.join(of).exists())
            };
            let is_finished = before.join("outcome.json").exists();
            !is_finished && (has_begun(place.path()) || !has_begun(before))
        }
    }
}
