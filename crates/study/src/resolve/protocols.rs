//! How cells are measured.

use super::resolver::Resolver;
use crate::keys::LEARNING_RATE;
use crate::protocol::Protocol;
use crate::value::Settings;
use evidence::{ProtocolNote, Rate};
use std::collections::BTreeMap;

impl Resolver {
    /// How a cell is measured.
    pub fn protocol(&self, cell: &Settings) -> (&str, &Protocol) {
        let name = match cell.get("protocol") {
            Some(protocol) => &protocol.text,
            None => self.profile.protocol.get_ref(),
        };
        // Both are known names: the one by the vocabulary, the other by the profile's check.
        let (name, protocol) = self
            .protocols
            .get_key_value(name)
            .expect("a protocol that was looked up before");
        (name, protocol)
    }

    /// The learning rates to choose from in a cell; none where it says its own, or its protocol
    /// leaves it to the recipe.
    pub fn rates(&self, cell: &Settings) -> Vec<Rate> {
        if cell.contains_key(LEARNING_RATE) {
            return Vec::new();
        }
        let rates = self.protocol(cell).1.learning_rates.iter();
        rates.map(|rate| Rate(*rate.get_ref())).collect()
    }

    /// The protocols of these cells, for readers.
    pub fn protocol_notes<'c>(
        &self,
        cells: impl Iterator<Item = &'c Settings>,
    ) -> Vec<ProtocolNote> {
        let mut notes: BTreeMap<&str, ProtocolNote> = BTreeMap::new();
        for cell in cells {
            let (name, protocol) = self.protocol(cell);
            let known = notes.entry(name).or_insert_with(|| ProtocolNote {
                name: name.to_owned(),
                says: protocol.says.clone(),
                rates: 0,
                traps: protocol.traps.get("any").cloned().into_iter().collect(),
            });
            let task = cell.get("task").map_or("", |task| &task.text);
            let trap = protocol.traps.get(task);
            known.rates = known.rates.max(self.rates(cell).len());
            known
                .traps
                .extend(trap.filter(|trap| !known.traps.contains(trap)).cloned());
        }
        notes.into_values().collect()
    }
}
