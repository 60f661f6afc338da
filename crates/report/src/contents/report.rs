use super::answer::answer;
use super::apart::apart;
use super::cells::cells;
use super::computed::computed;
use super::ends::ends;
use super::findings::finding;
use super::further::further;
use super::jobs::jobs;
use super::listed::listed;
use super::map::map;
use super::notes::notes;
use super::setting::setting;
use super::sheet::sheet;
use super::standing::standing;
use super::took::Finished;
use super::trials::trials;
use crate::blocks::{Block, Report, Section};
use crate::figure::claims;
use crate::format::choice;
use crate::summary::Summary;
use threads::beside;

impl Report {
    /// All that is said of a study. A part without anything to say is left out.
    pub fn of(summary: &Summary) -> Self {
        let (jobs, mut blocks) = beside(|| jobs(summary), || before_jobs(summary));
        blocks.push(long("Jobs", jobs));
        blocks.push(Block::Table(cells(summary)));
        Self {
            name: summary.question.name.clone(),
            profile: summary.background.profile.clone(),
            question: summary.question.question.clone(),
            answer: answer(summary),
            standing: standing(summary),
            blocks,
        }
    }
}

fn before_jobs(summary: &Summary) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(map) = map(summary) {
        blocks.push(long("All cells at a glance", vec![Block::Map(map)]));
    }
    for part in &summary.sheets {
        let inside = sheet(summary, part);
        match part.fixed.is_empty() {
            true => blocks.extend(inside),
            false => blocks.push(section(&choice(&part.fixed), inside)),
        }
    }
    if let Some(table) = further(summary) {
        blocks.push(section("Further test sets", vec![Block::Table(table)]));
    }
    if let Some(table) = trials(summary) {
        blocks.push(section("Learning rates", vec![Block::Table(table)]));
    }
    let finished = Finished::of(summary);
    let findings = summary.findings.iter();
    let findings: Vec<_> = findings
        .map(|found| finding(summary, &finished, found))
        .collect();
    if !findings.is_empty() {
        let forest = claims(summary).map(|sketch| Block::Figure(sketch.block()));
        let findings = [Block::Findings(findings)];
        let inside = forest.into_iter().chain(findings).collect();
        blocks.push(section("Claims", inside));
    }
    let ends = ends(summary, &finished);
    blocks.push(long("How runs ended", vec![Block::Table(ends)]));
    let setting = setting(summary);
    if !setting.is_empty() {
        blocks.push(section("Setting", vec![Block::Notes(setting)]));
    }
    blocks.push(section("Reading", vec![Block::Notes(notes(summary))]));
    let apart = apart(summary);
    if !apart.is_empty() {
        blocks.push(section("Set apart", vec![Block::Notes(apart)]));
    }
    if let Some(table) = computed(summary) {
        blocks.push(long("Where it was computed", vec![Block::Table(table)]));
    }
    blocks
}

impl Report {
    /// Every job with its id, and nothing else.
    pub fn of_jobs(summary: &Summary) -> Self {
        Self {
            name: summary.question.name.clone(),
            profile: summary.background.profile.clone(),
            question: summary.question.question.clone(),
            answer: Vec::new(),
            standing: Vec::new(),
            blocks: vec![Block::Table(listed(summary))],
        }
    }
}

fn section(heading: &str, blocks: Vec<Block>) -> Block {
    Block::Section(under(heading, blocks))
}

fn long(heading: &str, blocks: Vec<Block>) -> Block {
    Block::Long(under(heading, blocks))
}

fn under(heading: &str, blocks: Vec<Block>) -> Section {
    Section {
        heading: heading.to_owned(),
        blocks,
    }
}
