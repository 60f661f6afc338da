//! Every data set there is: one file and one row in [`ITEMS`].

mod cifar10;
mod english;
mod homology;
mod mnist;
mod protein_family;
mod wikitext;

pub use cifar10::{CIFAR10, CIFAR10_IMAGES};
pub use english::ENGLISH;
pub use homology::HOMOLOGY;
pub use mnist::{MNIST, MNIST_IMAGES};
pub use protein_family::PROTEIN_FAMILY;
pub use wikitext::WIKITEXT;

use crate::error::DataError;
use crate::images::Published;
use crate::item::Item;
use crate::unknown::Unknown;

/// Every item that can be fetched.
pub static ITEMS: [&Item; 6] = [
    &MNIST,
    &CIFAR10,
    &HOMOLOGY,
    &PROTEIN_FAMILY,
    &ENGLISH,
    &WIKITEXT,
];

/// The items that are images, decoded.
pub(crate) static IMAGES: [&Published; 2] = [&MNIST_IMAGES, &CIFAR10_IMAGES];

/// An item by name.
///
/// # Errors
/// An unknown name; the error lists the known ones.
pub fn item(name: &str) -> Result<&'static Item, DataError> {
    let names = ITEMS.iter().map(|item| item.name);
    let unknown = || Unknown::new("data", name, "known data", names);
    let known = ITEMS.into_iter().find(|item| item.name == name);
    Ok(known.ok_or_else(unknown)?)
}
