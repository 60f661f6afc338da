//! How long jobs will take here.

use crate::context::Context;
use crate::device::Kind;
use crate::pace::WORTH_MEASURING;
use crate::{arrangement, pace};
use results::{Provenance, Store};
use runner::Forecast;
use study::Planned;

/// Expected times of these jobs: after finished ones; where there are none and it takes long, at the pace that so many workers have here
/// now, which takes some seconds to measure.
pub fn of_jobs(context: &Context, store: &Store, jobs: &[Planned]) -> Forecast {
    let kind = context.device.kind();
    let forecast = from(store, kind, alone);
    let arrangement = arrangement::expected(context, jobs);
    let (workers, threads) = (arrangement.workers, arrangement.threads_each());
    let is_known = forecast.backed_by() > 0 || kind != Kind::Flex;
    if is_known || forecast.wall(jobs, workers) < WORTH_MEASURING {
        return forecast;
    }
    let longest = jobs
        .iter()
        .max_by(|a, b| f64::total_cmp(&forecast.seconds(&a.job), &forecast.seconds(&b.job)));
    match longest.and_then(|planned| pace::rate(&planned.job, workers, threads)) {
        Some(rate) => forecast.at(rate),
        None => forecast,
    }
}

/// Expected times on the clock, from all finished jobs of a store that devices of this kind computed, whichever study asked for them.
pub fn of(store: &Store, kind: Kind) -> Forecast {
    from(store, kind, |record, _| record.wall_seconds)
}

fn from(store: &Store, kind: Kind, seconds: fn(&Provenance, Kind) -> f64) -> Forecast {
    // What cannot be read tells nothing; whoever needs it says so.
    let ids = store.ids().unwrap_or_default();
    let timed = ids.iter().filter_map(|id| {
        let folder = store.job(id);
        let record = folder.provenance().ok().flatten()?;
        (record.device_kind() == kind.name()).then_some(())?;
        Some((folder.job().ok().flatten()?, seconds(&record, kind)))
    });
    Forecast::new(timed.collect())
}

/// Seconds that a job took, without what it waited for others: at most as long as all its threads computed. On other devices than the CPU it
/// waits for those.
fn alone(record: &Provenance, kind: Kind) -> f64 {
    match (kind, record.processor_seconds) {
        (Kind::Flex, Some(computed)) => record.wall_seconds.min(computed),
        _ => record.wall_seconds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_machine_spent_on_others_is_not_forecast() {
        let record = |wall_seconds, processor_seconds| {
            let text = format!(
                r#"{{ "wall-seconds": {wall_seconds}, "device": "flex", "threads": 1, "version": "0", "finished-at": 0 }}"#
            );
            let record: Provenance =
                serde_json::from_str(&text).unwrap_or_else(|why| panic!("{why}"));
            Provenance {
                processor_seconds,
                ..record
            }
        };
        let on_cpu = |wall, processor| alone(&record(wall, processor), Kind::Flex);
        assert_eq!(on_cpu(100.0, Some(40.0)), 40.0);
        // Of several threads; of an earlier version.
        assert_eq!(on_cpu(100.0, Some(180.0)), 100.0);
        assert_eq!(on_cpu(100.0, None), 100.0);
        assert_eq!(alone(&record(100.0, Some(3.0)), Kind::Cuda), 100.0);
    }
}
