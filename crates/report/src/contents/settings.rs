//! The settings of jobs, each said once: what all have in common, what those of a cell have, and what is a job's own.

use serde_json::{Map, Value};
use training::Job;

/// Settings as they stand in each other, as in a job's file.
pub(super) type Settings = Map<String, Value>;

/// All settings of a job.
pub(super) fn of(job: &Job) -> Settings {
    match serde_json::to_value(job) {
        Ok(Value::Object(settings)) => settings,
        // A job is plain data with names.
        _ => Settings::new(),
    }
}

/// What all of them say alike.
pub(super) fn shared<'a>(all: impl IntoIterator<Item = &'a Settings>) -> Settings {
    let mut all = all.into_iter();
    let mut shared = all.next().cloned().unwrap_or_default();
    for other in all {
        keep_alike(&mut shared, other);
    }
    shared
}

fn keep_alike(shared: &mut Settings, other: &Settings) {
    shared.retain(|key, value| match (value, other.get(key)) {
        (Value::Object(value), Some(Value::Object(other))) => {
            keep_alike(value, other);
            true
        }
        (value, other) => other == Some(value),
    });
}

/// What is left of settings without those that are said elsewhere.
pub(super) fn without(settings: &Settings, said: &Settings) -> Settings {
    let left = settings.iter().filter_map(|(key, value)| {
        let value = match (value, said.get(key)) {
            (Value::Object(value), Some(Value::Object(said))) => without(value, said).into(),
            (value, None) => value.clone(),
            (_, Some(_)) => return None,
        };
        Some((key.clone(), value))
    });
    left.collect()
}

/// Line by line: `recipe.steps = 3000`.
pub(super) fn lines(settings: &Settings) -> Vec<String> {
    let mut lines = Vec::new();
    add_lines("", settings, &mut lines);
    lines.sort();
    lines
}

fn add_lines(before: &str, settings: &Settings, lines: &mut Vec<String>) {
    for (key, value) in settings {
        match value {
            Value::Object(inside) => add_lines(&format!("{before}{key}."), inside, lines),
            value => lines.push(format!("{before}{key} = {value}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings(value: Value) -> Settings {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_all_have_in_common_is_said_once() {
        let one = settings(
            json!({"recipe": {"steps": 10, "dropout": 0.1}, "seed": 1, "task": {"size": 1}}),
        );
        let other = settings(
            json!({"recipe": {"steps": 10, "dropout": 0.2}, "remakes": [], "seed": 2, "task": "bits"}),
        );
        let both = shared([&one, &other]);
        assert_eq!(lines(&both), ["recipe.steps = 10"]);
        let left = [
            "recipe.dropout = 0.2",
            "remakes = []",
            "seed = 2",
            "task = \"bits\"",
        ];
        assert_eq!(lines(&without(&other, &both)), left);
        assert!(shared([]).is_empty());
    }

    #[test]
    fn tables_inside_each_other_are_one_key() {
        let found =
            settings(json!({"recipe": {"schedule": {"kind": "constant"}, "none": {}}, "seed": 1}));
        let expected = ["recipe.schedule.kind = \"constant\"", "seed = 1"];
        assert_eq!(lines(&found), expected);
    }
}
