use super::Part;
use super::blocks::{blocks, is_for_scripts};
use super::findings::verdict;
use super::inline::inline;
use super::set::Set;
use crate::blocks::{Block, FindingBlock, Report, Section};
use crate::page::PAGE;
use crate::sentence::line;
use maud::{Markup, html};

/// Over the blocks of a report that stand under no heading.
const LOOSE: &str = "Tables and figures";

/// What a window of the report is called.
pub(super) fn title(report: &Report) -> String {
    match report.profile.as_str() {
        "" => line(&report.name),
        profile => format!("{} · {}", line(&report.name), line(profile)),
    }
}

/// A report that has the page for itself.
pub(super) fn alone(set: &Set<'_>, report: &Report) -> Markup {
    html! {
        header { (head(set, report)) }
        main { (body(set, report)) }
    }
}

/// A report among others; it may lead on to the page that it has for itself.
pub(super) fn beside_others(set: &Set<'_>, part: &Part<'_>) -> Markup {
    let report = part.report;
    html! {
        article id=(set.id("study")) {
            (head(set, report))
            @if part.leads_on {
                p {
                    a href={ (in_a_path(&report.name)) "/" (PAGE) } { "The whole of " (line(&report.name)) }
                    ": steps, curves, learning rates, every job with its settings and the end of its log"
                }
            }
            (body(set, report))
        }
    }
}

/// A folder's name as a part of an address.
fn in_a_path(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let letter = |byte: u8| match is_plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    name.bytes().map(letter).collect()
}

/// Every claim of a report with what is found of it.
pub(super) fn findings(report: &Report) -> Vec<&FindingBlock> {
    let mut found = Vec::new();
    collect(&report.blocks, &mut found);
    found
}

fn collect<'a>(blocks: &'a [Block], found: &mut Vec<&'a FindingBlock>) {
    for block in blocks {
        match block {
            Block::Findings(findings) => found.extend(findings),
            Block::Section(section) => collect(&section.blocks, found),
            _ => {}
        }
    }
}

fn head(set: &Set<'_>, report: &Report) -> Markup {
    html! {
        p.kicker { (title(report)) }
        (set.heading(&report.question))
        @if !report.answer.is_empty() { p.answer { (inline(&report.answer.join(" "))) } }
        @for sentence in &report.standing { p.standing { (inline(sentence)) } }
        (verdicts(&findings(report)))
        nav aria-label={ "Parts of " (title(report)) } {
            ul {
                @for (index, part) in parts(report).iter().enumerate() {
                    li { a href={ "#" (part_id(set, index)) } { (line(part.0)) } }
                }
            }
        }
    }
}

/// How many claims have come to each verdict.
fn verdicts(findings: &[&FindingBlock]) -> Markup {
    let mut counts: Vec<(&FindingBlock, usize)> = Vec::new();
    for finding in findings {
        let name = finding.verdict.name();
        match counts
            .iter_mut()
            .find(|(known, _)| known.verdict.name() == name)
        {
            Some((_, count)) => *count += 1,
            None => counts.push((finding, 1)),
        }
    }
    html! {
        @if !counts.is_empty() {
            ul.verdicts {
                @for (finding, count) in counts { li { (count) " " (verdict(&finding.verdict)) } }
            }
        }
    }
}

fn body(set: &Set<'_>, report: &Report) -> Markup {
    let inside = set.deeper();
    html! {
        @for (index, (heading, found)) in parts(report).iter().enumerate() {
            section id=(part_id(set, index)) {
                (inside.heading(heading))
                (blocks(&inside.deeper(), found))
            }
        }
    }
}

fn part_id(set: &Set<'_>, index: usize) -> String {
    set.id(&format!("part-{}", index + 1))
}

/// The parts of a report under their headings: what was found of claims first, then the others as they come.
fn parts(report: &Report) -> Vec<(&str, &[Block])> {
    let mut parts: Vec<(&str, &[Block])> = Vec::new();
    let mut loose = 0..0;
    for (index, block) in report.blocks.iter().enumerate() {
        let Some(section) = section(block) else {
            loose = if loose.end == index {
                loose.start
            } else {
                index
            }..index + 1;
            continue;
        };
        parts.extend(part_of(report, &loose));
        loose = index + 1..index + 1;
        parts.push((&section.heading, &section.blocks));
    }
    parts.extend(part_of(report, &loose));
    let is_found = |blocks: &[Block]| blocks.iter().any(|b| matches!(b, Block::Findings(_)));
    parts.sort_by_key(|(_, blocks)| !is_found(blocks));
    parts
}

/// Loose blocks, if anything of them is shown.
fn part_of<'a>(
    report: &'a Report,
    loose: &std::ops::Range<usize>,
) -> Option<(&'static str, &'a [Block])> {
    let blocks = &report.blocks[loose.clone()];
    let is_shown = |block: &Block| !is_for_scripts(block);
    blocks.iter().any(is_shown).then_some((LOOSE, blocks))
}

const fn section(block: &Block) -> Option<&Section> {
    match block {
        Block::Section(section) | Block::Long(section) => Some(section),
        _ => None,
    }
}
