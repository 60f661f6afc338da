//! Jobs trained a second time, in a folder beside their results, and held against the first.

use crate::attempt::{self, is_done};
use crate::contents;
use crate::context::Context;
use crate::exit::{Failing, Problem};
use crate::print;
use crate::same::{self, Verdict};
use evidence::Cell;
use results::{Known, Row, Store};
use runner::{Ending, Line};
use std::fs;
use std::path::{Path, PathBuf};
use training::{Job, JobId, Reuse};

/// The folder, beside the profiles' own, that second runs are kept in until they have been compared: one that breaks off goes on.
const BESIDE: &str = ".anew";

/// Second runs of the jobs of a store.
pub struct Anew<'a> {
    first: &'a Store,
}

impl<'a> Anew<'a> {
    pub fn of(first: &'a Store) -> Self {
        Self { first }
    }

    /// Trains a job anew, says whether the numbers are the same, and puts the second run in the first one's place.
    pub fn replace(
        &self,
        context: &Context,
        id: &JobId,
        reuse: &Reuse,
        tell: fn(&Line),
    ) -> Result<Ending, Problem> {
        let folder = self.first.job(id);
        let job = attempt::read(&folder, id)?;
        if !is_done(&folder, &job).failing("read what the job left")? {
            return attempt::run(context, self.first, id, reuse, tell);
        }
        let beside = self.store()?;
        self.lend_body(&beside, &job)?;
        let ending = self.train(context, &beside, id, &job, reuse, tell)?;
        if ending != Ending::Finished {
            return Ok(ending);
        }
        let before = row(self.first, id, None);
        let after = row(&beside, id, None);
        if let (Some(before), Some(after)) = (before, after) {
            print::say(same::compare(&before, &after));
        }
        let lock = folder.lock().failing("lock the job")?;
        let Some(_lock) = lock else {
            return Err(Problem::Run(format!(
                "job {id} is running in another process"
            )));
        };
        let (here, there) = (folder.path(), beside.job(id));
        let aside = here.with_extension("before");
        let moved = fs::rename(here, &aside).and_then(|()| {
            fs::rename(there.path(), here).inspect_err(|_| drop(fs::rename(&aside, here)))
        });
        moved.failing("put the second run in the first one's place")?;
        let _ = fs::remove_dir_all(&aside);
        self.clear();
        Ok(ending)
    }

    /// Trains a job anew, and says how it compares with what is stored of its cell; how the run ended where it did not finish.
    pub fn compare(
        &self,
        context: &Context,
        beside: &Store,
        cell: &Cell,
        job: &Job,
        before: &Row,
        reuse: &Reuse,
    ) -> Result<Result<Verdict, Ending>, Problem> {
        let quiet = |_: &Line| {};
        let ending = self.train(context, beside, &cell.job, job, reuse, quiet)?;
        let after = row(beside, &cell.job, Some(cell));
        match (ending, after) {
            (Ending::Finished, Some(after)) => Ok(Ok(same::compare(before, &after))),
            (ending, _) => Ok(Err(ending)),
        }
    }

    /// Trains a job beside the results; what is finished there stays.
    pub fn train(
        &self,
        context: &Context,
        beside: &Store,
        id: &JobId,
        job: &Job,
        reuse: &Reuse,
        tell: fn(&Line),
    ) -> Result<Ending, Problem> {
        let folder = beside.job(id);
        folder
            .create(&contents::anchored(job))
            .failing("make a job's folder")?;
        attempt::run(context, beside, id, reuse, tell)
    }

    /// Where second runs are kept meanwhile.
    pub fn store(&self) -> Result<Store, Problem> {
        let (root, profile) = self.place();
        Store::open(&root, &profile).failing("make a folder for the second run")
    }

    /// Gives a job the body that its first run started from, where that is here; whether it is.
    pub fn lend_body(&self, beside: &Store, job: &Job) -> Result<bool, Problem> {
        let Some(id) = job.initialisation.depends_on() else {
            return Ok(true);
        };
        let (from, into) = (self.first.job(id), beside.job(id));
        if files::is_file(&into.body_dir().join("model.safetensors")).unwrap_or(false) {
            return Ok(true);
        }
        if !files::is_file(&from.body_dir().join("model.safetensors")).unwrap_or(false) {
            return Ok(false);
        }
        copy(from.path(), into.path()).failing("copy the body")?;
        Ok(true)
    }

    /// Removes what second runs left.
    pub fn clear(&self) {
        let (root, profile) = self.place();
        let _ = fs::remove_dir_all(root.join(profile));
        let _ = fs::remove_dir(root);
    }

    fn place(&self) -> (PathBuf, String) {
        let profile = self.first.folder();
        let name = profile.file_name().unwrap_or_default();
        let root = profile.parent().unwrap_or(profile).join(BESIDE);
        (root, name.to_string_lossy().into_owned())
    }
}

/// All that a job's folder says of it.
fn row(store: &Store, id: &JobId, cell: Option<&Cell>) -> Option<Row> {
    let nowhere = Cell {
        axes: Vec::new(),
        rate: None,
        seed: 0,
        job: id.clone(),
    };
    let cell = cell.unwrap_or(&nowhere).clone();
    let (rows, _) = Known::of_jobs(store).rows(&[cell]);
    rows.into_iter().next()
}

/// A job's folder with its body; a copy that breaks off is no job that has ended.
fn copy(from: &Path, into: &Path) -> std::io::Result<()> {
    fs::create_dir_all(into)?;
    let mut last = None;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = into.join(entry.file_name());
        match entry.file_type()? {
            kind if kind.is_dir() => copy(&entry.path(), &target)?,
            _ if entry.file_name() == "outcome.json" => last = Some((entry.path(), target)),
            _ => drop(fs::copy(entry.path(), target)?),
        }
    }
    if let Some((from, into)) = last {
        fs::copy(from, into)?;
    }
    Ok(())
}
