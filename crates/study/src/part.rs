//! A part of a plan: what a filter leaves of its cells, and how those are laid out.

use crate::error::StudyError;
use crate::options::Options;
use crate::plan::Plan;
use crate::suggest::suggest;
use evidence::Cell;
use std::collections::BTreeSet;
use training::JobId;

impl Plan {
    /// The cells that the filter of these options selects, with their axes and pretrainings: what a table of a part shows. It claims
    /// nothing, since a claim is corrected for all that its study claims. The jobs of a plan are filtered already.
    #[must_use]
    pub fn part(mut self, options: &Options) -> Self {
        if options.filter.is_empty() {
            return self;
        }
        self.cells.retain(|cell| options.selects(cell));
        self.open.retain(|cell| options.selects(cell));
        let cells: Vec<&Cell> = self.cells.iter().chain(&self.open).collect();
        let has = |key: &str, value: &str| {
            let here = |cell: &&Cell| cell.axes.iter().any(|(k, v)| k == key && v == value);
            cells.iter().any(here)
        };
        let question = &mut self.question;
        for axis in &mut question.axes {
            axis.values.retain(|value| has(&axis.key, value));
        }
        let reference = question.table.reference.take();
        question.table.reference = reference.filter(|(key, value)| has(key, value));
        question.claims.clear();
        let jobs = cells.iter().filter_map(|cell| self.settings.get(&cell.job));
        let needed: BTreeSet<&JobId> = jobs
            .filter_map(|job| job.initialisation.depends_on())
            .collect();
        self.pretrainings.retain(|cell| needed.contains(&cell.job));
        self
    }

    /// The same cells with other axes down the side and across the top.
    ///
    /// # Errors
    /// [`StudyError::NotFound`] when there is no such axis, [`StudyError::Option`] when it is one for both.
    pub fn laid_out(
        mut self,
        rows: Option<&str>,
        columns: Option<&str>,
    ) -> Result<Self, StudyError> {
        let axes = &self.question.axes;
        for name in rows.iter().chain(columns.iter()) {
            let keys = || axes.iter().map(|axis| axis.key.as_str());
            if !keys().any(|key| key == *name) {
                return Err(StudyError::NotFound {
                    kind: "axis",
                    name: (*name).to_owned(),
                    help: suggest(name, keys()),
                });
            }
        }
        let table = &mut self.question.table;
        let (down, across) = (table.rows.clone(), table.columns.clone());
        // Where one axis is named, the other stays, or gives way to what it was.
        let other = |named: Option<&str>, usual: &String, instead: &String| match named {
            Some(named) if named == usual => instead.clone(),
            _ => usual.clone(),
        };
        table.rows = rows.map_or_else(|| other(columns, &down, &across), str::to_owned);
        table.columns = columns.map_or_else(|| other(rows, &across, &down), str::to_owned);
        let reference = table.reference.take();
        table.reference = reference.filter(|(key, _)| *key == table.rows);
        match table.rows == table.columns {
            true => Err(StudyError::Option {
                text: format!("--rows {} --columns {}", table.rows, table.columns),
                expected: "two axes",
            }),
            false => Ok(self),
        }
    }
}
