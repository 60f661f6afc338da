//! Pages: everything that is known of a study, or of several, in one file.

use crate::blocks::Report;
use crate::error::ReportError;
use crate::figure::{Drawing, drawings};
use crate::render::html::{self, Part};
use crate::summary::Summary;

/// What a study's own page is called, beside its tables.
pub const PAGE: &str = "report.html";

/// A study as a page has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Studied {
    pub summary: Summary,
    told: Told,
    /// Whether its own page lies in its folder, beside a page of several: that one then leads on to it.
    has_page: bool,
}

impl Studied {
    /// # Errors
    /// [`ReportError::Figure`].
    pub fn new(summary: Summary) -> Result<Self, ReportError> {
        let drawings = drawings(&summary)?;
        Ok(Self {
            told: Told::of(&summary, drawings),
            summary,
            has_page: false,
        })
    }

    /// What its tables say.
    pub fn report(&self) -> &Report {
        &self.told.report
    }

    /// The same, whose own page lies in its folder or does not.
    #[must_use]
    pub fn with_page(self, has_page: bool) -> Self {
        Self { has_page, ..self }
    }

    fn part<'a>(&'a self, report: &'a Report) -> Part<'a> {
        Part {
            report,
            drawings: &self.told.drawings,
            leads_on: self.has_page,
        }
    }
}

/// What a page says and draws of a summary.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub report: Report,
    drawings: Vec<Drawing>,
}

impl Told {
    /// `drawings` are the summary's.
    pub fn of(summary: &Summary, drawings: Vec<Drawing>) -> Self {
        Self {
            report: Report::of(summary),
            drawings,
        }
    }

    /// The text of the page.
    pub fn page(&self) -> String {
        html::page(&Part {
            report: &self.report,
            drawings: &self.drawings,
            leads_on: false,
        })
    }
}

/// The text of a study's `report.html`.
pub fn page(study: &Studied) -> String {
    study.told.page()
}

/// How much of each study is on a page of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everything.
    Whole,
    /// Its claims and its tables of cells.
    Short,
}

/// The text of a page of several studies; `left_out` names those that are not on it, and why.
pub fn pages(studies: &[Studied], left_out: &[(String, String)], extent: Extent) -> String {
    let report = |study: &Studied| match extent {
        Extent::Whole => study.told.report.clone(),
        Extent::Short => study.told.report.digest(),
    };
    let reports: Vec<Report> = studies.iter().map(report).collect();
    let parts = studies.iter().zip(&reports);
    let parts: Vec<Part<'_>> = parts.map(|(study, report)| study.part(report)).collect();
    html::pages(&parts, left_out)
}
