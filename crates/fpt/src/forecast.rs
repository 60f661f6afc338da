use crate::device::Kind;
use results::Store;
use runner::Forecast;
use study::Plan;

/// Expected times from the finished jobs of a plan that devices of this kind computed.
pub fn of(store: &Store, plan: &Plan, kind: Kind) -> Forecast {
    let timed = plan.jobs.iter().filter_map(|planned| {
        let record = store.job(&planned.id).provenance().ok().flatten()?;
        (record.device_kind() == kind.name()).then_some(())?;
        Some((planned.job.clone(), record.wall_seconds))
    });
    Forecast::new(timed.collect())
}
