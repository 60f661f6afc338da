//! What `study`, `report`, `claims` and `export-curves` are asked for.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Which study, and how far.
#[derive(Args, Clone, Debug)]
pub struct StudyArguments {
    /// A study of experiments/, or a path ending in .toml
    pub name: String,
    /// Add replicates, look by look, where claims are not decided, up to the last look
    #[arg(long, conflicts_with = "seeds")]
    pub until_decided: bool,
    /// Start no job that would end after so many hours, and stop then
    #[arg(long, value_name = "HOURS", value_parser = hours)]
    pub budget: Option<f64>,
}

/// Which claims, and how they are shown.
#[derive(Args, Clone, Debug)]
pub struct ClaimsArguments {
    /// Studies of experiments/, or paths ending in .toml; those that have results when absent
    #[arg(value_name = "STUDY")]
    pub names: Vec<String>,
    /// Every study of experiments/ that claims something, also where nothing has run
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
    /// How
    #[arg(long, value_enum, default_value = "table")]
    pub format: ClaimsFormat,
    /// Write it to this file
    #[arg(long, value_name = "FILE", required_if_eq("format", "parquet"))]
    pub out: Option<PathBuf>,
}

/// Whose curves, and what for.
#[derive(Args, Clone, Debug)]
pub struct CurvesArguments {
    /// A study of experiments/, or a path ending in .toml
    pub name: String,
    /// Write event files of TensorBoard into this folder, a folder in it for each job
    #[arg(long, value_name = "DIR")]
    pub tensorboard: Option<PathBuf>,
    /// Write a line for each point to this file; - is stdout
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
}

/// Which studies have a page, and where it goes.
#[derive(Args, Clone, Debug)]
pub struct ReportArguments {
    /// Studies of experiments/, or paths ending in .toml; those that have results when absent
    #[arg(value_name = "STUDY")]
    pub names: Vec<String>,
    /// Every study of experiments/, also where nothing has run
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
    /// Write one page to this file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ClaimsFormat {
    /// For a terminal, as wide as that is
    Table,
    Markdown,
    Csv,
    Json,
    /// A file: --out
    Parquet,
}

fn hours(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(hours) if hours > 0.0 && hours <= 100_000.0 => Ok(hours),
        _ => Err("expected hours, as a number above 0".to_owned()),
    }
}
