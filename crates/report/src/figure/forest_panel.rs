use super::axes::digits;
use super::canvas::{Canvas, Drawn, heading, label, unfinished};
use super::frame::Slot;
use super::mark::Outcome;
use super::scale::Scale;
use super::sketch::Panel;
use super::style::{GRID, INK, MUTED, SHADE, SMALL_SIZE, TEXT_SIZE, bold, stroke, text};
use crate::format::signed;
use crate::lettering::wrap;
use crate::words::differences;
use evidence::Unit;
use plotters::prelude::{Color, PathElement, Polygon, Rectangle, Text};
use plotters::style::RGBColor;

/// Room for the sentences, left of the plot.
const SAYS: i32 = 330;
/// Right of the plot, for the verdicts.
const VERDICT: i32 = 196;
const GAP: i32 = 16;
const HEADING: i32 = 26;
/// Under a plot, for the numbers of its axis and what they are.
const AXIS: i32 = 48;
const LINE: i32 = 16;
const SMALL_LINE: i32 = 14;
/// Above and below the words of a row, together.
const AIR: i32 = 14;
/// From zero to the middle of "unfinished".
const WORD: i32 = 40;
/// Half the height of an arrow, and its length.
const ARROW: i32 = 4;

/// Claims under each other, those of each unit at a scale of their own.
pub(super) struct ForestPanel {
    pub groups: Vec<Group>,
}

pub(super) struct Group {
    pub unit: Unit,
    pub rows: Vec<Entry>,
}

/// A claim; its numbers as they are printed.
pub(super) struct Entry {
    pub says: String,
    pub compared: String,
    pub outcome: Outcome,
    pub verdict: String,
    /// Small lines under the verdict.
    pub under: Vec<String>,
    pub effect: Option<f64>,
    pub interval: Option<(f64, f64)>,
    pub wide: Option<(f64, f64)>,
    pub margin: f64,
    /// What is claimed at least, where that is not 0.
    pub asked: Option<f64>,
    /// Whether its numbers are those of a look.
    pub is_at_look: bool,
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
        let rows: i32 = self.rows.iter().map(Entry::tall).sum();
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
        Scale::new(&near, &far, 1e-3, ends)
    }

    fn draw(&self, canvas: &Canvas<'_>, slot: Slot, top: i32) -> Drawn {
        let ends = (
            slot.left + SAYS + GAP,
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

impl Entry {
    fn says(&self) -> Vec<String> {
        wrap(&self.says, TEXT_SIZE, SAYS)
    }

    fn compared(&self) -> Vec<String> {
        wrap(&self.compared, SMALL_SIZE, SAYS)
    }

    fn tall(&self) -> i32 {
        let lines = |lines: usize, line: i32| lines as i32 * line;
        let left = lines(self.says().len(), LINE) + lines(self.compared().len(), SMALL_LINE);
        let right = LINE + lines(self.under.len(), SMALL_LINE);
        left.max(right) + AIR
    }

    /// What counts as small.
    fn shade(&self, canvas: &Canvas<'_>, scale: &Scale, top: i32) -> Drawn {
        let corners = [
            (scale.x(-self.margin), top),
            (scale.x(self.margin), top + self.tall()),
        ];
        canvas.draw(&Rectangle::new(corners, SHADE.filled()))
    }

    fn draw(
        &self,
        canvas: &Canvas<'_>,
        scale: &Scale,
        (left, top): (i32, i32),
        (start, end): (i32, i32),
    ) -> Drawn {
        let y = top + self.tall() / 2;
        let mut line = top + AIR / 2;
        for words in self.says() {
            canvas.draw(&Text::new(words, (left, line), text(TEXT_SIZE, INK)))?;
            line += LINE;
        }
        for words in self.compared() {
            canvas.draw(&Text::new(words, (left, line), text(SMALL_SIZE, MUTED)))?;
            line += SMALL_LINE;
        }
        let (right, mut line) = (end + GAP, top + AIR / 2);
        let colour = self.outcome.colour();
        let words = self.verdict.as_str();
        canvas.draw(&Text::new(words, (right, line), bold(TEXT_SIZE, colour)))?;
        line += LINE;
        for words in &self.under {
            let words = words.as_str();
            canvas.draw(&Text::new(words, (right, line), text(SMALL_SIZE, INK)))?;
            line += SMALL_LINE;
        }
        if let Some(asked) = self.asked {
            let x = scale.x(asked);
            let pieces = (top + 2..top + self.tall() - 4).step_by(6);
            for from in pieces {
                rule(canvas, [(x, from), (x, from + 3)], MUTED, 1)?;
            }
        }
        match self.effect {
            Some(effect) => {
                self.interval(canvas, scale, self.wide, (y, 1))?;
                self.interval(canvas, scale, self.interval, (y, 4))?;
                self.outcome.mark(canvas, (scale.x(effect), y))
            }
            None => unfinished(canvas, (beside(scale.x(0.0), (start, end)), y)),
        }
    }

    /// A line between two values at a height, with arrows where it goes on outside.
    fn interval(
        &self,
        canvas: &Canvas<'_>,
        scale: &Scale,
        interval: Option<(f64, f64)>,
        (y, wide): (i32, u32),
    ) -> Drawn {
        let Some((low, high)) = interval else {
            return Ok(());
        };
        let colour = self.outcome.colour();
        rule(
            canvas,
            [(scale.x(low), y), (scale.x(high), y)],
            colour,
            wide,
        )?;
        for (value, inward) in [(low, ARROW), (high, -ARROW)] {
            if !scale.holds(value) {
                let x = scale.x(value);
                let arrow = [
                    (x - inward, y),
                    (x + inward, y - ARROW),
                    (x + inward, y + ARROW),
                ];
                canvas.draw(&Polygon::new(arrow, colour.filled()))?;
            }
        }
        Ok(())
    }
}

fn rule(canvas: &Canvas<'_>, ends: [(i32, i32); 2], colour: RGBColor, wide: u32) -> Drawn {
    canvas.draw(&PathElement::new(ends.to_vec(), stroke(colour, wide)))
}

/// The middle of a word beside the line of zero, where there is more room.
const fn beside(zero: i32, (start, end): (i32, i32)) -> i32 {
    match zero < i32::midpoint(start, end) + 1 {
        true => zero + WORD,
        false => zero - WORD,
    }
}
