//! Accuracy against learning rate, a panel for each column of the table.

use super::layout::{
    AXIS, CAPTION_LINE, LEFT, LEGEND_LINE, SMALL_SIZE, TEXT_SIZE, TITLE_SIZE, WIDTH,
};
use super::legend::{Entry, Mark, key, lines};
use super::panel::{Canvas, Drawn};
use super::style::{GRID, INK, MUTED, bold, colours, stroke, text};
use super::text::wrap;
use crate::chosen::{Chosen, number};
use crate::sheet::Sheet;
use crate::{ReportError, Summary};
use plotters::prelude::{
    ChartBuilder, Circle, Color, IntoDrawingArea, LineSeries, PathElement, RGBColor, SVGBackend,
    Text, WHITE,
};
use plotters::style::FontTransform;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Panels side by side.
const ACROSS: usize = 4;
const HEADING: i32 = 26;
const PLOT: i32 = 220;
/// Below a plot: its rates, and what they are.
const BELOW: i32 = 48;
const CAPTION: &str = "Validation accuracy of the tested weights: mean and 95 % t interval over \
                       seeds. The ring is the rate that the tables show.";

/// A row's trials in one panel.
struct Line<'a> {
    row: usize,
    chosen: &'a Chosen,
}

/// The figure of a sheet; `None` where nothing was chosen.
pub(super) fn draw(summary: &Summary, sheet: &Sheet) -> Result<Option<String>, ReportError> {
    let panels: Vec<Vec<Line>> = (0..sheet.columns.len())
        .map(|column| trials(summary, sheet, column))
        .collect();
    if panels.iter().all(Vec::is_empty) {
        return Ok(None);
    }
    let reference = summary.question.table.reference.as_ref();
    let colours = colours(&sheet.rows, reference.map(|(_, value)| value.as_str()));
    let mut svg = String::new();
    let most = WIDTH - 2 * LEFT;
    let fixed = match sheet.fixed.is_empty() {
        true => String::new(),
        false => format!(" ({})", crate::format::choice(&sheet.fixed)),
    };
    let title = format!("{}{fixed}", summary.question.question);
    let title = wrap(&title, TITLE_SIZE * 1.08, most);
    let rows = sheet.rows.iter().zip(&colours);
    let mut legend: Vec<Entry> = rows
        .map(|(row, colour)| Entry {
            mark: Mark::Line(*colour),
            name: row.clone(),
        })
        .collect();
    legend.push(Entry {
        mark: Mark::Ring,
        name: "chosen on validation".to_owned(),
    });
    let legend = lines(legend);
    let legend_top = 22 + 22 * title.len() as i32;
    let top = legend_top + LEGEND_LINE * legend.len() as i32 + 4;
    let across = panels.len().clamp(1, ACROSS);
    let blocks = panels.len().div_ceil(across) as i32;
    let caption_top = top + blocks * (HEADING + PLOT + BELOW);
    let height = caption_top + CAPTION_LINE + 10;
    {
        let canvas =
            SVGBackend::with_string(&mut svg, (WIDTH as u32, height as u32)).into_drawing_area();
        let paint = || -> Drawn {
            canvas.fill(&WHITE)?;
            for (index, line) in title.iter().enumerate() {
                let at = (LEFT, 12 + 22 * index as i32);
                canvas.draw(&Text::new(line.as_str(), at, bold(TITLE_SIZE, INK)))?;
            }
            for (index, line) in legend.iter().enumerate() {
                let y = legend_top + 8 + LEGEND_LINE * index as i32;
                line.iter()
                    .try_for_each(|(left, entry)| key(&canvas, *left, y, entry))?;
            }
            let width = (WIDTH - LEFT - 4) / across as i32;
            for (index, lines) in panels.iter().enumerate() {
                let left = LEFT + (index % across) as i32 * width;
                let top = top + (index / across) as i32 * (HEADING + PLOT + BELOW);
                let heading = bold(TEXT_SIZE, INK).pos(Pos::new(HPos::Center, VPos::Center));
                let at = (left + AXIS + (width - AXIS) / 2, top + HEADING / 2);
                canvas.draw(&Text::new(sheet.columns[index].as_str(), at, heading))?;
                panel(&canvas, (left, top + HEADING, width - 12), lines, &colours)?;
                if index % across == 0 {
                    let style = text(SMALL_SIZE, INK)
                        .transform(FontTransform::Rotate270)
                        .pos(Pos::new(HPos::Center, VPos::Center));
                    let at = (left - 10, top + HEADING + PLOT / 2);
                    canvas.draw(&Text::new("validation accuracy, %", at, style))?;
                }
            }
            let at = (LEFT, caption_top);
            canvas.draw(&Text::new(CAPTION, at, text(SMALL_SIZE, MUTED)))?;
            canvas.present()
        };
        paint().map_err(|error| ReportError::Figure(error.to_string()))?;
    }
    Ok(Some(svg))
}

