use serde::{Deserialize, Serialize};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Tasks that differ in nothing but their number.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// What the queue shows.
    pub name: String,
    /// A word that no other array has: by it one is found whose number was never heard.
    pub token: String,
    /// How many, counted from 0.
    pub tasks: usize,
    /// Arrays, by their numbers, whose tasks have to have ended before, however they did.
    pub after: Vec<String>,
    /// What a task runs; its number comes last.
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    /// An existing folder of the array's own: its script, and what its tasks say, `N.log`.
    pub folder: PathBuf,
    pub request: Request,
}

/// What an array asks its queue for. What is `None` is left to the queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Request {
    pub partition: Option<String>,
    pub account: Option<String>,
    /// Minutes for each task.
    pub time: Option<u64>,
    /// MiB for each task.
    pub memory: Option<u64>,
    /// Processors for each task.
    pub cores: Option<usize>,
    /// GPUs for each task.
    pub gpus: Option<usize>,
    /// Tasks at a time.
    pub at_a_time: Option<usize>,
    /// Options of `sbatch` as one writes them behind `#SBATCH`.
    #[serde(default)]
    pub lines: Vec<String>,
}

impl Request {
    /// More than anybody means.
    pub const MOST_MINUTES: u64 = 1_000_000;
    pub const MOST_MIB: u64 = 100_000_000;

    /// What of it is text, and what that is called.
    pub fn texts(&self) -> impl Iterator<Item = (&'static str, &OsStr)> {
        let partition = self.partition.iter().map(|text| ("partition", text));
        let account = self.account.iter().map(|text| ("account", text));
        let lines = self.lines.iter().map(|text| ("line", text));
        let texts = partition.chain(account).chain(lines);
        texts.map(|(name, text)| (name, OsStr::new(text)))
    }

    /// What of it no queue can be asked for.
    pub fn misfit(&self) -> Option<String> {
        let counts = [
            ("time", self.time, Self::MOST_MINUTES),
            ("memory", self.memory, Self::MOST_MIB),
            ("cores", self.cores.map(|number| number as u64), u64::MAX),
            (
                "at-a-time",
                self.at_a_time.map(|number| number as u64),
                u64::MAX,
            ),
        ];
        let wrong = |(name, number, most): (&str, Option<u64>, u64)| {
            let number = number.filter(|number| !(1..=most).contains(number))?;
            let range = match most {
                u64::MAX => "at least 1".to_owned(),
                most => format!("from 1 to {most}"),
            };
            Some(format!("`{name}` is {number}, and has to be {range}"))
        };
        let mut lines = self.lines.iter();
        let line = lines.find(|line| !line.trim_start().starts_with('-'));
        let line = line.map(|line| {
            format!("of `lines`, {line:?} is no option of `sbatch`, which begins with `-`")
        });
        counts.into_iter().find_map(wrong).or(line)
    }

    /// What this one says, and what another says where this one is silent; lines of both.
    pub fn or(self, other: Self) -> Self {
        Self {
            partition: self.partition.or(other.partition),
            account: self.account.or(other.account),
            time: self.time.or(other.time),
            memory: self.memory.or(other.memory),
            cores: self.cores.or(other.cores),
            gpus: self.gpus.or(other.gpus),
            at_a_time: self.at_a_time.or(other.at_a_time),
            lines: other.lines.into_iter().chain(self.lines).collect(),
        }
    }
}
