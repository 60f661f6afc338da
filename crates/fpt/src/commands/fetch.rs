use crate::context::Context;
use crate::exit::{Exit, Problem};
use crate::fetching::Fetching;
use crate::print;
use data::{DataDir, Fetched, ITEMS, Item};
use std::path::Path;
use std::time::Instant;

/// Gets the named data, or all of it, from its sources or from a folder.
pub fn run(context: &Context, names: &[String], from: Option<&Path>) -> Result<Exit, Problem> {
    context.use_cores()?;
    let started = Instant::now();
    let items = items(context, names)?;
    if let Some(from) = from.filter(|from| !from.is_dir()) {
        let from = from.display();
        return Err(Problem::Asked(format!(
            "--from {from} is no folder: name one with the data's files in it"
        )));
    }
    let data = DataDir::new(&context.data);
    let is_missing = |item: &&Item| data.find(item).is_err();
    if items.iter().any(is_missing) {
        data.check()
            .map_err(|error| Problem::Asked(error.to_string()))?;
    }
    let mut here = 0;
    for item in &items {
        let begun = Instant::now();
        let mut fetching = Fetching::new(item);
        let mut tell = |progress| fetching.tell(progress);
        let got = match from {
            Some(from) => data::take(item, from, &data, &tasks::readable, &mut tell),
            None => data::fetch(item, &data, &mut tell),
        };
        drop(fetching);
        match got {
            Ok(fetched) => {
                here += 1;
                say(context, item, &data, &fetched, begun);
            }
            // Whoever names no item takes what the folder has.
            Err(missing) if missing.is_missing() && from.is_some() && names.is_empty() => {
                print::note(format_args!("{}: not in that folder", item.name));
            }
            Err(error) => print::note(format_args!("cannot have {}: {error}", item.name)),
        }
    }
    let all = items.len();
    let took = print::short_span(started.elapsed().as_secs_f64());
    match (here == all, from) {
        (true, _) if all == 0 => {}
        (true, _) => print::say(format_args!("all {all} here ({took})")),
        (false, _) => print::say(format_args!("{here} of {all} here ({took})")),
    }
    let enough = match (from, names.is_empty()) {
        (Some(_), true) => here > 0,
        _ => here == all,
    };
    Ok(if enough { Exit::Done } else { Exit::Failed })
}

/// The items of these names, each once; a task's name stands for what it needs.
fn items(context: &Context, names: &[String]) -> Result<Vec<&'static Item>, Problem> {
    if names.is_empty() {
        let fetched = ITEMS.into_iter().filter(|item| !item.sources.is_empty());
        return Ok(fetched.collect());
    }
    let mut items: Vec<&'static Item> = Vec::new();
    for name in names {
        let found = match data::item(name) {
            Ok(item) => vec![item],
            Err(_) if tasks::entry(name).is_ok() => {
                let task = study::task(&context.experiments, &context.options.profile, name, None)?;
                let needed = tasks::data(name, &task.settings);
                let needed = needed.map_err(|error| Problem::Asked(error.to_string()))?;
                if needed.is_empty() {
                    print::say(format_args!("{name} needs no data: it is generated"));
                }
                needed
            }
            Err(error) => {
                let tasks = tasks::REGISTRY.iter().map(|entry| entry.name);
                let tasks = tasks.collect::<Vec<_>>().join(", ");
                return Err(Problem::Asked(format!("{error}; or a task: {tasks}")));
            }
        };
        for item in found {
            if items.iter().all(|known| known.name != item.name) {
                items.push(item);
            }
        }
    }
    Ok(items)
}

/// Where an item is, from where, and under which terms.
fn say(context: &Context, item: &Item, data: &DataDir, fetched: &Fetched, begun: Instant) {
    let folder = context.shown(&fetched.folder);
    let size = print::size(data.bytes(item).unwrap_or_default());
    let how = match (&fetched.source, data.origin(item)) {
        (Some(source), _) => {
            let took = print::short_span(begun.elapsed().as_secs_f64());
            format!("from {source} in {took}")
        }
        (None, Some(source)) => format!("already here, from {source}"),
        (None, None) => "already here".to_owned(),
    };
    print::say(format_args!(
        "{}: {size} in {folder}, {how}\n  licence: {}\n  citation: {}",
        item.name, item.licence, item.citation
    ));
}