/// The rows of a column that have several rates to choose from.
fn trials<'a>(summary: &'a Summary, sheet: &Sheet, column: usize) -> Vec<Line<'a>> {
    let places = sheet.places.iter().enumerate();
    let line = |(row, places): (usize, &Vec<Option<crate::Place>>)| {
        let place = places[column].as_ref()?;
        let mut all = summary.chosen.iter();
        let chosen = all.find(|chosen| chosen.axes == place.axes)?;
        (chosen.trials.len() > 1).then_some(Line { row, chosen })
    };
    places.filter_map(line).collect()
}

fn panel(
    canvas: &Canvas<'_>,
    (left, top, width): (i32, i32, i32),
    lines: &[Line],
    colours: &[RGBColor],
) -> Drawn {
    let points = |line: &Line| -> Vec<(f64, f64, f64)> {
        let trials = line.chosen.trials.iter();
        let point = |trial: &crate::Trial| {
            let validation = trial.validation?;
            let half = validation.half_width.unwrap_or(0.0) * 100.0;
            Some((number(&trial.rate).log10(), validation.mean * 100.0, half))
        };
        trials.filter_map(point).collect()
    };
    let all: Vec<(f64, f64, f64)> = lines.iter().flat_map(points).collect();
    let span = |values: &[f64]| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (low, high)
    };
    let trials = || lines.iter().flat_map(|line| &line.chosen.trials);
    let (first, last) = span(
        &trials()
            .map(|trial| number(&trial.rate).log10())
            .collect::<Vec<_>>(),
    );
    if all.is_empty() {
        let style = text(SMALL_SIZE, MUTED).pos(Pos::new(HPos::Center, VPos::Center));
        return canvas.draw(&Text::new(
            "unfinished",
            (left + width / 2, top + PLOT / 2),
            style,
        ));
    }
    let ends = all
        .iter()
        .flat_map(|(_, mean, half)| [mean - half, mean + half]);
    let (low, high) = span(&ends.collect::<Vec<_>>());
    let air = 0.05 * (high - low).max(4.0);
    let area = canvas
        .clone()
        .shrink((left, top), (width as u32, (PLOT + 6) as u32));
    let mut chart = ChartBuilder::on(&area)
        .y_label_area_size(AXIS)
        .x_label_area_size(6)
        .build_cartesian_2d(first - 0.15..last + 0.15, low - air..high + air)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(stroke(GRID, 0))
        .bold_line_style(stroke(GRID, 1))
        .axis_style(stroke(MUTED, 1))
        .label_style(text(SMALL_SIZE, INK))
        .x_labels(0)
        .y_labels(6)
        .set_all_tick_mark_size(3)
        .y_label_formatter(&|value| format!("{value:.0}"))
        .draw()?;
    for line in lines {
        let colour = colours[line.row];
        let points = points(line);
        let means = points.iter().map(|(rate, mean, _)| (*rate, *mean));
        chart.draw_series(LineSeries::new(means, stroke(colour, 2)))?;
        let bars = points.iter().map(|(rate, mean, half)| {
            let ends = vec![(*rate, mean - half), (*rate, mean + half)];
            PathElement::new(ends, stroke(colour, 1))
        });
        chart.draw_series(bars)?;
        let dots = points
            .iter()
            .map(|(rate, mean, _)| Circle::new((*rate, *mean), 3, colour.filled()));
        chart.draw_series(dots)?;
        let best = line.chosen.best.map(|best| &line.chosen.trials[best]);
        let ring = best.and_then(|trial| {
            let at = (number(&trial.rate).log10(), trial.validation?.mean * 100.0);
            Some(Circle::new(at, 6, stroke(INK, 1)))
        });
        chart.draw_series(ring)?;
    }
    let mut rates: Vec<&str> = Vec::new();
    for trial in trials() {
        if !rates.contains(&trial.rate.as_str()) {
            rates.push(&trial.rate);
        }
    }
    let below = || text(SMALL_SIZE, INK).pos(Pos::new(HPos::Center, VPos::Center));
    for rate in rates {
        let x = chart.backend_coord(&(number(rate).log10(), low)).0;
        canvas.draw(&Text::new(rate, (x, top + PLOT + 14), below()))?;
    }
    let at = (left + AXIS + (width - AXIS) / 2, top + PLOT + 32);
    canvas.draw(&Text::new("learning rate", at, below()))
}
