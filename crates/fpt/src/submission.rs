//! What was handed to a queue: which jobs, in which order, by which binary. Written before the queue is asked, so that whatever dies, the
//! next command knows what may be in there.

use crate::context::Context;
use crate::exit::{Failing, Problem};
use clap::ValueEnum;
use files::Hold;
use queue::{Local, Queue, Request, Slurm};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use training::JobId;

/// In a folder of results: everything that was submitted, by profile and study.
const SUBMITTED: &str = ".submitted";

/// In a submission's folder.
const NOTE: &str = "submission.json";

/// Who was asked to run it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum To {
    Slurm,
    Local,
}

/// One call of `fpt submit`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Note {
    pub to: To,
    /// Whose queue that was: another user's, or another cluster's, has to be asked there. Earlier versions did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whose: Option<String>,
    /// The version that submitted, whose binary the tasks run.
    pub made_by: String,
    pub arrays: Vec<Sent>,
}

/// An array, as it was or is to be sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sent {
    pub name: String,
    pub token: String,
    /// Once the queue has said it.
    pub number: Option<String>,
    /// When the queue was asked, in seconds since 1970, where its answer was not heard: it may have the array yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<u64>,
    /// Tasks that were let go of: their jobs are not lost.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub cancelled: BTreeSet<usize>,
    pub request: Request,
    /// The jobs of each task, in their order.
    pub tasks: Vec<Vec<JobId>>,
}

/// What a task took, of what it had asked for.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Used {
    pub seconds: f64,
    /// Bytes at most, where the system tells.
    pub memory: Option<u64>,
}

/// A call of `fpt submit`, and where it is kept.
#[derive(Clone, Debug)]
pub struct Submission {
    pub folder: PathBuf,
    pub note: Note,
}

impl To {
    /// As `fpt submit` takes it.
    pub fn option(self) -> &'static str {
        match self {
            Self::Slurm => "--slurm",
            Self::Local => "--local",
        }
    }

    /// The queue, knowing of these submissions.
    pub fn queue(self, submissions: &[Submission]) -> Box<dyn Queue> {
        match self {
            Self::Slurm => Box::new(Slurm),
            Self::Local => {
                let own = submissions.iter().filter(|one| one.note.to == self);
                let arrays =
                    own.flat_map(|one| (0..one.note.arrays.len()).map(|array| one.array(array)));
                Box::new(Local::new(arrays.collect()))
            }
        }
    }
}

impl Submission {
    /// Where those of a study are.
    fn of_study(context: &Context, study: &str) -> PathBuf {
        let profile = &context.options.profile;
        context.results.join(SUBMITTED).join(profile).join(study)
    }

    /// Keeps a study's submissions to this process, so that two calls at a time send nothing twice.
    pub fn hold(context: &Context, study: &str) -> Result<Hold, Problem> {
        let folder = Self::of_study(context, study);
        fs::create_dir_all(&folder).failing(&format!("make {}", folder.display()))?;
        let looking = format!("look who else submits, in {}", folder.display());
        let hold = Hold::try_take(&folder).failing(&looking)?;
        hold.ok_or_else(|| {
            let holder = Hold::holder(&folder).ok().flatten();
            let who = holder.map_or_else(|| "another command".to_owned(), |who| who.to_string());
            Problem::Run(format!(
                "{who} is submitting or cancelling jobs of `{study}`: wait for it, and call this again. Where it is gone for good, remove {}",
                context.shown(&folder.join("hold-*"))
            ))
        })
    }

