//! One file per command.

pub mod bench;
pub mod claims;
pub mod data;
pub mod explain;
pub mod export;
pub mod export_curves;
pub mod fetch;
pub mod generate;
pub mod list;
pub mod merge;
pub mod new;
pub mod params;
pub mod plan;
pub mod plot;
pub mod probe;
pub mod report;
pub mod reproduce;
pub mod rm;
pub mod run;
pub mod show;
pub mod status;
pub mod study;
pub mod table;
pub mod verify;
