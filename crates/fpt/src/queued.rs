//! What queues say of a study's jobs.

use crate::context::Context;
use crate::exit::Problem;
use crate::submission::{Sent, Submission, To, Used};
use queue::{Seen, TaskState};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::SystemTime;
use training::JobId;

/// Seconds after which a queue that was asked, and did not answer, has an array or will not get it.
const ARRIVAL: u64 = 120;

/// How a submitted job stands with its queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its task waits, in the queue's words why.
    Waiting { task: String, why: String },
    /// Its task runs there; it is this job's turn, or that of one before it.
    Running { task: String, on: String },
    /// The queue answered, and has its task no more.
    Gone { to: To, task: String, log: PathBuf },
    /// The queue did not answer, now or when it was sent, which says nothing.
    Unknown(String),
}

/// What was submitted of a study, and what became of it as far as queues know.
#[derive(Default)]
pub struct Queued {
    pub submissions: Vec<Submission>,
    /// By array's token and task.
    seen: BTreeMap<(String, usize), Seen>,
    silent: BTreeMap<To, String>,
    /// Whose tasks each queue tells of.
    whose: BTreeMap<To, String>,
    /// Submission, array and task of each time that a job was submitted.
    places: BTreeMap<JobId, Vec<[usize; 3]>>,
}

/// What queues have answered that tell of all studies at once: of what was submitted before.
#[derive(Default)]
pub struct Answers {
    slurm: Option<Result<Vec<Seen>, String>>,
}

impl Queued {
    /// What was submitted of the study, with what the queues say of it.
    pub fn of(context: &Context, study: &str) -> Result<Self, Problem> {
        let mut queued = Self::read(context, study)?;
        queued.ask(&mut Answers::default());
        Ok(queued)
    }

    /// What was submitted of the study; no queue is asked.
    pub fn read(context: &Context, study: &str) -> Result<Self, Problem> {
        let submissions = Submission::all(context, study)?;
        let mut places: BTreeMap<JobId, Vec<[usize; 3]>> = BTreeMap::new();
        for (number, submission) in submissions.iter().enumerate() {
            for (array, sent) in submission.note.arrays.iter().enumerate() {
                for (task, jobs) in sent.tasks.iter().enumerate() {
                    for id in jobs {
                        let place = [number, array, task];
                        places.entry(id.clone()).or_default().push(place);
                    }
                }
            }
        }
        Ok(Self {
            submissions,
            places,
            ..Self::default()
        })
    }

    /// Asks each queue that something was given to, unless it has answered since the notes were read.
    pub fn ask(&mut self, answers: &mut Answers) {
        let to: BTreeSet<To> = self.submissions.iter().map(|one| one.note.to).collect();
        for to in to {
            let seen = match to {
                To::Slurm => answers
                    .slurm
                    .get_or_insert_with(|| to.queue(&[]).poll())
                    .clone(),
                // Of the study's own arrays.
                To::Local => to.queue(&self.submissions).poll(),
            };
            match seen {
                Ok(all) => {
                    let whose = to.queue(&[]).whose();
                    self.whose.extend(whose.map(|whose| (to, whose)));
                    let all = all.into_iter();
                    self.seen
                        .extend(all.map(|one| ((one.token.clone(), one.task), one)));
                }
                Err(why) => drop(self.silent.insert(to, why)),
            }
        }
    }

