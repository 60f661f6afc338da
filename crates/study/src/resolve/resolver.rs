use crate::contents::Contents;
use crate::document::Document;
use crate::error::StudyError;
use crate::keys::Vocabulary;
use crate::library::{Library, Shelf};
use crate::pretraining::{Pretraining, Variant};
use crate::profile::Profile;
use crate::protocol::Protocol;
use std::collections::BTreeMap;

/// Turns what a cell says into jobs: the profile, its protocol and the pretrainings fill in the rest.
#[derive(Debug)]
pub(crate) struct Resolver {
    pub profile_name: String,
    /// The profile's protocol.
    pub(super) usual: String,
    /// Its name and those of the profiles that it extends.
    profiles: Vec<String>,
    pub profile: Profile,
    pub(super) profile_file: Document,
    pub(super) pretrainings: BTreeMap<String, (Document, Pretraining)>,
    pub(super) protocols: BTreeMap<String, (Document, Protocol)>,
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
            let file = library.get(Shelf::Protocols, &name)?;
            let protocol = Protocol::parse(&file, &tasks)?;
            protocols.insert(name, (file, protocol));
        }
        let mut papers = BTreeMap::new();
        for name in library.names(Shelf::Papers) {
            let file = library.get(Shelf::Papers, &name)?;
            papers.insert(name, file);
        }
        let known: Vec<String> = protocols.keys().cloned().collect();
        let (sizes, usual, profiles) = Profile::load(library, profile, &tasks, &known)?;
        let vocabulary = Vocabulary {
            tasks,
            pretrainings: names,
            protocol: usual.clone(),
            protocols: known,
            backbones: sizes.backbones(),
            papers,
        };
        let resolver = Self {
            profile_name: profile.to_owned(),
            usual,
            profiles,
            profile: sizes,
            profile_file,
            pretrainings,
            protocols,
            contents: library.contents().clone(),
            missing: library.missing().clone(),
        };
        Ok((resolver, vocabulary))
    }

    /// How a pretraining goes at the profile, or at the nearest of those that it extends.
    pub(super) fn variant<'p>(&self, pretraining: &'p Pretraining) -> Option<&'p Variant> {
        let mut profiles = self.profiles.iter();
        profiles.find_map(|profile| pretraining.profile.get(profile))
    }
}