    /// All of a study, in their order.
    ///
    /// # Errors
    /// When one cannot be read: what it sent is not known, and must not be sent again.
    pub fn all(context: &Context, study: &str) -> Result<Vec<Self>, Problem> {
        let folder = Self::of_study(context, study);
        let looking = format!("look for what was submitted in {}", folder.display());
        let mut numbers: Vec<u64> = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => {
                let entries = entries.failing(&looking)?;
                let entries = entries.collect::<Result<Vec<_>, _>>();
                let entries = entries.failing(&looking)?.into_iter();
                entries
                    .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
                    .collect()
            }
        };
        numbers.sort_unstable();
        let mut all = Vec::new();
        for number in numbers {
            let folder = folder.join(number.to_string());
            // One that was killed before it had a note has sent nothing.
            if folder.join(NOTE).try_exists().failing(&looking)? {
                all.push(Self::read(&folder)?);
            }
        }
        Ok(all)
    }

    pub fn read(folder: &Path) -> Result<Self, Problem> {
        let path = folder.join(NOTE);
        let shown = path.display();
        let bytes = files::open(&path).and_then(|mut file| {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map(|_| bytes)
        });
        let bytes = bytes.failing(&format!("read {shown}"))?;
        let note = files::from_json(&bytes).map_err(|unfit| {
            let why = match unfit {
                files::Unfit::Newer(why) => {
                    format!("a newer version of this program wrote it, and can read it: {why}")
                }
                files::Unfit::Damaged(why) => format!(
                    "it is damaged: {why}; cancel what is still in the queue by the queue's own command (`scancel`; processes of this \
                     machine: `kill`), then move the file away, and what it noted is forgotten"
                ),
            };
            Problem::Run(format!("what was submitted is not known from {shown}: {why}"))
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            note,
        })
    }

    /// A new one, after those that there are.
    pub fn begin(context: &Context, study: &str, note: Note) -> Result<Self, Problem> {
        let all = Self::of_study(context, study);
        for number in 1_u64.. {
            let folder = all.join(number.to_string());
            match fs::create_dir(&folder) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => {
                    made.failing(&format!("make {}", folder.display()))?;
                    return Ok(Self { folder, note });
                }
            }
        }
        unreachable!("there are more numbers than folders")
    }

    pub fn write(&self) -> Result<(), Problem> {
        let path = self.folder.join(NOTE);
        let writing = format!("write {}", path.display());
        let text = serde_json::to_string_pretty(&self.note).failing(&writing)?;
        files::write(&path, text.as_bytes()).failing(&writing)
    }

    /// The folder of an array: its script, what its tasks say, what they took.
    pub fn array(&self, index: usize) -> PathBuf {
        self.folder.join(format!("array-{}", index + 1))
    }

    /// Where a task says what it does.
    pub fn log(&self, array: usize, task: usize) -> PathBuf {
        match self.note.to {
            To::Slurm => self.array(array).join(format!("{task}.log")),
            To::Local => self.array(array).join("log"),
        }
    }

    /// Notes what an attempt at a task took; of several the most.
    pub fn used(&self, array: usize, task: usize, now: Used) -> std::io::Result<()> {
        let path = self.array(array).join(format!("{task}.used.json"));
        let before = self.use_of(array, task).unwrap_or_default();
        let most = Used {
            seconds: before.seconds.max(now.seconds),
            memory: before.memory.max(now.memory),
        };
        files::write(&path, serde_json::to_string(&most)?.as_bytes())
    }

    pub fn use_of(&self, array: usize, task: usize) -> Option<Used> {
        let path = self.array(array).join(format!("{task}.used.json"));
        serde_json::from_slice(&files::read(&path).ok()??).ok()
    }
}

/// The binary that tasks run: a copy, since the one that is called may be built anew while they wait.
pub fn frozen_binary(context: &Context) -> Result<PathBuf, Problem> {
    let this = std::env::current_exe().failing("find this program")?;
    let bytes = fs::read(&this).failing(&format!("read {}", this.display()))?;
    let folder = context.results.join(SUBMITTED).join("bin");
    let frozen = folder.join(format!("fpt-{}", &blake3::hash(&bytes).to_hex()[..16]));
    let keeping = format!("keep this program as {}", frozen.display());
    if !fs::metadata(&frozen).is_ok_and(|found| found.len() == bytes.len() as u64) {
        fs::create_dir_all(&folder).failing(&keeping)?;
        files::write(&frozen, &bytes).failing(&keeping)?;
    }
    // Also of one that was written before, by who was killed then.
    let permissions = |of: &Path| fs::metadata(of).map(|found| found.permissions());
    let wanted = permissions(&this).failing(&keeping)?;
    if permissions(&frozen).failing(&keeping)? != wanted {
        fs::set_permissions(&frozen, wanted).failing(&keeping)?;
    }
    Ok(frozen)
}
