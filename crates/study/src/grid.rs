use crate::error::StudyError;
use crate::rule::Then;
use crate::study::Study;
use crate::value::Settings;
use evidence::Choice;

/// A cell of the grid before it becomes a job.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    /// Index of the value on each axis, axes in file order.
    pub choice: Vec<usize>,
    /// What the cell says after every rule.
    pub settings: Settings,
}

impl Study {
    /// The product of the axes with the rules applied.
    ///
    /// The order does not depend on the order of keys in the file: axes vary by name, the last one
    /// fastest, and values follow their lists.
    ///
    /// # Errors
    /// When a rule matches no cell, or none is left.
    pub fn grid(&self) -> Result<Vec<Point>, StudyError> {
        let mut hits = vec![0_usize; self.rules.len()];
        let mut points = Vec::new();
        for choice in self.product() {
            let mut settings = self.job.clone();
            for (axis, &index) in self.axes.iter().zip(&choice) {
                settings.insert(axis.key.clone(), axis.values[index].clone());
            }
            let mut skipped = false;
            for (rule, hits) in self.rules.iter().zip(&mut hits) {
                if !rule.applies(&settings) {
                    continue;
                }
                *hits += 1;
                match &rule.then {
                    Then::Set(set) => settings.extend(set.clone()),
                    Then::Skip => skipped = true,
                }
            }
            if !skipped {
                points.push(Point { choice, settings });
            }
        }
        if let Some(rule) = self.rules.iter().zip(&hits).find(|(_, hits)| **hits == 0) {
            let what = "the rule matches nothing: no cell is like this";
            return Err(self
                .file
                .spot(rule.0.at.clone(), what, "matches no cell")
                .into());
        }
        if points.is_empty() {
            let at = self.axes[0].at.clone();
            return Err(self
                .file
                .spot(at, "the rules skip every cell", "no cell left")
                .into());
        }
        Ok(points)
    }

    fn product(&self) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.axes.len()).collect();
        order.sort_by_key(|&axis| &self.axes[axis].key);
        let mut product = vec![vec![0; self.axes.len()]];
        for axis in order {
            let values = 0..self.axes[axis].values.len();
            let longer = product.iter().flat_map(|choice: &Vec<usize>| {
                values.clone().map(move |value| {
                    let mut choice = choice.clone();
                    choice[axis] = value;
                    choice
                })
            });
            product = longer.collect();
        }
        product
    }

    /// `(axis, value)` of a point in file order.
    pub fn place(&self, point: &Point) -> Choice {
        let axes = self.axes.iter().zip(&point.choice);
        axes.map(|(axis, &index)| (axis.key.clone(), axis.values[index].text.clone()))
            .collect()
    }
}
