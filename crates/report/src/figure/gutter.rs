//! The values of floor and paper right of a plot.

use super::axes::Plot;
use super::canvas::{Canvas, Drawn};
use super::series::CurvePanel;
use super::style::{INK, MUTED, stroke, text};
use crate::format::fixed;
use crate::lettering::width;
use plotters::prelude::{Circle, Color, PathElement, RGBColor, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Its width.
pub(super) const GUTTER: i32 = 52;
const SIZE: f64 = 9.5;

/// Draws them; the paper's carry the colours of its rows. `at` is how low on the page a value lies.
pub(super) fn gutter(
    canvas: &Canvas<'_>,
    plot: Plot,
    panel: &CurvePanel,
    at: impl Fn(f64) -> i32,
) -> Drawn {
    let paper = panel
        .paper
        .iter()
        .map(|(value, colours)| (*value, &**colours));
    let floor = panel.floor.map(|floor| (floor, &[][..]));
    let labels: Vec<(f64, &[RGBColor])> = paper.chain(floor).collect();
    let wanted: Vec<i32> = labels.iter().map(|(value, _)| at(*value)).collect();
    let bottom = plot.top + plot.height - 4;
    let placed = spread(&wanted, 12, plot.top + 4, bottom);
    let right = plot.left + plot.width;
    for (((value, colours), from), y) in labels.into_iter().zip(wanted).zip(placed) {
        let leader = vec![(right + 1, from), (right + 6, y)];
        canvas.draw(&PathElement::new(leader, stroke(MUTED, 1)))?;
        let colour = match colours {
            [one] => *one,
            [] => MUTED,
            _ => INK,
        };
        let style = text(SIZE, colour).pos(Pos::new(HPos::Left, VPos::Center));
        let label = fixed(value, 1);
        let after = right + 9 + width(&label, SIZE);
        canvas.draw(&Text::new(label, (right + 8, y), style))?;
        let dots = if colours.len() > 1 { colours } else { &[] };
        for (dot, colour) in dots.iter().enumerate() {
            let (right, down) = place(dot, dots.len());
            let at = (after + 3 + right, y + down);
            canvas.draw(&Circle::new(at, 2, colour.filled()))?;
        }
    }
    Ok(())
}

/// Where a dot stands from the first of so many in one line: at most three fit beside a label, so more are in lines below each other.
fn place(dot: usize, dots: usize) -> (i32, i32) {
    let lines = dots.div_ceil(3);
    let (column, line) = (dot / lines, dot % lines);
    let above = (lines - 1) as i32 * 5 / 2;
    (6 * column as i32, 5 * line as i32 - above)
}

/// Moves labels apart, keeping their order: each at least `gap` under the one before, all between
/// `top` and `bottom` as far as they fit.
fn spread(wanted: &[i32], gap: i32, top: i32, bottom: i32) -> Vec<i32> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|index| wanted[*index]);
    let mut placed = vec![0; wanted.len()];
    let mut free = top;
    for index in &order {
        placed[*index] = wanted[*index].max(free);
        free = placed[*index] + gap;
    }
    let mut free = bottom;
    for index in order.iter().rev() {
        placed[*index] = placed[*index].min(free);
        free = placed[*index] - gap;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_stay_in_the_gutter() {
        assert_eq!(place(2, 3), (12, 0));
        for dots in 2..=9 {
            let all: Vec<(i32, i32)> = (0..dots).map(|dot| place(dot, dots)).collect();
            let most = 9 + width("100.0", SIZE) + 3 + 2;
            for (index, (right, down)) in all.iter().enumerate() {
                assert!(most + right <= GUTTER + 4 && down.abs() <= 5, "{dots}");
                assert!(!all[..index].contains(&(*right, *down)));
            }
        }
    }

    #[test]
    fn labels_do_not_touch() {
        assert_eq!(spread(&[10, 12, 50], 11, 0, 100), [10, 21, 50]);
        assert_eq!(spread(&[99, 98], 11, 0, 100), [100, 89]);
    }
}
