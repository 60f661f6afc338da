//! What a report says of a study, and in which order: from a [`crate::Summary`] to blocks.

mod apart;
mod cells;
mod decided;
mod findings;
mod further;
mod layout;
mod notes;
mod rates;
mod report;
mod sheet;
mod steps;
mod trials;
