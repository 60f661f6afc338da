//! Processes, as far as another one on the machine can tell them apart.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A process of some machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    #[serde(rename = "process")]
    pub id: u32,
    /// Where that number means it: a boot of a machine, and a namespace of it. `None` where that is not known.
    place: Option<String>,
    /// When it started, in ticks since then: numbers are given again.
    started: Option<u64>,
    /// Which time that is counted in, on a machine that has several. Earlier versions did not note it.
    #[serde(default)]
    time: Option<String>,
}

impl Process {
    /// The one that asks.
    pub fn this() -> Self {
        Self::of(std::process::id())
    }

    /// One of this machine.
    pub fn of(id: u32) -> Self {
        Self {
            id,
            place: place(),
            started: stat(id).map(|stat| stat.started),
            time: time(),
        }
    }

    /// Whether it is sure to be there: on this machine, and alive.
    pub fn is_here(&self) -> bool {
        self.is_of_this_machine() && !self.is_gone()
    }

    fn is_of_this_machine(&self) -> bool {
        let is_same_time = self.time.is_none() || self.time == time();
        self.place.is_some() && self.place == place() && is_same_time
    }

    /// Whether it is sure not to be there any more. Of another machine's nobody can say.
    pub fn is_gone(&self) -> bool {
        if !self.is_of_this_machine() {
            return false;
        }
        match stat(self.id) {
            // Killed, and its parent has not asked yet.
            Some(stat) if matches!(stat.state, 'Z' | 'X') => true,
            Some(stat) => self.started.is_some_and(|before| before != stat.started),
            // A system may hide what others run.
            None => !can_be_signalled(self.id),
        }
    }
}

/// This machine, this boot of it, and the processes that see each other.
fn place() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = std::fs::read_link("/proc/self/ns/pid").ok()?;
    // Machines that were copied as they ran have one boot.
    Some(format!(
        "{} {} {}",
        host(),
        boot.trim(),
        namespace.display()
    ))
}

/// The time that processes see each other start in.
fn time() -> Option<String> {
    let namespace = std::fs::read_link("/proc/self/ns/time").ok()?;
    Some(namespace.display().to_string())
}

/// What Linux says of a process.
struct Stat {
    state: char,
    /// In ticks since the machine did.
    started: u64,
    /// Its own time and that of children it has waited for; in hundredths of a second, whatever the clock.
    computed: u64,
}

fn stat(id: u32) -> Option<Stat> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // Its name may have blanks and brackets.
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let number = |field: usize| fields.get(field)?.parse::<u64>().ok();
    Some(Stat {
        state: fields.first()?.chars().next()?,
        started: number(19)?,
        computed: (11..15).map(number).sum::<Option<u64>>()?,
    })
}

/// What another process has taken of processors; `None` where that is not told, or it was stopped.
pub fn processor_time_of(id: u32) -> Option<Duration> {
    let stat = stat(id)?;
    let is_stopped = matches!(stat.state, 'T' | 't');
    (!is_stopped).then(|| Duration::from_millis(10 * stat.computed))
}

#[cfg(unix)]
fn can_be_signalled(id: u32) -> bool {
    let Ok(id) = libc::pid_t::try_from(id) else {
        return false;
    };
    // SAFETY: signal 0 is sent to nobody; it asks whether there is somebody.
    let sent = unsafe { libc::kill(id, 0) };
    sent == 0 || std::io::Error::last_os_error().raw_os_error() != Some(libc::ESRCH)
}

#[cfg(not(unix))]
fn can_be_signalled(_: u32) -> bool {
    true
}

/// What the machine calls itself.
pub(crate) fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| std::env::var("HOSTNAME").ok());
    let name = name.or_else(|| std::env::var("COMPUTERNAME").ok());
    name.map_or_else(|| "this machine".to_owned(), |name| name.trim().to_owned())
}

/// Time that the threads of this process have computed so far, added up; `None` where the system does not say.
#[cfg(unix)]
pub fn processor_time() -> Option<Duration> {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: it writes into `time` alone.
    let told = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    let seconds = u64::try_from(time.tv_sec).ok()?;
    let nanoseconds = u32::try_from(time.tv_nsec).ok()?;
    (told == 0).then(|| Duration::new(seconds, nanoseconds))
}

#[cfg(not(unix))]
pub fn processor_time() -> Option<Duration> {
    None
}
