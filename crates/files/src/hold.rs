use crate::process::{Process, host};
use crate::sweep::PREFIX;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// Names of holds begin so; their number follows.
const HOLD: &str = "hold-";

/// Whether a file of this name says something of processes that run now, and nothing of what they leave.
pub fn is_passing(name: &str) -> bool {
    [HOLD, GIVEN_UP, PREFIX]
        .iter()
        .any(|begin| name.starts_with(begin))
}

/// Names of files that say of a hold that it is given up begin so; its token follows.
const GIVEN_UP: &str = "given-up-";

/// Between two beats of a holder.
const BEAT: Duration = Duration::from_secs(5);

/// A holder on another machine that has not been seen to write for so long is gone.
const SILENT: Duration = Duration::from_secs(90);

/// A folder that one process has to itself, on whichever machine, also where the file system has no locks; let go when dropped.
///
/// It is a file `hold-N` that only one can make, and that its holder writes on every few seconds. It is nobody's any more once it is
/// removed; once its process is gone, where that can be seen (the same boot of the same machine); or once somebody has watched it for
/// long enough without seeing a change, and has said so ([`Watch`]). Then `hold-N+1` may be made, again by one alone, and whoever let
/// N go by mistake goes on beside it: what is written in the folder has to bear that. Clocks of machines are never compared.
#[derive(Debug)]
pub struct Hold {
    folder: PathBuf,
    number: u64,
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
struct Note {
    /// Tells holds of one number apart.
    token: String,
    host: String,
    #[serde(flatten)]
    process: Process,
    /// Last, and growing: each note is as long as the one it is written over, or longer.
    beats: u64,
}

/// The last hold of a folder.
struct Last {
    number: u64,
    bytes: Vec<u8>,
    /// `None` of one that is just being made, or whose maker was killed at it.
    note: Option<Note>,
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
        let path = folder.join(format!("{HOLD}{number}"));
        let mut options = File::options();
        let mut file = match options.write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(None),
            file => file?,
        };
        // From here on dropping it takes the file away.
        let mut hold = Self {
            folder: folder.to_owned(),
            number,
            beating: None,
        };
        let mut note = Note {
            token: format!("{:016x}", RandomState::new().build_hasher().finish()),
            host: host(),
            process: Process::this(),
            beats: 0,
        };
        note.write(&mut file)?;
        // The list of a folder on another machine may have been an old one.
        if numbers(folder)?.into_iter().any(|other| other > number) {
            return Ok(None);
        }
        let (stop, stopped) = channel::<()>();
        let beat = move || {
            while stopped.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                note.beats += 1;
                // A disk that is full now may have room at the next beat.
                let _ = note.write(&mut file);
            }
        };
        let beating = Builder::new().name("hold".to_owned()).spawn(beat)?;
        hold.beating = Some((stop, beating));
        Ok(Some(hold))
    }

    /// Who holds a folder; only looks. One on another machine that says no more is still taken for the holder: it takes a
    /// [`Watch`] to know better.
    ///
    /// # Errors
    /// When the folder cannot be read. Nobody holds one that is not there.
    pub fn holder(folder: &Path) -> io::Result<Option<Holder>> {
        match last(folder)? {
            Some(last) if !last.is_over(folder)? => Ok(Some(last.holder())),
            _ => Ok(None),
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some((stop, beating)) = self.beating.take() {
            drop(stop);
            let _ = beating.join();
        }
        // What cannot be removed is seen to be over once this process is gone.
        let _ = fs::remove_file(self.folder.join(format!("{HOLD}{}", self.number)));
        let numbers = numbers(&self.folder).unwrap_or_default();
        if numbers.iter().any(|number| *number > self.number) {
            return;
        }
        for number in numbers.into_iter().filter(|number| *number < self.number) {
            let _ = fs::remove_file(self.folder.join(format!("{HOLD}{number}")));
        }
        for name in names(&self.folder).unwrap_or_default() {
            if name.starts_with(GIVEN_UP) {
                let _ = fs::remove_file(self.folder.join(name));
            }
        }
    }
}

impl Note {
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
    fn is_over(&self, folder: &Path) -> io::Result<bool> {
        let is_gone = self
            .note
            .as_ref()
            .is_some_and(|note| note.process.is_gone());
        Ok(is_gone || self.given_up(folder).try_exists()?)
    }

    /// The file that says so.
    fn given_up(&self, folder: &Path) -> PathBuf {
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

/// Looks at folders again and again, and gives a holder up that has not been seen to write for long enough: by the clock of who
/// watches, and for all who look.
#[derive(Debug)]
pub struct Watch {
    silent: Duration,
    seen: BTreeMap<PathBuf, (Vec<u8>, Instant)>,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            silent: SILENT,
            seen: BTreeMap::new(),
        }
    }
}

