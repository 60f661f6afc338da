//! A report in each format. A renderer knows blocks and nothing of studies.

mod best;
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
    /// For `booktabs`.
    Latex,
    /// For `booktabs` and `siunitx`: numbers with their uncertainty, aligned at the point.
    Siunitx,
}

impl TableFormat {
    /// All that are written of every report, in this order.
    pub(crate) const ALL: [Self; 3] = [Self::Markdown, Self::Csv, Self::Latex];

    /// The name of its file.
    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Markdown => "table.md",
            Self::Csv => "table.csv",
            Self::Latex | Self::Siunitx => "table.tex",
        }
    }

    /// What its files end in.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Csv => "csv",
            Self::Latex | Self::Siunitx => "tex",
        }
    }

    /// The whole of a report.
    pub(crate) fn render(self, report: &Report) -> String {
        match self {
            Self::Markdown => markdown::render(report),
            Self::Csv => csv::render(report),
            Self::Latex => latex::render(report, latex::Numbers::AsText),
            Self::Siunitx => latex::render(report, latex::Numbers::Siunitx),
        }
    }
}
