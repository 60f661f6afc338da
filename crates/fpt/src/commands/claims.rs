use crate::claims_file;
use crate::context::Context;
use crate::exit::{Exit, Failing, Problem};
use crate::{planning, print};
use clap::{Args, ValueEnum};
use evidence::{Selected, findings, select};
use report::claims::{ClaimRow, claim_rows, csv, json, markdown, terminal};
use results::Store;
use std::path::PathBuf;
use study::{Plan, Shelf};

/// Which claims, and how they are shown.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// Studies of experiments/, or paths ending in .toml; those that have results when absent
    #[arg(value_name = "STUDY")]
    names: Vec<String>,
    /// Every study of experiments/ that claims something, also where nothing has run
    #[arg(long, conflicts_with = "names")]
    all: bool,
    /// How
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Write it to this file
    #[arg(long, value_name = "FILE", required_if_eq("format", "parquet"))]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal, as wide as that is
    Table,
    Markdown,
    Csv,
    Json,
    /// A file: --out
    Parquet,
}

/// Says what is found of each claim. Nothing is trained and no file of a study is written.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Problem> {
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
            true => {
                "these studies claim nothing: a `[[claim]]` in a study's file says what is claimed"
            }
            false => "no study has results here: `fpt study modality` runs the first",
        });
    }
    let text = match arguments.format {
        Format::Table => terminal(&rows, print::width()),
        Format::Markdown => markdown(&rows),
        Format::Csv => csv(&rows),
        Format::Json => json(&rows),
        Format::Parquet => String::new(),
    };
    match (&arguments.out, arguments.format) {
        (Some(path), Format::Parquet) => claims_file::write(path, &rows)?,
        (Some(path), _) => {
            let written = files::write_changed(path, text.as_bytes());
            written.map(drop).failing("write the claims")?;
        }
        (None, _) => print::say(text.trim_end()),
    }
    Ok(exit)
}

fn of_study(context: &Context, store: &Store, name: &str) -> Result<Vec<ClaimRow>, Problem> {
    let plan = planning::plan_as_run(context, name)?;
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
    let found = findings(question, &runs, &curves, &cells);
    Ok(claim_rows(profile, question, &found))
}
