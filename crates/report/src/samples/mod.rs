//! A sheet of examples as a body sees them: an image in patches, bit strings, or symbols.
//!
//! Drawn from what [`tasks::View`] says about a batch's numbers, so no task is known here.

mod flow;
mod page;
mod part;
mod patches;
mod strings;
mod svg;
mod symbols;
mod tree;

use crate::error::ReportError;
use crate::figure::Figure;
use crate::png;
use tasks::{Batch, Shape, View};

/// What is on a sheet.
pub struct Samples<'a> {
    pub title: &'a str,
    /// Under the title: where the examples are from.
    pub about: &'a str,
    pub shape: Shape,
    pub view: View,
    /// Gives so many examples.
    pub batch: &'a dyn Fn(usize) -> Batch,
}

/// Draws a sheet of as many examples as it has room for.
///
/// # Errors
/// [`ReportError::Figure`].
pub fn samples(samples: &Samples<'_>) -> Result<Figure, ReportError> {
    let shape = samples.shape;
    let (legend, blocks) = match &samples.view {
        View::Patches {
            side,
            patch,
            channels,
        } => {
            let look = patches::Look::new(*side, *patch, channels);
            let batch = (samples.batch)(page::room(look.size()));
            (look.legend(shape), look.draw(shape, &batch))
        }
        View::Strings { bits } => {
            let look = strings::Look::new(shape, *bits);
            let batch = (samples.batch)(page::room(look.size()));
            (look.legend(&batch), look.draw(&batch))
        }
        View::Symbols(names) => {
            let look = symbols::Look::new(shape, names);
            let batch = (samples.batch)(look.room());
            (look.legend(), look.draw(&batch))
        }
    };
    let about = [samples.about, &page::sizes(shape)];
    let svg = page::draw(samples.title, about, &legend, &blocks);
    let png = png::compact(&svg)?;
    let name = "samples".to_owned();
    Ok(Figure { name, svg, png })
}
