//! Bit strings, a row each, with the string that is to be answered under them.

use super::page::{Block, ROOM};
use super::part::part;
use super::svg::{Anchor, BLUE, INK, MUTED, Style, Svg};
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

/// What the numbers of a batch stand for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Code {
    /// 0 and 1.
    Plain,
    /// -1 and +1; 0 where a bit is masked.
    Signed,
}

impl Code {
    fn of(batch: &Batch) -> Self {
        match batch.features.contains(&-1.0) {
            true => Self::Signed,
            false => Self::Plain,
        }
    }

    fn low(self) -> f32 {
        match self {
            Self::Plain => 0.0,
            Self::Signed => -1.0,
        }
    }
}

/// What the last string of an example is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// As all others.
    String,
    /// One of the others with bits masked.
    Question,
    /// Nothing but the place of the answer.
    Blank,
}

impl Last {
    fn of(features: &[f32], bits: usize, code: Code) -> Self {
        let last = features.chunks(bits).next_back().unwrap_or_default();
        let masked = last.iter().filter(|bit| **bit == 0.0).count();
        match masked {
            _ if code == Code::Plain => Self::String,
            0 => Self::String,
            all if all == last.len() => Self::Blank,
            _ => Self::Question,
        }
    }
}

/// What a row of cells shows.
struct Row<'a> {
    name: &'a str,
    values: &'a [f32],
    code: Code,
    /// The answer stands out.
    is_answer: bool,
}

impl Look {
    pub fn new(shape: Shape, bits: usize) -> Self {
        let width = match shape.inputs {
            Inputs::Features { width } => width.max(1),
            Inputs::Tokens { .. } | Inputs::Language { .. } | Inputs::Masked { .. } => 1,
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
        let code = Code::of(batch);
        let last = Last::of(part(&batch.features, batch.size, 0), self.bits, code);
        let bits = match (code, last) {
            (Code::Plain, _) => "Bits are black (fed as 1) or white (0)",
            (Code::Signed, Last::Question) => {
                "Bits are black (fed as +1), white (-1) or masked grey (0)"
            }
            (Code::Signed, Last::Blank) => {
                "Bits are black (fed as +1) or white (-1), blanks are grey (0)"
            }
            (Code::Signed, Last::String) => "Bits are black (fed as +1) or white (-1)",
        };
        let token = match self.token {
            1 => "each is a token".to_owned(),
            bits => format!("gaps part the tokens, {bits} bits each"),
        };
        let question = match last {
            Last::Question => "The blue row is to be recalled; the string asked for is marked.",
            Last::Blank => "The blue row is to be answered at the blanks, bit by bit.",
            Last::String => "The blue row is to be answered, bit by bit.",
        };
        let more = self.bits.saturating_sub(self.line * LINES);
        let cut = match more {
            0 => String::new(),
            more => format!(" The last {more} bits of each string are left out."),
        };
        format!("{bits}; {token}. {question}{cut}")
    }

    pub fn draw(&self, batch: &Batch) -> Vec<Block> {
        let code = Code::of(batch);
        let draw = |index| Block {
            drawing: self.one(
                code,
                part(&batch.features, batch.size, index),
                part(&batch.targets, batch.size, index),
            ),
            size: self.size(),
        };
        (0..batch.size).map(draw).collect()
    }

    fn one(&self, code: Code, features: &[f32], targets: &[u32]) -> Svg {
        let bit = |bit: &u32| if *bit == 1 { 1.0 } else { code.low() };
        let target: Vec<f32> = targets.iter().map(bit).collect();
        let last = Last::of(features, self.bits, code);
        let mut svg = Svg::default();
        let mut top = 0;
        for (index, values) in features.chunks(self.bits).enumerate() {
            let is_last = index + 1 == self.strings;
            let name = match last {
                Last::Question if is_last => "question".to_owned(),
                Last::Blank if is_last => "blank".to_owned(),
                _ => format!("string {}", index + 1),
            };
            let end = self.row(
                &mut svg,
                top,
                &Row {
                    name: &name,
                    values,
                    code,
                    is_answer: false,
                },
            );
            if last == Last::Question && !is_last && values == target {
                svg.mark((end + 6, top + self.tall() / 2), BLUE);
            }
            top += self.row_height();
        }
        self.row(
            &mut svg,
            top + 6,
            &Row {
                name: "answer",
                values: &target,
                code,
                is_answer: true,
            },
        );
        svg
    }

    /// Draws a row of cells; gives its right end. A frame around each token shows white bits.
    fn row(&self, svg: &mut Svg, top: i32, row: &Row<'_>) -> i32 {
        let (name, ink, edge) = match row.is_answer {
            true => (BLUE, BLUE, "#7fb8da"),
            false => (MUTED, INK, "#b4b4b4"),
        };
        let style = Style::new(11.0, name).anchor(Anchor::End);
        let style = if row.is_answer { style.bold() } else { style };
        svg.text((NAMES - 10, top + self.tall() / 2 + 4), row.name, style);
        let tall = self.tall();
        let mut end = NAMES;
        let shown = row.values.len().min(self.line * LINES);
        for (number, token) in row.values[..shown].chunks(self.token).enumerate() {
            let per_line = self.line / self.token;
            let (line, column) = ((number / per_line) as i32, (number % per_line) as i32);
            let wide = token.len() as i32 * self.cell;
            let left = NAMES + column * (self.token as i32 * self.cell + GAP);
            let top = top + line * (tall + 2);
            for (index, value) in token.iter().enumerate() {
                let fill = match *value {
                    value if value > 0.0 => ink,
                    value if value == row.code.low() => continue,
                    _ => MASKED,
                };
                let at = (left + index as i32 * self.cell, top);
                svg.rect(at, (self.cell, tall), fill);
            }
            svg.frame((left, top), (wide, tall), edge);
            end = end.max(left + wide);
        }
        end
    }
}