impl Watch {
    /// Whether nobody holds a folder, or whoever did is given up.
    ///
    /// # Errors
    /// When the folder cannot be read, or not be written where a holder is given up.
    pub fn is_free(&mut self, folder: &Path) -> io::Result<bool> {
        let Some(last) = last(folder)? else {
            self.seen.remove(folder);
            return Ok(true);
        };
        if last.is_over(folder)? {
            return Ok(true);
        }
        match self.seen.get(folder) {
            Some((bytes, since)) if *bytes == last.bytes => {
                let is_silent = since.elapsed() >= self.silent;
                if is_silent {
                    File::create(last.given_up(folder))?;
                }
                Ok(is_silent)
            }
            _ => {
                let now = (last.bytes, Instant::now());
                self.seen.insert(folder.to_owned(), now);
                Ok(false)
            }
        }
    }
}

fn last(folder: &Path) -> io::Result<Option<Last>> {
    let Some(number) = numbers(folder)?.into_iter().max() else {
        return Ok(None);
    };
    match fs::read(folder.join(format!("{HOLD}{number}"))) {
        Ok(bytes) => Ok(Some(Last {
            number,
            note: serde_json::from_slice(&bytes).ok(),
            bytes,
        })),
        // Let go meanwhile.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn numbers(folder: &Path) -> io::Result<Vec<u64>> {
    let names = names(folder)?.into_iter();
    let number = |name: String| name.strip_prefix(HOLD)?.parse().ok();
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

    fn watch(silent: Duration) -> Watch {
        Watch {
            silent,
            ..Watch::default()
        }
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
        assert!(!Watch::default().is_free(here).unwrap());
        assert_eq!(names(here).unwrap(), ["hold-1"]);
        drop(held);
        assert_eq!(Hold::holder(here).unwrap(), None);
        assert!(Watch::default().is_free(here).unwrap());
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

    /// Of another machine's holder only silence tells, by the clock of who watches: its own may go any way.
    #[test]
    fn a_holder_elsewhere_is_given_up_when_it_is_silent_for_long_enough() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let elsewhere = |note: &mut serde_json::Value| note["place"] = "another boot".into();
        put(here, 4, elsewhere);
        // Written an hour ahead, or long ago: that is no evidence.
        for time in [3_600, 1_000_000] {
            let file = File::options()
                .write(true)
                .open(here.join("hold-4"))
                .unwrap();
            let hour = Duration::from_secs(time);
            let now = std::time::SystemTime::now();
            file.set_modified(if time == 3_600 {
                now + hour
            } else {
                now - hour
            })
            .unwrap();
            assert!(!Watch::default().is_free(here).unwrap());
            assert_eq!(Hold::holder(here).unwrap().unwrap().host, "elsewhere");
        }
        let mut patient = watch(Duration::from_millis(80));
        for beats in 4..8 {
            assert!(!patient.is_free(here).unwrap(), "it has written");
            thread::sleep(Duration::from_millis(50));
            put(here, 4, |note| {
                elsewhere(note);
                note["beats"] = beats.into();
            });
        }
        assert!(!patient.is_free(here).unwrap());
        thread::sleep(Duration::from_millis(100));
        assert!(patient.is_free(here).unwrap());
        // All can see it now, and one takes it over.
        assert!(Watch::default().is_free(here).unwrap());
        let held = Hold::try_take(here).unwrap().unwrap();
        assert_eq!(held.number, 5);
        assert!(Hold::try_take(here).unwrap().is_none());
        // Whoever was given up by mistake, and ends, takes nothing from it.
        drop(Hold {
            folder: here.to_owned(),
            number: 4,
            beating: None,
        });
        assert!(Hold::try_take(here).unwrap().is_none());
        drop(held);
        assert!(names(here).unwrap().is_empty());
        // A new holder is not given up for the old one's silence, though it has its number and its words.
        put(here, 4, elsewhere);
        let mut late = watch(Duration::ZERO);
        assert!(!late.is_free(here).unwrap());
        put(here, 4, |note| {
            elsewhere(note);
            note["token"] = "another".into();
        });
        assert!(!late.is_free(here).unwrap());
    }

    /// A maker that was killed before it had written, and a note that nobody can read.
    #[test]
    fn a_hold_without_a_note_is_given_up_like_one_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        for bytes in [&b""[..], b"{\"tok"] {
            fs::write(here.join("hold-1"), bytes).unwrap();
            assert_eq!(
                Hold::holder(here).unwrap().unwrap().host,
                "an unknown machine"
            );
            let mut hasty = watch(Duration::ZERO);
            assert!(!hasty.is_free(here).unwrap());
            assert!(hasty.is_free(here).unwrap());
            drop(Hold::try_take(here).unwrap().unwrap());
            assert!(names(here).unwrap().is_empty());
        }
        // Names that are no holds.
        for name in ["hold-", "hold-x", "holder"] {
            fs::write(here.join(name), b"").unwrap();
        }
        assert_eq!(Hold::holder(here).unwrap(), None);
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
