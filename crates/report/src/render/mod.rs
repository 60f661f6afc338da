//! A report in each format. A renderer knows blocks and nothing of studies.

mod csv;
pub(crate) mod grid;
pub(crate) mod html;
mod latex;
pub(crate) mod markdown;

use crate::blocks::Report;

/// What a report's tables are written as; a page needs the figures as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    Markdown,
    Csv,
    Latex,
}

impl TableFormat {
    /// All that are written of every report, in this order.
    pub(crate) const ALL: [Self; 3] = [Self::Markdown, Self::Csv, Self::Latex];

    /// The name of its file.
    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Markdown => "table.md",
            Self::Csv => "table.csv",
            Self::Latex => "table.tex",
        }
    }

    /// The whole of a report.
    pub(crate) fn render(self, report: &Report) -> String {
        match self {
            Self::Markdown => markdown::render(report),
            Self::Csv => csv::render(report),
            Self::Latex => latex::render(report),
        }
    }
}
