//! Symbols in order: words of an expression, letters of a text or a protein.

use super::page::{Block, HEIGHT, ROOM};
use super::svg::{Anchor, BLUE, FAINT, INK, MUTED, Style, Svg};
use super::tree::{Leaf, Node};
use super::{grid, part};
use crate::figure::width;
use tasks::{Batch, Shape};

/// Room for the label before the symbols.
const LABEL: i32 = 84;
const LINE: i32 = 26;
const TALL: i32 = 20;
/// Rows of symbols that an example is drawn in at most.
const LINES: usize = 6;
const PLAIN: &str = "#f0f0f0";
const CLOSE: &str = "]";
/// Pale, a colour an operator.
const OPERATORS: [&str; 6] = [
    "#cfe5f3", "#fbdcc4", "#cdebdf", "#f3dcea", "#faeac8", "#dff0fa",
];

/// How symbols are drawn.
pub(super) struct Look<'a> {
    shape: Shape,
    names: &'a [String],
    has_tree: bool,
    are_letters: bool,
}

impl<'a> Look<'a> {
    pub fn new(shape: Shape, names: &'a [String]) -> Self {
        let opens = names
            .iter()
            .any(|name| name.starts_with('[') && name.len() > 1);
        Self {
            shape,
            names,
            has_tree: opens && names.iter().any(|name| name == CLOSE),
            are_letters: names.iter().all(|name| name.chars().count() <= 1),
        }
    }

    /// Whether every position answers with a symbol, as in language modelling.
    fn answers_symbols(&self) -> bool {
        let readout = self.shape.readout;
        readout.positions == self.shape.tokens
            && readout.predictions == 1
            && readout.classes == self.names.len()
    }

    /// Examples on a page.
    pub fn room(&self) -> usize {
        let tokens = self.shape.tokens;
        let line = |across: usize| (tokens / across + 1).min(LINES) as i32;
        let height = match (self.has_tree, self.are_letters) {
            (true, _) => 160,
            (false, true) => line(grid::across(ROOM - LABEL)) * 19 + 26,
            (false, false) => line(30) * LINE + 26,
        };
        (HEIGHT / height).clamp(2, 8) as usize
    }

    pub fn legend(&self) -> String {
        let padded = self.names.iter().any(String::is_empty);
        let dots = if padded { "; dots are padding" } else { "" };
        let tree = if self.has_tree {
            " Below it, the tree that the brackets make."
        } else {
            ""
        };
        let answers = if self.answers_symbols() {
            " At each of them the next one is to be answered; in blue, the last answer."
        } else {
            ""
        };
        format!("A token is a symbol, in order{dots}.{tree}{answers}")
    }

    pub fn draw(&self, batch: &Batch) -> Vec<Block> {
        let draw = |index| {
            let ids = part(&batch.ids, batch.size, index);
            self.one(index, ids, part(&batch.targets, batch.size, index))
        };
        (0..batch.size).map(draw).collect()
    }

    fn name(&self, id: u32) -> &'a str {
        self.names.get(id as usize).map_or("?", String::as_str)
    }

    fn one(&self, index: usize, ids: &[u32], targets: &[u32]) -> Block {
        let mut svg = Svg::default();
        let label = match targets {
            [label] => format!("label {label}"),
            _ => format!("{}", index + 1),
        };
        svg.text((0, 15), &label, Style::new(13.0, INK).bold());
        let room = ROOM - LABEL;
        let (drawing, mut height) = if self.are_letters {
            let letters: Vec<&str> = ids.iter().map(|id| self.name(*id)).collect();
            let answer = targets.last().filter(|_| self.answers_symbols());
            let answer = answer.map(|id| self.name(*id));
            grid::draw(&letters, answer, (room, LINES))
        } else {
            self.words(ids, room)
        };
        svg.place((LABEL, 0), &drawing);
        if self.has_tree {
            let words: Vec<u32> = ids
                .iter()
                .copied()
                .filter(|id| !self.name(*id).is_empty())
                .collect();
            let opens = |id| self.opens(id);
            let tree = Node::read(&words, opens, |id| self.name(id) == CLOSE);
            height += 12;
            match tree.and_then(|tree| tree.draw(room, |id| self.leaf(id))) {
                Some((tree, tall)) => {
                    svg.place((LABEL, height), &tree);
                    height += tall;
                }
                None => {
                    let note = "its tree is too wide for this page";
                    svg.text((LABEL, height + 8), note, Style::new(11.0, MUTED));
                    height += 12;
                }
            }
        }
        Block {
            drawing: svg,
            size: (ROOM, height),
        }
    }

    fn opens(&self, id: u32) -> bool {
        let name = self.name(id);
        name.starts_with('[') && name.len() > 1
    }

    fn leaf(&self, id: u32) -> Leaf<'a> {
        let operator = |id: &u32| self.opens(*id);
        let fill = match operator(&id) {
            true => {
                let before = (0..id).filter(operator).count();
                OPERATORS[before % OPERATORS.len()]
            }
            false => PLAIN,
        };
        let text = self.name(id);
        Leaf { text, fill }
    }

    /// Words one after the other, on as many lines as they need and are allowed.
    fn words(&self, ids: &[u32], room: i32) -> (Svg, i32) {
        let mut svg = Svg::default();
        let (mut x, mut y) = (0, 0);
        for (index, id) in ids.iter().enumerate() {
            let leaf = self.leaf(*id);
            let wide = match leaf.text {
                "" => 8,
                text => (width(text, 12.0) + 8).max(18),
            };
            if x + wide > room {
                x = 0;
                y += LINE;
            }
            if y >= LINES as i32 * LINE {
                let more = format!("… {} more", ids.len() - index);
                svg.text((0, y + 13), &more, Style::new(11.0, MUTED));
                return (svg, y + LINE);
            }
            let middle = x + wide / 2;
            let colour = match leaf.text {
                "" => FAINT,
                CLOSE => BLUE,
                _ => INK,
            };
            let style = Style::new(12.0, colour).anchor(Anchor::Middle);
            match leaf.text {
                "" => svg.text((middle, y + 14), "·", style),
                text => {
                    svg.pill((x, y), (wide, TALL), 4, leaf.fill);
                    svg.text((middle, y + 14), text, style);
                }
            }
            x += wide + if leaf.text.is_empty() { 0 } else { 3 };
        }
        (svg, y + LINE)
    }
}
