//! Which jobs somebody means: by id, by path, or by words of a cell of a study.

use crate::context::Context;
use crate::exit::{Failing, Problem};
use crate::hint;
use crate::planning;
use crate::print;
use crate::study_folder;
use evidence::Cell;
use files::Holder;
use results::Store;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use study::{Plan, Planned, Shelf};
use training::JobId;

/// Letters of an id that a word has to have to be one.
const ID: usize = 6;

/// A job of a study, and where it stands; a pretraining stands nowhere.
pub struct Meant {
    pub planned: Planned,
    pub cell: Option<Cell>,
}

/// Whether a name is a study's: one of the library, or the path of one.
pub fn is_study(context: &Context, name: &str) -> bool {
    let is_path = name.ends_with(".toml") && !Path::new(name).ends_with("job.toml");
    let names = context.experiments.names(Shelf::Studies);
    is_path || names.iter().any(|known| known == name)
}

/// The jobs of a plan that the filter leaves and that have all these words in their titles, or begin with them; at least one.
pub fn cells(
    context: &Context,
    study: &str,
    plan: &Plan,
    words: &[String],
) -> Result<Vec<Meant>, Problem> {
    let all = all(plan.clone().part(&context.options));
    let asked: Vec<(Vec<String>, &String)> = words.iter().map(|word| (parts(word), word)).collect();
    let fits = |meant: &Meant| {
        let title = parts(&meant.planned.title);
        asked.iter().all(|(parts, word)| {
            let in_title =
                !parts.is_empty() && title.windows(parts.len()).any(|window| window == parts);
            in_title
                || says(meant, word)
                || (word.len() >= ID && meant.planned.id.0.starts_with(word.as_str()))
        })
    };
    let (found, others): (Vec<Meant>, Vec<Meant>) = all.into_iter().partition(fits);
    if !found.is_empty() {
        return Ok(found);
    }
    let axes = plan.question.axes.iter().map(|axis| axis.key.as_str());
    let axes: Vec<&str> = axes.chain(["learning-rate", "seed"]).collect();
    let unknown = words.iter().filter_map(|word| word.split_once('='));
    if let Some((key, _)) = unknown.into_iter().find(|(key, _)| !axes.contains(key)) {
        let mut known: Vec<&str> = Vec::new();
        for axis in axes {
            if !known.contains(&axis) {
                known.push(axis);
            }
        }
        return Err(Problem::Asked(format!(
            "`{}` has no axis `{key}`: {} are there",
            plan.question.name,
            known.join(", ")
        )));
    }
    const MOST: usize = 40;
    let titles = others.iter().take(MOST);
    let titles: String = titles
        .map(|other| format!("\n  {}", other.planned.title))
        .collect();
    let more = match others.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(
            "\n  and {more} more: {} lists them",
            hint::command(&["plan", study])
        ),
    };
    Err(Problem::Asked(format!(
        "no job of `{}` has `{}` in its title, word for word (or `axis=value`); there are:{titles}{more}",
        plan.question.name,
        words.join(" ")
    )))
}

/// Refuses several jobs where `--all` would do something to each of them.
pub fn be_one<'a>(
    jobs: impl ExactSizeIterator<Item = (&'a JobId, &'a str)>,
    does: &str,
) -> Result<(), Problem> {
    let count = jobs.len();
    if count <= 1 {
        return Ok(());
    }
    let lines: String = jobs
        .map(|(id, title)| format!("\n  {id}  {title}"))
        .collect();
    Err(Problem::Asked(format!(
        "{count} jobs are meant: say which by more words of its title or `axis=value`, or --all to {does}:{lines}"
    )))
}

/// Whether the word is `axis=value` of the job's cell, `layers=1` or `seed=2`: a title has values alone, and two axes may have the same.
fn says(meant: &Meant, word: &str) -> bool {
    let Some(((key, asked), cell)) = word.split_once('=').zip(meant.cell.as_ref()) else {
        return false;
    };
    let number = |text: &str| text.parse::<f64>().ok();
    let is_asked =
        |own: &str| own == asked || number(own).is_some_and(|own| number(asked) == Some(own));
    match key {
        "seed" => is_asked(&cell.seed.to_string()),
        _ => {
            let rate = cell.rate.filter(|_| key == "learning-rate");
            let mut axes = cell.axes.iter();
            axes.any(|(axis, own)| axis == key && is_asked(own))
                || rate.is_some_and(|rate| is_asked(&rate.to_string()))
        }
    }
}

/// The words of a title, or of what somebody says of it: `seed 1` is no part of `seed 10`.
fn parts(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| letter.is_whitespace() || letter == '·' || letter == ',');
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// What a pretraining is called; one of replicate 0 is for all.
fn pretraining(cell: &Cell) -> String {
    let name = cell.axes.first().map_or("", |(_, name)| name.as_str());
    study::pretraining_title(name, (cell.seed > 0).then_some(cell.seed))
}

/// All jobs of a plan, in its order; then those that its tables have and it does not ask for, pretrainings last.
fn all(plan: Plan) -> Vec<Meant> {
    let mut cell_of = HashMap::new();
    for cell in &plan.cells {
        cell_of.entry(&cell.job).or_insert(cell);
    }
    let planned = plan.jobs.iter().map(|planned| Meant {
        planned: planned.clone(),
        cell: cell_of.get(&planned.id).map(|cell| (*cell).clone()),
    });
    let mut all: Vec<Meant> = planned.collect();
    let mut seen: BTreeSet<JobId> = plan.jobs.iter().map(|planned| planned.id.clone()).collect();
    let cells = plan
        .cells
        .iter()
        .map(|cell| (cell, Some(cell), study::title(cell)));
    let pretrainings = plan.pretrainings.iter();
    let pretrainings = pretrainings.map(|cell| (cell, None, pretraining(cell)));
    for (cell, place, title) in cells.chain(pretrainings) {
        if let Some(job) = plan.settings.get(&cell.job)
            && seen.insert(cell.job.clone())
        {
            all.push(Meant {
                planned: Planned {
                    id: cell.job.clone(),
                    job: job.clone(),
                    title,
                },
                cell: place.cloned(),
            });
        }
    }
    all
}

