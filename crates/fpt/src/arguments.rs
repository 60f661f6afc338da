//! What the commands about studies are asked for.

use crate::computing::{Computing, Workers};
use crate::selection::Selection;
use crate::submission::To;
use clap::{ArgGroup, Args, ValueEnum};
use queue::Request;
use report::{Along, Horizontal, PlotOptions, TableFormat, Width};
use std::path::{Path, PathBuf};

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
    /// Train no job whose published rows are here, in any study's folder, but pretrainings that others start from
    #[arg(long)]
    pub published: bool,
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub workers: Workers,
}

/// What is handed to a queue, and what it is asked for.
#[derive(Args, Clone, Debug)]
#[command(group(ArgGroup::new("queue").args(["slurm", "local"]).required(true)))]
pub struct SubmitArguments {
    /// A study of experiments/, or a path ending in .toml
    pub name: String,
    /// To Slurm
    #[arg(long)]
    pub slurm: bool,
    /// To processes in the background of this machine
    #[arg(long, conflicts_with_all = ["partition", "account", "time", "memory", "gpus", "lines"])]
    pub local: bool,
    /// The queue of the cluster [default: its own]
    #[arg(long, value_name = "NAME")]
    pub partition: Option<String>,
    /// Whose account is charged
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// For each task [default: twice what its jobs are forecast to take, and ten minutes]
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u64).range(1..=Request::MOST_MINUTES))]
    pub time: Option<u64>,
    /// For each task [default: from its jobs, and from what earlier tasks took]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=Request::MOST_MIB))]
    pub memory: Option<u64>,
    /// For each task [default: 1 where --device is none of the CPU's]
    #[arg(long, value_name = "N")]
    pub gpus: Option<usize>,
    /// Tasks at a time [default: as many as the queue gives; --local: as many as there are cores for]
    #[arg(long, value_name = "N", value_parser = at_a_time)]
    pub at_a_time: Option<usize>,
    /// Jobs go into one task up to so many minutes by their forecast
    #[arg(long, value_name = "MINUTES", default_value = "60", value_parser = minutes)]
    pub pack: f64,
    /// A further option of `sbatch`, as behind `#SBATCH`; may be given again
    #[arg(long = "line", value_name = "OPTION", allow_hyphen_values = true)]
    pub lines: Vec<String>,
    /// Add replicates, look by look, where claims are not decided, up to the last look
    #[arg(long, conflicts_with = "seeds")]
    pub until_decided: bool,
    /// Train no job whose published rows are here, in any study's folder, but pretrainings that others start from
    #[arg(long)]
    pub published: bool,
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub computing: Computing,
}

impl SubmitArguments {
    pub fn to(&self) -> To {
        if self.slurm { To::Slurm } else { To::Local }
    }

    /// What the user asks for, which goes before what is in files and what is forecast.
    pub fn request(&self) -> Request {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = self.computing.threads.unwrap_or(1);
        Request {
            partition: self.partition.clone(),
            account: self.account.clone(),
            time: self.time,
            memory: self.memory,
            cores: self.computing.threads,
            gpus: self.gpus,
            at_a_time: self
                .at_a_time
                .or_else(|| self.local.then(|| (cores() / threads).max(1))),
            lines: self.lines.clone(),
        }
    }
}

/// Which studies are planned.
#[derive(Args, Clone, Debug)]
pub struct PlanArguments {
    /// A study of experiments/, or a path ending in .toml; of several, what they take one after another
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    /// Leave out jobs whose published rows are here, in any study's folder, as `fpt study --published` does
    #[arg(long)]
    pub published: bool,
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub workers: Workers,
}

/// Which studies, and how far they are.
#[derive(Args, Clone, Debug)]
pub struct StatusArguments {
    /// A study; when absent all that have results, at every profile unless --profile names one
    pub name: Option<String>,
    /// Say it again every so many seconds, until nothing runs and nothing waits in a queue
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "10", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub watch: Option<u64>,
    #[command(flatten)]
    pub selection: Selection,
}

