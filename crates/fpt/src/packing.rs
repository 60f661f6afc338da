//! How jobs are packed into tasks, and tasks into arrays.

use crate::context::Context;
use crate::device::Kind;
use crate::queued::Queued;
use queue::Request;
use runner::Forecast;
use std::collections::BTreeSet;
use study::Planned;
use training::JobId;

/// Minutes that a task is asked for beyond what its jobs are forecast to take.
const SPARE: f64 = 10.0;

/// Jobs for an array.
pub struct Group {
    pub is_pretraining: bool,
    /// It begins when arrays of lower levels have ended.
    pub level: usize,
    pub tasks: Vec<Vec<Planned>>,
}

impl Group {
    pub fn ids(&self) -> Vec<Vec<JobId>> {
        let ids = |jobs: &Vec<Planned>| jobs.iter().map(|planned| planned.id.clone()).collect();
        self.tasks.iter().map(ids).collect()
    }

    /// What its tasks need, from forecasts and from what earlier tasks took.
    pub fn request(&self, context: &Context, forecast: &Forecast, queued: &Queued) -> Request {
        let seconds = |jobs: &Vec<Planned>| {
            jobs.iter()
                .map(|planned| forecast.seconds(&planned.job))
                .sum::<f64>()
        };
        let longest = self.tasks.iter().map(seconds).fold(0.0, f64::max);
        // A forecast that no finished job backs may be several times too short. A task whose time ends goes on in a next one.
        let doubt = if forecast.backed_by() == 0 { 4.0 } else { 2.0 };
        let minutes = SPARE + doubt * longest / 60.0;
        let jobs = self.tasks.iter().flatten();
        let bytes = jobs
            .map(|planned| runner::bytes(&planned.job))
            .max()
            .unwrap_or(0);
        let taken = queued.used().and_then(|(_, used)| used.memory).unwrap_or(0);
        let mib = (bytes + bytes / 2).max(taken + taken / 4) >> 20;
        let on_device = context.device.kind() != Kind::Flex;
        Request {
            time: Some((minutes / 5.0).ceil() as u64 * 5),
            memory: Some(mib.next_multiple_of(256).max(1024)),
            cores: Some(context.threads),
            gpus: on_device.then_some(1),
            ..Request::default()
        }
    }
}

/// Pretrainings apart, a task each, those that nothing here starts from last; the others in tasks of so many minutes, those around one
/// body together, in arrays that are no longer than the queue's most.
pub fn groups(jobs: &[Planned], forecast: &Forecast, pack: f64, most: usize) -> Vec<Group> {
    let is_needed = |planned: &Planned| {
        let needs = |other: &Planned| other.job.initialisation.depends_on() == Some(&planned.id);
        jobs.iter().any(needs)
    };
    let (mut first, others): (Vec<Planned>, Vec<Planned>) =
        jobs.iter().cloned().partition(|planned| is_needed(planned));
    let (ahead, mut others): (Vec<Planned>, Vec<Planned>) = others
        .into_iter()
        .partition(|planned| planned.job.keep_body);
    others.sort_by(|one, other| {
        let body = |planned: &Planned| planned.job.initialisation.depends_on().cloned();
        body(one).cmp(&body(other))
    });
    let mut tasks: Vec<Vec<Planned>> = Vec::new();
    let mut seconds = f64::INFINITY;
    for planned in others {
        let own = forecast.seconds(&planned.job);
        match tasks.last_mut() {
            Some(task) if seconds + own <= 60.0 * pack => {
                task.push(planned);
                seconds += own;
            }
            _ => {
                tasks.push(vec![planned]);
                seconds = own;
            }
        }
    }
    let arrays = |tasks: &[Vec<Planned>], is_pretraining, level| {
        let arrays = tasks.chunks(most.max(1)).map(move |tasks| Group {
            is_pretraining,
            level,
            tasks: tasks.to_vec(),
        });
        arrays.collect::<Vec<_>>()
    };
    let mut groups = Vec::new();
    let mut level = 0;
    // Pretrainings may start from each other.
    while !first.is_empty() {
        let open: BTreeSet<JobId> = first.iter().map(|planned| planned.id.clone()).collect();
        let waits = |planned: &Planned| {
            let needed = planned.job.initialisation.depends_on();
            needed.is_some_and(|needed| open.contains(needed))
        };
        let (later, now): (Vec<Planned>, Vec<Planned>) = first.into_iter().partition(waits);
        groups.extend(arrays(&each(now), true, level));
        first = later;
        level += 1;
    }
    groups.extend(arrays(&tasks, false, level));
    groups.extend(arrays(&each(ahead), true, level));
    groups
}

/// A task each.
fn each(jobs: Vec<Planned>) -> Vec<Vec<Planned>> {
    jobs.into_iter().map(|planned| vec![planned]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use study::{Library, Options, Plan};

    /// Pilots wait for their own bodies and for no others.
    #[test]
    fn what_nothing_starts_from_yet_goes_last() {
        let plan = Plan::new(&Library::embedded(), "modality", &Options::profile("tiny")).unwrap();
        let missing = plan.missing(|_| false);
        assert!(!plan.next.is_empty());
        let groups = groups(&missing, &Forecast::new(Vec::new()), 60.0, 1000);
        let jobs = |group: &Group| group.ids().concat();
        let all: Vec<JobId> = groups.iter().flat_map(jobs).collect();
        let once: BTreeSet<&JobId> = all.iter().collect();
        assert_eq!((all.len(), once.len()), (missing.len(), missing.len()));
        let (last, others) = groups.split_last().unwrap();
        assert_eq!(jobs(last).into_iter().collect::<BTreeSet<_>>(), plan.next);
        assert!(last.is_pretraining);
        assert!(others.iter().all(|group| group.level <= last.level));
        let before = others.iter().flat_map(jobs);
        assert!(before.into_iter().all(|id| !plan.next.contains(&id)));
    }
}
