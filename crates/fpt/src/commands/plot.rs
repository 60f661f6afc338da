use crate::contents;
use crate::context::Context;
use crate::exit::{Exit, Problem};
use crate::{planning, reports, study_folder};

/// Writes the figures of what is finished and says where they are.
pub fn run(context: &Context, name: &str) -> Result<Exit, Problem> {
    let plan = planning::plan_as_run(context, name)?;
    let store = context.open_store()?;
    study_folder::claim(context, name, &plan, &store)?;
    contents::record(&store, &plan)?;
    reports::plot(context, name, &plan, &store)?;
    Ok(Exit::Done)
}