/// What is written: a study's, or that of each.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub struct Whose {
    /// A study of experiments/, or a path ending in .toml
    pub name: Option<String>,
    /// Of every study that has results
    #[arg(long)]
    pub all: bool,
}

/// Which table, and what is done with it.
#[derive(Args, Clone, Debug)]
pub struct TableArguments {
    #[command(flatten)]
    pub of: Whose,
    #[command(flatten)]
    pub layout: Layout,
    /// One row a job, with its id, instead of one a cell; as markdown or csv
    #[arg(long, conflicts_with_all = ["rows", "columns"])]
    pub jobs: bool,
    /// How it is printed: markdown, csv, latex or siunitx (LaTeX whose numbers siunitx aligns) [default: as the file is called, or markdown]
    #[arg(long, value_name = "FORMAT", value_parser = table_format)]
    pub format: Option<TableFormat>,
    /// Write it to this file, or into this folder, a file for each of its parts
    #[arg(long, value_name = "FILE|DIR/", value_parser = table_file)]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub selection: Selection,
}

impl TableArguments {
    /// Whether it is another table than the one in the study's folder.
    pub fn is_another(&self) -> bool {
        let is_put_elsewhere = self.format.is_some() || self.out.is_some();
        is_put_elsewhere || self.selection.is_part() || self.layout.is_another() || self.jobs
    }

    /// The format that is asked for, or that the file's name says.
    pub fn format(&self) -> TableFormat {
        let by_name = || match ending(self.out.as_deref())? {
            "csv" => Some(TableFormat::Csv),
            "tex" => Some(TableFormat::Latex),
            _ => None,
        };
        self.format
            .or_else(by_name)
            .unwrap_or(TableFormat::Markdown)
    }
}

/// How the cells of a table are laid out.
#[derive(Args, Clone, Debug)]
pub struct Layout {
    /// The axis down the side, instead of the study's
    #[arg(long, value_name = "AXIS")]
    pub rows: Option<String>,
    /// The axis across the top, instead of the study's; of figures, that of their panels
    #[arg(long, alias = "panels", value_name = "AXIS")]
    pub columns: Option<String>,
}

impl Layout {
    /// Whether it is another one than the study's.
    pub fn is_another(&self) -> bool {
        self.rows.is_some() || self.columns.is_some()
    }
}

impl PlotArguments {
    pub fn options(&self) -> PlotOptions {
        PlotOptions {
            horizontal: Horizontal {
                along: self.x,
                is_logarithmic: self.log,
            },
            pdf: self.pdf,
            width: Width(self.size),
        }
    }

    /// Whether they are others than those in the study's folder.
    pub fn is_another(&self) -> bool {
        let is_laid_out = self.layout.is_another() || self.options() != PlotOptions::default();
        is_laid_out || self.selection.is_part()
    }
}

/// Which figures, and where they go.
#[derive(Args, Clone, Debug)]
pub struct PlotArguments {
    #[command(flatten)]
    pub of: Whose,
    #[command(flatten)]
    pub layout: Layout,
    /// What curves are drawn along: steps, examples, compute (floating-point operations) or seconds
    #[arg(long, value_name = "QUANTITY", value_parser = along, default_value = "steps")]
    pub x: Along,
    /// With a logarithmic horizontal axis
    #[arg(long)]
    pub log: bool,
    /// As PDF, too
    #[arg(long)]
    pub pdf: bool,
    /// How wide, in pixels of the SVG: two of the PNG, 0.6 points of the PDF; panels that find no room go under each other
    #[arg(long, value_name = "PIXELS", default_value = "1000", value_parser = clap::value_parser!(u16).range(300..=4000))]
    pub size: u16,
    /// Write them into this folder [default: the study's, for figures of all of it]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub selection: Selection,
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
    /// How [default: as the file is called, or table]
    #[arg(long, value_enum)]
    pub format: Option<ClaimsFormat>,
    /// Write it to this file
    #[arg(long, value_name = "FILE", required_if_eq("format", "parquet"), value_parser = claims_file)]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub selection: Selection,
}

