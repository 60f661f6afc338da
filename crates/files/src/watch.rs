use crate::hold::{BEAT, standing};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// A holder on another machine that has not been seen to write for so long is gone.
const SILENT: Duration = Duration::from_secs(90);

/// Between two looks of who waits.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// What is seen of a folder's holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Nobody holds the folder.
    Free,
    /// Its holder is there: it has written since the last look, or its process is on this machine.
    Alive,
    /// Nothing yet that would tell.
    Quiet,
    /// It has not been seen to write for long enough.
    Silent,
}

/// Looks at folders again and again, and by a clock of its own tells which holders say no more.
#[derive(Debug)]
pub struct Watch {
    silent: Duration,
    seen: BTreeMap<PathBuf, Seen>,
}

#[derive(Debug)]
struct Seen {
    bytes: Vec<u8>,
    at: Instant,
    /// How long it was the same while somebody looked.
    quiet: Duration,
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
    /// Looks at a folder, and writes nothing.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn look(&mut self, folder: &Path) -> io::Result<Sign> {
        let Some(last) = standing(folder)? else {
            self.seen.remove(folder);
            return Ok(Sign::Free);
        };
        if last
            .note
            .as_ref()
            .is_some_and(|note| note.process.is_here())
        {
            return Ok(Sign::Alive);
        }
        let now = Instant::now();
        match self.seen.get_mut(folder) {
            Some(seen) if seen.bytes == last.bytes => {
                // A mount that hangs, or a machine that sleeps, stops both sides: what happened between two looks far apart nobody has seen.
                seen.quiet += now.duration_since(seen.at).min(2 * BEAT);
                seen.at = now;
                Ok(match seen.quiet >= self.silent {
                    true => Sign::Silent,
                    false => Sign::Quiet,
                })
            }
            before => {
                let sign = match before {
                    Some(_) => Sign::Alive,
                    None => Sign::Quiet,
                };
                let seen = Seen {
                    bytes: last.bytes,
                    at: now,
                    quiet: Duration::ZERO,
                };
                self.seen.insert(folder.to_owned(), seen);
                Ok(sign)
            }
        }
    }

    /// Looks at folders until it is known of each whether somebody holds it: no sign in the answer is [`Sign::Quiet`]. Holders that may
    /// be on other machines are watched all together, 90 s at most; `waiting` hears once how many there are.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn settle<T>(
        &mut self,
        mut open: Vec<T>,
        folder: impl Fn(&T) -> PathBuf,
        waiting: impl FnOnce(usize),
    ) -> io::Result<Vec<(T, Sign)>> {
        let (mut settled, mut waiting) = (Vec::new(), Some(waiting));
        loop {
            let mut quiet = Vec::new();
            for one in open {
                match self.look(&folder(&one))? {
                    Sign::Quiet => quiet.push(one),
                    sign => settled.push((one, sign)),
                }
            }
            if quiet.is_empty() {
                return Ok(settled);
            }
            open = quiet;
            if let Some(tell) = waiting.take() {
                tell(open.len());
            }
            thread::sleep(BETWEEN_LOOKS);
        }
    }

    /// Whether nobody holds a folder; a holder that is silent is given up, for all who look.
    ///
    /// # Errors
    /// When the folder cannot be read, or not be written where a holder is given up.
    pub fn is_free(&mut self, folder: &Path) -> io::Result<bool> {
        match self.look(folder)? {
            Sign::Free => Ok(true),
            Sign::Alive | Sign::Quiet => Ok(false),
            Sign::Silent => {
                if let Some(last) = standing(folder)? {
                    // Only whom it was that was watched.
                    if self
                        .seen
                        .get(folder)
                        .is_none_or(|seen| seen.bytes != last.bytes)
                    {
                        return Ok(false);
                    }
                    File::create(last.given_up(folder))?;
                }
                Ok(true)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hold::Hold;
    use std::fs;

    fn watch(silent: Duration) -> Watch {
        Watch {
            silent,
            ..Watch::default()
        }
    }

    /// The hold of a process that looks like this one after `change`.
    fn put(folder: &Path, number: u64, change: impl FnOnce(&mut serde_json::Value)) {
        let beside = tempfile::tempdir().unwrap();
        let held = Hold::try_take(beside.path()).unwrap().unwrap();
        let note = fs::read(beside.path().join("hold-1")).unwrap();
        drop(held);
        let mut note: serde_json::Value = serde_json::from_slice(&note).unwrap();
        note["token"] = format!("token {number}").into();
        note["host"] = "elsewhere".into();
        change(&mut note);
        let bytes = serde_json::to_vec(&note).unwrap();
        fs::write(folder.join(format!("hold-{number}")), bytes).unwrap();
    }

    #[test]
    fn who_is_on_this_machine_is_seen_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let mut watch = watch(Duration::ZERO);
        assert_eq!(watch.look(here).unwrap(), Sign::Free);
        let held = Hold::try_take(here).unwrap().unwrap();
        for _ in 0..3 {
            assert_eq!(watch.look(here).unwrap(), Sign::Alive);
            assert!(!watch.is_free(here).unwrap());
        }
        drop(held);
        assert!(watch.is_free(here).unwrap());
    }

    /// Between two looks that are far apart nobody has watched.
    #[test]
    fn a_long_gap_between_two_looks_is_no_silence() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        put(here, 1, |note| note["place"] = "another boot".into());
        let mut watch = watch(3 * BEAT);
        assert_eq!(watch.look(here).unwrap(), Sign::Quiet);
        for (seen, expected) in [(0, Sign::Quiet), (1, Sign::Silent)] {
            let hour = Duration::from_secs(3600);
            let Some(at) = Instant::now().checked_sub(hour) else {
                return;
            };
            watch.seen.get_mut(here).unwrap().at = at;
            assert_eq!(watch.look(here).unwrap(), expected, "{seen}");
        }
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
        assert!(here.join("hold-5").exists());
        assert!(Hold::try_take(here).unwrap().is_none());
        drop(held);
        assert_eq!(fs::read_dir(here).unwrap().count(), 0);
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

    /// Two kills: of one on another machine, and of who took the folder over from it.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_silent_hold_below_a_dead_one_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        put(here, 1, |note| note["place"] = "another boot".into());
        put(here, 2, |note| note["started"] = 1.into());
        let mut hasty = watch(Duration::ZERO);
        assert_eq!(hasty.look(here).unwrap(), Sign::Quiet);
        assert!(hasty.is_free(here).unwrap());
        drop(Hold::try_take(here).unwrap().unwrap());
        assert_eq!(fs::read_dir(here).unwrap().count(), 0);
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
            assert_eq!(fs::read_dir(here).unwrap().count(), 0);
        }
        // Names that are no holds.
        for name in ["hold-", "hold-x", "holder"] {
            fs::write(here.join(name), b"").unwrap();
        }
        assert_eq!(Hold::holder(here).unwrap(), None);
    }
}
