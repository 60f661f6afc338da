use crate::device::Kind;
use results::Store;
use runner::Forecast;

/// Expected times from all finished jobs of a store that devices of this kind computed, whichever study asked for them.
pub fn of(store: &Store, kind: Kind) -> Forecast {
    // What cannot be read tells nothing; whoever needs it says so.
    let ids = store.ids().unwrap_or_default();
    let timed = ids.iter().filter_map(|id| {
        let folder = store.job(id);
        let record = folder.provenance().ok().flatten()?;
        (record.device_kind() == kind.name()).then_some(())?;
        Some((folder.job().ok().flatten()?, record.wall_seconds))
    });
    Forecast::new(timed.collect())
}