impl ClaimsArguments {
    /// The format that is asked for, or that the file's name says.
    pub fn format(&self) -> ClaimsFormat {
        let by_name = || match ending(self.out.as_deref())? {
            "md" => Some(ClaimsFormat::Markdown),
            "csv" => Some(ClaimsFormat::Csv),
            "json" => Some(ClaimsFormat::Json),
            "parquet" => Some(ClaimsFormat::Parquet),
            _ => None,
        };
        self.format.or_else(by_name).unwrap_or(ClaimsFormat::Table)
    }
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
    #[arg(long, value_name = "FILE", value_parser = curves_file)]
    pub csv: Option<PathBuf>,
    #[command(flatten)]
    pub selection: Selection,
}

/// Which results are trained anew.
#[derive(Args, Clone, Debug)]
pub struct ReproduceArguments {
    /// A study of experiments/, or a path ending in .toml
    pub name: String,
    /// Words of the titles of cells to draw from, as `fpt show` lists them
    #[arg(value_name = "CELL")]
    pub words: Vec<String>,
    /// How many
    #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u16).range(1..))]
    pub cells: u16,
    /// Draw the cells that this number drew before
    #[arg(long, value_name = "NUMBER")]
    pub draw: Option<u64>,
    /// Pretrain their bodies anew, too, where those are here
    #[arg(long)]
    pub bodies: bool,
    #[command(flatten)]
    pub computing: Computing,
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
    #[arg(long, value_name = "FILE", value_parser = page_file)]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub selection: Selection,
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

/// A file whose name says a format that a command does not write.
fn writable(path: &str, known: &[&str]) -> Result<PathBuf, String> {
    let path = PathBuf::from(path);
    match ending(Some(&path)) {
        Some(other) if !path.is_dir() && !known.contains(&other) => {
            let known: Vec<String> = known.iter().map(|ending| format!(".{ending}")).collect();
            Err(format!(
                "its name says `.{other}`, and what is written is {}",
                known.join(", ")
            ))
        }
        _ => Ok(path),
    }
}

fn table_file(path: &str) -> Result<PathBuf, String> {
    writable(path, &["md", "txt", "csv", "tex"])
}

fn claims_file(path: &str) -> Result<PathBuf, String> {
    writable(path, &["md", "txt", "csv", "json", "parquet"])
}

fn page_file(path: &str) -> Result<PathBuf, String> {
    writable(path, &["html", "htm"])
}

fn curves_file(path: &str) -> Result<PathBuf, String> {
    writable(path, &["csv", "txt"])
}

/// How the name of a file ends.
fn ending(path: Option<&Path>) -> Option<&str> {
    path?.extension()?.to_str()
}

fn at_a_time(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("expected a number above 0".to_owned()),
    }
}

fn minutes(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(minutes) if (0.0..=1_000_000.0).contains(&minutes) => Ok(minutes),
        _ => Err("expected minutes, as a number that is not below 0".to_owned()),
    }
}

fn hours(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(hours) if hours > 0.0 && hours <= 100_000.0 => Ok(hours),
        _ => Err("expected hours, as a number above 0".to_owned()),
    }
}

fn table_format(text: &str) -> Result<TableFormat, String> {
    match text {
        "markdown" => Ok(TableFormat::Markdown),
        "csv" => Ok(TableFormat::Csv),
        "latex" => Ok(TableFormat::Latex),
        "siunitx" => Ok(TableFormat::Siunitx),
        _ => Err("expected markdown, csv, latex or siunitx".to_owned()),
    }
}

fn along(text: &str) -> Result<Along, String> {
    let mut all = Along::ALL.into_iter();
    all.find(|along| along.name() == text)
        .ok_or_else(|| "expected steps, examples, compute or seconds".to_owned())
}
