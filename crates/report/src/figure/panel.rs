use super::layout::{AXIS, Box, SMALL_SIZE};
use super::series::{Band, Panel};
use super::style::{GRID, INK, MUTED, stroke, text};
use super::text::spread;
use plotters::coord::Shift;
use plotters::prelude::{
    ChartBuilder, Circle, Color, DashedLineSeries, DrawingArea, DrawingAreaErrorKind,
    DrawingBackend, LineSeries, PathElement, Polygon, RGBColor, SVGBackend, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

pub(super) type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Drawn =
    Result<(), DrawingAreaErrorKind<<SVGBackend<'static> as DrawingBackend>::ErrorType>>;

/// Room below the lower plot for the numbers of its axis.
const BELOW: i32 = 22;

/// What a plot shows of a panel.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Accuracy,
    Loss,
}

/// Draws one plot: axes, bands, lines, and for accuracy the rules of floor and paper.
pub(super) fn draw(
    canvas: &Canvas<'_>,
    place: Box,
    panel: &Panel,
    kind: Kind,
    colours: &[RGBColor],
) -> Drawn {
    let lines: Vec<(usize, &[Band])> = panel
        .lines
        .iter()
        .map(|line| {
            (
                line.row,
                if kind == Kind::Accuracy {
                    &*line.accuracy
                } else {
                    &*line.loss
                },
            )
        })
        .collect();
    let paper = panel.paper.iter().map(|(value, _)| *value);
    let rules = panel
        .floor
        .into_iter()
        .chain(paper)
        .filter(|_| kind == Kind::Accuracy);
    let ends = lines
        .iter()
        .flat_map(|(_, bands)| bands.iter().flat_map(|b| [b.low, b.high]));
    let Some((low, high)) = range(ends.chain(rules), kind) else {
        let style = text(SMALL_SIZE, MUTED).pos(Pos::new(HPos::Center, VPos::Center));
        let middle = (place.left + place.width / 2, place.top + place.height / 2);
        return canvas.draw(&Text::new("unfinished", middle, style));
    };
    let steps = lines
        .iter()
        .flat_map(|(_, bands)| bands.iter().map(|band| band.step));
    let last = steps.fold(1.0, f64::max);
    let area = canvas.clone().shrink(
        (place.left - AXIS, place.top),
        ((place.width + AXIS) as u32, (place.height + BELOW) as u32),
    );
    let mut chart = ChartBuilder::on(&area)
        .y_label_area_size(AXIS)
        .x_label_area_size(BELOW)
        .build_cartesian_2d(0.0..last, low..high)?;
    // As many as it takes for neighbouring labels to differ.
    let digits = match high - low {
        span if span >= 4.0 => 0,
        span if span >= 0.4 => 1,
        span if span >= 0.04 => 2,
        _ => 3,
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(stroke(GRID, 0))
        .bold_line_style(stroke(GRID, 1))
        .axis_style(stroke(MUTED, 1))
        .label_style(text(SMALL_SIZE, INK))
        .x_labels(4)
        .y_labels(if kind == Kind::Accuracy { 6 } else { 4 })
        .set_all_tick_mark_size(3)
        .x_label_formatter(&|step| thousands(*step))
        .y_label_formatter(&|value| format!("{value:.digits$}"))
        .draw()?;
    if kind == Kind::Accuracy {
        for (value, rows) in &panel.paper {
            let colour = if let [row] = rows.as_slice() {
                colours[*row]
            } else {
                MUTED
            };
            let rule = [(0.0, *value), (last, *value)];
            chart.draw_series(DashedLineSeries::new(rule, 1, 3, stroke(colour, 1)))?;
        }
        if let Some(floor) = panel.floor {
            let rule = [(0.0, floor), (last, floor)];
            chart.draw_series(DashedLineSeries::new(rule, 6, 4, stroke(MUTED, 1)))?;
        }
    }
    for (row, bands) in &lines {
        let upper = bands.iter().map(|band| (band.step, band.high));
        let lower = bands.iter().rev().map(|band| (band.step, band.low));
        let outline: Vec<_> = upper.chain(lower).collect();
        chart.draw_series([Polygon::new(outline, colours[*row].mix(0.16))])?;
    }
    for (row, bands) in &lines {
        let means = bands.iter().map(|band| (band.step, band.mean));
        chart.draw_series(LineSeries::new(means, stroke(colours[*row], 2)))?;
    }
    if kind == Kind::Accuracy {
        let at = |value: f64| chart.backend_coord(&(last, value)).1;
        gutter(canvas, place, panel, colours, at)?;
    }
    Ok(())
}

/// The values of floor and paper right of the plot; the paper's carry the colours of its rows.
fn gutter(
    canvas: &Canvas<'_>,
    place: Box,
    panel: &Panel,
    colours: &[RGBColor],
    at: impl Fn(f64) -> i32,
) -> Drawn {
    let mut labels: Vec<(f64, &[usize])> = panel.paper.iter().map(|(v, r)| (*v, &**r)).collect();
    labels.extend(panel.floor.map(|floor| (floor, &[][..])));
    let wanted: Vec<i32> = labels.iter().map(|(value, _)| at(*value)).collect();
    let bottom = place.top + place.height - 4;
    let placed = spread(&wanted, 12, place.top + 4, bottom);
    let right = place.left + place.width;
    for (((value, rows), from), y) in labels.into_iter().zip(wanted).zip(placed) {
        let leader = vec![(right + 1, from), (right + 6, y)];
        canvas.draw(&PathElement::new(leader, stroke(MUTED, 1)))?;
        let colour = match rows {
            [row] => colours[*row],
            [] => MUTED,
            _ => INK,
        };
        let style = text(9.5, colour).pos(Pos::new(HPos::Left, VPos::Center));
        let label = format!("{value:.1}");
        let after = right + 9 + super::text::width(&label, 9.5);
        canvas.draw(&Text::new(label, (right + 8, y), style))?;
        for (index, row) in rows.iter().enumerate().filter(|_| rows.len() > 1) {
            let dot = (after + 3 + 6 * index as i32, y);
            canvas.draw(&Circle::new(dot, 2, colours[*row].filled()))?;
        }
    }
    Ok(())
}

/// The vertical range, with air above and below; `None` without a value.
fn range(values: impl Iterator<Item = f64>, kind: Kind) -> Option<(f64, f64)> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if low > high {
        return None;
    }
    let least = if kind == Kind::Accuracy { 4.0 } else { 0.02 };
    let air = 0.05 * (high - low).max(least);
    Some((low - air, high + air))
}

/// `2k` for 2,000.
fn thousands(step: f64) -> String {
    match step {
        step if step < 1000.0 => format!("{step:.0}"),
        step => format!("{}k", (step / 100.0).round() / 10.0),
    }
}
