//! Jobs trained a second time, in a folder beside their results, and held against the first.

use crate::attempt::{self, Held, is_done};
use crate::contents;
use crate::context::Context;
use crate::copied::copy;
use crate::exit::{Failing, Problem};
use crate::interrupt::STOP;
use crate::meant;
use crate::print;
use crate::same;
use evidence::Cell;
use files::{Hold, Sign, Watch};
use results::{JobFolder, Known, Row, Store};
use runner::{Ending, Line};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;
use training::{Job, JobId, Reuse};

/// The folder, beside the profiles' own, that second runs are kept in until they have been compared: one that breaks off goes on.
pub const BESIDE: &str = ".anew";

/// Says what made the second runs of a folder: those of another version or device are no second runs of ours.
const MADE_BY: &str = "made-by";

/// How the folder of a second run begins that is to take the first one's place; the job's id follows.
const AGAIN: &str = "again-";

/// Where the first run lies while the second one takes its place.
const BEFORE: &str = "before";

/// How often a folder is made that others take away at that moment.
const TRIES: u32 = 50;

/// Second runs of some jobs of a store, in a folder of their own.
pub struct Anew<'a> {
    first: &'a Store,
    root: PathBuf,
    beside: Store,
    /// Whoever has it is alone in the folder, from before its first file to behind its last.
    hold: Hold,
}

impl<'a> Anew<'a> {
    /// `purpose` names the folder: who asks for the same again goes on where it broke off. `None` while another process is at the same.
    pub fn of(first: &'a Store, context: &Context, purpose: &str) -> Result<Option<Self>, Problem> {
        let name = first.folder().file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        let root = root(first, purpose);
        let hold = take(&root).failing("make a folder for the second run")?;
        let Some(hold) = hold else {
            return Ok(None);
        };
        let made_by = attempt::made_by(context);
        let note = root.join(MADE_BY);
        if fs::read_to_string(&note).ok().as_ref() != Some(&made_by) {
            // What is not there is gone, too.
            let _ = fs::remove_dir_all(root.join(&*name));
        }
        let beside = Store::open(&root, &name).failing("make a folder for the second run")?;
        files::write_changed(&note, made_by.as_bytes())
            .failing("note what makes the second run")?;
        Ok(Some(Self {
            first,
            root,
            beside,
            hold,
        }))
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
        let folder = first.job(id);
        let Some(anew) = Anew::of(first, context, &again(id))? else {
            return Err(runs_elsewhere(id));
        };
        let before = anew.root.join(BEFORE);
        if before.is_dir() {
            to_its_place(&before, &folder)?;
        }
        let job = attempt::read(&folder, id)?;
        if !is_done(&folder, &job).failing("read what the job left")? {
            anew.clear();
            return attempt::run(context, first, id, reuse, tell, Held::Wait);
        }
        let lock = folder.lock_or_watch(meant::tell_waiting);
        let Some(_lock) = lock.failing("lock the job")? else {
            return Err(runs_elsewhere(id));
        };
        let _ = fs::remove_dir_all(&before);
        anew.lend_body(&job)?;
        let ending = anew.train(context, id, &job, reuse, tell)?;
        if ending != Ending::Finished {
            return Ok(ending);
        }
        if anew.hold.is_lost() {
            return Ok(Ending::Elsewhere);
        }
        let (old, new) = (row(first, &nowhere(id)), row(&anew.beside, &nowhere(id)));
        match (old, new?) {
            (Ok(old), new) => print::say(same::compare(&old, &new)),
            (Err(problem), _) => print::note(format_args!(
                "nothing to compare it with: of the first run, {problem}"
            )),
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
        if self.hold.is_lost() {
            return;
        }
        // Others wait for the hold, which goes last.
        for entry in fs::read_dir(&self.root).into_iter().flatten().flatten() {
            let path = entry.path();
            let _ = match entry.file_type() {
                _ if files::is_hold(&entry.file_name().to_string_lossy()) => Ok(()),
                Ok(kind) if kind.is_dir() => fs::remove_dir_all(path),
                _ => fs::remove_file(path),
            };
        }
        let_go(self.hold, &self.root);
    }
}

/// Puts a first run back where a kill came between the two renames of [`Anew::replace`].
pub fn put_back(first: &Store, id: &JobId) -> Result<(), Problem> {
    let (root, folder) = (root(first, &again(id)), first.job(id));
    let before = root.join(BEFORE);
    if !before.is_dir() || has_settings(&folder) {
        return Ok(());
    }
    // Another process may be between the two.
    let hold = take(&root).failing("put the first run back")?;
    let hold = hold.ok_or_else(|| runs_elsewhere(id))?;
    if before.is_dir() {
        to_its_place(&before, &folder)?;
    }
    let_go(hold, &root);
    Ok(())
}

fn runs_elsewhere(id: &JobId) -> Problem {
    Problem::Run(format!("job {id} is running in another process"))
}

fn has_settings(folder: &JobFolder) -> bool {
    folder.path().join("job.toml").is_file()
}

/// Takes a folder of second runs, which is made; `None` while another process is at work in it. One that may be on another machine is
/// watched until it is seen to write, or has been silent for long enough.
fn take(root: &Path) -> io::Result<Option<Hold>> {
    let (mut watch, mut is_told) = (Watch::default(), false);
    loop {
        if let Some(hold) = make_and_take(root)? {
            return Ok(Some(hold));
        }
        match watch.look(root)? {
            Sign::Alive => return Ok(None),
            Sign::Silent => drop(watch.is_free(root)?),
            Sign::Free | Sign::Quiet => {}
        }
        if STOP.requested() {
            return Ok(None);
        }
        if let Some(holder) = Hold::holder(root)?.filter(|_| !is_told) {
            meant::tell_waiting(&holder);
            is_told = true;
        }
        sleep(Duration::from_secs(1));
    }
}

/// Whoever ends takes the folder away, maybe between its making and its taking here: then it is made again.
fn make_and_take(root: &Path) -> io::Result<Option<Hold>> {
    let mut tries = 0;
    loop {
        let taken = fs::create_dir_all(root).and_then(|()| Hold::try_take(root));
        let is_gone = |error: &io::Error| {
            matches!(error.kind(), ErrorKind::NotFound | ErrorKind::AlreadyExists)
        };
        tries += 1;
        if tries == TRIES || !taken.as_ref().is_err_and(is_gone) {
            return taken;
        }
        sleep(Duration::from_millis(10));
    }
}

/// Lets a folder go, which goes as well if it is empty: what others have put there since stays.
fn let_go(hold: Hold, root: &Path) {
    drop(hold);
    let _ = fs::remove_dir(root);
    if let Some(all) = root.parent() {
        let _ = fs::remove_dir(all);
    }
}

/// Moves what was moved away back to where the job's settings are gone; whether they were.
pub fn to_its_place(before: &Path, folder: &JobFolder) -> Result<bool, Problem> {
    let here = folder.path();
    if has_settings(folder) {
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

/// All that a finished job's folder says of it, at its place.
///
/// # Errors
/// When it cannot be read.
pub fn row(store: &Store, cell: &Cell) -> Result<Row, Problem> {
    let (rows, unread) = Known::of_jobs(store).rows(std::slice::from_ref(cell));
    match (rows.into_iter().next(), unread.first()) {
        (Some(row), _) => Ok(row),
        (None, Some(error)) => Err(Problem::of_results(error)),
        (None, None) => Err(Problem::Run(format!("job {} left no result", cell.job))),
    }
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
