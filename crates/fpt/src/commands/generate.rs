//! What others read of this program: editors, shells and `man`.

use crate::exit::{Exit, Failing, Problem};
use crate::print;
use clap::{Command, Subcommand};
use clap_complete::Shell;
use std::path::{Path, PathBuf};
use study::FileKind;

/// For whom.
#[derive(Clone, Debug, Subcommand)]
pub enum What {
    /// A JSON schema of a kind of file, for editors (taplo: docs/guide.md says how)
    Schema {
        /// study, pretraining, protocol, profile or paper (a table of the paper)
        #[arg(value_parser = file_kind)]
        kind: FileKind,
    },
    /// Completions for a shell
    Completions {
        #[arg(value_enum)]
        shell: Shell,
    },
    /// A manual page of each command, into a folder
    Man {
        #[arg(value_name = "DIR")]
        into: PathBuf,
    },
}

/// `program` is all that there is to say on the command line.
pub fn run(what: &What, mut program: Command) -> Result<Exit, Problem> {
    match what {
        What::Schema { kind } => {
            let schema = study::schema(*kind);
            let text = serde_json::to_string_pretty(&schema).failing("write the schema")?;
            print::say(text);
        }
        What::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut program, "fpt", &mut text);
            print::say(String::from_utf8_lossy(&text).trim_end());
        }
        What::Man { into } => man(into, program)?,
    }
    Ok(Exit::Done)
}

fn man(into: &Path, program: Command) -> Result<(), Problem> {
    std::fs::create_dir_all(into).failing(&format!("create {}", into.display()))?;
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let commands = program
        .get_subcommands()
        .filter(|command| !command.is_hide_set());
    for command in [&program].into_iter().chain(commands) {
        let name = command.get_display_name().unwrap_or("fpt").to_owned();
        let page = clap_mangen::Man::new(command.clone().disable_help_subcommand(true));
        let mut text = Vec::new();
        page.render(&mut text).failing("write a manual page")?;
        let path = into.join(format!("{name}.1"));
        files::write(&path, &text).failing(&format!("write {}", path.display()))?;
        print::say(path.display());
    }
    Ok(())
}

fn file_kind(text: &str) -> Result<FileKind, String> {
    let mut kinds = FileKind::ALL.into_iter();
    kinds
        .find(|kind| kind.name() == text)
        .ok_or_else(|| "expected study, pretraining, protocol, profile or paper".to_owned())
}
