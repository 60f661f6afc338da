//! How cells are measured.

use super::resolver::Resolver;
use crate::document::Document;
use crate::error::StudyError;
use crate::keys::LEARNING_RATE;
use crate::pilots::Pilots;
use crate::protocol::{ANY, LooksTable, Protocol};
use crate::study::Study;
use crate::value::Settings;
use evidence::{ProtocolNote, Rate};
use std::collections::BTreeMap;

/// The learning rates that a cell is trained with.
pub(crate) enum Rates<'a> {
    /// Its recipe's.
    Recipe,
    /// Every replicate with each of them.
    All(Vec<Rate>),
    /// What pilots choose.
    Pilots(&'a Pilots),
}

impl Rates<'_> {
    /// Whether one is chosen out of several.
    pub fn chooses(&self) -> bool {
        self.len() > 1
    }

    /// Rates to choose from, as far as they are known beforehand; 0 where none is chosen.
    fn len(&self) -> usize {
        match self {
            Self::Recipe => 0,
            Self::All(rates) => rates.len(),
            Self::Pilots(pilots) => pilots.most,
        }
    }
}

impl Resolver {
    /// How a cell is measured, and the file that says so.
    pub fn protocol(&self, cell: &Settings) -> (&Document, &Protocol) {
        let name = match cell.get("protocol") {
            Some(protocol) => &protocol.text,
            None => &self.usual,
        };
        // Both are known names: the one by the vocabulary, the other by the profile's check.
        let (file, protocol) = self
            .protocols
            .get(name)
            .expect("a protocol that was looked up before");
        (file, protocol)
    }

    /// The learning rates of a cell. One that says its own has that, whatever its protocol says.
    pub fn rates(&self, cell: &Settings) -> Rates<'_> {
        if cell.contains_key(LEARNING_RATE) {
            return Rates::Recipe;
        }
        let protocol = self.protocol(cell).1;
        let rates = protocol.learning_rates.iter();
        let rates: Vec<Rate> = rates.map(|rate| Rate(*rate.get_ref())).collect();
        match &protocol.pilots {
            Some(pilots) => Rates::Pilots(pilots.get_ref()),
            None if rates.is_empty() => Rates::Recipe,
            None => Rates::All(rates),
        }
    }

    /// Pilots of a cell.
    pub fn pilots(&self, cell: &Settings) -> u64 {
        match self.rates(cell) {
            Rates::Pilots(pilots) => pilots.replicates,
            Rates::Recipe | Rates::All(_) => 0,
        }
    }

    /// Jobs around the body of each replicate of a cell.
    pub fn jobs_per_body(&self, study: &Study, cell: &Settings) -> u64 {
        let protocol = self.protocol(cell).1.jobs_per_body.as_ref();
        let protocol = protocol.map(|jobs| *jobs.get_ref());
        study.jobs_per_body.or(protocol).unwrap_or(1)
    }

    /// When the replicates of a study are looked at: its protocols have to agree, since its claims are one family.
    pub fn looks<'c>(
        &self,
        study: &Study,
        cells: impl Iterator<Item = &'c Settings>,
    ) -> Result<LooksTable, StudyError> {
        let axis = study.axes.iter().find(|axis| axis.key == "protocol");
        let at = axis.map_or(0..0, |axis| axis.at.clone());
        let mut found: Option<(&str, LooksTable)> = None;
        for cell in cells {
            let (file, protocol) = self.protocol(cell);
            let name = file.name.as_str();
            let looks = protocol.looks();
            match &found {
                Some((other, known)) if *known != looks => {
                    let what = format!(
                        "the claims of a study are tested together, but `{other}` and `{name}` look at other \
                         replicates, with other weights or another margin"
                    );
                    let spot = study.file.spot(at, what, "protocols of one study");
                    let help =
                        "give both protocols the same `[looks]`, or ask in two studies".to_owned();
                    return Err(spot.help(Some(help)).into());
                }
                _ => found = Some((name, looks)),
            }
        }
        Ok(found.map(|(_, looks)| looks).unwrap_or_default())
    }

    /// The protocols of these cells, for readers.
    pub fn protocol_notes<'c>(
        &self,
        cells: impl Iterator<Item = &'c Settings>,
    ) -> Vec<ProtocolNote> {
        let mut notes: BTreeMap<&str, ProtocolNote> = BTreeMap::new();
        for cell in cells {
            let (file, protocol) = self.protocol(cell);
            let name = file.name.as_str();
            let known = notes.entry(name).or_insert_with(|| ProtocolNote {
                name: name.to_owned(),
                says: protocol.says.clone(),
                rates: 0,
                traps: protocol.traps.get(ANY).cloned().into_iter().collect(),
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
