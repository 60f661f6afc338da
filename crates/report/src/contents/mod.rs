//! What a report says of a study, and in which order: from a [`crate::Summary`] to blocks.

mod answer;
mod apart;
mod cells;
mod computed;
mod decided;
mod digest;
mod ends;
mod findings;
mod further;
mod jobs;
mod layout;
mod links;
mod listed;
mod map;
mod notes;
mod rates;
mod report;
mod setting;
mod settings;
mod sheet;
mod standing;
mod steps;
mod took;
mod trials;
