use crate::error::ReportError;
use crate::sheet::{Sheet, sheets};
use evidence::{
    Cell, Chosen, Curve, Finding, Question, Run, Selected, compare, findings, pool, select,
};

/// What a study found: everything that its reports print.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    pub question: Question,
    pub sheets: Vec<Sheet>,
    pub findings: Vec<Finding>,
    /// The learning rate of each cell, in a study that chooses it.
    pub chosen: Vec<Chosen>,
    /// The curves behind the tables.
    pub curves: Vec<Curve>,
    /// Cells with rows that are kept and in no number here: no cell of the study has their jobs.
    pub apart: Vec<Cell>,
}

impl Summary {
    /// Chooses learning rates where the study asks for it, pools seeds, compares with the reference and
    /// checks the claims. `expected` are the cells of the plan; those without a run are shown as
    /// unfinished.
    ///
    /// # Errors
    /// [`ReportError::NoAxis`].
    pub fn new(
        question: &Question,
        runs: &[Run],
        curves: &[Curve],
        expected: &[Cell],
    ) -> Result<Self, ReportError> {
        let Selected {
            cells,
            runs,
            curves,
            chosen,
        } = select(question, runs, curves, expected);
        let mut pooled = pool(question, &runs, &curves, &cells);
        if let Some(reference) = &question.table.reference {
            compare(&mut pooled, reference);
        }
        Ok(Self {
            sheets: sheets(question, &pooled)?,
            findings: findings(question, &runs, &curves, &cells),
            chosen,
            curves,
            apart: Vec::new(),
            question: question.clone(),
        })
    }

    /// Comparisons with the reference: what Holm corrects the tables for.
    pub fn comparisons(&self) -> usize {
        self.sheets
            .iter()
            .flat_map(Sheet::planned)
            .filter(|cell| cell.against.is_some())
            .count()
    }
}
