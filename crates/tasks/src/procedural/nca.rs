//! Neural cellular automata, after "Training Language Models via Neural Cellular Automata" (Lee et al. 2026, arXiv 2603.10055).
//!
//! As there: a grid on a torus; the rule is a random network (3 x 3 cells to 4 channels, to 16, ReLU, to a score a state), drawn
//! anew for each sequence; patches of 2 x 2 cells are tokens, frame after frame. Theirs are 10 states on 12 x 12 cells, 10,000
//! tokens and marks around each frame. Ours: at most 4 states, so that patches are the 256 tokens of a body, and no marks; the
//! state of the highest score is taken (they sample at a temperature of 1e-4); the first frame is uniform; weights are uniform,
//! whose scale has no say, as there are no biases; and no rule is dropped for being too simple, where they keep those that gzip
//! compresses to no less than half. In about a fifth of our sequences nothing moves any more after eight steps.

use super::dense::{accumulate, greatest, weights};
use super::sequence::{self, Procedure, Sequences};
use crate::error::TaskError;
use crate::generated::Generated;
use crate::settings::{Settings, within};
use crate::task::{Form, Shape, Task};
use data::DataDir;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

const CHANNELS: usize = 4;
const HIDDEN: usize = 16;

/// Frames of a cellular automaton whose rule is a random network, which has to be told from the frames before.
///
/// The first frame is random and cannot be predicted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Nca {
    /// Patches that the body sees.
    context: usize,
    /// States of a cell.
    states: usize,
    /// Cells in a row, and rows of the grid.
    side: usize,
}

impl Default for Nca {
    fn default() -> Self {
        Self {
            context: 128,
            states: 4,
            side: 8,
        }
    }
}

impl Settings for Nca {
    const NAME: &'static str = "nca";
    const ABOUT: &'static str = "automata of random rules, a corpus without text (generated)";

    fn check(&self) -> Result<(), String> {
        sequence::check(self.context)?;
        // Four cells of four states are 256 tokens.
        within("states", self.states, 2, 4)?;
        within("side", self.side, 4, 1000)?;
        let (side, frame, context) = (self.side, self.frame(), self.context);
        if !side.is_multiple_of(2) {
            return Err(format!(
                "`side` is {side}, but patches of 2 x 2 need it even"
            ));
        }
        if frame > context {
            return Err(format!(
                "`side` is {side}: a frame of {frame} patches does not fit in `context` = {context}"
            ));
        }
        Ok(())
    }

    fn shape(&self, _: Form) -> Result<Shape, String> {
        Ok(sequence::shape(self.context))
    }

    fn validated(&self) -> Option<usize> {
        Some(sequence::HELD_OUT)
    }

    fn tested(&self) -> usize {
        sequence::HELD_OUT
    }

    fn open(self, shape: Shape, _: Form, _: &DataDir) -> Result<Box<dyn Task>, TaskError> {
        Ok(Box::new(Generated {
            shape,
            generator: Sequences(self),
        }))
    }
}

impl Nca {
    /// Patches of a frame.
    fn frame(&self) -> usize {
        (self.side / 2).pow(2)
    }

    /// The grid's patches row by row; in a patch the first cell counts most.
    fn patches(&self, grid: &[u8]) -> Vec<u8> {
        let side = self.side;
        let corners = (0..side).step_by(2);
        let corners =
            corners.flat_map(|row| (0..side).step_by(2).map(move |column| row * side + column));
        let patch = |corner: usize| {
            let cells = [corner, corner + 1, corner + side, corner + side + 1];
            cells
                .iter()
                .fold(0, |patch, cell| patch * self.states as u8 + grid[*cell])
        };
        corners.map(patch).collect()
    }
}

impl Procedure for Nca {
    const NAME: &'static str = "nca";

    fn sequence(&self, rng: &mut ChaCha8Rng) -> Vec<u8> {
        let rule = Rule::draw(self.states, rng);
        let mut cell = || rng.random_range(0..self.states as u32) as u8;
        let mut grid: Vec<u8> = (0..self.side * self.side).map(|_| cell()).collect();
        let length = self.context + 1;
        let mut symbols = Vec::with_capacity(length + self.frame());
        while symbols.len() < length {
            symbols.extend(self.patches(&grid));
            grid = rule.next(&grid, self.side);
        }
        symbols.truncate(length);
        symbols
    }

    /// The states of the four cells.
    fn symbols(&self) -> Vec<String> {
        let digit =
            |patch: usize, place| (patch / self.states.pow(place) % self.states).to_string();
        let name = |patch| [3, 2, 1, 0].map(|place| digit(patch, place)).concat();
        (0..self.states.pow(4)).map(name).collect()
    }

    fn before(&self) -> Option<(&'static str, usize)> {
        Some(("the patch a frame before", self.frame()))
    }
}

