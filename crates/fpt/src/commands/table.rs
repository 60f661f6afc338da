use crate::arguments::TableArguments;
use crate::context::Context;
use crate::exit::{Exit, Failing, Problem};
use crate::{each, out, print, reports, shown, study_folder};
use report::TableFormat;
use std::path::Path;

/// Writes and prints the table of what is finished; of a part, or in another layout, it is printed alone.
pub fn run(context: &Context, arguments: &TableArguments) -> Result<Exit, Problem> {
    match &arguments.of.name {
        None => each::with_results(context, arguments.is_another(), whole),
        Some(name) if arguments.is_another() => another(context, name, arguments),
        Some(name) => whole(context, name),
    }
}

/// A part, another layout or another format: printed, or written where the user says.
fn another(context: &Context, name: &str, arguments: &TableArguments) -> Result<Exit, Problem> {
    let plan = shown::part(context, name, &arguments.layout)?;
    let store = context.read_store()?;
    study_folder::refuse_another_s(context, name, &plan, &store)?;
    let format = arguments.format();
    let folder = arguments.out.as_ref().filter(|path| is_folder(path));
    if arguments.jobs && !matches!(format, TableFormat::Markdown | TableFormat::Csv) {
        let way_out =
            "a list of jobs is written as markdown or csv; `fpt table` without --jobs has LaTeX";
        return Err(Problem::Asked(way_out.to_owned()));
    }
    if arguments.jobs && folder.is_some() {
        let way_out = "a list of jobs has no parts: name a file, --out jobs.csv";
        return Err(Problem::Asked(way_out.to_owned()));
    }
    let (summary, unread) = reports::look(context, name, &plan, &store)?;
    let exit = reports::unread(&unread);
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder).failing(&format!("create {}", folder.display()))?;
        for (file, text) in report::slices(&summary, format) {
            let path = folder.join(file);
            out::write(&path, text.as_bytes())?;
            print::say(context.shown(&path));
        }
        return Ok(exit);
    }
    let table = match arguments.jobs {
        true => report::jobs(&summary, format),
        false => report::table(&summary, format),
    };
    match &arguments.out {
        Some(path) => out::write(path, table.as_bytes())?,
        None => print::data(table.trim_end()),
    }
    Ok(exit)
}

/// The table, the page and the figures in a study's folder.
fn whole(context: &Context, name: &str) -> Result<Exit, Problem> {
    let (plan, store) = shown::as_run(context, name)?;
    reports::write(context, name, &plan, &store)
}

/// Whether a folder is meant: one is there, or the name ends as a folder's.
fn is_folder(path: &Path) -> bool {
    path.is_dir()
        || path
            .as_os_str()
            .to_string_lossy()
            .ends_with(std::path::is_separator)
}
