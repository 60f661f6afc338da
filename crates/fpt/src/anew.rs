//! Jobs trained a second time, in a folder beside their results, and held against the first.

use crate::attempt::{self, Held, is_done};
use crate::contents;
use crate::context::Context;
use crate::copied::copy;
use crate::exit::{Failing, Problem};
use crate::meant;
use crate::print;
use crate::same;
use evidence::Cell;
use files::Hold;
use results::{JobFolder, Known, Row, Store};
use runner::{Ending, Line};
use std::fs;
use std::path::{Path, PathBuf};
use training::{Job, JobId, Reuse};

/// The folder, beside the profiles' own, that second runs are kept in until they have been compared: one that breaks off goes on.
pub const BESIDE: &str = ".anew";

/// Says what made the second runs of a folder: those of another version or device are no second runs of ours.
const MADE_BY: &str = "made-by";

/// How the folder of a second run begins that is to take the first one's place; the job's id follows.
const AGAIN: &str = "again-";

/// Where the first run lies while the second one takes its place.
const BEFORE: &str = "before";

/// Second runs of some jobs of a store, in a folder of their own.
pub struct Anew<'a> {
    first: &'a Store,
    root: PathBuf,
    beside: Store,
    /// Says that somebody is at it; another command may be at the same.
    hold: Option<Hold>,
}

impl<'a> Anew<'a> {
    /// `purpose` names the folder: who asks for the same again goes on where it broke off.
    pub fn of(first: &'a Store, context: &Context, purpose: &str) -> Result<Self, Problem> {
        let name = first.folder().file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        let root = root(first, purpose);
        let made_by = attempt::made_by(context);
        let note = root.join(MADE_BY);
        if fs::read_to_string(&note).ok().as_ref() != Some(&made_by) {
            // What is not there is gone, too.
            let _ = fs::remove_dir_all(root.join(&*name));
        }
        let beside = Store::open(&root, &name).failing("make a folder for the second run")?;
        files::write_changed(&note, made_by.as_bytes())
            .failing("note what makes the second run")?;
        let hold = Hold::try_take(&root).failing("note who trains the second run")?;
        Ok(Self {
            first,
            root,
            beside,
            hold,
        })
    }

    /// The second runs.
    pub fn beside(&self) -> &Store {
        &self.beside
    }

    /// Trains a job anew, says whether the numbers are the same, and puts the second run in the first one's place.
    pub fn replace(
        first: &Store,
        context: &Context,
        id: &JobId,
        reuse: &Reuse,
        tell: fn(&Line),
    ) -> Result<Ending, Problem> {
        put_back(first, id)?;
        let folder = first.job(id);
        let anew = Anew::of(first, context, &again(id))?;
        let before = anew.root.join(BEFORE);
        let job = attempt::read(&folder, id)?;
        if !is_done(&folder, &job).failing("read what the job left")? {
            return attempt::run(context, first, id, reuse, tell, Held::Wait);
        }
        let lock = folder.lock_or_watch(meant::tell_waiting);
        let Some(_lock) = lock.failing("lock the job")? else {
            return Err(Problem::Run(format!(
                "job {id} is running in another process"
            )));
        };
        let _ = fs::remove_dir_all(&before);
        anew.lend_body(&job)?;
        let ending = anew.train(context, id, &job, reuse, tell)?;
        if ending != Ending::Finished {
            return Ok(ending);
        }
        let (old, new) = (row(first, &nowhere(id)), row(&anew.beside, &nowhere(id)));
        if let (Some(old), Some(new)) = (old, new) {
            print::say(same::compare(&old, &new));
        }
        let (here, there) = (folder.path(), anew.beside.job(id));
        let moved = fs::rename(here, &before).and_then(|()| {
            fs::rename(there.path(), here).inspect_err(|_| drop(fs::rename(&before, here)))
        });
        moved.failing("put the second run in the first one's place")?;
        anew.clear();
        Ok(ending)
    }

    /// Trains a job beside the results; what is finished there stays.
    pub fn train(
        &self,
        context: &Context,
        id: &JobId,
        job: &Job,
        reuse: &Reuse,
        tell: fn(&Line),
    ) -> Result<Ending, Problem> {
        let folder = self.beside.job(id);
        folder
            .create(&contents::anchored(job))
            .failing("make a job's folder")?;
        attempt::run(context, &self.beside, id, reuse, tell, Held::Wait)
    }

    /// Gives a job the body that its first run started from, where that is here; whether it has one.
    pub fn lend_body(&self, job: &Job) -> Result<bool, Problem> {
        let Some(id) = job.initialisation.depends_on() else {
            return Ok(true);
        };
        let (from, into) = (self.first.job(id), self.beside.job(id));
        let has_body = |folder: &Path| folder.join("model.safetensors").is_file();
        if has_body(&into.body_dir()) {
            return Ok(true);
        }
        if !has_body(&from.body_dir()) {
            return Ok(false);
        }
        // Whole or not at all.
        let part = self.root.join("lent");
        let _ = fs::remove_dir_all(&part);
        let copied = copy(from.path(), &part).and_then(|()| {
            let _ = fs::remove_dir_all(into.path());
            fs::rename(&part, into.path())
        });
        copied.failing("copy the body")?;
        Ok(true)
    }

    /// Removes these second runs, and nobody else's.
    pub fn clear(self) {
        drop(self.hold);
        let _ = fs::remove_dir_all(&self.root);
        if let Some(all) = self.root.parent() {
            let _ = fs::remove_dir(all);
        }
    }
}

/// Puts a first run back where a kill came between the two renames of [`Anew::replace`].
pub fn put_back(first: &Store, id: &JobId) -> Result<(), Problem> {
    let before = root(first, &again(id)).join(BEFORE);
    match before.is_dir() {
        true => to_its_place(&before, &first.job(id)).map(drop),
        false => Ok(()),
    }
}

/// Moves what was moved away back to where the job's settings are gone; whether they were.
pub fn to_its_place(before: &Path, folder: &JobFolder) -> Result<bool, Problem> {
    let here = folder.path();
    if here.join("job.toml").is_file() {
        return Ok(false);
    }
    let _ = fs::remove_dir_all(here);
    fs::rename(before, here).failing("put the first run back")?;
    Ok(true)
}

/// What a second run that is to take the first one's place is kept under.
fn again(id: &JobId) -> String {
    format!("{AGAIN}{id}")
}

/// The first run that lies in a folder of second runs, and the job that it is of.
pub fn first_run(root: &Path) -> Option<(PathBuf, JobId)> {
    let before = root.join(BEFORE);
    let name = root.file_name()?.to_string_lossy();
    let id = name.strip_prefix(AGAIN)?.to_owned();
    before.is_dir().then_some((before, JobId(id)))
}

fn root(first: &Store, purpose: &str) -> PathBuf {
    let profile = first.folder();
    profile
        .parent()
        .unwrap_or(profile)
        .join(BESIDE)
        .join(purpose)
}

/// All that a job's folder says of it, at its place.
pub fn row(store: &Store, cell: &Cell) -> Option<Row> {
    let (rows, _) = Known::of_jobs(store).rows(std::slice::from_ref(cell));
    rows.into_iter().next()
}

/// Where a job stands that is looked at by itself.
pub fn nowhere(id: &JobId) -> Cell {
    Cell {
        axes: Vec::new(),
        rate: None,
        seed: 0,
        job: id.clone(),
    }
}
