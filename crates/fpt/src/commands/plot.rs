use crate::arguments::PlotArguments;
use crate::context::Context;
use crate::exit::{Exit, Problem};
use crate::{each, reports, shown, study_folder};

/// Writes the figures of what is finished and says where they are.
pub fn run(context: &Context, arguments: &PlotArguments) -> Result<Exit, Problem> {
    let layout = &arguments.layout;
    let Some(name) = &arguments.of.name else {
        let is_part = arguments.out.is_some() || arguments.is_another();
        return each::with_results(context, is_part, whole);
    };
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
        let (summary, unread) = reports::look(context, name, &plan, &store)?;
        let exit = reports::unread(&unread);
        return reports::draw(context, name, &summary, arguments.options(), into).map(|()| exit);
    }
    if arguments.is_another() {
        return Err(Problem::Asked(
            "the study's folder has the figures of all of it, along gradient steps, as SVG and PNG: name a folder for others, and for PDF, with --out DIR".to_owned(),
        ));
    }
    whole(context, name)
}

/// The figures in a study's folder.
fn whole(context: &Context, name: &str) -> Result<Exit, Problem> {
    let (plan, store) = shown::as_run(context, name)?;
    reports::plot(context, name, &plan, &store)
}
