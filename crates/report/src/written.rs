use crate::blocks::Report;
use crate::error::ReportError;
use crate::figure::figures;
use crate::render::{RENDERERS, markdown};
use crate::summary::Summary;
use results::{Cell, Curve, Run, atomic_write};
use std::fs;
use std::path::{Path, PathBuf};
use study::Question;

/// The files of a report and what a terminal shows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// `table.md`, which reads well as plain text.
    pub table: String,
    /// Every file of the report, whether its bytes changed or not.
    pub paths: Vec<PathBuf>,
}

/// Writes a study's tables and figures into `dir`; a file whose bytes would not change is left
/// alone. `expected` are the cells of the plan, finished or not.
///
/// # Errors
/// Those of [`Summary::new`] and [`figures`]; [`ReportError::Results`] where a file cannot be
/// written.
pub fn write(
    question: &Question,
    runs: &[Run],
    curves: &[Curve],
    expected: &[Cell],
    dir: &Path,
) -> Result<Written, ReportError> {
    let summary = Summary::new(question, runs, curves, expected)?;
    let report = Report::of(&summary);
    let mut paths = Vec::new();
    for (name, render) in RENDERERS {
        paths.push(put(dir, name, render(&report).as_bytes())?);
    }
    paths.extend(draw(&summary, dir)?);
    Ok(Written {
        table: markdown::render(&report),
        paths,
    })
}

/// Writes the figures alone and returns their paths.
///
/// # Errors
/// As [`write()`].
pub fn plot(
    question: &Question,
    runs: &[Run],
    curves: &[Curve],
    expected: &[Cell],
    dir: &Path,
) -> Result<Vec<PathBuf>, ReportError> {
    draw(&Summary::new(question, runs, curves, expected)?, dir)
}

/// The text of `table.md`, written nowhere.
///
/// # Errors
/// Those of [`Summary::new`].
pub fn table(
    question: &Question,
    runs: &[Run],
    curves: &[Curve],
    expected: &[Cell],
) -> Result<String, ReportError> {
    let summary = Summary::new(question, runs, curves, expected)?;
    Ok(markdown::render(&Report::of(&summary)))
}

fn draw(summary: &Summary, dir: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let mut paths = Vec::new();
    for figure in figures(summary)? {
        let (svg, png) = (figure.svg.as_bytes(), &figure.png);
        paths.push(put(dir, &format!("{}.svg", figure.name), svg)?);
        paths.push(put(dir, &format!("{}.png", figure.name), png)?);
    }
    Ok(paths)
}

fn put(dir: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, ReportError> {
    let folder = |source| ReportError::Folder {
        path: dir.to_owned(),
        source,
    };
    fs::create_dir_all(dir).map_err(folder)?;
    let path = dir.join(name);
    if !fs::read(&path).is_ok_and(|old| old == bytes) {
        atomic_write(&path, bytes)?;
    }
    Ok(path)
}
