//! Symbols in order: words of an expression, letters of a text or a protein.

use super::flow::{self, Piece};
use super::page::{Block, HEIGHT, ROOM};
use super::part::part;
use super::svg::{BLUE, INK, MUTED, Style, Svg};
use super::tree::{Leaf, Node};
use tasks::{Batch, Inputs, Shape};

/// Room for the label before the symbols.
const LABEL: i32 = 84;
/// Height of a line of words, and of letters.
const LINE: i32 = 26;
const LETTERS: i32 = 21;
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
        let short = names.iter().filter(|name| name.chars().count() <= 1);
        let short = short.count();
        Self {
            shape,
            names,
            has_tree: opens && names.iter().any(|name| name == CLOSE),
            // A few marks such as <cls> may be among them.
            are_letters: !opens && 4 * short >= 3 * names.len(),
        }
    }

    /// Whether some symbols are hidden, and asked for where they stood.
    fn is_masked(&self) -> bool {
        matches!(self.shape.inputs, Inputs::Masked { .. })
    }

    /// Whether every position answers with the next symbol, as in language modelling.
    fn answers_symbols(&self) -> bool {
        let readout = self.shape.readout;
        !self.is_masked()
            && readout.positions == self.shape.tokens
            && readout.predictions == 1
            && readout.classes == self.names.len()
    }

    /// Examples on a page.
    pub fn room(&self) -> usize {
        let tokens = self.shape.tokens;
        let lines = |across: usize| (tokens / across + 1).min(LINES) as i32;
        let height = match (self.has_tree, self.are_letters) {
            (true, _) => 160,
            (false, true) => lines(68) * LETTERS + self.answers_room() + 26,
            (false, false) => lines(30) * LINE + 26,
        };
        (HEIGHT / height).clamp(2, 8) as usize
    }

    /// Height of what was hidden, under the text.
    fn answers_room(&self) -> i32 {
        if self.is_masked() { LETTERS } else { 0 }
    }

    pub fn legend(&self) -> String {
        let padded = self.names.iter().any(String::is_empty);
        let dots = match padded {
            true => "; padding is dots or a count",
            false => "",
        };
        let tree = if self.has_tree {
            " Below it, the tree that the brackets make."
        } else {
            ""
        };
        let answers = if self.answers_symbols() {
            " At each of them the next one is to be answered; in blue, the last answer."
        } else if self.is_masked() {
            " Those on yellow are hidden, by a block, another symbol or not at all; what they were is to be \
             answered there. In blue, the answers in order."
        } else {
            ""
        };
        format!("A token is a symbol, in order{dots}.{tree}{answers}")
    }

    pub fn draw(&self, batch: &Batch) -> Vec<Block> {
        let draw = |index| {
            let ids = part(&batch.ids, batch.size, index);
            let read = part(&batch.read, batch.size, index);
            self.one(index, ids, read, part(&batch.targets, batch.size, index))
        };
        (0..batch.size).map(draw).collect()
    }

    fn name(&self, id: u32) -> &'a str {
        self.names.get(id as usize).map_or("?", String::as_str)
    }

    fn one(&self, index: usize, ids: &[u32], read: &[u32], targets: &[u32]) -> Block {
        let mut svg = Svg::default();
        let label = match targets {
            [label] if !self.is_masked() => format!("label {label}"),
            _ => format!("{}", index + 1),
        };
        let line = if self.are_letters { LETTERS } else { LINE };
        let base = (line - 6) / 2 + 5;
        svg.text((0, base), &label, Style::new(13.0, INK).bold());
        let room = ROOM - LABEL;
        let mut pieces = self.pieces(ids);
        if let Some(answer) = targets.last().filter(|_| self.answers_symbols()) {
            pieces.push(self.answer(*answer));
        }
        for token in read {
            if let Some(piece) = pieces.get_mut(*token as usize) {
                piece.fill = Some(OPERATORS[4]);
            }
        }
        let (drawing, mut height) = flow::draw(&pieces, room, line, LINES);
        svg.insert((LABEL, 0), &drawing);
        if self.is_masked() {
            let answers: Vec<Piece<'_>> = targets.iter().map(|id| self.answer(*id)).collect();
            let (drawing, tall) = flow::draw(&answers, room, line, 1);
            svg.insert((LABEL, height), &drawing);
            height += tall;
        }
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
                    svg.insert((LABEL, height), &tree);
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

    /// A symbol that is asked for.
    fn answer(&self, id: u32) -> Piece<'a> {
        let mut piece = self.piece(id);
        (piece.colour, piece.fill) = (BLUE, Some(OPERATORS[0]));
        // A space would be nothing to see.
        piece.text = if piece.text == " " { "_" } else { piece.text };
        piece
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

    /// The symbols in order, padding in runs.
    fn pieces(&self, ids: &[u32]) -> Vec<Piece<'a>> {
        let padding = |id: &u32| self.name(*id).is_empty();
        let runs = ids.chunk_by(|one, next| padding(one) && padding(next));
        runs.map(|run| {
            let mut piece = self.piece(run[0]);
            if padding(&run[0]) {
                piece.padding = run.len();
            }
            piece
        })
        .collect()
    }

    fn piece(&self, id: u32) -> Piece<'a> {
        let leaf = self.leaf(id);
        let is_letter = self.are_letters && leaf.text.chars().count() <= 1;
        let (text, colour) = match leaf.text {
            // The font of the figures has no arrow that turns.
            "↵" => ("¶", MUTED),
            CLOSE => (CLOSE, BLUE),
            text => (text, INK),
        };
        Piece {
            text,
            colour,
            fill: (!is_letter).then_some(leaf.fill),
            padding: 0,
        }
    }
}