/// A random network that says the next state of a cell by the nine around it.
struct Rule {
    states: usize,
    /// `[9 x states, channels]`: a row for each state of each of the nine.
    around: Vec<f32>,
    /// `[channels, hidden]`
    hidden: Vec<f32>,
    /// `[hidden, states]`
    scores: Vec<f32>,
}

impl Rule {
    fn draw(states: usize, rng: &mut ChaCha8Rng) -> Self {
        Self {
            states,
            around: weights(9 * states * CHANNELS, 1.0, rng),
            hidden: weights(CHANNELS * HIDDEN, 1.0, rng),
            scores: weights(HIDDEN * states, 1.0, rng),
        }
    }

    /// The grid one step on. Its ends are neighbours.
    fn next(&self, grid: &[u8], side: usize) -> Vec<u8> {
        let cell = |at: usize| {
            let (row, column) = (at / side, at % side);
            let mut channels = [0.0; CHANNELS];
            for place in 0..9 {
                let (row, column) = (row + side + place / 3 - 1, column + side + place % 3 - 1);
                let state = grid[row % side * side + column % side] as usize;
                let from = (place * self.states + state) * CHANNELS;
                accumulate(&mut channels, &self.around[from..from + CHANNELS], &[1.0]);
            }
            let mut hidden = [0.0; HIDDEN];
            accumulate(&mut hidden, &self.hidden, &channels);
            let hidden = hidden.map(|value: f32| value.max(0.0));
            let mut scores = vec![0.0; self.states];
            accumulate(&mut scores, &self.scores, &hidden);
            greatest(&scores) as u8
        };
        (0..grid.len()).map(cell).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::stream;

    #[test]
    fn a_rule_is_the_same_everywhere_and_at_all_times() {
        let mut rng = stream(1, "data");
        let rule = Rule::draw(3, &mut rng);
        let grid: Vec<u8> = (0..36).map(|_| rng.random_range(0..3)).collect();
        let next = rule.next(&grid, 6);
        // Moved by a row and a column, the grid goes on as it would have, moved: the rule knows no place.
        let moved = |grid: &[u8]| -> Vec<u8> {
            let at = |index: usize| (index / 6 + 1) % 6 * 6 + (index + 1) % 6;
            (0..36).map(|index| grid[at(index)]).collect()
        };
        assert_eq!(rule.next(&moved(&grid), 6), moved(&next));
        assert_ne!(rule.next(&moved(&grid), 6), next);
    }

    #[test]
    fn a_rule_that_copies_keeps_the_grid() {
        // The middle cell's state is the score of its own channel, and nothing else counts.
        let mut rule = Rule {
            states: 4,
            around: vec![0.0; 9 * 4 * CHANNELS],
            hidden: vec![0.0; CHANNELS * HIDDEN],
            scores: vec![0.0; HIDDEN * 4],
        };
        for state in 0..4 {
            rule.around[(4 * 4 + state) * CHANNELS + state] = 1.0;
            rule.hidden[state * HIDDEN + state] = 1.0;
            rule.scores[state * 4 + state] = 1.0;
        }
        let grid: Vec<u8> = (0..16).map(|cell| cell % 4).collect();
        assert_eq!(rule.next(&grid, 4), grid);
    }

    #[test]
    fn patches_are_two_by_two() {
        let nca = Nca {
            side: 4,
            ..Nca::default()
        };
        #[rustfmt::skip]
        let grid = [
            0, 1, 3, 3,
            2, 3, 3, 3,
            0, 0, 1, 0,
            0, 0, 0, 0,
        ];
        // 0·64 + 1·16 + 2·4 + 3, …
        assert_eq!(nca.patches(&grid), [27, 255, 0, 64]);
        let symbols = nca.symbols();
        assert_eq!(symbols.len(), 256);
        assert_eq!([&symbols[27], &symbols[64]], ["0123", "1000"]);
    }

    #[test]
    fn sequences_have_rules_of_their_own_and_most_go_on_moving() {
        let nca = Nca::default();
        let mut rng = stream(1, "data");
        let sequences: Vec<Vec<u8>> = (0..500).map(|_| nca.sequence(&mut rng)).collect();
        assert!(sequences.iter().all(|sequence| sequence.len() == 129));
        let still = |sequence: &&Vec<u8>| sequence[96..112] == sequence[112..128];
        let still = sequences.iter().filter(still).count();
        assert!((75..175).contains(&still), "{still}");
    }

    #[test]
    fn absurd_settings_are_named() {
        for (context, states, side, named) in [
            (0, 4, 8, "`context` is 0"),
            (128, 5, 8, "`states` is 5"),
            (128, 1, 8, "`states` is 1"),
            (128, 4, 0, "`side` is 0"),
            (128, 4, 7, "`side` is 7, but patches"),
            (128, 4, 24, "`side` is 24: a frame of 144 patches"),
        ] {
            let error = Nca {
                context,
                states,
                side,
            };
            let error = error.check().unwrap_err();
            assert!(error.starts_with(named), "{error}");
        }
    }
}
