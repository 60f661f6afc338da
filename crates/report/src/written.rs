use crate::{ReportError, Summary, csv, figures, latex, markdown};
use results::{Cell, Curve, ResultsError, Run};
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
    let table = markdown::render(&summary);
    let mut paths = vec![
        put(dir, "table.md", table.as_bytes())?,
        put(dir, "table.csv", csv::render(&summary).as_bytes())?,
        put(dir, "table.tex", latex::render(&summary).as_bytes())?,
    ];
    paths.extend(plot(question, runs, curves, expected, dir)?);
    Ok(Written { table, paths })
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
    let summary = Summary::new(question, runs, curves, expected)?;
    let mut paths = Vec::new();
    for figure in figures(&summary)? {
        paths.push(put(
            dir,
            &format!("{}.svg", figure.name),
            figure.svg.as_bytes(),
        )?);
        paths.push(put(dir, &format!("{}.png", figure.name), &figure.png)?);
    }
    Ok(paths)
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
    Ok(markdown::render(&Summary::new(
        question, runs, curves, expected,
    )?))
}

fn put(dir: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, ReportError> {
    let folder = |source| ReportError::Folder {
        path: dir.to_owned(),
        source,
    };
    fs::create_dir_all(dir).map_err(folder)?;
    let path = dir.join(name);
    files::write_changed(&path, bytes).map_err(|source| ResultsError::Io {
        action: "write",
        path: path.clone(),
        source,
    })?;
    Ok(path)
}
