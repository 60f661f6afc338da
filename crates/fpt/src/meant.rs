//! Which jobs somebody means: by id, by path, or by words of a cell of a study.

use crate::context::Context;
use crate::exit::{Failing, Problem};
use evidence::Cell;
use results::Store;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use study::{Plan, Shelf};
use training::{Job, JobId};

/// A job of a study.
pub struct Meant {
    pub id: JobId,
    /// `text · mnist · seed 1`.
    pub title: String,
    pub job: Job,
    /// Where it stands; a pretraining stands nowhere.
    pub cell: Option<Cell>,
}

/// Whether a name is a study's: one of the library, or the path of one.
pub fn is_study(context: &Context, name: &str) -> bool {
    let is_path = name.ends_with(".toml") && !Path::new(name).ends_with("job.toml");
    is_path
        || context
            .experiments
            .names(Shelf::Studies)
            .iter()
            .any(|known| known == name)
}

/// The jobs of a plan that have all these words in their title, or begin with them; at least one.
pub fn cells(plan: &Plan, words: &[String]) -> Result<Vec<Meant>, Problem> {
    let all = all(plan);
    let fits = |meant: &Meant| {
        let title = meant.title.to_lowercase();
        let has =
            |word: &String| title.contains(&word.to_lowercase()) || meant.id.0.starts_with(word);
        words.iter().all(has)
    };
    let (found, others): (Vec<Meant>, Vec<Meant>) = all.into_iter().partition(fits);
    if !found.is_empty() {
        return Ok(found);
    }
    const MOST: usize = 40;
    let titles = others
        .iter()
        .take(MOST)
        .map(|other| format!("\n  {}", other.title));
    let titles: String = titles.collect();
    let more = match others.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(
            "\n  and {more} more: `fpt plan {}` lists them",
            plan.question.name
        ),
    };
    Err(Problem::Asked(format!(
        "no job of `{}` has `{}` in its title; there are:{titles}{more}",
        plan.question.name,
        words.join(" ")
    )))
}

/// All jobs of a plan, in its order; then those that its tables have and it does not ask for.
fn all(plan: &Plan) -> Vec<Meant> {
    let mut cell_of = HashMap::new();
    for cell in &plan.cells {
        cell_of.entry(&cell.job).or_insert(cell);
    }
    let planned = plan.jobs.iter().map(|planned| Meant {
        id: planned.id.clone(),
        title: planned.title.clone(),
        job: planned.job.clone(),
        cell: cell_of.get(&planned.id).map(|cell| (*cell).clone()),
    });
    let mut all: Vec<Meant> = planned.collect();
    let mut seen: BTreeSet<JobId> = all.iter().map(|meant| meant.id.clone()).collect();
    for cell in &plan.cells {
        if let Some(job) = plan.settings.get(&cell.job)
            && seen.insert(cell.job.clone())
        {
            all.push(Meant {
                id: cell.job.clone(),
                title: study::title(cell),
                job: job.clone(),
                cell: Some(cell.clone()),
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

/// A job by its folder, its job.toml, or the beginning of its id.
pub fn find(context: &Context, name: &str) -> Result<(Store, JobId), Problem> {
    let path = Path::new(name);
    match (path.is_dir(), path.is_file()) {
        (true, _) => return of_file(&path.join("job.toml")),
        (_, true) => return of_file(path),
        _ => {}
    }
    let store = context.read_store()?;
    let ids = store.ids().failing("list the jobs")?;
    let mut found = ids.into_iter().filter(|id| id.0.starts_with(name));
    match (found.next(), found.next()) {
        (Some(id), None) => Ok((store, id)),
        (None, _) => Err(Problem::Asked(format!(
            "there is no job and no study `{name}`: {} has no job whose id begins so, and `fpt list studies` says \
             which studies there are",
            context.shown(&store.folder().join("jobs"))
        ))),
        (Some(_), Some(_)) => Err(Problem::Asked(format!("several jobs begin with `{name}`"))),
    }
}
