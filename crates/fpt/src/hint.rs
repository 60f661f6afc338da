//! The commands that messages tell a user to type, with the options that this one was given: without them they would be about
//! other results.

use crate::global::Global;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What follows each command.
struct Options {
    profile: Option<String>,
    /// `--results`.
    results: String,
    /// `--data`.
    data: String,
}

static OPTIONS: OnceLock<Options> = OnceLock::new();

/// Notes what this process was given; once, before anything is told.
pub fn note(global: &Global) {
    let _ = OPTIONS.set(Options::of(global, std::env::var_os("FPT_DATA").is_some()));
}

/// A command about results, in backticks: `fpt table modality --profile smoke`.
pub fn command(words: impl Display) -> String {
    let options = OPTIONS.get();
    options.map_or_else(|| format!("`fpt {words}`"), |given| given.command(&words))
}

/// The same about the results of a profile that is not the one asked for.
pub fn at(profile: &str, words: impl Display) -> String {
    let options = OPTIONS.get();
    options.map_or_else(
        || format!("`fpt {words} --profile {profile}`"),
        |given| given.at(Some(profile), &words),
    )
}

/// One about data alone: `fpt fetch mnist --data DIR`.
pub fn of_data(words: impl Display) -> String {
    let data = OPTIONS.get().map_or("", |options| options.data.as_str());
    format!("`fpt {words}{data}`")
}

impl Options {
    /// `by_environment` where the environment says where data is, and will again.
    fn of(global: &Global, by_environment: bool) -> Self {
        let option = |name: &str, folder: Option<&PathBuf>| {
            folder.map_or(String::new(), |folder| {
                format!(" --{name} {}", word(folder))
            })
        };
        Self {
            profile: global.profile.clone(),
            results: option("results", global.results.as_ref()),
            data: option("data", global.data.as_ref().filter(|_| !by_environment)),
        }
    }

    fn command(&self, words: &impl Display) -> String {
        self.at(self.profile.as_deref(), words)
    }

    fn at(&self, profile: Option<&str>, words: &impl Display) -> String {
        let profile = profile.map_or(String::new(), |profile| format!(" --profile {profile}"));
        format!("`fpt {words}{profile}{}{}`", self.results, self.data)
    }
}

/// A path as one word of a shell.
fn word(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-+=:,@%~".contains(letter);
    match text.chars().all(is_plain) && !text.is_empty() {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_about_the_same_results_and_one_word_stays_one() {
        let mut global = Global {
            profile: None,
            results: None,
            data: None,
        };
        let said =
            |global: &Global, set| Options::of(global, set).command(&"status \"my study.toml\"");
        assert_eq!(said(&global, false), "`fpt status \"my study.toml\"`");
        global.profile = Some("smoke".to_owned());
        global.results = Some("it's here".into());
        global.data = Some("../data".into());
        assert_eq!(
            said(&global, false),
            r#"`fpt status "my study.toml" --profile smoke --results 'it'\''s here' --data ../data`"#
        );
        assert!(said(&global, true).ends_with("here'`"));
        let other = Options::of(&global, true).at(Some("tiny"), &"table q");
        assert!(other.starts_with("`fpt table q --profile tiny --results"));
    }
}
