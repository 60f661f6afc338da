//! The page around the examples: title, legend, and blocks in rows.

use super::svg::{INK, MUTED, Style, Svg};
use crate::lettering::wrap;
use tasks::{Inputs, Shape};

pub(super) const WIDTH: i32 = 900;
pub(super) const MARGIN: i32 = 28;
/// What a block may be wide.
pub(super) const ROOM: i32 = WIDTH - 2 * MARGIN;
/// Height of all blocks together that is aimed at.
pub(super) const HEIGHT: i32 = 560;
const ACROSS: i32 = 28;
const DOWN: i32 = 26;

/// An example, drawn.
pub(super) struct Block {
    pub drawing: Svg,
    pub size: (i32, i32),
}

/// How many blocks of one size are on a page.
pub(super) fn room((width, height): (i32, i32)) -> usize {
    let across = columns(width);
    let down = ((HEIGHT + DOWN) / (height + DOWN)).max(1);
    (across * down) as usize
}

fn columns(width: i32) -> i32 {
    ((ROOM + ACROSS) / (width + ACROSS)).max(1)
}

/// The page as SVG: the title, lines about the examples, how to read them, and the examples.
pub(super) fn draw(title: &str, about: [&str; 2], legend: &str, blocks: &[Block]) -> String {
    let mut svg = Svg::default();
    let mut y = 40;
    svg.text((MARGIN, y), title, Style::new(19.0, INK).bold());
    for line in about {
        y += 20;
        svg.text((MARGIN, y), line, Style::new(12.0, MUTED));
    }
    y += 6;
    for line in wrap(legend, 12.0, ROOM) {
        y += 18;
        svg.text((MARGIN, y), &line, Style::new(12.0, INK));
    }
    y += 24;
    let across = columns(blocks.iter().map(|block| block.size.0).max().unwrap_or(1));
    for row in blocks.chunks(across as usize) {
        let wide = row.iter().map(|block| block.size.0).max().unwrap_or(0);
        // One column starts at the margin; several share the width.
        let free = match across {
            1 => 0,
            several => (ROOM - several * wide) / (several - 1),
        };
        for (column, block) in row.iter().enumerate() {
            let x = MARGIN + column as i32 * (wide + free);
            svg.insert((x, y), &block.drawing);
        }
        y += row.iter().map(|block| block.size.1).max().unwrap_or(0) + DOWN;
    }
    svg.document((WIDTH, y))
}

/// `16 tokens of 49 numbers · read at the last token: one of 10 classes`.
pub(super) fn sizes(shape: Shape) -> String {
    let tokens = shape.tokens;
    let inputs = match shape.inputs {
        Inputs::Features { width: 1 } => format!("{tokens} tokens of 1 number"),
        Inputs::Features { width } => format!("{tokens} tokens of {width} numbers"),
        Inputs::Tokens { vocabulary }
        | Inputs::Language { vocabulary }
        | Inputs::Masked { vocabulary } => {
            format!("{tokens} tokens, each one of {vocabulary}")
        }
    };
    let readout = shape.readout;
    let is_masked = matches!(shape.inputs, Inputs::Masked { .. });
    let read = match readout.positions {
        1 if is_masked => "one hidden token".to_owned(),
        some if is_masked => format!("{some} hidden tokens"),
        1 => "the last token".to_owned(),
        all if all == tokens => "every token".to_owned(),
        some => format!("each of the last {some} tokens"),
    };
    let choice = match readout.predictions {
        1 => format!("one of {} classes", readout.classes),
        several => format!("{several} choices between {} classes", readout.classes),
    };
    format!("{inputs} · read at {read}: {choice}")
}
