use crate::process::{Process, host};
use crate::sweep::{PREFIX, sweep};
use crate::there;
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Names of holds begin so; their number follows.
const HOLD: &str = "hold-";

/// Whether a file of this name says something of processes that run now, and nothing of what they leave.
pub fn is_passing(name: &str) -> bool {
    [HOLD, GIVEN_UP, PREFIX]
        .iter()
        .any(|begin| name.starts_with(begin))
}

/// Whether a file of this name is a hold's, or says of one that it is given up.
pub fn is_hold(name: &str) -> bool {
    let name = name.strip_prefix(PREFIX).unwrap_or(name);
    [HOLD, GIVEN_UP].iter().any(|begin| name.starts_with(begin))
}

/// Names of files that say of a hold that it is given up begin so; its token follows.
const GIVEN_UP: &str = "given-up-";

/// Between two beats of a holder.
pub(crate) const BEAT: Duration = Duration::from_secs(5);

/// A word that nobody else has drawn: it tells apart what has the same name.
pub fn token() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

/// A folder that one process has to itself, on whichever machine, also where the file system has no locks; let go when dropped.
///
/// It is a file `hold-N` that only one can make, and that its holder writes on every few seconds. It is nobody's any more once it is
/// removed; once its process is gone, where that can be seen (the same boot of the same machine); or once somebody has watched it for
/// long enough without seeing a change, and has said so ([`Watch`](crate::Watch)). Then `hold-N+1` may be made, again by one alone.
/// A holder that was given up by mistake finds out at its next beat ([`Hold::is_lost`]); what it writes until then the folder has to
/// bear. Clocks of machines are never compared.
#[derive(Debug)]
pub struct Hold {
    folder: PathBuf,
    number: u64,
    token: String,
    lost: Arc<AtomicBool>,
    beating: Option<(Sender<()>, JoinHandle<()>)>,
}

/// Who holds a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub host: String,
    pub process: u32,
}

/// `process 123 on this.host`.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {}", self.process, self.host)
    }
}

/// What a hold says of its holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    /// Tells holds of one number apart.
    token: String,
    host: String,
    #[serde(flatten)]
    pub process: Process,
    /// Last, and growing: each note is as long as the one it is written over, or longer.
    beats: u64,
}

/// The last hold of a folder, or one that was asked for.
pub(crate) struct Last {
    number: u64,
    pub bytes: Vec<u8>,
    /// `None` of one that is just being written on, or that was made where there are no links and whose maker was killed at it.
    pub note: Option<Note>,
}

impl Hold {
    /// Takes a folder that nobody holds; `None` where somebody does.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub fn try_take(folder: &Path) -> io::Result<Option<Self>> {
        let last = last(folder)?;
        if let Some(last) = &last
            && !last.is_over(folder)?
        {
            return Ok(None);
        }
        let number = last.map_or(1, |last| last.number + 1);
        let mut note = Note {
            token: token(),
            host: host(),
            process: Process::this(),
            beats: 0,
        };
        let Some(mut file) = make(&folder.join(name(number)), &note)? else {
            return Ok(None);
        };
        // From here on dropping it takes the file away.
        let mut hold = Self {
            folder: folder.to_owned(),
            number,
            token: note.token.clone(),
            lost: Arc::default(),
            beating: None,
        };
        if is_beside(folder, number)? {
            return Ok(None);
        }
        // What makers have left that were killed.
        let _ = sweep(folder, |of| HOLD.strip_suffix('-') == Some(of));
        let (stop, stopped) = channel::<()>();
        let (lost, here) = (hold.lost.clone(), folder.to_owned());
        let beat = move || {
            while stopped.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                if is_taken(&here, number, &note.token) {
                    lost.store(true, Ordering::SeqCst);
                    break;
                }
                note.beats += 1;
                // A disk that is full now may have room at the next beat.
                let _ = note.write(&mut file);
            }
        };
        let beating = Builder::new().name("hold".to_owned()).spawn(beat)?;
        hold.beating = Some((stop, beating));
        Ok(Some(hold))
    }

    /// Whether it was given up by others: somebody else has the folder, or may have it.
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::SeqCst)
    }

    /// Who holds a folder; only looks. One on another machine that says no more is still taken for the holder: it takes a
    /// [`Watch`](crate::Watch) to know better.
    ///
    /// # Errors
    /// When the folder cannot be read. Nobody holds one that is not there.
    pub fn holder(folder: &Path) -> io::Result<Option<Holder>> {
        Ok(standing(folder)?.map(Last::holder))
    }

    /// Whether a folder that nobody holds has what a holder left that was killed, or could not remove it; whoever holds it next takes
    /// that away.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn is_left(folder: &Path) -> io::Result<bool> {
        let is_given_up = |name: &String| name.starts_with(GIVEN_UP);
        let is_there = !numbers(folder)?.is_empty() || names(folder)?.iter().any(is_given_up);
        Ok(is_there && standing(folder)?.is_none())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some((stop, beating)) = self.beating.take() {
            drop(stop);
            let _ = beating.join();
        }
        // Numbers are given again: only what bears this token is this hold's.
        let own = self.folder.join(name(self.number));
        if token_of(&own).as_ref() == Some(&self.token) && fs::remove_file(own).is_err() {
            // This process may live for long, and others, or itself, wait for it.
            let _ = File::create(self.folder.join(format!("{GIVEN_UP}{}", self.token)));
        }
        let numbers = numbers(&self.folder).unwrap_or_default();
        if numbers.iter().any(|number| *number >= self.number) {
            return;
        }
        // What this one was taken over from.
        for number in numbers {
            let is_over = read(&self.folder, number).and_then(|old| match old {
                Some(old) => old.is_over(&self.folder),
                None => Ok(false),
            });
            if is_over.unwrap_or(false) {
                let _ = fs::remove_file(self.folder.join(name(number)));
            }
        }
        for name in names(&self.folder).unwrap_or_default() {
            if name.starts_with(GIVEN_UP) {
                let _ = fs::remove_file(self.folder.join(name));
            }
        }
    }
}

