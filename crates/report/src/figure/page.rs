use super::layout::{
    AXIS, Box, CAPTION_LINE, LEFT, LEGEND_LINE, Layout, SMALL_SIZE, TEXT_SIZE, TITLE_SIZE, WIDTH,
};
use super::legend::{Entry, Mark, key, lines};
use super::panel::{self, Canvas, Drawn, Kind};
use super::series::Panel;
use super::style::{INK, MUTED, bold, colours, text};
use crate::sheet::Sheet;
use crate::{Flag, ReportError, Summary};
use plotters::prelude::{IntoDrawingArea, RGBColor, SVGBackend, Text, WHITE};
use plotters::style::FontTransform;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// The whole figure as SVG.
pub(super) fn draw(
    summary: &Summary,
    sheet: &Sheet,
    panels: &[Panel],
) -> Result<String, ReportError> {
    let reference = summary.question.table.reference.as_ref();
    let reference = reference.filter(|(axis, _)| *axis == summary.question.table.rows);
    let colours = colours(&sheet.rows, reference.map(|(_, value)| value.as_str()));
    let legend = lines(entries(sheet, panels, &colours));
    let title = match sheet.fixed.is_empty() {
        true => summary.question.question.clone(),
        false => {
            let fixed = crate::format::choice(&sheet.fixed);
            format!("{} ({fixed})", summary.question.question)
        }
    };
    let layout = Layout::new(&title, legend.len(), panels.len(), &caption(sheet));
    let mut svg = String::new();
    {
        let size = (WIDTH as u32, layout.height as u32);
        let canvas = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        paint(&canvas, &layout, &legend, panels, &colours)
            .and_then(|()| canvas.present())
            .map_err(|error| ReportError::Figure(error.to_string()))?;
    }
    Ok(svg)
}

fn paint(
    canvas: &Canvas<'_>,
    layout: &Layout,
    legend: &[Vec<(i32, Entry)>],
    panels: &[Panel],
    colours: &[RGBColor],
) -> Drawn {
    canvas.fill(&WHITE)?;
    for (index, line) in layout.title.iter().enumerate() {
        let at = (LEFT, layout.title_at(index));
        canvas.draw(&Text::new(line.as_str(), at, bold(TITLE_SIZE, INK)))?;
    }
    for (index, line) in legend.iter().enumerate() {
        let y = layout.legend_top + 8 + LEGEND_LINE * index as i32;
        line.iter()
            .try_for_each(|(left, entry)| key(canvas, *left, y, entry))?;
    }
    for (index, panel) in panels.iter().enumerate() {
        let (accuracy, loss) = (layout.accuracy(index), layout.loss(index));
        let heading = bold(TEXT_SIZE, INK).pos(Pos::new(HPos::Center, VPos::Center));
        let at = (accuracy.left + accuracy.width / 2, accuracy.top - 12);
        canvas.draw(&Text::new(panel.title.as_str(), at, heading))?;
        panel::draw(canvas, accuracy, panel, Kind::Accuracy, colours)?;
        panel::draw(canvas, loss, panel, Kind::Loss, colours)?;
        if layout.is_first(index) {
            beside(canvas, accuracy, "validation accuracy, %")?;
            beside(canvas, loss, "validation loss, nats")?;
        }
        let below = text(SMALL_SIZE, INK).pos(Pos::new(HPos::Center, VPos::Center));
        let at = (loss.left + loss.width / 2, loss.top + loss.height + 29);
        canvas.draw(&Text::new("gradient steps", at, below))?;
    }
    for (index, line) in layout.caption.iter().enumerate() {
        let at = (LEFT, layout.caption_top + CAPTION_LINE * index as i32);
        canvas.draw(&Text::new(line.as_str(), at, text(SMALL_SIZE, MUTED)))?;
    }
    Ok(())
}

/// What a vertical axis means, left of its numbers.
fn beside(canvas: &Canvas<'_>, plot: Box, meaning: &str) -> Drawn {
    let style = text(SMALL_SIZE, INK)
        .transform(FontTransform::Rotate270)
        .pos(Pos::new(HPos::Center, VPos::Center));
    let at = (plot.left - AXIS - 10, plot.top + plot.height / 2);
    canvas.draw(&Text::new(meaning, at, style))
}

fn entries(sheet: &Sheet, panels: &[Panel], colours: &[RGBColor]) -> Vec<Entry> {
    let rows = sheet.rows.iter().zip(colours);
    let rows = rows.map(|(row, colour)| Entry {
        mark: Mark::Line(*colour),
        name: row.clone(),
    });
    let mut entries: Vec<Entry> = rows.collect();
    if panels.iter().any(|panel| panel.floor.is_some()) {
        entries.push(Entry {
            mark: Mark::Dashes,
            name: "trivial floor (test)".to_owned(),
        });
    }
    let flags: Vec<Flag> = sheet
        .planned()
        .filter_map(|place| Some(place.paper?.flag))
        .collect();
    let recalled = flags.iter().filter(|flag| **flag == Flag::Recalled).count();
    let source = match recalled {
        _ if flags.is_empty() => return entries,
        0 => Flag::Secondary.name().to_owned() + " source",
        all if all == flags.len() => Flag::Recalled.name().to_owned(),
        _ => format!(
            "{} source or {}",
            Flag::Secondary.name(),
            Flag::Recalled.name()
        ),
    };
    entries.push(Entry {
        mark: Mark::Dots,
        name: format!("paper (test, {source})"),
    });
    entries
}

/// What lines and bands are, in words.
fn caption(sheet: &Sheet) -> String {
    let seeds = || {
        sheet
            .planned()
            .map(|place| place.accuracies.len())
            .filter(|n| *n > 0)
    };
    let seeds = match (seeds().min(), seeds().max()) {
        (Some(1), Some(1)) => "the one seed".to_owned(),
        (Some(low), Some(high)) if low == high => format!("{low} seeds"),
        (Some(low), Some(high)) => format!("{low} to {high} seeds"),
        _ => "seeds".to_owned(),
    };
    format!(
        "Lines: mean over {seeds}; bands: from the lowest to the highest seed. Curves are of the \
         validation data, the rules of floor and paper of the test data."
    )
}
