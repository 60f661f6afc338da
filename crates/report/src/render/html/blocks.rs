use super::figure::figure;
use super::findings::findings;
use super::inline::inline;
use super::map::map;
use super::set::Set;
use super::table::table;
use crate::blocks::{Block, Listing, Record};
use crate::sentence::line;
use crate::table::Role;
use maud::{Markup, html};

/// Blocks in their order.
pub(super) fn blocks(set: &Set<'_>, blocks: &[Block]) -> Markup {
    html! { @for block in blocks { (self::block(set, block)) } }
}

/// The long form of every cell, which is a file of its own.
pub(super) fn is_for_scripts(block: &Block) -> bool {
    matches!(block, Block::Table(table) if table.role == Role::Cells)
}

fn block(set: &Set<'_>, block: &Block) -> Markup {
    match block {
        Block::Section(section) | Block::Long(section) => html! {
            section { (set.heading(&section.heading)) (blocks(&set.deeper(), &section.blocks)) }
        },
        block if is_for_scripts(block) => html! {},
        Block::Table(found) => table(set, found),
        Block::Figure(found) => figure(set, found),
        Block::Findings(found) => findings(found),
        Block::Notes(notes) => html! {
            ul.notes { @for note in notes { li { (inline(note)) } } }
        },
        Block::Map(found) => map(set, found),
        Block::Listing(found) => listing(set, found),
        Block::Records(records) => html! {
            div.records { @for record in records { (self::record(set, record)) } }
        },
    }
}

/// Its target stands inside, so that a link unfolds it.
fn record(set: &Set<'_>, record: &Record) -> Markup {
    html! {
        details {
            summary { (line(&record.title)) }
            div.record id=(set.id(&record.key)) { (blocks(set, &record.blocks)) }
        }
    }
}

fn listing(set: &Set<'_>, listing: &Listing) -> Markup {
    let caption = set.new_id("listing");
    let lines = listing.text.lines().map(line);
    let text: Vec<String> = lines.collect();
    html! {
        p.caption id=(caption) { (inline(&listing.caption)) }
        pre.scroll tabindex="0" role="group" aria-labelledby=(caption) { (text.join("\n")) }
    }
}
