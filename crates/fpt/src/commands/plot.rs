use crate::arguments::PlotArguments;
use crate::context::Context;
use crate::exit::{Exit, Problem};
use crate::{contents, planning, reports, shown, study_folder};

/// Writes the figures of what is finished and says where they are.
pub fn run(context: &Context, arguments: &PlotArguments) -> Result<Exit, Problem> {
    let (name, layout) = (arguments.name.as_str(), &arguments.layout);
    if let Some(into) = &arguments.out {
        if into.is_file() {
            let into = into.display();
            return Err(Problem::Asked(format!(
                "{into} is a file: --out names a folder"
            )));
        }
        let plan = shown::part(context, name, layout)?;
        let store = context.read_store()?;
        study_folder::refuse_another_s(context, name, &plan, &store)?;
        reports::plot_into(context, name, &plan, &store, arguments.options(), into)?;
        return Ok(Exit::Done);
    }
    if arguments.is_another() {
        return Err(Problem::Asked(
            "the study's folder has the figures of all of it, along gradient steps, as SVG and PNG: name a folder for others, and for PDF, with --out DIR".to_owned(),
        ));
    }
    let plan = planning::plan_as_run(context, name)?;
    let store = context.store_with_results()?;
    let plan = shown::whole(context, name, plan, &store)?;
    shown::tell_more(name, &plan, &store)?;
    study_folder::claim(context, name, &plan, &store)?;
    contents::record(&store, &plan)?;
    reports::plot(context, name, &plan, &store)?;
    Ok(Exit::Done)
}
