use crate::arguments::ReportArguments;
use crate::context::Context;
use crate::exit::{Exit, Failing, Problem};
use crate::hint;
use crate::{contents, out, print, reports, shown, study_folder};
use report::{Extent, PAGE, Studied, page, pages};
use results::{ResultsError, Store};
use std::path::Path;
use study::Plan;

/// Writes the page of each study that is named beside its tables; one page of all of them where a file is named, or no
/// study.
pub fn run(context: &Context, arguments: &ReportArguments) -> Result<Exit, Problem> {
    let store = context.read_store()?;
    let is_asked = !arguments.names.is_empty();
    let is_part = arguments.selection.is_part();
    if is_part && (!is_asked || arguments.out.is_none()) {
        return Err(Problem::Asked(
            "the page beside a study's tables is of all of it: name the study, and a file for the page of a part with --out FILE"
                .to_owned(),
        ));
    }
    let names = study_folder::asked(context, &store, &arguments.names, arguments.all);
    let (mut found, mut left_out, mut exit) = (Vec::new(), Vec::new(), Exit::Done);
    for name in names {
        match of_study(context, &store, &name) {
            Ok((plan, study, unread)) => {
                exit = exit.and(reports::unread(&unread));
                found.push((name, plan, study));
            }
            Err(problem) if is_asked && problem.exit() == Exit::BadInput => return Err(problem),
            // One study that cannot be read must not hide the others.
            Err(problem) => {
                print::note(format_args!("left out: {name}: {problem}"));
                left_out.push((name, problem.to_string()));
                exit = Exit::Failed;
            }
        }
    }
    if found.is_empty() && left_out.is_empty() {
        return Err(Problem::Asked(format!(
            "no study has results here: {} runs the first, and --all makes a page of what is missing",
            hint::command(&["study", "modality"])
        )));
    }
    if found.is_empty() {
        return Ok(exit);
    }
    if is_asked && arguments.out.is_none() {
        for (name, plan, study) in &found {
            let store = context.store_with_results()?;
            study_folder::claim(context, name, plan, &store)?;
            contents::record(&store, plan)?;
            let path = store.study_dir(&plan.question.name).join(PAGE);
            put(context, &path, &page(study))?;
        }
        return Ok(exit);
    }
    let has_page = |name: &str, plan: &Plan| {
        let page = store.study_dir(&plan.question.name).join(PAGE);
        arguments.out.is_none()
            && page.is_file()
            && !study_folder::is_another_s(context, name, &plan.question.name, &store)
    };
    let studied =
        |(name, plan, study): (String, Plan, Studied)| study.with_page(has_page(&name, &plan));
    let mut studies: Vec<Studied> = found.into_iter().map(studied).collect();
    let text = match (studies.as_slice(), left_out.is_empty() && is_asked) {
        ([study], true) => page(study),
        _ => {
            studies.sort_by(|a, b| a.report().name.cmp(&b.report().name));
            let extent = match is_asked {
                true => Extent::Whole,
                false => Extent::Short,
            };
            pages(&studies, &left_out, extent)
        }
    };
    match &arguments.out {
        Some(path) => out::write(path, text.as_bytes())?,
        None => {
            let store = context.open_store()?;
            return put(context, &store.folder().join(PAGE), &text).map(|()| exit);
        }
    }
    Ok(exit)
}

fn of_study(
    context: &Context,
    store: &Store,
    name: &str,
) -> Result<(Plan, Studied, Vec<ResultsError>), Problem> {
    let plan = shown::asked(context, name, store)?.part(&context.options);
    let (summary, unread) = reports::look(context, name, &plan, store)?;
    Ok((plan, Studied::new(summary).failing("report")?, unread))
}

fn put(context: &Context, path: &Path, text: &str) -> Result<(), Problem> {
    files::write_changed(path, text.as_bytes()).failing("write the page")?;
    print::say(context.shown(path));
    Ok(())
}
