//! `config.json` as `transformers` writes it: which fields a body is built from, what old files
//! leave out, and what a body computes however a file is set.

use crate::bodies::BodyConfig;
use serde_json::{Map, Value, json};

/// Reads the fields this crate knows, filling in what old files leave out.
///
/// # Errors
/// A sentence on the first field that is missing, of another type, or asks for what no body here
/// computes.
pub(crate) fn from_hub(hub: &Map<String, Value>) -> Result<BodyConfig, String> {
    let types = BodyConfig::MODEL_TYPES.join(", ");
    let model_type = match hub.get("model_type") {
        Some(Value::String(name)) => name.as_str(),
        Some(other) => return Err(format!("`model_type` is {other}; known are {types}")),
        None => return Err(format!("no `model_type`; known are {types}")),
    };
    let format = BodyConfig::format_of(model_type)
        .ok_or_else(|| format!("unknown model_type `{model_type}`; known are {types}"))?;
    for (key, expected) in format.fixed.as_object().into_iter().flatten() {
        match hub.get(key) {
            None | Some(Value::Null) => {}
            Some(found) if found == expected => {}
            Some(found) => {
                return Err(format!("`{key}` is {found}; this body computes {expected}"));
            }
        }
    }
    let mut fields = Map::new();
    fields.insert("model_type".to_owned(), model_type.into());
    for key in BodyConfig::fields(model_type) {
        let given = hub.get(*key).filter(|value| !value.is_null());
        if let Some(value) = given.or_else(|| format.defaults.get(*key)) {
            fields.insert((*key).to_owned(), value.clone());
        }
    }
    read(&fields).map_err(|problem| match blamed(&fields, &problem) {
        Some(key) => format!("`{key}`: {problem}"),
        None => problem,
    })
}

fn read(fields: &Map<String, Value>) -> Result<BodyConfig, String> {
    let fields = Value::Object(fields.clone());
    serde_json::from_value(fields).map_err(|error| error.to_string())
}

/// The field behind a message that does not name it: the one without which it changes.
fn blamed<'a>(fields: &'a Map<String, Value>, problem: &str) -> Option<&'a str> {
    let without = |key: &str| {
        let mut fewer = fields.clone();
        fewer.remove(key);
        read(&fewer)
    };
    let changes = |key: &str| without(key).err().as_deref() != Some(problem);
    let keys = fields.keys().filter(|key| *key != "model_type");
    keys.map(String::as_str).find(|key| changes(key))
}

/// The config as `transformers` expects it.
pub(crate) fn to_hub(config: &BodyConfig) -> Map<String, Value> {
    let plain = serde_json::to_value(config).expect("a config is plain data");
    let mut hub = plain.as_object().cloned().unwrap_or_default();
    let format = config.hub_format();
    hub.insert("architectures".to_owned(), json!([format.architecture]));
    for settings in [format.fixed, format.written] {
        hub.extend(settings.as_object().cloned().unwrap_or_default());
    }
    hub
}
