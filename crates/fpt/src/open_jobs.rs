//! Which jobs of a study can be handed to a queue, and why the others are not.

use crate::contents;
use crate::context::Context;
use crate::exit::{Failing, Problem};
use crate::meant;
use crate::print;
use crate::queued::{Queued, Standing};
use crate::submission::To;
use files::{Sign, Watch};
use results::{JobState, Store};
use std::collections::{BTreeMap, BTreeSet};
use study::Planned;
use tasks::DataDir;
use training::JobId;

/// What of a study's missing jobs can be submitted, and why the others are not.
pub struct Open {
    pub jobs: Vec<Planned>,
    /// Arrays in the queue that train what these start from.
    pub after: BTreeSet<String>,
    pub queued: usize,
    /// Titles, and why they are left to others.
    elsewhere: Vec<(String, String)>,
    /// Titles, and what they lack.
    pub lacking: Vec<(String, String)>,
}

impl Open {
    pub fn of(
        context: &Context,
        store: &Store,
        queued: &Queued,
        missing: &[Planned],
        to: To,
    ) -> Result<Self, Problem> {
        let data = DataDir::new(&context.data);
        let mut open = Self {
            jobs: Vec::new(),
            after: BTreeSet::new(),
            queued: 0,
            elsewhere: Vec::new(),
            lacking: Vec::new(),
        };
        let held = held(store, queued, missing)?;
        let mut without: BTreeSet<&JobId> = BTreeSet::new();
        for planned in missing {
            let needed = planned.job.initialisation.depends_on();
            if queued.has(&planned.id) {
                open.queued += 1;
            } else if let Some((_, who)) = held.iter().find(|(id, _)| *id == planned.id) {
                open.elsewhere
                    .push((planned.title.clone(), format!("run by {who}")));
                without.insert(&planned.id);
            } else if let Some(Standing::Unknown(why)) = queued.standing(&planned.id)
                // One that has failed there is open to all.
                && !matches!(store.job(&planned.id).state(), Ok(JobState::Failed))
            {
                open.elsewhere.push((planned.title.clone(), why));
                without.insert(&planned.id);
            } else if let Some(what) = contents::lacking(&planned.job.task, &data) {
                open.lacking.push((planned.title.clone(), what));
                without.insert(&planned.id);
            } else if let Some(needed) = needed.filter(|needed| without.contains(needed)) {
                let body = missing.iter().find(|other| other.id == *needed);
                let body = body.map_or_else(|| needed.to_string(), |body| body.title.clone());
                open.elsewhere
                    .push((planned.title.clone(), format!("it starts from {body}")));
                without.insert(&planned.id);
            } else {
                let after = needed.filter(|needed| queued.has(needed));
                let after = after.map(|needed| queued.numbers_with(needed, to));
                if after.as_ref().is_some_and(BTreeSet::is_empty) {
                    let who = "what it starts from is in another queue";
                    open.elsewhere.push((planned.title.clone(), who.to_owned()));
                    without.insert(&planned.id);
                    continue;
                }
                open.after.extend(after.into_iter().flatten());
                open.jobs.push(planned.clone());
            }
        }
        Ok(open)
    }

    pub fn tell(&self) {
        let mut by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (title, who) in &self.elsewhere {
            by.entry(who).or_default().push(title);
        }
        for (who, titles) in by {
            let jobs = match titles[..] {
                [title] => title.to_owned(),
                [first, ..] => format!("{}, the first {first}", print::many(titles.len(), "job")),
                [] => continue,
            };
            print::note(format_args!("not submitted: {jobs}: {who}"));
        }
        for (title, what) in &self.lacking {
            print::note(format_args!("not submitted: {title}, for want of {what}"));
        }
    }
}

/// Jobs that others run, who are no tasks of a queue. Whoever may be on another machine is watched, all together.
fn held(
    store: &Store,
    queued: &Queued,
    missing: &[Planned],
) -> Result<Vec<(JobId, String)>, Problem> {
    let mut open: Vec<&JobId> = missing.iter().map(|planned| &planned.id).collect();
    open.retain(|id| !queued.has(id));
    let failing = "look for a job's process";
    let (mut watch, mut held) = (Watch::default(), Vec::new());
    let folder = |id: &&JobId| store.job(id).path().to_owned();
    let settled = watch.settle(open, folder, meant::tell_watching);
    for (id, sign) in settled.failing(failing)? {
        let folder = store.job(id);
        match sign {
            Sign::Free | Sign::Quiet => {}
            // Given up, so that a task need not wait for it again.
            Sign::Silent if folder.is_free(&mut watch).failing(failing)? => {}
            Sign::Silent | Sign::Alive => {
                let holder = folder.holder().failing(failing)?;
                held.extend(holder.map(|holder| (id.clone(), holder.to_string())));
            }
        }
    }
    Ok(held)
}