    /// Who has to be asked about a submission, where that is not who asks here. Of a queue that is silent that is not known.
    fn another_s<'a>(&self, submission: &'a Submission) -> Option<&'a str> {
        if self.silent.contains_key(&submission.note.to) {
            return None;
        }
        let given = submission.note.whose.as_deref()?;
        let here = self.whose.get(&submission.note.to);
        here.is_none_or(|here| here != given).then_some(given)
    }

    /// Whose else the queue is that a job was last given to.
    pub fn other(&self, id: &JobId) -> Option<&str> {
        match self.standing(id)? {
            Standing::Unknown(_) => self.places(id).find_map(|(one, ..)| self.another_s(one)),
            _ => None,
        }
    }

    /// Every job that was given to a queue.
    pub fn jobs(&self) -> impl Iterator<Item = &JobId> {
        self.places.keys()
    }

    /// Whether a job was given to a queue.
    pub fn knows(&self, id: &JobId) -> bool {
        self.places.contains_key(id)
    }

    /// Why a queue does not answer that something was given to.
    pub fn silence(&self) -> Option<&str> {
        self.silent.values().next().map(String::as_str)
    }

    /// The same of one of them.
    pub fn silence_of(&self, to: To) -> Option<&str> {
        self.silent.get(&to).map(String::as_str)
    }

    /// How a job stands with the queue that it was last given to; `None` of one that was given to none.
    pub fn standing(&self, id: &JobId) -> Option<Standing> {
        let mut last = None;
        for (submission, array, task) in self.places(id) {
            let sent = &submission.note.arrays[array];
            if let Some(seen) = self.seen.get(&(sent.token.clone(), task)) {
                let named = format!("{}_{task}", seen.array);
                return Some(match &seen.state {
                    TaskState::Waiting(why) => Standing::Waiting {
                        task: named,
                        why: why.clone(),
                    },
                    TaskState::Running(on) => Standing::Running {
                        task: named,
                        on: on.clone(),
                    },
                });
            }
            if sent.number.is_none() && sent.asked.is_none() {
                // It never came to the queue.
                continue;
            }
            if let Some(other) = self.another_s(submission) {
                last = Some(Standing::Unknown(format!(
                    "it was given to the queue of {other}: ask there, or remove {} where that is gone for good",
                    submission.folder.display()
                )));
                continue;
            }
            last = match (self.silent.get(&submission.note.to), &sent.number) {
                (Some(why), _) => Some(Standing::Unknown(why.clone())),
                // It is to be submitted again, as if it never was.
                (None, _) if sent.cancelled.contains(&task) => None,
                (None, Some(number)) => Some(Standing::Gone {
                    to: submission.note.to,
                    task: format!("{number}_{task}"),
                    log: submission.log(array, task),
                }),
                (None, None) if self.arrival(submission, sent).is_some() => {
                    let why = "the queue did not answer when it was sent, and may have it yet";
                    Some(Standing::Unknown(why.to_owned()))
                }
                // Nor did this one, as far as can be told by now.
                (None, None) => last,
            };
        }
        last
    }

    fn places(&self, id: &JobId) -> impl Iterator<Item = (&Submission, usize, usize)> {
        let places = self.places.get(id).into_iter().flatten();
        places.map(|[number, array, task]| (&self.submissions[*number], *array, *task))
    }

    /// Whether a job waits in a queue or runs from one.
    pub fn has(&self, id: &JobId) -> bool {
        matches!(
            self.standing(id),
            Some(Standing::Waiting { .. } | Standing::Running { .. })
        )
    }

    /// Numbers of arrays that still have tasks in a queue.
    pub fn numbers(&self, to: To) -> BTreeSet<String> {
        let own = self.submissions.iter().filter(|one| one.note.to == to);
        let tokens: BTreeSet<&String> = own
            .flat_map(|one| one.note.arrays.iter().map(|array| &array.token))
            .collect();
        let seen = self
            .seen
            .values()
            .filter(|seen| tokens.contains(&seen.token));
        seen.map(|seen| seen.array.clone()).collect()
    }

    /// Numbers of arrays with this job in a queue.
    pub fn numbers_with(&self, id: &JobId, to: To) -> BTreeSet<String> {
        let own = self.places(id);
        let own = own.filter(|(submission, ..)| submission.note.to == to);
        let seen = own.filter_map(|(submission, array, task)| {
            let token = submission.note.arrays[array].token.clone();
            self.seen.get(&(token, task))
        });
        seen.map(|seen| seen.array.clone()).collect()
    }

    /// Notes the tasks that a queue has and is about to let go of: whatever dies then, they are not lost. Those that were not noted
    /// before, by submission and array.
    pub fn let_go(&mut self, to: To) -> Result<Vec<[usize; 3]>, Problem> {
        let mut noted = Vec::new();
        let own = self.submissions.iter_mut().enumerate();
        for (number, submission) in own.filter(|(_, one)| one.note.to == to) {
            let before = noted.len();
            for (index, array) in submission.note.arrays.iter_mut().enumerate() {
                let here = self.seen.keys().filter(|(token, _)| *token == array.token);
                let new = here.filter(|(_, task)| array.cancelled.insert(*task));
                noted.extend(new.map(|(_, task)| [number, index, *task]));
            }
            if noted.len() > before {
                submission.write()?;
            }
        }
        Ok(noted)
    }

    /// Takes such notes back: the queue did not let go.
    pub fn take_back(&mut self, noted: &[[usize; 3]]) -> Result<(), Problem> {
        for [number, array, task] in noted {
            let sent = &mut self.submissions[*number].note.arrays[*array];
            sent.cancelled.remove(task);
        }
        let changed: BTreeSet<usize> = noted.iter().map(|[number, ..]| *number).collect();
        changed
            .into_iter()
            .try_for_each(|number| self.submissions[number].write())
    }

    /// Notes the numbers of arrays that are in a queue and whose number was never heard.
    pub fn adopt(&mut self) -> Result<(), Problem> {
        for submission in &mut self.submissions {
            let mut is_new = false;
            for array in &mut submission.note.arrays {
                let mut seen = self.seen.iter();
                if array.number.is_none()
                    && let Some((_, seen)) = seen.find(|((token, _), _)| *token == array.token)
                {
                    array.number = Some(seen.array.clone());
                    array.asked = None;
                    is_new = true;
                }
            }
            if is_new {
                submission.write()?;
            }
        }
        Ok(())
    }

    /// Seconds for which an array may still come to a queue whose answer was not heard.
    pub fn may_still_arrive(&self) -> Option<u64> {
        let left = self.submissions.iter().flat_map(|one| {
            let arrays = one.note.arrays.iter();
            arrays.filter_map(|array| self.arrival(one, array))
        });
        left.max()
    }

    /// The same of one array. Processes of this machine do not: they begin once it is noted who they are.
    fn arrival(&self, submission: &Submission, sent: &Sent) -> Option<u64> {
        let is_here = self.seen.keys().any(|(token, _)| *token == sent.token);
        let is_far = submission.note.to != To::Local && self.another_s(submission).is_none();
        let asked = sent.asked.filter(|_| is_far && !is_here)?;
        // Whose clock is another by more is not waited for.
        let left = ARRIVAL.checked_sub(now().abs_diff(asked))?;
        (left > 0).then_some(left)
    }

    /// The most that tasks asked for and took, of those that have ended.
    pub fn used(&self) -> Option<(Used, Used)> {
        let (mut asked, mut used) = (Used::default(), Used::default());
        let mut any = false;
        for submission in &self.submissions {
            for (index, array) in submission.note.arrays.iter().enumerate() {
                let request = &array.request;
                for task in 0..array.tasks.len() {
                    let Some(took) = submission.use_of(index, task) else {
                        continue;
                    };
                    any = true;
                    used.seconds = used.seconds.max(took.seconds);
                    used.memory = used.memory.max(took.memory);
                    let minutes = request.time.unwrap_or(0);
                    asked.seconds = asked.seconds.max(60.0 * minutes as f64);
                    asked.memory = asked.memory.max(request.memory.map(|mib| mib << 20));
                }
            }
        }
        any.then_some((asked, used))
    }
}

/// Seconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
