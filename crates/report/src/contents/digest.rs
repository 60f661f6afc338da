//! A study in short, for a page with many: its question, its claims and what its cells came to.

use crate::blocks::{Block, Report, Section};
use crate::figure::CLAIMS;
use crate::table::{Role, Table, Value};

impl Report {
    /// Claims with their figure, and the tables of cells and of the paper; what is looked up is left to the study's own page, and so
    /// nothing links to it.
    pub(crate) fn digest(&self) -> Self {
        Self {
            blocks: kept(&self.blocks),
            ..self.clone()
        }
    }
}

fn kept(blocks: &[Block]) -> Vec<Block> {
    blocks.iter().filter_map(block).collect()
}

fn block(block: &Block) -> Option<Block> {
    match block {
        Block::Findings(_) => Some(block.clone()),
        Block::Figure(figure) => (figure.name == CLAIMS).then(|| block.clone()),
        Block::Table(table) => {
            let is_kept = matches!(table.role, Role::Accuracies(_) | Role::Paper);
            is_kept.then(|| Block::Table(unlinked(table)))
        }
        Block::Section(section) => {
            let blocks = kept(&section.blocks);
            let heading = section.heading.clone();
            (!blocks.is_empty()).then_some(Block::Section(Section { heading, blocks }))
        }
        Block::Notes(_)
        | Block::Map(_)
        | Block::Listing(_)
        | Block::Records(_)
        | Block::Long(_) => None,
    }
}

fn unlinked(table: &Table) -> Table {
    let plain = |row: &Vec<Value>| row.iter().map(without_link).collect();
    Table {
        rows: table.rows.iter().map(plain).collect(),
        foot: table.foot.as_ref().map(plain),
        ..table.clone()
    }
}

fn without_link(value: &Value) -> Value {
    match value {
        Value::Linked(inner, _) => without_link(inner),
        Value::Strong(inner) => Value::Strong(Box::new(without_link(inner))),
        value => value.clone(),
    }
}
