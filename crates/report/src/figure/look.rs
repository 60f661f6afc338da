use super::legend::{Entry, Mark};
use super::shape::Shape;
use super::style::colours;
use crate::format::choice;
use crate::sentence::line;
use crate::sheet::{Sheet, label};
use crate::summary::Summary;
use plotters::prelude::RGBColor;

/// What all figures of a sheet have in common.
pub(super) struct Look<'a> {
    pub summary: &'a Summary,
    pub sheet: &'a Sheet,
    /// Of each row.
    pub colours: Vec<RGBColor>,
}

impl<'a> Look<'a> {
    pub fn new(summary: &'a Summary, sheet: &'a Sheet) -> Self {
        let spec = &summary.question.table;
        let reference = spec.reference.as_ref();
        let reference = reference.filter(|(axis, _)| *axis == spec.rows);
        let reference = reference.map(|(_, value)| value.as_str());
        Self {
            summary,
            sheet,
            colours: colours(&sheet.rows, reference),
        }
    }

    /// The stem of a figure's files.
    pub fn name(&self, kind: &str) -> String {
        match self.sheet.name.as_str() {
            "" => kind.to_owned(),
            name => format!("{kind}-{name}"),
        }
    }

    pub fn title(&self) -> String {
        let question = line(&self.summary.question.question);
        match self.sheet.fixed.is_empty() {
            true => question,
            false => format!("{question} ({})", line(&choice(&self.sheet.fixed))),
        }
    }

    /// A line of the legend for each row.
    pub fn rows(&self) -> Vec<Entry> {
        let rows = self.sheet.rows.iter().zip(&self.colours).enumerate();
        let entry = |(index, (row, colour)): (usize, (&String, &RGBColor))| Entry {
            mark: Mark::Line(*colour, Shape::of(index)),
            name: line(&label(&self.summary.question.table.rows, row)),
        };
        rows.map(entry).collect()
    }
}
