//! Where read positions look: a figure for each column of the table, a panel for each row, layer under layer (section 3.5).

use super::canvas::{Canvas, Drawn, heading, label, upright};
use super::frame::Slot;
use super::legend::{Entry, Mark};
use super::look::Look;
use super::sketch::{Panel, Sketch};
use super::style::{BLUE, GRID, RED, stroke};
use crate::file_names::file_names;
use crate::sentence::line;
use evidence::{Choice, Place};
use plotters::prelude::{Color, Rectangle};
use plotters::style::RGBAColor;
use training::AttentionMap;

const HEADING: i32 = 26;
/// Left of a map, for its layer.
const BESIDE: i32 = 34;
/// Right of a map.
const FREE: i32 = 14;
/// Between two layers.
const BETWEEN: i32 = 10;
/// Of a read position; more where a layer has few of them.
const ROW: i32 = 9;
/// Of a layer at least, so that its name has room beside it.
const LAYER: i32 = 46;
/// Under the last layer, for what lies along it.
const UNDER: i32 = 26;
/// Shades between nothing and the largest weight of a figure: neighbours of one shade are drawn as one.
const SHADES: f32 = 12.0;

/// The maps of a row in one column.
struct MapPanel<'a> {
    title: &'a str,
    map: &'a AttentionMap,
    /// The largest weight of the figure.
    most: f32,
    is_first: bool,
}

/// A figure for each column of a sheet of which a row has a map.
pub(super) fn sketches<'a>(look: &Look<'a>) -> Vec<Sketch<'a>> {
    let axis = &look.summary.question.table.columns;
    let choices = look.sheet.columns.iter();
    let choices: Vec<Choice> = choices
        .map(|value| vec![(axis.clone(), value.clone())])
        .collect();
    let names = file_names(&choices);
    let columns = look.sheet.heads.iter().enumerate().zip(names);
    let figures = columns.filter_map(|((column, title), name)| {
        let rows = look.sheet.rows.iter().zip(&look.sheet.cells);
        let maps = rows.filter_map(|(row, cells)| {
            let cell = cells[column].as_ref()?;
            let map = look.summary.maps.get(&Place::of(&cell.axes))?;
            Some((row, map))
        });
        let maps: Vec<(&'a String, &'a AttentionMap)> = maps.collect();
        let weights = maps.iter().flat_map(|(_, map)| map.layers.iter().flatten());
        let most = weights.copied().reduce(f32::max)?;
        let tall = maps.iter().map(|(_, map)| tall(map)).max()?;
        let panels = maps.iter().enumerate().map(|(index, (row, map))| {
            let panel = MapPanel {
                title: row,
                map,
                most,
                is_first: index == 0,
            };
            Box::new(panel) as Box<dyn Panel + 'a>
        });
        Some(Sketch {
            name: format!("{}-{name}", look.name("attention")),
            title: format!("Where read positions look: {}", line(title)),
            caption: caption(most),
            legend: vec![Entry {
                mark: Mark::Frame,
                name: "the tokens that hold the answer".to_owned(),
            }],
            panels: panels.collect(),
            tall,
            least: 0,
        })
    });
    figures.collect()
}

fn caption(most: f32) -> String {
    format!(
        "Weights of attention from 0 (empty) to {most:.2} (full), layers from the input down, in each a line for every read \
         position and a column for every token: means over heads and over validation examples whose answers lie in the same \
         tokens as those of the first, of the first replicate."
    )
}

fn tall(map: &AttentionMap) -> i32 {
    HEADING + map.layers.len() as i32 * (layer(map) + BETWEEN) + UNDER
}

/// How high a layer is, a whole number of pixels for each position.
fn layer(map: &AttentionMap) -> i32 {
    let positions = map.sources.len().max(1) as i32;
    positions * ROW.max(LAYER / positions)
}

impl Panel for MapPanel<'_> {
    fn draw(&self, canvas: &Canvas<'_>, slot: Slot) -> Drawn {
        let (left, width) = (slot.left + BESIDE, slot.width - BESIDE - FREE);
        let tall = layer(self.map);
        heading(
            canvas,
            (left + width / 2, slot.top + HEADING / 2),
            self.title,
        )?;
        for (layer, weights) in self.map.layers.iter().enumerate() {
            let top = slot.top + HEADING + layer as i32 * (tall + BETWEEN);
            self.layer(canvas, weights, (left, top), width)?;
            if self.is_first {
                upright(
                    canvas,
                    (left - 12, top + tall / 2),
                    &format!("layer {layer}"),
                )?;
            }
        }
        let under = slot.top + HEADING + self.map.layers.len() as i32 * (tall + BETWEEN);
        label(canvas, (left + width / 2, under + 4), "token")
    }
}

impl MapPanel<'_> {
    /// One layer: shades, then a frame around the tokens that hold answers.
    fn layer(
        &self,
        canvas: &Canvas<'_>,
        weights: &[f32],
        (left, top): (i32, i32),
        width: i32,
    ) -> Drawn {
        let tokens = self.map.tokens;
        let x = |token: usize| left + token as i32 * width / tokens.max(1) as i32;
        let positions = self.map.sources.len();
        let y = |position: usize| top + position as i32 * layer(self.map) / positions.max(1) as i32;
        let bottom = y(positions);
        canvas.draw(&Rectangle::new(
            [(left, top), (x(tokens), bottom)],
            stroke(GRID, 1),
        ))?;
        for (position, row) in weights.chunks(tokens.max(1)).enumerate() {
            let shades: Vec<i32> = row.iter().map(|weight| self.shade(*weight)).collect();
            let mut token = 0;
            for run in shades.chunk_by(|a, b| a == b) {
                let corners = [
                    (x(token), y(position)),
                    (x(token + run.len()), y(position + 1)),
                ];
                if run[0] > 0 {
                    canvas.draw(&Rectangle::new(corners, colour(run[0]).filled()))?;
                }
                token += run.len();
            }
        }
        for (position, sources) in self.map.sources.iter().enumerate() {
            for &token in sources {
                let corners = [(x(token), y(position)), (x(token + 1), y(position + 1))];
                canvas.draw(&Rectangle::new(corners, stroke(RED, 1)))?;
            }
        }
        Ok(())
    }

    fn shade(&self, weight: f32) -> i32 {
        (SHADES * weight / self.most.max(f32::MIN_POSITIVE)).round() as i32
    }
}

/// Blue that lets the ground through, so that little is little on a dark page, too.
fn colour(shade: i32) -> RGBAColor {
    BLUE.mix(f64::from(shade) / f64::from(SHADES))
}
