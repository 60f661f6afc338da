//! Images, cut into the patches that are the tokens.

use super::page::Block;
use super::part::part;
use super::svg::{Anchor, INK, MUTED, Style, Svg};
use tasks::{Batch, Shape};

/// Pixels that an image is aimed to be wide.
const AIM: usize = 200;
const LABEL: i32 = 22;
const HEAD: i32 = 16;

/// How images are drawn.
pub(super) struct Look<'a> {
    side: usize,
    patch: usize,
    channels: &'a [(f32, f32)],
    /// Pixels of the page for one of the image.
    scale: usize,
    gap: usize,
}

impl<'a> Look<'a> {
    pub fn new(side: usize, patch: usize, channels: &'a [(f32, f32)]) -> Self {
        let (side, patch) = (side.max(1), patch.max(1));
        let across = side / patch;
        let gap = if across > 16 { 1 } else { 3 };
        let free = AIM.saturating_sub(across.saturating_sub(1) * gap);
        let scale = (free / side).max(2);
        Self {
            side,
            patch,
            channels,
            scale,
            gap,
        }
    }

    fn across(&self) -> usize {
        self.side / self.patch
    }

    fn image(&self) -> i32 {
        (self.side * self.scale + self.across().saturating_sub(1) * self.gap) as i32
    }

    pub fn size(&self) -> (i32, i32) {
        (self.image(), HEAD + self.image() + LABEL)
    }

    pub fn legend(&self, shape: Shape) -> String {
        let colour = match self.channels.len() {
            1 => "grey",
            _ => "colour",
        };
        let token = match self.patch {
            1 => format!("a {colour} pixel"),
            patch => format!("a patch of {patch} x {patch} {colour} pixels"),
        };
        let plain = self.channels.iter().all(|channel| *channel == (0.0, 1.0));
        let shown = match plain {
            true => "",
            false => " Colours as before normalisation.",
        };
        let last = shape.tokens;
        format!("A token is {token}; they are fed row by row, from 1 to {last}.{shown}")
    }

    pub fn draw(&self, shape: Shape, batch: &Batch) -> Vec<Block> {
        let draw = |index| Block {
            drawing: self.one(
                part(&batch.features, batch.size, index),
                part(&batch.targets, batch.size, index),
                shape.tokens,
            ),
            size: self.size(),
        };
        (0..batch.size).map(draw).collect()
    }

    fn one(&self, features: &[f32], targets: &[u32], tokens: usize) -> Svg {
        let mut svg = Svg::default();
        let small = Style::new(10.0, MUTED);
        svg.text((0, HEAD - 6), "1 →", small);
        let numbers = self.channels.len();
        let token = self.patch * self.patch * numbers;
        for (index, pixels) in features.chunks(token.max(1)).enumerate() {
            let (row, column) = (index / self.across(), index % self.across());
            let pitch = self.patch * self.scale + self.gap;
            let corner = (column * pitch, row * pitch);
            self.patch(&mut svg, corner, pixels);
        }
        let base = HEAD + self.image() + 15;
        let label = match targets {
            [label] => format!("label {label}"),
            several => format!("labels {several:?}"),
        };
        svg.text((0, base), &label, Style::new(13.0, INK).bold());
        let last = format!("→ {tokens}");
        svg.text((self.image(), base), &last, small.anchor(Anchor::End));
        svg
    }

    /// A patch at a corner; equal pixels side by side are one rectangle.
    fn patch(&self, svg: &mut Svg, (left, top): (usize, usize), pixels: &[f32]) {
        let numbers = self.channels.len().max(1);
        for (row, line) in pixels.chunks(self.patch * numbers).enumerate() {
            let colours: Vec<String> = line
                .chunks(numbers)
                .map(|pixel| self.colour(pixel))
                .collect();
            let mut start = 0;
            for run in colours.chunk_by(|one, next| one == next) {
                let at = (
                    (left + start * self.scale) as i32,
                    HEAD + (top + row * self.scale) as i32,
                );
                let size = ((run.len() * self.scale) as i32, self.scale as i32);
                svg.rect(at, size, &run[0]);
                start += run.len();
            }
        }
    }

    /// The colour that a pixel had before it was normalised.
    fn colour(&self, pixel: &[f32]) -> String {
        let bytes: Vec<u8> = pixel
            .iter()
            .zip(self.channels)
            .map(|(value, (mean, deviation))| ((value * deviation + mean) * 255.0).round() as u8)
            .collect();
        let [red, green, blue] = match bytes[..] {
            [red, green, blue, ..] => [red, green, blue],
            [grey, ..] => [grey; 3],
            [] => [0; 3],
        };
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}