/// `…/results/<profile>/jobs/<id>/job.toml` → the store and the job's id.
pub fn of_file(file: &Path) -> Result<(Store, JobId), Problem> {
    let file = std::path::absolute(file).failing("find the job")?;
    let mut above = file.ancestors().skip(1);
    let id = above.next().and_then(Path::file_name);
    let profile = above.nth(1);
    let root = above.next();
    match (id, profile.and_then(Path::file_name), root) {
        (Some(id), Some(profile), Some(root)) => {
            let profile = profile.to_string_lossy();
            let store = Store::read_only(root, &profile).failing("open the results")?;
            Ok((store, JobId(id.to_string_lossy().into_owned())))
        }
        _ => Err(Problem::Asked(format!(
            "`{}` is no job: expected …/<profile>/jobs/<id>/job.toml",
            file.display()
        ))),
    }
}

/// Says that a job seems to run on another machine, which is looked at until that is sure.
pub fn tell_waiting(holder: &Holder) {
    print::note(format_args!(
        "{holder} may be running it: that is watched for, 90 s at most"
    ));
}

/// The same of several jobs.
pub fn tell_watching(jobs: usize) {
    print::note(format_args!(
        "{} may be running on another machine: that is watched for, 90 s at most",
        print::many(jobs, "job")
    ));
}

/// Whether a name can be the beginning of a job's id.
fn is_id(name: &str) -> bool {
    name.len() >= ID && name.chars().all(|letter| letter.is_ascii_hexdigit())
}

/// Another profile that has a job whose id begins so, or its numbers.
fn elsewhere(context: &Context, name: &str) -> Option<String> {
    let mut others = context.profiles_with_results().ok()?;
    others.retain(|profile| is_id(name) && *profile != context.options.profile);
    others.into_iter().find(|profile| {
        let Ok(store) = context.at_profile(profile).read_store() else {
            return false;
        };
        let ids = store.ids().unwrap_or_default();
        let studies = || results::published_in(&store, name).unwrap_or_default();
        ids.iter().any(|id| id.0.starts_with(name)) || !studies().is_empty()
    })
}

/// A study that knows the job with this id from its tables, where the job's folder is not here: its commands take the id for words.
pub fn published(context: &Context, name: &str) -> Result<Option<String>, Problem> {
    if !is_id(name) || is_study(context, name) || Path::new(name).exists() {
        return Ok(None);
    }
    let store = context.read_store()?;
    let ids = store.ids().failing("list the jobs")?;
    if ids.iter().any(|id| id.0.starts_with(name)) {
        return Ok(None);
    }
    let found = results::published_in(&store, name);
    let found = found.map_err(|error| Problem::of_results(&error))?;
    let mut studies = found
        .iter()
        .filter_map(|study| study_folder::study_of(context, &store, study));
    Ok(studies.find(|study| {
        let plan = planning::plan(context, study);
        plan.is_ok_and(|plan| plan.settings.keys().any(|id| id.0.starts_with(name)))
    }))
}

/// One job by name, to which no words of a title belong.
pub fn one(context: &Context, name: &str, words: &[String]) -> Result<(Store, JobId), Problem> {
    match words.first() {
        None => find(context, name),
        Some(word) => Err(Problem::Asked(format!(
            "`{name}` is no study, and `{word}` can be no word of a title: `fpt list studies` says which studies there are"
        ))),
    }
}

/// A job by its folder, its job.toml, or the beginning of its id.
pub fn find(context: &Context, name: &str) -> Result<(Store, JobId), Problem> {
    let path = Path::new(name);
    match (path.is_dir(), path.is_file()) {
        (true, _) if path.join("job.toml").is_file() => return of_file(&path.join("job.toml")),
        (_, true) => return of_file(path),
        _ => {}
    }
    let store = context.read_store()?;
    if name.is_empty() {
        return Err(Problem::Asked(
            "a job or a study is named by some letters at least".to_owned(),
        ));
    }
    let ids = store.ids().failing("list the jobs")?;
    let mut found: Vec<JobId> = ids
        .into_iter()
        .filter(|id| id.0.starts_with(name))
        .collect();
    match found.len() {
        1 => Ok((store, found.remove(0))),
        0 if let Some(study) = published(context, name)? => Err(Problem::Asked(format!(
            "the folder of job `{name}` is not here, its numbers alone: {} trains it, {} says what there is",
            hint::command(&["run", &study, name]),
            hint::command(&["show", name])
        ))),
        0 if let Some(profile) = elsewhere(context, name) => Err(Problem::Asked(format!(
            "job `{name}` is one of profile `{profile}`: say --profile {profile}"
        ))),
        0 => Err(Problem::Asked(format!(
            "there is no job and no study `{name}`: {} has no job whose id begins so, and `fpt list studies` says \
             which studies there are",
            context.shown(&store.folder().join("jobs"))
        ))),
        many => {
            const MOST: usize = 10;
            let listed: Vec<&str> = found.iter().take(MOST).map(|id| id.0.as_str()).collect();
            let more = if many > MOST { ", …" } else { "" };
            Err(Problem::Asked(format!(
                "{many} jobs begin with `{name}`: {}{more}; more of its letters say which",
                listed.join(", ")
            )))
        }
    }
}
