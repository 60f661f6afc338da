use results::Store;
use runner::Forecast;
use study::Plan;

/// Expected times from the finished jobs of a plan.
pub fn of(store: &Store, plan: &Plan) -> Forecast {
    let timed = plan.jobs.iter().filter_map(|planned| {
        let record = store.job(&planned.id).provenance().ok().flatten()?;
        Some((planned.job.clone(), record.wall_seconds))
    });
    Forecast::new(timed.collect())
}
