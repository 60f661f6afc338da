use crate::context::Context;
use crate::exit::{Exit, Problem};
use crate::{reports, study_folder};

/// Writes and prints the table of what is finished.
pub fn run(context: &Context, name: &str) -> Result<Exit, Problem> {
    let plan = context.plan_as_run(name)?;
    let store = context.open_store()?;
    study_folder::claim(context, name, &plan, &store)?;
    reports::write(context, name, &plan, &store)?;
    Ok(Exit::Done)
}
