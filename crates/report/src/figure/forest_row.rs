use super::canvas::{Canvas, Drawn, unfinished};
use super::mark::Outcome;
use super::scale::Scale;
use super::style::{INK, MUTED, SHADE, SMALL_SIZE, TEXT_SIZE, bold, stroke, text};
use crate::lettering::wrap;
use plotters::prelude::{Color, PathElement, Polygon, Rectangle, Text};
use plotters::style::RGBColor;

/// Beside a plot.
pub(super) const GAP: i32 = 16;
const LINE: i32 = 16;
const SMALL_LINE: i32 = 14;
/// Above and below the words of a row, together.
const AIR: i32 = 14;
/// From zero to the middle of "unfinished".
const WORD: i32 = 40;
/// Half the height of an arrow, and its length.
const ARROW: i32 = 4;

/// A claim; its numbers as they are printed.
pub(super) struct ForestRow {
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

impl ForestRow {
    /// Room for the sentences, left of the plot.
    pub const SAYS: i32 = 330;

    fn says(&self) -> Vec<String> {
        wrap(&self.says, TEXT_SIZE, Self::SAYS)
    }

    fn compared(&self) -> Vec<String> {
        wrap(&self.compared, SMALL_SIZE, Self::SAYS)
    }

    pub fn tall(&self) -> i32 {
        let lines = |lines: usize, line: i32| lines as i32 * line;
        let left = lines(self.says().len(), LINE) + lines(self.compared().len(), SMALL_LINE);
        let right = LINE + lines(self.under.len(), SMALL_LINE);
        left.max(right) + AIR
    }

    /// What counts as small.
    pub fn shade(&self, canvas: &Canvas<'_>, scale: &Scale, top: i32) -> Drawn {
        let corners = [
            (scale.x(-self.margin), top),
            (scale.x(self.margin), top + self.tall()),
        ];
        canvas.draw(&Rectangle::new(corners, SHADE.filled()))
    }

    pub fn draw(
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

pub(super) fn rule(
    canvas: &Canvas<'_>,
    ends: [(i32, i32); 2],
    colour: RGBColor,
    wide: u32,
) -> Drawn {
    canvas.draw(&PathElement::new(ends.to_vec(), stroke(colour, wide)))
}

/// The middle of a word beside the line of zero, where there is more room.
const fn beside(zero: i32, (start, end): (i32, i32)) -> i32 {
    match zero < i32::midpoint(start, end) + 1 {
        true => zero + WORD,
        false => zero - WORD,
    }
}
