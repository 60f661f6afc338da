//! The tree that an expression's brackets make.

use super::svg::{Anchor, FAINT, INK, Style, Svg};

const LEVEL: i32 = 40;
const PITCHES: [i32; 4] = [30, 26, 22, 19];
const TALL: i32 = 20;

/// A word with what stands inside it.
pub(super) struct Node {
    id: u32,
    inside: Vec<Node>,
}

/// How a word looks.
pub(super) struct Leaf<'a> {
    pub text: &'a str,
    pub fill: &'static str,
}

impl Node {
    /// The tree of a whole expression; `None` where its brackets do not match.
    pub fn read(
        ids: &[u32],
        opens: impl Fn(u32) -> bool,
        closes: impl Fn(u32) -> bool,
    ) -> Option<Self> {
        let mut open: Vec<Node> = Vec::new();
        let mut whole = None;
        for id in ids {
            if whole.is_some() {
                return None;
            }
            let mut node = Node {
                id: *id,
                inside: Vec::new(),
            };
            if opens(*id) {
                open.push(node);
                continue;
            }
            if closes(*id) {
                node = open.pop()?;
            }
            match open.last_mut() {
                Some(parent) => parent.inside.push(node),
                None => whole = Some(node),
            }
        }
        whole
    }

    fn leaves(&self) -> i32 {
        match self.inside[..] {
            [] => 1,
            _ => self.inside.iter().map(Node::leaves).sum(),
        }
    }

    fn levels(&self) -> i32 {
        1 + self.inside.iter().map(Node::levels).max().unwrap_or(0)
    }

    /// The tree, root on top, and its height; `None` where it is too wide.
    pub fn draw<'a>(&self, width: i32, look: impl Fn(u32) -> Leaf<'a>) -> Option<(Svg, i32)> {
        let leaves = self.leaves();
        let pitch = *PITCHES.iter().find(|pitch| **pitch * leaves <= width)?;
        let mut svg = Svg::default();
        self.part(&mut svg, (0, 0), pitch, &look);
        Some((svg, self.levels() * LEVEL - (LEVEL - TALL)))
    }

    /// Draws from a corner down; gives the middle of the root.
    fn part<'a>(
        &self,
        svg: &mut Svg,
        (left, top): (i32, i32),
        pitch: i32,
        look: &impl Fn(u32) -> Leaf<'a>,
    ) -> i32 {
        let mut x = left;
        let mut middles = Vec::new();
        for node in &self.inside {
            middles.push(node.part(svg, (x, top + LEVEL), pitch, look));
            x += node.leaves() * pitch;
        }
        let middle = match (middles.first(), middles.last()) {
            (Some(first), Some(last)) => (first + last) / 2,
            _ => left + pitch / 2,
        };
        for child in middles {
            let (from, to) = (top + TALL, top + LEVEL);
            let half = (from + to) / 2;
            svg.stroke(
                &format!("M{middle} {from}C{middle} {half} {child} {half} {child} {to}"),
                FAINT,
            );
        }
        let leaf = look(self.id);
        let text = leaf.text.trim_start_matches('[');
        let width = (text.chars().count() as i32 * 9 + 9).max(TALL - 2);
        let at = (middle - width / 2, top);
        svg.pill(
            at,
            (width, TALL),
            if self.inside.is_empty() { 9 } else { 5 },
            leaf.fill,
        );
        let style = Style::new(11.0, INK).anchor(Anchor::Middle);
        let style = if self.inside.is_empty() {
            style
        } else {
            style.bold()
        };
        svg.text((middle, top + 14), text, style);
        middle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_make_a_tree_or_none() {
        let read = |ids: &[u32]| Node::read(ids, |id| id == 8, |id| id == 9);
        let tree = read(&[8, 1, 8, 2, 3, 9, 4, 9]).unwrap();
        assert_eq!((tree.leaves(), tree.levels()), (4, 3));
        for broken in [&[8, 1][..], &[9], &[8, 1, 9, 9], &[8, 9, 1], &[]] {
            assert!(read(broken).is_none());
        }
    }
}
