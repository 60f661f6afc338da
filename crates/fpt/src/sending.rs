//! Groups of jobs into a queue, an array each.

use crate::context::Context;
use crate::exit::{Failing, Problem};
use crate::packing::Group;
use crate::print;
use crate::queued::{Queued, now};
use crate::submission::{Note, Sent, Submission, To};
use queue::{Array, Failure, Request};
use runner::Forecast;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// What all arrays of a submission have in common.
pub struct Sending<'a> {
    pub context: &'a Context,
    pub study: &'a str,
    pub to: To,
    /// What was asked for; forecasts and earlier tasks say the rest.
    pub request: &'a Request,
    pub forecast: &'a Forecast,
    /// What the queue has already.
    pub queued: &'a Queued,
    /// Arrays in the queue that have to be over before.
    pub after: &'a BTreeSet<String>,
    /// What tasks run.
    pub program: PathBuf,
}

/// What came of it.
pub struct Went {
    /// Arrays that the queue took, as they are told.
    pub sent: Vec<String>,
    /// Whether it took all.
    pub is_whole: bool,
    /// Whether it may have one that it did not say it took.
    pub may_have_more: bool,
}

impl Sending<'_> {
    /// Sends one array after the other, up to one that the queue does not take. Each is noted before the queue is asked, so that
    /// whatever dies, the next command knows what may be in there.
    pub fn send(&self, groups: Vec<Group>) -> Result<Went, Problem> {
        let note = Note {
            to: self.to,
            whose: self.to.queue(&[]).whose(),
            made_by: env!("CARGO_PKG_VERSION").to_owned(),
            arrays: Vec::new(),
        };
        let mut submission = Submission::begin(self.context, self.study, note)?;
        let queue = self.to.queue(&self.queued.submissions);
        let total = groups.len();
        // Numbers of what was sent, by how many have to be over before.
        let mut numbers: Vec<(usize, String)> = Vec::new();
        let mut sent = Vec::new();
        for (index, group) in groups.into_iter().enumerate() {
            let before = numbers.iter().filter(|(level, _)| *level < group.level);
            let before = before.map(|(_, number)| number.clone()).collect();
            let array = self.array(&submission, index, &group, before)?;
            submission.note.arrays.push(Sent {
                name: array.name.clone(),
                token: array.token.clone(),
                number: None,
                asked: Some(now()),
                cancelled: BTreeSet::new(),
                request: array.request.clone(),
                tasks: group.ids(),
            });
            submission.write()?;
            let taken = queue.submit(&array);
            let is_lost = matches!(taken, Err(Failure { is_lost: true, .. }));
            // One whose answer was lost stays as it is: asked for, without a number.
            if !is_lost {
                let noted = &mut submission.note.arrays[index];
                (noted.number, noted.asked) = (taken.as_ref().ok().cloned(), None);
                submission.write()?;
            }
            match taken {
                Ok(number) => {
                    let tasks = print::many(array.tasks, "task");
                    sent.push(format!("{} ({number}, {tasks})", array.name));
                    numbers.push((group.level, number));
                }
                Err(Failure { why, .. }) => {
                    let went = match is_lost {
                        true => "may have taken",
                        false => "did not take",
                    };
                    print::note(format_args!(
                        "error: {} {went} {}: {why}\n       {} of {total} arrays were submitted; the same command looks what is in the queue and sends the rest",
                        queue.name(),
                        array.name,
                        sent.len(),
                    ));
                    return Ok(Went {
                        sent,
                        is_whole: false,
                        may_have_more: is_lost,
                    });
                }
            }
        }
        Ok(Went {
            sent,
            is_whole: true,
            may_have_more: false,
        })
    }

    fn array(
        &self,
        submission: &Submission,
        index: usize,
        group: &Group,
        before: Vec<String>,
    ) -> Result<Array, Problem> {
        let folder = submission.array(index);
        fs::create_dir_all(&folder).failing(&format!("make {}", folder.display()))?;
        let part = match group.is_pretraining {
            true => "pretraining".to_owned(),
            false => (index + 1).to_string(),
        };
        let usual = group.request(self.context, self.forecast, self.queued);
        let request = self.request.clone().or(usual);
        Ok(Array {
            name: format!("{}:{part}", self.study),
            token: files::token(),
            tasks: group.tasks.len(),
            after: self.after.iter().cloned().chain(before).collect(),
            program: self.program.clone(),
            arguments: task_arguments(self.context, &request, &submission.folder, index),
            folder,
            request,
        })
    }
}

/// A task's command, but for its number.
fn task_arguments(
    context: &Context,
    request: &Request,
    submission: &Path,
    array: usize,
) -> Vec<OsString> {
    let threads = request.cores.unwrap_or(context.threads);
    let mut arguments: Vec<OsString> = vec![
        "--results".into(),
        context.results.clone().into(),
        "--data".into(),
        context.data.clone().into(),
        "--profile".into(),
        context.options.profile.clone().into(),
        "task".into(),
        "--threads".into(),
        threads.to_string().into(),
        "--device".into(),
        context.device.to_string().into(),
    ];
    arguments.push(submission.into());
    arguments.push(array.to_string().into());
    arguments
}
