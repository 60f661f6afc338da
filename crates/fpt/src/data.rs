use crate::checkpoints;
use crate::context::Context;
use crate::exit::{Failing, Problem};
use crate::fetching::Fetching;
use crate::left_out::Missing;
use crate::print;
use data::{DataDir, DataError, Item};
use std::collections::{BTreeMap, BTreeSet};
use study::Planned;
use training::Initialisation;

/// Gets what the jobs read: data, and the checkpoints that they start from. What cannot be had is no
/// failure here: its jobs will wait for it, and the others run.
pub fn fetch_for(context: &Context, jobs: &[Planned]) -> Result<Vec<Missing>, Problem> {
    fetch_checkpoints(jobs);
    let mut items: BTreeMap<&str, &'static Item> = BTreeMap::new();
    for planned in jobs {
        let task = &planned.job.task;
        let needed = tasks::data(&task.name, &task.settings).failing("see what data is needed")?;
        items.extend(needed.into_iter().map(|item| (item.name, item)));
    }
    let data = DataDir::new(&context.data);
    let mut missing = Vec::new();
    for item in items.into_values() {
        match fetch(context, item, &data) {
            Ok(()) => {}
            Err(DataError::MissingData { tried, .. }) => {
                let name = item.name;
                print::note(format_args!(
                    "{name}: not to be had; what needs it is left out"
                ));
                missing.push(Missing { item, tried });
            }
            Err(error) => print::note(format_args!("cannot have {}: {error}", item.name)),
        }
    }
    Ok(missing)
}

/// Downloads the checkpoints that jobs start from, each once; a job whose checkpoint cannot be had
/// says so itself.
fn fetch_checkpoints(jobs: &[Planned]) {
    let sources = jobs
        .iter()
        .filter_map(|planned| match &planned.job.initialisation {
            Initialisation::Checkpoint(checkpoint) => Some(checkpoint.source.as_str()),
            Initialisation::Random {} | Initialisation::Job { .. } => None,
        });
    for source in sources.collect::<BTreeSet<_>>() {
        if let Err(error) = checkpoints::folder(source) {
            print::note(format_args!("cannot have {source}: {error}"));
        }
    }
}

/// Sees to it that one item is here, and says what is done for it.
fn fetch(context: &Context, item: &Item, data: &DataDir) -> Result<(), DataError> {
    let mut fetching = Fetching::new(item);
    let fetched = data::fetch(item, data, &mut |progress| fetching.tell(progress))?;
    if fetched.source.is_some() {
        let folder = context.shown(&fetched.folder);
        print::note(format_args!(
            "{}: in {folder} ({})",
            item.name, item.licence
        ));
    }
    Ok(())
}
