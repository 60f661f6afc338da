//! In which settings and contents two jobs differ.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use training::Job;

/// A setting, and its value in the one job and in the other; none where a job does not have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub setting: String,
    pub here: Option<String>,
    pub there: Option<String>,
}

/// What two jobs are told apart by: empty for the same job.
pub fn between(here: &Job, there: &Job) -> Vec<Difference> {
    let (here, there) = (settings(here), settings(there));
    let names: BTreeSet<&String> = here.keys().chain(there.keys()).collect();
    let differ = names
        .into_iter()
        .filter(|name| here.get(*name) != there.get(*name));
    differ
        .map(|name| Difference {
            setting: name.clone(),
            here: here.get(name).cloned(),
            there: there.get(name).cloned(),
        })
        .collect()
}

/// Of these jobs the one that differs least: another seed or task is further away than any other setting.
pub fn nearest<'j>(job: &Job, others: impl IntoIterator<Item = &'j Job>) -> Option<&'j Job> {
    let distance = |other: &Job| -> usize {
        let far = |difference: &Difference| matches!(&*difference.setting, "seed" | "task.name");
        let differ = between(job, other);
        differ
            .iter()
            .map(|difference| if far(difference) { 1000 } else { 1 })
            .sum()
    };
    others.into_iter().min_by_key(|other| distance(other))
}

/// Every setting that the job's id is made of, under a name such as `recipe.learning-rate`.
pub fn settings(job: &Job) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    flatten("", &job.meaning(), &mut flat);
    flat
}

fn flatten(name: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                let name = match name {
                    "" => field.clone(),
                    above => format!("{above}.{field}"),
                };
                flatten(&name, value, into);
            }
        }
        Value::String(text) => drop(into.insert(name.to_owned(), text.clone())),
        other => drop(into.insert(name.to_owned(), other.to_string())),
    }
}
