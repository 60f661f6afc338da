use crate::along::{PlotOptions, Width};
use crate::blocks::Report;
use crate::drawn_from;
use crate::error::ReportError;
use crate::figure::{Figure, Gallery};
use crate::file_names::file_names;
use crate::format::choice;
use crate::page::{PAGE, Told};
use crate::pdf;
use crate::render::{TableFormat, markdown};
use crate::summary::Summary;
use evidence::Choice;
use std::fs;
use std::path::{Path, PathBuf};
use threads::beside;

/// The files of a report and what a terminal shows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// `table.md`, which reads well as plain text.
    pub table: String,
    /// Every file of the report, whether its bytes changed or not.
    pub paths: Vec<PathBuf>,
}

/// Writes a study's tables, its page and its figures into `dir`; a file whose bytes would not change is left
/// alone.
///
/// # Errors
/// Those of [`figures`](crate::figures()); [`ReportError::Io`] where a file cannot be written.
pub fn write(summary: &Summary, dir: &Path) -> Result<Written, ReportError> {
    let gallery = Gallery::of(summary, Width::default(), Some(dir));
    let told = || {
        let told = Told::of(summary, gallery.drawings()?);
        let page = told.page();
        // Of figures that are drawn for the first time some are left.
        gallery.go_on();
        Ok::<_, ReportError>((told.report, page))
    };
    let ((), told) = beside(|| gallery.go_on(), told);
    let (report, page) = told?;
    let mut paths = Vec::new();
    for format in TableFormat::ALL {
        let text = format.render(&report);
        paths.push(put(dir, format.file(), text.as_bytes())?);
    }
    paths.push(put(dir, PAGE, page.as_bytes())?);
    // Tables and page are kept where a figure cannot be made a PNG.
    paths.extend(draw(&gallery.figures()?, dir)?);
    Ok(Written {
        table: markdown::render(&report),
        paths,
    })
}

/// Writes the figures alone, as PDF too where that is asked for, and returns their paths.
///
/// # Errors
/// As [`write()`].
pub fn plot(
    summary: &Summary,
    options: PlotOptions,
    dir: &Path,
) -> Result<Vec<PathBuf>, ReportError> {
    let summary = Summary {
        horizontal: options.horizontal,
        ..summary.clone()
    };
    let figures = Gallery::of(&summary, options.width, Some(dir)).figures()?;
    let mut paths = draw(&figures, dir)?;
    for figure in figures.iter().filter(|_| options.pdf) {
        let name = format!("{}.pdf", figure.name);
        paths.push(put(dir, &name, &pdf::render(&figure.svg)?)?);
    }
    Ok(paths)
}

/// The text of a study's tables, written nowhere.
pub fn table(summary: &Summary, format: TableFormat) -> String {
    format.render(&Report::of(summary))
}

/// Every job with its id instead, one a row.
pub fn jobs(summary: &Summary, format: TableFormat) -> String {
    format.render(&Report::of_jobs(summary))
}

/// The tables in parts, one for each value of the axes that are neither rows nor columns, with a name for its file.
pub fn slices(summary: &Summary, format: TableFormat) -> Vec<(String, String)> {
    let study = &summary.question.name;
    let report = Report::of(summary);
    if format == TableFormat::Csv {
        // Its rows say where they stand.
        let name = format!("{study}.{}", format.extension());
        return vec![(name, format.render(&report))];
    }
    let choices: Vec<Choice> = summary
        .sheets
        .iter()
        .map(|sheet| sheet.fixed.clone())
        .collect();
    let names = file_names(&choices).into_iter().zip(&choices);
    let slice = |(name, fixed): (String, &Choice)| {
        let blocks = match fixed.is_empty() {
            true => report.blocks.clone(),
            false => report.under(&choice(fixed)),
        };
        let name = match name.is_empty() {
            true => study.clone(),
            false => format!("{study}-{name}"),
        };
        let part = Report {
            blocks,
            ..report.clone()
        };
        (
            format!("{name}.{}", format.extension()),
            format.render(&part),
        )
    };
    names.map(slice).collect()
}

fn draw(figures: &[Figure], dir: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let mut paths = Vec::new();
    for figure in figures {
        let [svg, png] = ["svg", "png"].map(|kind| format!("{}.{kind}", figure.name));
        paths.push(put(dir, &svg, figure.svg.as_bytes())?);
        paths.push(put_png(dir, &png, figure)?);
    }
    Ok(paths)
}

fn put(dir: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, ReportError> {
    fs::create_dir_all(dir).map_err(ReportError::io("create", dir))?;
    let path = dir.join(name);
    files::write_changed(&path, bytes).map_err(ReportError::io("write", &path))?;
    Ok(path)
}

/// A note is no reason to fail: the folder may be one to read only.
fn put_png(dir: &Path, name: &str, figure: &Figure) -> Result<PathBuf, ReportError> {
    let written = put(dir, name, &figure.png);
    let path = dir.join(name);
    let there = || files::read(&path).ok().flatten().unwrap_or_default();
    match written.is_err() && drawn_from::is_only_noted(&figure.svg, &figure.png, &there()) {
        true => Ok(path),
        false => written,
    }
}
