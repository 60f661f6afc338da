use crate::context::Context;
use crate::exit::{Exit, Problem};
use crate::report;

/// Writes the figures of what is finished and says where they are.
pub fn run(context: &Context, name: &str) -> Result<Exit, Problem> {
    let plan = context.plan(name)?;
    let store = context.open_store()?;
    report::figures(context, &plan, &store)?;
    Ok(Exit::Done)
}
