//! Pages: everything that is known of a study, or of several, in one file.

use crate::background::Background;
use crate::blocks::Report;
use crate::error::ReportError;
use crate::figure::{Drawing, drawings};
use crate::render::html::{self, Part};
use crate::summary::Summary;
use evidence::{Cell, Curve, Question, Run};

/// What a study's own page is called, beside its tables.
pub const PAGE: &str = "report.html";

/// A study as a page has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Studied {
    pub summary: Summary,
    pub report: Report,
    drawings: Vec<Drawing>,
}

impl Studied {
    /// `expected` are the cells of the plan, finished or not.
    ///
    /// # Errors
    /// Those of [`Summary::new`]; [`ReportError::Figure`].
    pub fn new(
        question: &Question,
        runs: &[Run],
        curves: &[Curve],
        expected: &[Cell],
        background: &Background,
    ) -> Result<Self, ReportError> {
        let summary = Summary {
            background: background.clone(),
            ..Summary::new(question, runs, curves, expected)?
        };
        Ok(Self {
            report: Report::of(&summary),
            drawings: drawings(&summary)?,
            summary,
        })
    }

    fn part(&self) -> Part<'_> {
        Part {
            report: &self.report,
            drawings: &self.drawings,
        }
    }
}

/// The text of a study's `report.html`.
pub fn page(study: &Studied) -> String {
    html::page(&study.part())
}

/// The text of a page of several studies; `left_out` names those that are not on it, and why.
pub fn pages(studies: &[Studied], left_out: &[(String, String)]) -> String {
    let parts: Vec<Part<'_>> = studies.iter().map(Studied::part).collect();
    html::pages(&parts, left_out)
}
