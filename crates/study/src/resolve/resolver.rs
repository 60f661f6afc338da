use crate::contents::Contents;
use crate::document::Document;
use crate::error::StudyError;
use crate::keys::Vocabulary;
use crate::library::{Library, Shelf};
use crate::pretraining::Pretraining;
use crate::profile::Profile;
use crate::protocol::Protocol;
use std::collections::BTreeMap;

/// Turns what a cell says into jobs: the profile, its protocol and the pretrainings fill in the rest.
#[derive(Debug)]
pub(crate) struct Resolver {
    pub profile_name: String,
    pub profile: Profile,
    pub(super) profile_file: Document,
    pub(super) pretrainings: BTreeMap<String, (Document, Pretraining)>,
    pub(super) protocols: BTreeMap<String, Protocol>,
    /// What jobs read, as far as it is known.
    pub(super) contents: Contents,
    /// Why a checkpoint is not to be had.
    pub(super) missing: BTreeMap<String, String>,
}

impl Resolver {
    /// Reads the profile, every pretraining, every protocol and every table of the paper, and says what
    /// names may stand for.
    pub fn load(library: &Library, profile: &str) -> Result<(Self, Vocabulary), StudyError> {
        let profile_file = library.get(Shelf::Profiles, profile)?;
        let tasks: Vec<String> = tasks::REGISTRY
            .iter()
            .map(|entry| entry.name.to_owned())
            .collect();
        let names = library.names(Shelf::Pretrainings);
        let mut pretrainings = BTreeMap::new();
        for name in &names {
            let file = library.get(Shelf::Pretrainings, name)?;
            let pretraining = Pretraining::parse(&file, &tasks, &names)?;
            pretrainings.insert(name.clone(), (file, pretraining));
        }
        let mut protocols = BTreeMap::new();
        for name in library.names(Shelf::Protocols) {
            let protocol = Protocol::parse(&library.get(Shelf::Protocols, &name)?, &tasks)?;
            protocols.insert(name, protocol);
        }
        let mut papers = BTreeMap::new();
        for name in library.names(Shelf::Papers) {
            let file = library.get(Shelf::Papers, &name)?;
            papers.insert(name, file);
        }
        let known: Vec<String> = protocols.keys().cloned().collect();
        let sizes = Profile::parse(&profile_file, &tasks, &known)?;
        let vocabulary = Vocabulary {
            tasks,
            pretrainings: names,
            protocol: sizes.protocol.get_ref().clone(),
            protocols: known,
            backbones: sizes.backbones(),
            papers,
        };
        let resolver = Self {
            profile_name: profile.to_owned(),
            profile: sizes,
            profile_file,
            pretrainings,
            protocols,
            contents: library.contents().clone(),
            missing: library.missing().clone(),
        };
        Ok((resolver, vocabulary))
    }
}
