use crate::arguments::{ClaimsArguments, ClaimsFormat};
use crate::claims_file;
use crate::context::Context;
use crate::exit::{Exit, Problem};
use crate::hint;
use crate::{out, planning, print, reports, shown, study_folder};
use evidence::{Cell, Curve, Run, findings, select};
use report::claims::{ClaimRow, claim_rows, csv, json, markdown, terminal};
use results::{ResultsError, Row, Store};
use std::collections::BTreeSet;
use study::Plan;

/// Says what is found of each claim. Nothing is trained and no file of a study is written.
pub fn run(context: &Context, arguments: &ClaimsArguments) -> Result<Exit, Problem> {
    let store = context.read_store()?;
    let is_asked = !arguments.names.is_empty();
    let names = study_folder::asked(context, &store, &arguments.names, arguments.all);
    let (mut rows, mut exit) = (Vec::new(), Exit::Done);
    for name in &names {
        match of_study(context, &store, name) {
            Ok((of_study, unread)) => {
                rows.extend(of_study);
                exit = exit.and(reports::unread(&unread));
            }
            Err(problem) if is_asked => return Err(problem),
            // One study that cannot be read must not hide the others.
            Err(problem) => {
                print::note(format_args!("left out: {name}: {problem}"));
                exit = Exit::Failed;
            }
        }
    }
    if rows.is_empty() && exit == Exit::Done {
        let claim = match names.len() {
            1 => "this study claims",
            _ => "these studies claim",
        };
        print::note(
            match (names.is_empty(), arguments.selection.filter.is_empty()) {
                (true, _) => format!(
                    "no study has results here: {} runs the first",
                    hint::command(&["study", "modality"])
                ),
                (false, true) => {
                    format!("{claim} nothing: a `[[claim]]` in a study's file says what is claimed")
                }
                (false, false) => {
                    format!("{claim} nothing of the cells that the filter leaves alone")
                }
            },
        );
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

/// A row a claim, and what of the study cannot be read.
fn of_study(
    context: &Context,
    store: &Store,
    name: &str,
) -> Result<(Vec<ClaimRow>, Vec<ResultsError>), Problem> {
    let plan = shown::asked(context, name, store)?;
    if plan.question.claims.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let (rows, unread) = planning::stored(context, name, store)?.rows(&plan.cells);
    let (runs, curves): (Vec<Run>, Vec<Curve>) = rows.into_iter().map(Row::parts).unzip();
    let Plan {
        question, profile, ..
    } = &plan;
    let selected = select(question, &runs, &curves, &plan.all_cells());
    // A claim is corrected for all that its study claims, whichever are shown.
    let mut found = findings(&selected.evidence(question));
    let part = plan.clone().part(&context.options).all_cells();
    let places: BTreeSet<_> = part.iter().map(Cell::place).collect();
    found.retain(|finding| {
        finding
            .claim
            .terms
            .iter()
            .all(|term| places.contains(&term.place))
    });
    Ok((claim_rows(profile, question, &found), unread))
}
