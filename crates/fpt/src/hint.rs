//! The commands that messages tell a user to type, with the options that this one was given: without them they would be about
//! other results.

use crate::global::Global;
use std::ffi::OsStr;
use std::path::PathBuf;
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
    let usual = std::env::var_os("FPT_DATA");
    let options = Options::of(global, usual.as_deref());
    data::note_option(options.data.clone());
    let _ = OPTIONS.set(options);
}

/// A command about results, in backticks, of these words behind `fpt`: `fpt table modality --profile smoke`.
pub fn command(words: &[&str]) -> String {
    let profile = OPTIONS.get().and_then(|options| options.profile.as_deref());
    quoted(words, profile, OPTIONS.get().map(Options::of_results))
}

/// The same about the results of a profile that is not the one asked for.
pub fn at(profile: &str, words: &[&str]) -> String {
    quoted(words, Some(profile), OPTIONS.get().map(Options::of_results))
}

/// One about data alone: `fpt fetch mnist --data DIR`.
pub fn of_data(words: &[&str]) -> String {
    quoted(
        words,
        None,
        OPTIONS.get().map(|options| options.data.clone()),
    )
}

fn quoted(words: &[&str], profile: Option<&str>, options: Option<String>) -> String {
    let words: Vec<String> = words.iter().map(|text| word(text)).collect();
    let profile = profile.map_or(String::new(), |profile| {
        format!(" --profile {}", word(profile))
    });
    format!(
        "`fpt {}{profile}{}`",
        words.join(" "),
        options.unwrap_or_default()
    )
}

impl Options {
    /// `usual` is where the environment says that data is, and will again.
    fn of(global: &Global, usual: Option<&OsStr>) -> Self {
        let option = |name: &str, folder: Option<&PathBuf>| {
            folder.map_or(String::new(), |folder| {
                format!(" --{name} {}", word(&folder.display().to_string()))
            })
        };
        let data = global.data.as_ref();
        Self {
            profile: global.profile.clone(),
            results: option("results", global.results.as_ref()),
            data: option("data", data.filter(|data| Some(data.as_os_str()) != usual)),
        }
    }

    fn of_results(&self) -> String {
        format!("{}{}", self.results, self.data)
    }
}

/// One word of a shell.
pub fn word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-+=:,@%".contains(letter);
    match text.chars().all(is_plain) && !text.is_empty() {
        true => text.to_owned(),
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
        let said = |global: &Global, usual: Option<&str>| {
            let options = Options::of(global, usual.map(OsStr::new));
            let profile = options.profile.as_deref();
            quoted(
                &["rm", "my study.toml", "seed=1"],
                profile,
                Some(options.of_results()),
            )
        };
        assert_eq!(said(&global, None), "`fpt rm 'my study.toml' seed=1`");
        global.profile = Some("my own".to_owned());
        global.results = Some("it's here".into());
        global.data = Some("../data".into());
        assert_eq!(
            said(&global, None),
            r#"`fpt rm 'my study.toml' seed=1 --profile 'my own' --results 'it'\''s here' --data ../data`"#
        );
        // Where the environment says it, it will again; where the option said otherwise, it has to.
        assert!(said(&global, Some("../data")).ends_with("here'`"));
        assert!(said(&global, Some("/other")).ends_with("--data ../data`"));
    }
}
