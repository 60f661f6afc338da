use crate::array::Array;
use std::ffi::OsStr;

/// Where arrays of tasks are run by others.
pub trait Queue {
    /// What it is called in a sentence.
    fn name(&self) -> &'static str;

    /// Whether an array may have this text: a name, a path, what is asked for in words.
    ///
    /// # Errors
    /// What the queue takes instead.
    fn takes(&self, text: &OsStr) -> Result<(), String>;

    /// Hands an array over; the number that the queue gives it.
    ///
    /// # Errors
    /// Why it did not take it, or did not say so: then whether [`Queue::poll`] finds its token tells.
    fn submit(&self, array: &Array) -> Result<String, Failure>;

    /// Whose tasks it tells of, on which cluster: what others were given it says nothing of. `None` where it knows itself what is its
    /// own, or nobody says.
    fn whose(&self) -> Option<String>;

    /// What is known of all tasks of this user, asked once.
    ///
    /// # Errors
    /// Why there is no answer; that says nothing of any task.
    fn poll(&self) -> Result<Vec<Seen>, String>;

    /// Lets go of arrays: what waits is dropped, what runs is asked to stop.
    ///
    /// # Errors
    /// What the queue said.
    fn cancel(&self, arrays: &[String]) -> Result<(), String>;

    /// Tasks of an array at most.
    ///
    /// # Errors
    /// Why the queue cannot be used.
    fn most_tasks(&self) -> Result<usize, String>;
}

/// Why a queue did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub why: String,
    /// Whether it may have done it all the same: its answer was lost on its way.
    pub is_lost: bool,
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        let is_lost = false;
        Self { why, is_lost }
    }
}

/// What a queue says of a task that it still has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The array's number.
    pub array: String,
    /// The array's own word.
    pub token: String,
    pub task: usize,
    pub state: TaskState,
}

/// How far a task is in its queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// In the queue's own words, why.
    Waiting(String),
    /// Where.
    Running(String),
}
