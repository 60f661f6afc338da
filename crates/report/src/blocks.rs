//! A report before it is set in any format: a tree of blocks that knows nothing of studies.
//!
//! [`crate::contents`] makes it of a summary, the files of [`crate::render`] print it. Sentences are
//! Markdown's: names stand in backticks, words in `**` stand out.

use crate::table::{Table, Value};
use evidence::{Estimate, Unit, Verdict};

/// What a study found, in the order it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub name: String,
    /// The profile that its numbers are of; empty where nobody says.
    pub profile: String,
    pub question: String,
    /// The answer, in two sentences.
    pub answer: Vec<String>,
    /// How far it is and what it took, in sentences.
    pub standing: Vec<String>,
    pub blocks: Vec<Block>,
}

/// A part of a report.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    Section(Section),
    Table(Table),
    Figure(FigureBlock),
    Findings(Vec<FindingBlock>),
    /// Sentences, each on its own.
    Notes(Vec<String>),
    Map(HeatMap),
    Listing(Listing),
    Records(Vec<Record>),
    /// What a page has room for, and a text has not: formats for reading line by line leave it out.
    Long(Section),
}

/// Blocks under a heading.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    pub heading: String,
    pub blocks: Vec<Block>,
}

/// Numbers whose size is seen at a glance.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    pub caption: String,
    /// What stands above the names of the rows, then above each column.
    pub columns: Vec<String>,
    pub rows: Vec<(String, Vec<Option<Tile>>)>,
}

/// A number of a heat map.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    pub value: Value,
    /// How much of the colour it has, between 0 and 1; `None` where there is no number yet, or nothing to hold it
    /// against.
    pub depth: Option<f64>,
}

/// Text as it was written, line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    pub caption: String,
    pub text: String,
}

/// What values link to ([`Value::Linked`]): looked up, not read in passing.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Letters, digits and hyphens; each once in a report.
    pub key: String,
    pub title: String,
    pub blocks: Vec<Block>,
}

/// A figure that lies beside the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureBlock {
    /// The stem of its files, `.svg` and `.png`.
    pub name: String,
    pub title: String,
    pub caption: String,
}

/// A sentence of the paper with what our numbers say about it.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingBlock {
    pub says: String,
    pub verdict: Verdict,
    /// The bodies that it is found for, where every replicate has the same.
    pub for_bodies: Vec<String>,
    /// What was compared where, e.g. `text against random on task mnist`.
    pub compared: String,
    /// `None` while no replicate is whole.
    pub effect: Option<Effect>,
    /// What else one has to know to read the effect.
    pub remarks: Vec<String>,
    pub took: Took,
}

/// What finished runs took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Took {
    pub runs: usize,
    /// Of processors; runs on other devices, and runs of which nothing is noted, have none.
    pub core_hours: f64,
    /// Runs that these are of.
    pub timed: usize,
}

/// A claim's contrast, over the replicates that its verdict rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    pub estimate: Estimate,
    pub unit: Unit,
    /// What it counts, e.g. `points of test accuracy`.
    pub of: String,
    /// Replicates that were asked for.
    pub asked: usize,
    /// Whether the estimate is of a look, which has all of its replicates.
    pub at_look: bool,
    /// The p that decided it, after Holm over the study's claims.
    pub corrected: Option<f64>,
    /// Whether a test that does not suppose normality decides it, too.
    pub also_without_normality: bool,
}

impl Report {
    /// The section of that heading, alone.
    pub(crate) fn under(&self, heading: &str) -> Vec<Block> {
        let sections = self.blocks.iter().filter(|block| match block {
            Block::Section(section) => section.heading == heading,
            _ => false,
        });
        sections.cloned().collect()
    }

    /// Every table, at any depth, in order; those of long sections and records are left out.
    pub fn tables(&self) -> Vec<&Table> {
        let mut tables = Vec::new();
        collect(&self.blocks, &mut tables);
        tables
    }
}

fn collect<'a>(blocks: &'a [Block], tables: &mut Vec<&'a Table>) {
    for block in blocks {
        match block {
            Block::Table(table) => tables.push(table),
            Block::Section(section) => collect(&section.blocks, tables),
            _ => {}
        }
    }
}
