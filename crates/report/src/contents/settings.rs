//! The settings of jobs, each said once: what all have in common, what those of a cell have, and what is a job's own.

use serde_json::Value;
use std::collections::BTreeMap;
use training::Job;

/// Settings by their key: `recipe.steps` and `3000`.
pub(super) type Settings = BTreeMap<String, String>;

/// All settings of a job.
pub(super) fn of(job: &Job) -> Settings {
    let mut settings = Settings::new();
    // A job is plain data.
    let value = serde_json::to_value(job).unwrap_or_default();
    flatten("", &value, &mut settings);
    settings
}

fn flatten(at: &str, value: &Value, into: &mut Settings) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = match at {
                    "" => key.clone(),
                    at => format!("{at}.{key}"),
                };
                flatten(&key, value, into);
            }
        }
        value => drop(into.insert(at.to_owned(), value.to_string())),
    }
}

/// What all of them say alike.
pub(super) fn shared<'a>(all: impl IntoIterator<Item = &'a Settings>) -> Settings {
    let mut all = all.into_iter();
    let mut shared = all.next().cloned().unwrap_or_default();
    for other in all {
        shared.retain(|key, value| other.get(key) == Some(value));
    }
    shared
}

/// What is left of settings without those that are said elsewhere.
pub(super) fn without(settings: &Settings, said: &Settings) -> Settings {
    let mut left = settings.clone();
    left.retain(|key, _| !said.contains_key(key));
    left
}

/// Line by line: `recipe.steps = 3000`.
pub(super) fn lines(settings: &Settings) -> Vec<String> {
    let settings = settings.iter();
    settings
        .map(|(key, value)| format!("{key} = {value}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        let pairs = pairs.iter();
        pairs
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn what_all_have_in_common_is_said_once() {
        let one = settings(&[("recipe.steps", "10"), ("seed", "1")]);
        let other = settings(&[("recipe.steps", "10"), ("seed", "2"), ("remakes", "[]")]);
        let both = shared([&one, &other]);
        assert_eq!(lines(&both), ["recipe.steps = 10"]);
        assert_eq!(lines(&without(&other, &both)), ["remakes = []", "seed = 2"]);
        assert!(shared([]).is_empty());
    }

    #[test]
    fn tables_inside_each_other_are_one_key() {
        let mut found = Settings::new();
        let value = serde_json::json!({"recipe": {"schedule": {"kind": "constant"}}, "seed": 1});
        flatten("", &value, &mut found);
        let expected = ["recipe.schedule.kind = \"constant\"", "seed = 1"];
        assert_eq!(lines(&found), expected);
    }
}
