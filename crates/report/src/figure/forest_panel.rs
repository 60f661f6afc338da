use super::axes::digits;
use super::canvas::{Canvas, Drawn, heading, label};
use super::forest_row::{ForestRow, GAP, rule};
use super::frame::Slot;
use super::scale::Scale;
use super::sketch::Panel;
use super::style::{GRID, INK, MUTED};
use crate::format::signed;
use crate::words::differences;
use evidence::Unit;

/// Right of the plot, for the verdicts.
const VERDICT: i32 = 196;
const HEADING: i32 = 26;
/// Under a plot, for the numbers of its axis.
const AXIS: i32 = 36;

/// Claims under each other, those of each unit at a scale of their own.
pub(super) struct ForestPanel {
    pub groups: Vec<Group>,
}

pub(super) struct Group {
    pub unit: Unit,
    pub rows: Vec<ForestRow>,
}

impl ForestPanel {
    pub fn tall(&self) -> i32 {
        self.groups.iter().map(Group::tall).sum()
    }
}

impl Panel for ForestPanel {
    fn draw(&self, canvas: &Canvas<'_>, slot: Slot) -> Drawn {
        let mut top = slot.top;
        for group in &self.groups {
            group.draw(canvas, slot, top)?;
            top += group.tall();
        }
        Ok(())
    }
}

impl Group {
    fn tall(&self) -> i32 {
        let rows: i32 = self.rows.iter().map(ForestRow::tall).sum();
        HEADING + rows + AXIS
    }

    /// At this scale: all effects, and the intervals of looks; others may be very wide.
    fn scale(&self, ends: (i32, i32)) -> Option<Scale> {
        let any_look = self.rows.iter().any(|row| row.is_at_look);
        let (mut near, mut far) = (vec![0.0], Vec::new());
        for row in &self.rows {
            near.extend([-row.margin, row.margin]);
            near.extend(row.effect.into_iter().chain(row.asked));
            let interval = row.interval.map(|(low, high)| [low, high]);
            match row.is_at_look || !any_look {
                true => near.extend(interval.into_iter().flatten()),
                false => far.extend(interval.into_iter().flatten()),
            }
            far.extend(row.wide.into_iter().flat_map(|(low, high)| [low, high]));
        }
        // Where all are the same, the axis still shows numbers that differ.
        let least = 20.0 * self.unit.printed_step();
        Scale::new(&near, &far, least, ends)
    }

    fn draw(&self, canvas: &Canvas<'_>, slot: Slot, top: i32) -> Drawn {
        let ends = (
            slot.left + ForestRow::SAYS + GAP,
            slot.left + slot.width - VERDICT - GAP,
        );
        let Some(scale) = self.scale(ends) else {
            return Ok(());
        };
        let middle = i32::midpoint(ends.0, ends.1);
        heading(
            canvas,
            (middle, top + HEADING / 2 - 2),
            differences(self.unit),
        )?;
        let (first, mut y) = (top + HEADING, top + HEADING);
        for row in &self.rows {
            row.shade(canvas, &scale, y)?;
            y += row.tall();
        }
        self.axis(canvas, &scale, (first, y), ends)?;
        y = first;
        for row in &self.rows {
            row.draw(canvas, &scale, (slot.left, y), ends)?;
            y += row.tall();
        }
        Ok(())
    }

    /// Rules at round values, zero among them the darkest, and their numbers.
    fn axis(
        &self,
        canvas: &Canvas<'_>,
        scale: &Scale,
        (top, bottom): (i32, i32),
        (left, right): (i32, i32),
    ) -> Drawn {
        let digits = digits(scale.span());
        for tick in scale.ticks() {
            let x = scale.x(tick);
            rule(canvas, [(x, top), (x, bottom)], GRID, 1)?;
            label(canvas, (x, bottom + 13), &signed(tick, 1.0, digits))?;
        }
        let zero = scale.x(0.0);
        rule(canvas, [(zero, top), (zero, bottom)], INK, 1)?;
        rule(canvas, [(left, bottom), (right, bottom)], MUTED, 1)
    }
}
