//! What an editor is told: a JSON schema (draft 7, which taplo and others read) of a kind of file.
//!
//! It knows each key, what kind of value it takes and between which bounds. Names that a user may add to (pretrainings, protocols,
//! profiles, axes) and what one part of a file says of another only the parser knows.

use super::job::{JobKey, job_keys, recipe_keys};
use super::kind::FileKind;
use super::shape::{Bounds, Table, Takes};
use crate::protocol::ANY;
use backbone::BodyConfig;
use evidence::MEASURES;
use serde_json::{Map, Value, json};

/// The schema of a kind of file.
pub fn schema(kind: FileKind) -> Value {
    let mut schema = table(kind.table());
    let own = schema.as_object_mut().expect("a table is an object");
    own.insert(
        "$schema".to_owned(),
        json!("http://json-schema.org/draft-07/schema#"),
    );
    own.insert("title".to_owned(), json!(format!("fpt: a {}", kind.name())));
    own.insert(
        "definitions".to_owned(),
        json!({ "cells": cells(), "value": value() }),
    );
    schema
}

fn table(table: &Table) -> Value {
    let mut properties = Map::new();
    for key in table.keys {
        properties.insert(key.name.to_owned(), described(takes(key.takes), key.says));
    }
    let required: Vec<&str> = table
        .keys
        .iter()
        .filter(|key| key.is_required)
        .map(|key| key.name)
        .collect();
    let mut schema = json!({
        "type": "object",
        "description": table.says,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    if !table.one_of.is_empty() {
        let each = table.one_of.iter().map(|key| json!({ "required": [key] }));
        schema["oneOf"] = each.collect();
    }
    schema
}

/// With its sentence, which an editor shows.
fn described(mut schema: Value, says: &str) -> Value {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), json!(says));
    }
    schema
}

