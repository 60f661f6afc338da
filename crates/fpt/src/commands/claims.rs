use crate::arguments::{ClaimsArguments, ClaimsFormat};
use crate::claims_file;
use crate::context::Context;
use crate::exit::{Exit, Problem};
use crate::hint;
use crate::{out, planning, print, shown};
use evidence::{Cell, Selected, findings, select};
use report::claims::{ClaimRow, claim_rows, csv, json, markdown, terminal};
use results::Store;
use std::collections::BTreeSet;
use study::{Plan, Shelf};

/// Says what is found of each claim. Nothing is trained and no file of a study is written.
pub fn run(context: &Context, arguments: &ClaimsArguments) -> Result<Exit, Problem> {
    let store = context.read_store()?;
    let is_asked = !arguments.names.is_empty();
    let names = match is_asked {
        true => arguments.names.clone(),
        false => context.experiments.names(Shelf::Studies),
    };
    let (mut rows, mut exit) = (Vec::new(), Exit::Done);
    for name in &names {
        if !is_asked && !arguments.all && !store.study_dir(name).is_dir() {
            continue;
        }
        match of_study(context, &store, name) {
            Ok(of_study) => rows.extend(of_study),
            Err(problem) if is_asked => return Err(problem),
            // One study that cannot be read must not hide the others.
            Err(problem) => {
                print::note(problem);
                exit = Exit::Failed;
            }
        }
    }
    if rows.is_empty() {
        print::note(match is_asked {
            true if arguments.selection.filter.is_empty() => {
                "these studies claim nothing: a `[[claim]]` in a study's file says what is claimed"
                    .to_owned()
            }
            true => {
                "these studies claim nothing of the cells that the filter leaves alone".to_owned()
            }
            false => format!(
                "no study has results here: {} runs the first",
                hint::command(&["study", "modality"])
            ),
        });
    }
    let format = arguments.format();
    let text = match format {
        ClaimsFormat::Table => terminal(&rows, print::width()),
        ClaimsFormat::Markdown => markdown(&rows),
        ClaimsFormat::Csv => csv(&rows),
        ClaimsFormat::Json => json(&rows),
        ClaimsFormat::Parquet => String::new(),
    };
    match (&arguments.out, format) {
        (Some(path), ClaimsFormat::Parquet) => claims_file::write(&out::file(path)?, &rows)?,
        (Some(path), _) => out::write(path, text.as_bytes())?,
        (None, _) => print::data(text.trim_end()),
    }
    Ok(exit)
}

fn of_study(context: &Context, store: &Store, name: &str) -> Result<Vec<ClaimRow>, Problem> {
    let plan = shown::asked(context, name, store)?;
    if plan.question.claims.is_empty() {
        return Ok(Vec::new());
    }
    let (runs, curves) = planning::stored(context, name, store)?.runs(&plan.cells);
    let Plan {
        question, profile, ..
    } = &plan;
    let Selected {
        cells,
        runs,
        curves,
        ..
    } = select(question, &runs, &curves, &plan.all_cells());
    // A claim is corrected for all that its study claims, whichever are shown.
    let mut found = findings(question, &runs, &curves, &cells);
    let part = plan.clone().part(&context.options).all_cells();
    let places: BTreeSet<_> = part.iter().map(Cell::place).collect();
    found.retain(|finding| {
        finding
            .claim
            .terms
            .iter()
            .all(|term| places.contains(&term.place))
    });
    Ok(claim_rows(profile, question, &found))
}
