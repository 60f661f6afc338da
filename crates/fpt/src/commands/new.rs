use crate::context::Context;
use crate::exit::{Exit, Failing, Problem};
use crate::hint;
use crate::print;
use clap::ValueEnum;
use std::fs;
use study::{Shelf, is_name, is_taken};

/// What a new file is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// A question: a grid of cells, a table, claims
    Study,
    /// Where a body's weights come from
    Pretraining,
    /// How a study measures
    Protocol,
    /// How large and how long
    Profile,
}

impl What {
    fn shelf(self) -> Shelf {
        match self {
            Self::Study => Shelf::Studies,
            Self::Pretraining => Shelf::Pretrainings,
            Self::Protocol => Shelf::Protocols,
            Self::Profile => Shelf::Profiles,
        }
    }

    fn template(self) -> &'static str {
        match self {
            Self::Study => include_str!("../../templates/study.toml"),
            Self::Pretraining => include_str!("../../templates/pretraining.toml"),
            Self::Protocol => include_str!("../../templates/protocol.toml"),
            Self::Profile => include_str!("../../templates/profile.toml"),
        }
    }

    fn next(self, name: &str) -> String {
        match self {
            Self::Study => {
                format!("{} runs it in seconds", hint::at("smoke", &["study", name]))
            }
            Self::Pretraining => format!("`pretraining = \"{name}\"` in a study names it"),
            Self::Protocol => format!("`protocol = \"{name}\"` under [job] of a study names it"),
            Self::Profile => {
                format!(
                    "{} runs a study at it",
                    hint::at(name, &["study", "modality"])
                )
            }
        }
    }
}

/// Writes a commented file that runs as it is, into `experiments/` of the workspace, or of this folder where there is none.
pub fn run(context: &Context, what: What, name: &str) -> Result<Exit, Problem> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if !is_name(name) || !name.chars().all(is_plain) {
        return Err(Problem::Asked(format!(
            "{name:?} is no name: letters, digits, - and _, and it is to be a file's"
        )));
    }
    if what == What::Study && is_taken(name) {
        return Err(Problem::Asked(format!(
            "no study can be called {name:?}: a folder of results has something else of that name"
        )));
    }
    let library = &context.experiments;
    if library
        .names(what.shelf())
        .iter()
        .any(|known| known == name)
    {
        return Err(Problem::Asked(format!(
            "there is one named `{name}` already: `fpt list` shows what there is"
        )));
    }
    let here = std::env::current_dir().failing("find the current folder")?;
    let home = library.workspace().unwrap_or(&here);
    let folder = home.join("experiments").join(what.shelf().folder());
    fs::create_dir_all(&folder).failing(&format!("make {}", context.shown(&folder)))?;
    let path = folder.join(format!("{name}.toml"));
    let text = what.template().replace("NAME", name);
    files::write(&path, text.as_bytes()).failing("write the file")?;
    print::say(context.shown(&path));
    print::note(what.next(name));
    Ok(Exit::Done)
}