fn takes(what: Takes) -> Value {
    match what {
        Takes::Text => json!({ "type": "string" }),
        Takes::OneOf(words) => json!({ "enum": words }),
        Takes::Task => json!({ "enum": task_names() }),
        Takes::ModelType => json!({ "enum": BodyConfig::MODEL_TYPES }),
        Takes::Policy => json!({ "type": "string", "pattern": policy() }),
        Takes::Measure => json!({ "enum": measures() }),
        Takes::Flag => json!({ "type": "boolean" }),
        Takes::True => json!({ "enum": [true] }),
        Takes::Number(bounds) => number(bounds),
        Takes::Count(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Takes::Value => json!({ "$ref": "#/definitions/value" }),
        Takes::Any => json!({}),
        Takes::ListOf(of) => json!({ "type": "array", "items": takes(*of) }),
        Takes::SetOf(of) => set(takes(*of)),
        Takes::OneOrSome(of) => one_or(takes(*of), json!({ "type": "array", "items": takes(*of) })),
        Takes::OneOrSet(of) => one_or(takes(*of), set(takes(*of))),
        Takes::Either(each) => {
            let each: Vec<Value> = each.iter().map(|what| takes(*what)).collect();
            json!({ "anyOf": each })
        }
        Takes::Table(of) => table(of),
        Takes::Tables(of) => json!({ "type": "array", "items": table(of) }),
        Takes::ByName(of) => json!({ "type": "object", "additionalProperties": takes(*of) }),
        Takes::SomeByName(of) => json!({
            "type": "object",
            "minProperties": 1,
            "additionalProperties": takes(*of),
        }),
        Takes::ByTask(of) => by_task(task_names(), *of),
        Takes::ByTaskOrAny(of) => {
            let names = task_names().into_iter().chain([ANY]);
            by_task(names.collect(), *of)
        }
        Takes::Job => settings(job_keys(), |of| of, Value::Bool(false)),
        Takes::Axes => {
            let on_axis = |of: Value| one_or(of.clone(), set(of));
            let mut axes = settings(job_keys(), on_axis, on_axis(value()));
            let own = axes.as_object_mut().expect("settings are an object");
            own.insert("minProperties".to_owned(), json!(1));
            axes
        }
        Takes::Recipe => settings(recipe_keys(), |of| of, Value::Bool(false)),
        Takes::Cells => json!({ "$ref": "#/definitions/cells" }),
    }
}

fn by_task(names: Vec<&str>, of: Takes) -> Value {
    json!({
        "type": "object",
        "propertyNames": { "enum": names },
        "additionalProperties": takes(of),
    })
}

/// Keys of a job, whose `body.FIELD` and `task.SETTING` are written with quotes or as tables.
fn settings(keys: Vec<JobKey>, shape: impl Fn(Value) -> Value, others: Value) -> Value {
    let mut properties = Map::new();
    let mut patterns = Map::new();
    for JobKey {
        name,
        takes: what,
        says,
    } in keys
    {
        let own = described(shape(takes(what)), says);
        match name.split_once('.') {
            None => drop(properties.insert(name.to_owned(), own)),
            Some((outer, _)) => {
                let inner = json!({ "type": "object", "additionalProperties": own });
                patterns.insert(format!("^{outer}\\."), own);
                // An axis of a study's own may have the name as well.
                let plain = properties.remove(outer).unwrap_or_else(|| others.clone());
                let both = json!({ "anyOf": [plain, inner] });
                properties.insert(outer.to_owned(), both);
            }
        }
    }
    json!({
        "type": "object",
        "properties": properties,
        "patternProperties": patterns,
        "additionalProperties": others,
    })
}

fn one_or(one: Value, several: Value) -> Value {
    json!({ "anyOf": [one, several] })
}

fn set(of: Value) -> Value {
    json!({ "type": "array", "items": of, "minItems": 1, "uniqueItems": true })
}

fn number(bounds: Bounds) -> Value {
    let mut schema = json!({ "type": "number" });
    let own = schema.as_object_mut().expect("an object");
    let mut limit = |number: Option<f64>, itself: &str, beyond: &str, is_beyond: bool| {
        if let Some(number) = number {
            let word = if is_beyond { beyond } else { itself };
            own.insert(word.to_owned(), json!(number));
        }
    };
    limit(bounds.least, "minimum", "exclusiveMinimum", bounds.is_above);
    limit(bounds.most, "maximum", "exclusiveMaximum", bounds.is_below);
    schema
}

/// A name, a number or a flag.
fn value() -> Value {
    json!({ "type": ["string", "number", "boolean"] })
}

/// A list of cells, or of pairs of them.
fn cells() -> Value {
    json!({
        "type": "array",
        "minItems": 1,
        "items": { "anyOf": [
            { "$ref": "#/definitions/value" },
            { "type": "object", "additionalProperties": { "$ref": "#/definitions/value" } },
            { "allOf": [{ "$ref": "#/definitions/cells" }, { "minItems": 2, "maxItems": 2 }] },
        ] },
    })
}

fn task_names() -> Vec<&'static str> {
    tasks::REGISTRY.iter().map(|task| task.name).collect()
}

/// As claims and tables write them, either way.
fn measures() -> Vec<String> {
    let own = MEASURES.iter().map(|measure| measure.name.to_owned());
    let kebab = MEASURES
        .iter()
        .map(|measure| measure.name.replace('_', "-"));
    let mut all: Vec<String> = kebab.chain(own).collect();
    all.sort();
    all.dedup();
    all
}

/// Terms joined by `+`, each of all layers or of some.
fn policy() -> String {
    let terms: Vec<&str> = freezing_policy::terms().map(|(name, _)| name).collect();
    let terms = terms.join("|");
    let term = format!(r"\s*({terms})\s*(@\s*(last|[0-9]+(\s*-\s*[0-9]+)?)\s*)?");
    format!(r"^{term}(\+{term})*$")
}
