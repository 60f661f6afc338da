use crate::chosen::{Chosen, Selected, select};
use crate::claims::{Finding, findings};
use crate::sheet::{Sheet, sheets};
use crate::{PaperTable, ReportError};
use results::{Cell, Curve, Run};
use study::Question;

/// What a study found: everything that its tables print.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    pub question: Question,
    pub paper: Option<PaperTable>,
    pub sheets: Vec<Sheet>,
    pub findings: Vec<Finding>,
    /// The learning rate of each cell, in a study that chooses it.
    pub chosen: Vec<Chosen>,
    /// The curves behind the tables.
    pub curves: Vec<Curve>,
}

impl Summary {
    /// Chooses learning rates where the study asks for it, pools seeds, compares with the reference and checks the claims. `expected` are the cells of
    /// the plan; those without a run are shown as unfinished.
    ///
    /// # Errors
    /// [`ReportError::UnknownPaper`], [`ReportError::NoAxis`].
    pub fn new(
        question: &Question,
        runs: &[Run],
        curves: &[Curve],
        expected: &[Cell],
    ) -> Result<Self, ReportError> {
        let paper = question
            .paper
            .as_deref()
            .map(PaperTable::find)
            .transpose()?;
        let Selected {
            cells,
            runs,
            curves,
            chosen,
        } = select(question, runs, curves, expected);
        Ok(Self {
            sheets: sheets(question, &runs, &cells, paper.as_ref())?,
            findings: findings(question, &runs, &curves, &cells),
            chosen,
            curves,
            question: question.clone(),
            paper,
        })
    }

    /// Comparisons with the reference: what Holm corrects the tables for.
    pub fn comparisons(&self) -> usize {
        self.sheets
            .iter()
            .flat_map(Sheet::planned)
            .filter(|place| place.against.is_some())
            .count()
    }
}