impl Note {
    /// In a new file, whole or not at all.
    fn begin(&self, path: &Path) -> io::Result<()> {
        let mut file = File::options().write(true).create_new(true).open(path)?;
        self.write(&mut file).inspect_err(|_| {
            // Nobody else makes one of this name while it is there.
            let _ = fs::remove_file(path);
        })
    }

    /// Over what is there: a reader sees the one or the other, or a mix that is neither, for a moment.
    fn write(&self, file: &mut File) -> io::Result<()> {
        let text = serde_json::to_string(self).map_err(io::Error::other)?;
        file.rewind()?;
        file.write_all(text.as_bytes())?;
        // For readers on other machines; where that cannot be done, they see it later.
        let _ = file.sync_data();
        Ok(())
    }
}

impl Last {
    pub fn is_over(&self, folder: &Path) -> io::Result<bool> {
        let is_gone = self
            .note
            .as_ref()
            .is_some_and(|note| note.process.is_gone());
        Ok(is_gone || self.given_up(folder).try_exists()?)
    }

    /// The file that says so.
    pub fn given_up(&self, folder: &Path) -> PathBuf {
        let name = match &self.note {
            Some(note) => format!("{GIVEN_UP}{}", note.token),
            None => format!("{GIVEN_UP}{}", self.number),
        };
        folder.join(name)
    }

    fn holder(self) -> Holder {
        let unknown = || ("an unknown machine".to_owned(), 0);
        let known = |note: Note| (note.host, note.process.id);
        let (host, process) = self.note.map_or_else(unknown, known);
        Holder { host, process }
    }
}

/// Makes a hold's file; `None` where one is there. It is linked once it says whose it is: of one that does not, left by a maker that was
/// killed at it, nobody could tell but by watching it for long.
fn make(path: &Path, note: &Note) -> io::Result<Option<File>> {
    let aside = path.with_file_name(format!("{PREFIX}{HOLD}{}", note.token));
    // Closed before it is removed: some file systems keep what is open under another name.
    note.begin(&aside)?;
    let linked = fs::hard_link(&aside, path);
    let _ = fs::remove_file(&aside);
    if linked.is_err() && !is_own(path, note) {
        // Somebody has it, or the file system has no links: then this is not in one step.
        match note.begin(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return match fs::symlink_metadata(path) {
                    Ok(there) if !there.is_file() => Err(io::Error::other(format!(
                        "{} is no file of this program: remove it",
                        path.display()
                    ))),
                    _ => Ok(None),
                };
            }
            begun => begun?,
        }
    }
    let file = File::options().write(true).open(path);
    if file.is_err() {
        let _ = fs::remove_file(path);
    }
    file.map(Some)
}

/// Whether the file is this note's: a link was made whose answer was lost.
fn is_own(path: &Path, note: &Note) -> bool {
    token_of(path).as_ref() == Some(&note.token)
}

