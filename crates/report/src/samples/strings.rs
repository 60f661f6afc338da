//! Bit strings, a row each, with the string that is to be answered below them.

use super::page::{Block, ROOM};
use super::part;
use super::svg::{Anchor, BLUE, FAINT, INK, MUTED, Style, Svg};
use tasks::{Batch, Inputs, Shape};

/// Room for the names of the rows.
const NAMES: i32 = 76;
/// Room for the mark behind a row.
const MARK: i32 = 20;
const GAP: i32 = 3;
const BETWEEN: i32 = 5;
const TALLEST: i32 = 15;
/// Rows of cells that a string is drawn in at most.
const LINES: usize = 3;
const MASKED: &str = "#c4c4c4";

/// How strings are drawn.
pub(super) struct Look {
    /// Bits of a string.
    bits: usize,
    /// Bits of a token.
    token: usize,
    strings: usize,
    /// Side of a cell.
    cell: i32,
    /// Bits in a row of cells, whole tokens.
    line: usize,
}

/// What a row of cells shows.
struct Row<'a> {
    name: String,
    values: &'a [f32],
    /// The answer stands out.
    is_target: bool,
    is_asked: bool,
}

impl Look {
    pub fn new(shape: Shape, bits: usize) -> Self {
        let width = match shape.inputs {
            Inputs::Features { width } => width.max(1),
            Inputs::Tokens { .. } => 1,
        };
        let bits = bits.max(1);
        let token = width.min(bits);
        let free = ROOM - NAMES - MARK;
        let fits = |cell: i32, bits: usize| {
            cell * bits as i32 + GAP * bits.div_ceil(token).saturating_sub(1) as i32 <= free
        };
        let cell = (6..=20).rev().find(|cell| fits(*cell, bits)).unwrap_or(6);
        let line = (token..=bits.max(token))
            .step_by(token)
            .take_while(|line| fits(cell, *line))
            .last()
            .unwrap_or(token);
        Self {
            bits,
            token,
            strings: (shape.tokens * width / bits).max(1),
            cell,
            line,
        }
    }

    fn lines(&self) -> usize {
        self.bits.div_ceil(self.line).min(LINES)
    }

    fn tall(&self) -> i32 {
        (self.cell * 2).min(TALLEST)
    }

    fn row_height(&self) -> i32 {
        self.lines() as i32 * (self.tall() + 2) - 2 + BETWEEN
    }

    pub fn size(&self) -> (i32, i32) {
        let line = self.line.min(self.bits) as i32;
        let gaps = (line / self.token as i32 - 1).max(0);
        let width = NAMES + line * self.cell + gaps * GAP + MARK;
        (width, (self.strings as i32 + 1) * self.row_height() + 6)
    }

    pub fn legend(&self, batch: &Batch) -> String {
        let masked = batch.features.contains(&0.0);
        let hidden = if masked { ", masked grey (0)" } else { "" };
        let token = match self.token {
            1 => "Each bit is a token".to_owned(),
            bits => format!("Gaps part the tokens, {bits} bits each"),
        };
        let question = if masked {
            " The string asked for is marked; the blue row is to be recalled."
        } else {
            " The blue row is to be answered, bit by bit."
        };
        let more = self.bits.saturating_sub(self.line * LINES);
        let cut = match more {
            0 => String::new(),
            more => format!(" The last {more} bits of each string are left out."),
        };
        format!("Bits are black (fed as +1) or white (-1){hidden}. {token}.{question}{cut}")
    }

    pub fn draw(&self, batch: &Batch) -> Vec<Block> {
        let draw = |index| Block {
            drawing: self.one(
                part(&batch.features, batch.size, index),
                part(&batch.targets, batch.size, index),
            ),
            size: self.size(),
        };
        (0..batch.size).map(draw).collect()
    }

    fn one(&self, features: &[f32], targets: &[u32]) -> Svg {
        let target: Vec<f32> = targets
            .iter()
            .map(|bit| if *bit == 1 { 1.0 } else { -1.0 })
            .collect();
        let masked = features.contains(&0.0);
        let strings = features.chunks(self.bits).enumerate();
        let mut rows: Vec<Row<'_>> = strings
            .map(|(index, values)| {
                let is_question = masked && index + 1 == self.strings;
                Row {
                    name: match is_question {
                        true => "question".to_owned(),
                        false => format!("string {}", index + 1),
                    },
                    values,
                    is_target: false,
                    is_asked: masked && !is_question && values == target,
                }
            })
            .collect();
        rows.push(Row {
            name: "answer".to_owned(),
            values: &target,
            is_target: true,
            is_asked: false,
        });
        let mut svg = Svg::default();
        for (index, row) in rows.iter().enumerate() {
            let down = if row.is_target { 6 } else { 0 };
            self.row(&mut svg, index as i32 * self.row_height() + down, row);
        }
        svg
    }

    fn row(&self, svg: &mut Svg, top: i32, row: &Row<'_>) {
        let colour = if row.is_target { BLUE } else { MUTED };
        let style = Style::new(11.0, colour).anchor(Anchor::End);
        let base = top + self.tall() / 2 + 4;
        let style = if row.is_target { style.bold() } else { style };
        svg.text((NAMES - 10, base), &row.name, style);
        let mut end = NAMES;
        for (index, value) in row.values.iter().take(self.line * LINES).enumerate() {
            let (line, column) = (index / self.line, index % self.line);
            let gaps = (column / self.token) as i32 * GAP;
            let x = NAMES + column as i32 * self.cell + gaps;
            let at = (x, top + line as i32 * (self.tall() + 2));
            let size = (self.cell - 1, self.tall());
            let (ink, edge) = if row.is_target {
                (BLUE, "#8fbfdc")
            } else {
                (INK, FAINT)
            };
            match *value {
                0.0 => svg.rect(at, size, MASKED),
                value if value > 0.0 => svg.rect(at, size, ink),
                _ => svg.frame(at, size, edge),
            }
            end = end.max(x + self.cell);
        }
        if row.is_asked {
            svg.text((end + 5, base), "◂", Style::new(14.0, BLUE));
        }
    }
}
