//! `config.json` as `transformers` writes it: which fields a body is built from, under which names,
//! what old files leave out, what a body computes however a file is set, and what has no effect.

use crate::bodies::BodyConfig;
use crate::error::BackboneError;
use crate::hub_fields;
use crate::hub_format::HubFormat;
use serde_json::{Map, Value, json};

/// What a config file says.
pub(crate) struct HubConfig {
    pub config: BodyConfig,
    /// Sizes that the file leaves out, so that `transformers`' defaults were taken.
    pub left_out: Vec<&'static str>,
    /// Fields that no `transformers` reads for this kind of model, nor anything here.
    pub unknown: Vec<String>,
}

/// Reads the fields this crate knows, filling in what old files leave out.
///
/// # Errors
/// A sentence on the first field that is missing, of another type, or asks for what no body here
/// computes.
pub(crate) fn from_hub(hub: &Map<String, Value>) -> Result<HubConfig, String> {
    let types = BodyConfig::MODEL_TYPES.join(", ");
    let model_type = match hub.get("model_type") {
        Some(Value::String(name)) => name.as_str(),
        Some(other) => return Err(format!("`model_type` is {other}; known are {types}")),
        None => return Err(format!("no `model_type`; known are {types}")),
    };
    let format = BodyConfig::format_of(model_type).ok_or_else(|| {
        let way_out = related(model_type).map_or(String::new(), |way_out| format!("; {way_out}"));
        format!("unknown model_type `{model_type}`; known are {types}{way_out}")
    })?;
    hub_fields::refuse(hub)?;
    refuse_other(model_type, &format, hub)?;
    let (mut fields, left_out) = gather(model_type, &format, hub)?;
    if let Some(combine) = format.combine {
        combine(hub, &mut fields)?;
    }
    let config = read(&fields).map_err(|problem| match blamed(&fields, &problem) {
        Some(key) => {
            let value = &fields[key];
            format!("`{}` is {value}: {problem}", spelled(&format, hub, key))
        }
        None => problem,
    })?;
    config.check().map_err(|error| match error {
        BackboneError::Config { field, .. } => {
            let own = format!("`{field}`");
            let spelled = format!("`{}`", spelled(&format, hub, field));
            error.to_string().replace(&own, &spelled)
        }
        other => other.to_string(),
    })?;
    let unknown = hub
        .keys()
        .filter(|key| !is_understood(model_type, &format, key));
    Ok(HubConfig {
        config,
        left_out,
        unknown: unknown.cloned().collect(),
    })
}

/// How a kind of model can be read that is another one under a name of its own.
fn related(model_type: &str) -> Option<&'static str> {
    match model_type {
        "xlm-roberta" | "camembert" => Some(
            "it computes what a roberta does: a copy of the folder whose config says `\"model_type\": \"roberta\"` is read",
        ),
        "dinov2" => Some("`scripts/dinov2_as_vit.py` writes it as a vit"),
        _ => None,
    }
}

/// The fields of a body from a file or the defaults, and the sizes that the file leaves out.
fn gather(
    model_type: &str,
    format: &HubFormat,
    hub: &Map<String, Value>,
) -> Result<(Map<String, Value>, Vec<&'static str>), String> {
    let mut fields = Map::new();
    fields.insert("model_type".to_owned(), model_type.into());
    let mut left_out = Vec::new();
    for key in BodyConfig::fields(model_type) {
        let name = spelled(format, hub, key);
        let value = match (hub.get(name), format.defaults.get(*key)) {
            (Some(Value::Null), Some(Value::Null)) => continue,
            (Some(Value::Null), _) => {
                let problem = format!("`{name}` is null; a {model_type} has a value there");
                return Err(problem);
            }
            (Some(given), _) => given,
            (None, Some(default)) => {
                if default.is_u64() && !format.own.contains(key) {
                    left_out.push(*key);
                }
                default
            }
            (None, None) => return Err(missing(model_type, format, key)),
        };
        fields.insert((*key).to_owned(), value.clone());
    }
    Ok((fields, left_out))
}

/// Whether a field is read, or known for what it does.
fn is_understood(model_type: &str, format: &HubFormat, key: &str) -> bool {
    BodyConfig::fields(model_type).contains(&key)
        || format.aliases.iter().any(|(alias, _)| *alias == key)
        || format.fixed.get(key).is_some()
        || format.written.get(key).is_some()
        || format.idle.contains(&key)
        || hub_fields::is_known(key)
}

/// The name under which a file has a field: another one goes before the field's own, as in
/// `transformers`.
fn spelled<'a>(format: &HubFormat, hub: &Map<String, Value>, key: &'a str) -> &'a str {
    let mut aliases = format.aliases.iter();
    let other = aliases.find(|(alias, name)| *name == key && hub.contains_key(*alias));
    other.map_or(key, |(alias, _)| alias)
}

fn missing(model_type: &str, format: &HubFormat, key: &str) -> String {
    let others = format.aliases.iter().filter(|(_, name)| *name == key);
    let others: Vec<String> = others.map(|(alias, _)| format!(" or `{alias}`")).collect();
    format!(
        "no `{key}`{}; the config of a {model_type} has to say it",
        others.concat()
    )
}

/// Refuses settings with which this kind of model computes what its body here does not.
fn refuse_other(
    model_type: &str,
    format: &HubFormat,
    hub: &Map<String, Value>,
) -> Result<(), String> {
    for (key, expected) in format.fixed.as_object().into_iter().flatten() {
        let Some(found) = hub.get(key) else { continue };
        let agrees = match expected {
            Value::Bool(expected) => is_true(found) == *expected,
            _ => found == expected,
        };
        if !agrees {
            return Err(format!(
                "`{key}` is {found}; the {model_type} here computes {expected} and nothing else: take \
                 another checkpoint, or set the field to {expected} to have these weights computed so"
            ));
        }
    }
    Ok(())
}

/// Whether Python takes a value for true.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
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
    let format = config.hub_format();
    let mut hub = Map::new();
    hub.insert("architectures".to_owned(), json!([format.architecture]));
    for settings in [format.fixed, format.written, plain] {
        hub.extend(settings.as_object().cloned().unwrap_or_default());
    }
    hub
}
