//! What there is to name in a study, each with a line of what it is.

use crate::document::Document;
use crate::error::StudyError;
use crate::library::{Library, Shelf};
use crate::reference::KEYS;
use crate::resolve::Resolver;
use evidence::MEASURES;
use serde::Deserialize;
use training::FIELDS;

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Studies,
    Pretrainings,
    Policies,
    Protocols,
    Profiles,
    Tasks,
    Bodies,
    Measures,
    Keys,
}

/// A name with what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub name: String,
    pub says: String,
}

impl Kind {
    pub const ALL: [Self; 9] = [
        Self::Studies,
        Self::Pretrainings,
        Self::Policies,
        Self::Protocols,
        Self::Profiles,
        Self::Tasks,
        Self::Bodies,
        Self::Measures,
        Self::Keys,
    ];

    /// As it is asked for.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Studies => "studies",
            Self::Pretrainings => "pretrainings",
            Self::Policies => "policies",
            Self::Protocols => "protocols",
            Self::Profiles => "profiles",
            Self::Tasks => "tasks",
            Self::Bodies => "bodies",
            Self::Measures => "measures",
            Self::Keys => "keys",
        }
    }

    /// What such a thing is, and where one of the user's own comes from.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Studies => "questions: files of experiments/",
            Self::Pretrainings => {
                "what weights a body starts from: files of experiments/pretraining/"
            }
            Self::Policies => {
                "which groups of parameters train: terms, joined by `+`, `@` some layers"
            }
            Self::Protocols => "how is measured and what decides: files of experiments/protocols/",
            Self::Profiles => "how large and how long: files of experiments/profiles/",
            Self::Tasks => "what is learnt, downstream or in pretraining",
            Self::Bodies => {
                "shapes of the profile, `backbone`; a folder or owner/name is a checkpoint"
            }
            Self::Measures => "what a claim or a table is about, `measure`",
            Self::Keys => "what [job], axes, variants and rules of a study may set",
        }
    }
}

/// All of a kind, in the order of a page: files by name, the rest as the project has them.
///
/// # Errors
/// Where the profile, or what planning with it reads, cannot be read. A file that is only listed says so in its line.
pub fn known(library: &Library, profile: &str, kind: Kind) -> Result<Vec<Known>, StudyError> {
    let of = |name: &str, says: &str| Known {
        name: name.to_owned(),
        says: says.to_owned(),
    };
    Ok(match kind {
        Kind::Studies => files(library, Shelf::Studies),
        Kind::Pretrainings => files(library, Shelf::Pretrainings),
        Kind::Protocols => files(library, Shelf::Protocols),
        Kind::Profiles => files(library, Shelf::Profiles),
        Kind::Policies => {
            let terms = freezing_policy::terms();
            terms.map(|(name, says)| of(name, says)).collect()
        }
        Kind::Tasks => {
            let tasks = tasks::REGISTRY.iter();
            tasks.map(|task| of(task.name, task.about)).collect()
        }
        Kind::Measures => {
            let measures = MEASURES.iter();
            measures
                .map(|measure| of(&measure.name.replace('_', "-"), measure.label))
                .collect()
        }
        Kind::Keys => {
            let fields = FIELDS.iter().filter(|field| field.key);
            let fields = fields.map(|field| (field.name, field.doc));
            let all = KEYS.iter().map(|key| (key.name, key.says)).chain(fields);
            all.map(|(name, says)| of(name, says)).collect()
        }
        Kind::Bodies => bodies(library, profile)?,
    })
}

fn files(library: &Library, shelf: Shelf) -> Vec<Known> {
    let line = |name: String| {
        let says = match library.get(shelf, &name) {
            Ok(file) => about(&file),
            Err(error) => format!("cannot be read: {error}"),
        };
        Known { name, says }
    };
    library.names(shelf).into_iter().map(line).collect()
}

/// What a file says of itself: its question, what it `says`, or how its first comment begins.
fn about(file: &Document) -> String {
    #[derive(Deserialize)]
    struct About {
        question: Option<String>,
        says: Option<String>,
    }
    match toml::from_str::<About>(&file.text) {
        Ok(About {
            question: Some(line),
            ..
        })
        | Ok(About {
            says: Some(line), ..
        }) => line,
        Ok(_) => {
            let sentence = first_sentence(&file.text);
            let named = format!("{}: ", file.name);
            sentence
                .strip_prefix(&named)
                .unwrap_or(&sentence)
                .to_owned()
        }
        Err(error) => format!("cannot be read: {}", files::plain(error.message())),
    }
}

/// Shorter ones say little: the next goes with them.
const SHORT: usize = 30;

fn first_sentence(text: &str) -> String {
    let comment = text.lines().map_while(|line| line.strip_prefix('#'));
    let comment: Vec<&str> = comment.map(str::trim).collect();
    let comment = comment.join(" ");
    // What stands in brackets has points of its own: `et al.`, `App. C`.
    let is_open = |at: usize| {
        let before = &comment[..at];
        before.matches('(').count() > before.matches(')').count()
    };
    let end = comment
        .match_indices(". ")
        .map(|(at, _)| at)
        .find(|at| *at >= SHORT && !is_open(*at));
    comment[..end.unwrap_or(comment.len())]
        .trim_end_matches('.')
        .to_owned()
}

fn bodies(library: &Library, profile: &str) -> Result<Vec<Known>, StudyError> {
    let (resolver, vocabulary) = Resolver::load(library, profile)?;
    let line = |name: String| {
        let body = crate::named::body_of(&resolver, &vocabulary, &name)?;
        let (layers, width) = (body.layers(), body.width());
        let says = format!("{}, {layers} layers x {width}", body.model_type());
        Ok(Known { name, says })
    };
    vocabulary.backbones.clone().into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_ships_has_a_line() {
        let library = Library::embedded();
        for kind in Kind::ALL {
            let all = known(&library, "tiny", kind).unwrap();
            assert!(all.len() > 2, "{kind:?}");
            for Known { name, says } in all {
                let is_said = (8..300).contains(&says.chars().count());
                assert!(
                    is_said && !says.contains("cannot be read"),
                    "{name}: {says}"
                );
                assert!(!says.contains('\n'), "{name}: {says}");
            }
        }
    }

    #[test]
    fn a_sentence_ends_where_it_has_said_something() {
        for (text, expected) in [
            (
                "# tiny: small. One sitting on two cores. More.\n",
                "tiny: small. One sitting on two cores",
            ),
            (
                "# Without an end\n# of its line\nx = 1\n# not this",
                "Without an end of its line",
            ),
            (
                "# Frames of automata (Lee et al. 2026), each a rule of its own. More.",
                "Frames of automata (Lee et al. 2026), each a rule of its own",
            ),
            (
                "# paper: as published (Lu et al. 2021, section 2 and App. C). For GPUs.",
                "paper: as published (Lu et al. 2021, section 2 and App. C)",
            ),
            ("x = 1\n# later", ""),
        ] {
            assert_eq!(first_sentence(text), expected);
        }
    }
}