/// Whether another hold of the folder is there beside the one of this number: a list of its files may have been an old one, and
/// what was over then may have been cleared away and made anew.
fn is_beside(folder: &Path, number: u64) -> io::Result<bool> {
    for other in numbers(folder)? {
        let is_live = match other == number {
            true => false,
            false if other > number => true,
            false => match read(folder, other)? {
                Some(other) => !other.is_over(folder)?,
                None => false,
            },
        };
        if is_live {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether somebody has made a hold after the one of this number and token, or removed it. What cannot be read is no evidence.
fn is_taken(folder: &Path, number: u64, token: &str) -> bool {
    let after = numbers(folder).is_ok_and(|all| all.iter().any(|other| *other > number));
    let own = read(folder, number);
    let is_another = |note: &Note| note.token != token;
    let is_gone =
        own.is_ok_and(|own| own.is_none_or(|own| own.note.as_ref().is_some_and(is_another)));
    after || is_gone
}

fn token_of(path: &Path) -> Option<String> {
    let note: Note = serde_json::from_slice(&there::read(path).ok()??).ok()?;
    Some(note.token)
}

fn name(number: u64) -> String {
    format!("{HOLD}{number}")
}

pub(crate) fn last(folder: &Path) -> io::Result<Option<Last>> {
    match numbers(folder)?.into_iter().max() {
        Some(number) => read(folder, number),
        None => Ok(None),
    }
}

/// The highest hold that is not over: below one whose process is gone there may be one on another machine.
pub(crate) fn standing(folder: &Path) -> io::Result<Option<Last>> {
    let mut numbers = numbers(folder)?;
    numbers.sort_unstable();
    for number in numbers.into_iter().rev() {
        if let Some(hold) = read(folder, number)?
            && !hold.is_over(folder)?
        {
            return Ok(Some(hold));
        }
    }
    Ok(None)
}

/// The hold of a number; `None` where it was let go.
fn read(folder: &Path, number: u64) -> io::Result<Option<Last>> {
    let bytes = there::read(&folder.join(name(number)));
    let bytes = bytes.map_err(|error| {
        let why = format!("{}: {error}", name(number));
        io::Error::new(error.kind(), why)
    })?;
    Ok(bytes.map(|bytes| Last {
        number,
        note: serde_json::from_slice(&bytes).ok(),
        bytes,
    }))
}

fn numbers(folder: &Path) -> io::Result<Vec<u64>> {
    let names = names(folder)?.into_iter();
    // None of ours has another name for its number, or comes near the largest.
    let number = |given: String| {
        let number = given.strip_prefix(HOLD)?.parse().ok()?;
        (number < u64::MAX / 2 && name(number) == given).then_some(number)
    };
    Ok(names.filter_map(number).collect())
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let name = |entry: io::Result<fs::DirEntry>| {
        let name = entry.map(|entry| entry.file_name());
        name.map(|name| OsStr::to_string_lossy(&name).into_owned())
    };
    entries.map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    /// The hold of a process that looks like `this` after `change`.
    fn put(folder: &Path, number: u64, change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
        let note = Note {
            token: format!("token {number}"),
            host: "elsewhere".to_owned(),
            process: Process::this(),
            beats: 3,
        };
        let mut note = serde_json::to_value(note).unwrap();
        change(&mut note);
        let bytes = serde_json::to_vec(&note).unwrap();
        fs::write(folder.join(format!("{HOLD}{number}")), &bytes).unwrap();
        bytes
    }

    fn note_of(token: &str) -> Note {
        Note {
            token: token.to_owned(),
            host: host(),
            process: Process::this(),
            beats: 0,
        }
    }

    #[test]
    fn a_hold_says_whose_it_is_and_nothing_of_its_making_stays() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        // Makers that were killed before there was a hold.
        fs::write(folder.join(format!("{PREFIX}{HOLD}0123")), "").unwrap();
        let other = folder.join(format!("{PREFIX}job.toml-0123"));
        fs::write(&other, "").unwrap();
        let hold = Hold::try_take(folder).unwrap().unwrap();
        let mut left = names(folder).unwrap();
        left.sort();
        assert_eq!(left, [".part-job.toml-0123", "hold-1"]);
        // Nothing that is open has lost its name: networks would keep such a file under another.
        #[cfg(target_os = "linux")]
        for entry in fs::read_dir("/proc/self/fd").unwrap().flatten() {
            let target = fs::read_link(entry.path()).unwrap_or_default();
            let is_here = target.starts_with(folder);
            assert!(!is_here || !target.display().to_string().ends_with("(deleted)"));
        }
        drop(hold);
        assert_eq!(names(folder).unwrap(), [".part-job.toml-0123"]);
    }

    /// Names that no hold has are no holds, and where one cannot be made it is said instead of waited for.
    #[cfg(unix)]
    #[test]
    fn what_only_looks_like_a_hold_keeps_nobody_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        for number in ["007", "18446744073709551615", "x"] {
            fs::write(here.join(format!("{HOLD}{number}")), "").unwrap();
        }
        assert_eq!(Hold::try_take(here).unwrap().unwrap().number, 1);
        std::os::unix::fs::symlink("nowhere", here.join("hold-1")).unwrap();
        let error = Hold::try_take(here).unwrap_err().to_string();
        assert!(
            error.contains("hold-1") && error.contains("remove it"),
            "{error}"
        );
    }

    #[test]
    fn a_link_whose_answer_was_lost_is_a_hold_and_another_s_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hold-1");
        let (own, other) = (note_of("own"), note_of("other"));
        own.begin(&path).unwrap();
        assert!(make(&path, &own).unwrap().is_some());
        assert!(make(&path, &other).unwrap().is_none());
        assert_eq!(names(folder.path()).unwrap(), ["hold-1"]);
    }

    #[test]
    fn one_has_it_and_who_looks_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        assert_eq!(Hold::holder(&here.join("none")).unwrap(), None);
        let held = Hold::try_take(here).unwrap().unwrap();
        assert!(Hold::try_take(here).unwrap().is_none());
        let holder = Hold::holder(here).unwrap().unwrap();
        assert_eq!(holder.process, std::process::id());
        assert_eq!(holder.host, host());
        assert!(!held.is_lost());
        assert_eq!(names(here).unwrap(), ["hold-1"]);
        drop(held);
        assert_eq!(Hold::holder(here).unwrap(), None);
        assert!(names(here).unwrap().is_empty());
    }

    /// Many try at once, again and again: never two have it at a time, and each gets it in the end.
    #[test]
    fn of_many_who_try_one_has_it_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let mut had = 0;
                    while had < 20 {
                        let Some(_held) = Hold::try_take(folder.path()).unwrap() else {
                            thread::yield_now();
                            continue;
                        };
                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        had += 1;
                    }
                });
            }
        });
        assert_eq!(most.into_inner(), 1);
        assert!(names(folder.path()).unwrap().is_empty());
    }

    /// A process that was killed here is seen to be gone, whatever another one with its number does.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_is_gone_holds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        // Not asked for yet: it is there, and dead.
        thread::sleep(Duration::from_millis(200));
        put(here, 1, |note| note["process"] = child.id().into());
        assert_eq!(Hold::holder(here).unwrap(), None, "a zombie");
        child.wait().unwrap();
        assert_eq!(Hold::holder(here).unwrap(), None, "gone");
        put(here, 1, |note| note["started"] = 1.into());
        assert_eq!(
            Hold::holder(here).unwrap(),
            None,
            "its number was given again"
        );
        put(here, 1, |_| ());
        assert!(Hold::holder(here).unwrap().is_some());
        put(here, 1, |note| note["started"] = 1.into());
        let held = Hold::try_take(here).unwrap().unwrap();
        assert_eq!(held.number, 2);
        assert!(Hold::try_take(here).unwrap().is_none());
        drop(held);
        assert!(
            names(here).unwrap().is_empty(),
            "what the dead left goes, too"
        );
    }

    /// Whoever was given up by mistake, and ends or wakes later, takes nothing from those who came after it, though numbers are given
    /// again; and finds out.
    #[test]
    fn who_was_given_up_takes_nothing_from_another_and_finds_out() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let first = Hold::try_take(here).unwrap().unwrap();
        assert!(!is_taken(here, 1, &first.token));
        File::create(here.join(format!("{GIVEN_UP}{}", first.token))).unwrap();
        let second = Hold::try_take(here).unwrap().unwrap();
        assert_eq!(second.number, 2);
        assert!(is_taken(here, 1, &first.token), "one after it");
        drop(second);
        assert!(names(here).unwrap().is_empty());
        assert!(is_taken(here, 1, &first.token), "cleared away");
        let third = Hold::try_take(here).unwrap().unwrap();
        assert_eq!(third.number, 1);
        assert!(is_taken(here, 1, &first.token), "another of its number");
        drop(first);
        assert!(Hold::try_take(here).unwrap().is_none());
        assert!(!is_taken(here, 1, &third.token));
    }

    /// The list that a second hold was made by may be an old one: what was over in it is another's now.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_hold_beside_a_living_one_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        put(here, 1, |_| ());
        put(here, 2, |note| note["started"] = 1.into());
        // The last one is over, and a living one is below it.
        assert!(Hold::try_take(here).unwrap().is_none());
        assert_eq!(names(here).unwrap(), ["hold-1"]);
    }

    #[test]
    fn a_holder_writes_on_while_it_works() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hold-1");
        let mut file = File::create(&path).unwrap();
        let mut note = Note {
            token: "t".to_owned(),
            host: host(),
            process: Process::this(),
            beats: 9,
        };
        note.write(&mut file).unwrap();
        let before = fs::read(&path).unwrap();
        note.beats += 1;
        note.write(&mut file).unwrap();
        let after = fs::read(&path).unwrap();
        assert_ne!(before, after);
        assert_eq!(serde_json::from_slice::<Note>(&after).unwrap(), note);
    }
}
