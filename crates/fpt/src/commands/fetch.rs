use crate::context::Context;
use crate::data;
use crate::exit::{Exit, Problem};
use crate::print;
use tasks::{DataDir, ITEMS, Item};

/// Gets the named data, or all of it.
pub fn run(context: &Context, names: &[String]) -> Result<Exit, Problem> {
    let named = names.iter().map(|name| tasks::item(name));
    let named: Result<Vec<&Item>, _> = named.collect();
    let mut items = named.map_err(|error| Problem::Asked(error.to_string()))?;
    if items.is_empty() {
        items = ITEMS.to_vec();
    }
    let folder = DataDir::new(&context.data);
    let mut exit = Exit::Done;
    for item in items {
        match data::fetch(context, item, &folder) {
            Ok(()) => print::say(format_args!("{} is here", item.name)),
            Err(error) => {
                print::note(format_args!("cannot have {}: {error}", item.name));
                exit = Exit::Failed;
            }
        }
    }
    Ok(exit)
}
