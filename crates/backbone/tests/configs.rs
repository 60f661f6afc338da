//! One field of config.json changed, for every field of every body: obeyed as `transformers` does, or
//! refused by name. Fixture: scripts/golden_configs.py.
#![allow(clippy::unwrap_used)]

mod common;

use backbone::{load, unknown_fields};
use burn::tensor::Device;
use common::{config_of, copy, fixture, numbers};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;

/// Largest error over the reference's root mean square; the reference has six digits.
const TOLERANCE: f32 = 5e-5;

/// Tokens of the reference.
const TOKENS: usize = 12;

/// Of the flattened hidden states, so many are skipped for one that is kept.
const EVERY: usize = 17;

/// Fields that are obeyed, and not only refused.
const OBEYED: [&str; 15] = [
    "activation_function",
    "attention_window",
    "dense_act_fn",
    "feed_forward_proj",
    "hidden_act",
    "layer_norm_eps",
    "layer_norm_epsilon",
    "n_head",
    "num_attention_heads",
    "num_heads",
    "relative_attention_max_distance",
    "d_kv",
    "head_dim",
    "pad_token_id",
    "is_gated_act",
];

/// Fields that are refused although they change nothing in one version of `transformers` or where
/// hidden states are all there is.
const CAUTIOUS: [&str; 2] = ["add_cross_attention", "head_dim"];

type Change = Map<String, Value>;

/// A body's checkpoint with changes to its config.
struct Changed {
    folder: tempfile::TempDir,
    config: Map<String, Value>,
    base: Vec<f32>,
}

impl Changed {
    fn of(body: &str) -> Self {
        let mut this = Self {
            folder: copy(&fixture(body)),
            config: config_of(&fixture(body)),
            base: Vec::new(),
        };
        this.base = this.run(&Map::new()).unwrap();
        this
    }

    fn write(&self, change: &Change) {
        let mut config = self.config.clone();
        for (name, value) in change {
            match value {
                Value::String(text) if text == "(absent)" => config.remove(name),
                value => config.insert(name.clone(), value.clone()),
            };
        }
        let text = Value::Object(config).to_string();
        fs::write(self.path().join("config.json"), text).unwrap();
    }

    /// Some of the hidden states, or why there are none.
    fn run(&self, change: &Change) -> Result<Vec<f32>, String> {
        self.write(change);
        let (config, body) =
            load(self.path(), &Device::flex()).map_err(|error| error.to_string())?;
        if config.positions() < TOKENS {
            return Err(format!("{TOKENS} tokens are too many: {change:?}"));
        }
        Ok(numbers(&body, 16).into_iter().step_by(EVERY).collect())
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn is_base(&self, found: &[f32]) -> bool {
        close(found, &self.base)
    }
}

fn close(found: &[f32], expected: &[f32]) -> bool {
    let square: f32 = expected.iter().map(|x| x * x).sum();
    let scale = (square / expected.len() as f32).sqrt();
    let near = |(found, expected): (&f32, &f32)| (found - expected).abs() < TOLERANCE * scale;
    found.len() == expected.len() && found.iter().zip(expected).all(near)
}

fn names_one(said: &str, change: &Change) -> bool {
    change
        .keys()
        .any(|name| said.contains(&format!("`{name}`")))
}

fn has(change: &Change, fields: &[&str]) -> bool {
    change.keys().any(|name| fields.contains(&name.as_str()))
}

fn golden() -> Map<String, Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config_fields.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn changes(entry: &Value, kind: &str) -> Vec<Change> {
    let list = entry[kind].as_array().unwrap().iter();
    list.map(|change| change.as_object().unwrap().clone())
        .collect()
}

fn floats(list: &Value) -> Vec<f32> {
    let list = list.as_array().unwrap().iter();
    list.map(|number| number.as_f64().unwrap() as f32).collect()
}

#[test]
fn a_field_without_effect_has_none_and_stops_nothing() {
    let mut count = 0;
    for (body, entry) in golden() {
        let changed = Changed::of(&body);
        assert!(close(&changed.base, &floats(&entry["base"])), "{body}");
        for change in changes(&entry, "same") {
            match changed.run(&change) {
                Ok(found) => assert!(changed.is_base(&found), "{body}: {change:?}"),
                // Where a value has to be and is not, that is said even of what is not read.
                Err(said) => assert!(
                    names_one(&said, &change)
                        && (has(&change, &CAUTIOUS) || change.values().any(Value::is_null)),
                    "{body}: {change:?}: {said}"
                ),
            }
            count += 1;
        }
    }
    assert!(count > 2_000, "{count}");
}

#[test]
fn a_field_with_an_effect_has_transformers_or_is_refused_by_name() {
    for (body, entry) in golden() {
        let changed = Changed::of(&body);
        let mut obeyed = 0;
        for pair in entry["other"].as_array().unwrap() {
            let change = pair[0].as_object().unwrap();
            match changed.run(change) {
                Ok(found) => {
                    let expected = floats(&pair[1]);
                    assert!(close(&found, &expected), "{body}: {change:?}: {found:?}");
                    obeyed += 1;
                }
                Err(said) => {
                    // Fewer layers than the weights have is said of the weights.
                    let layers = has(change, &["num_hidden_layers", "n_layer", "num_layers"]);
                    let named = names_one(&said, change) || layers && said.contains("tensor `");
                    assert!(named, "{body}: {change:?}: {said}");
                    assert!(!has(change, &OBEYED), "{body}: {change:?}: {said}");
                }
            }
        }
        assert!(obeyed >= 20, "{body}: {obeyed}");
    }
}

#[test]
fn what_transformers_cannot_make_is_an_error_or_of_no_use_here() {
    for (body, entry) in golden() {
        let changed = Changed::of(&body);
        for change in changes(&entry, "fails") {
            // Windows of the default's size: `transformers` pads to them, beyond the positions.
            if change.get("attention_window") == Some(&"(absent)".into()) {
                continue;
            }
            if let Ok(found) = changed.run(&change) {
                assert!(changed.is_base(&found), "{body}: {change:?}: {found:?}");
            }
        }
    }
}

/// What changing a field of a body of our own does to a body that is read.
enum Does {
    Nothing,
    Something,
    /// The weights do not fit.
    Error,
}

#[test]
fn every_field_of_our_own_bodies_does_what_it_says() {
    use Does::{Error, Nothing, Something};
    let lstm = [
        ("hidden_size", json!(8), Error),
        ("num_hidden_layers", json!(1), Error),
        ("num_hidden_layers", json!(3), Error),
        ("max_position_embeddings", json!(13), Error),
        ("residual", json!(false), Something),
        ("norm_init", json!("unit"), Nothing),
        ("initial_state", json!("noise"), Something),
        ("unbiased_variance", json!(true), Something),
        ("layer_norm_eps", json!(0.1), Something),
    ];
    let linformer = [
        ("hidden_size", json!(8), Error),
        ("num_hidden_layers", json!(1), Error),
        ("num_hidden_layers", json!(3), Error),
        ("num_attention_heads", json!(2), Something),
        ("intermediate_size", json!(8), Error),
        ("max_position_embeddings", json!(13), Error),
        ("low_rank_features", json!(2), Error),
        ("low_rank_features", json!(null), Error),
        ("layer_norm_eps", json!(0.1), Something),
        ("initializer_range", json!(0.5), Nothing),
    ];
    for (body, cases) in [("lstm-star", &lstm[..]), ("linformer", &linformer[..])] {
        let changed = Changed::of(body);
        let fields = backbone::BodyConfig::fields(changed.config["model_type"].as_str().unwrap());
        for field in fields {
            assert!(
                cases.iter().any(|(name, ..)| name == field),
                "{body}: {field}"
            );
        }
        for (field, value, does) in cases {
            let change = Map::from_iter([((*field).to_owned(), value.clone())]);
            let found = changed.run(&change);
            let is_so = match (&found, does) {
                (Ok(found), Nothing) => changed.is_base(found),
                (Ok(found), Something) => !changed.is_base(found),
                (Err(said), Error) => said.contains(field) || said.contains("tensor `"),
                _ => false,
            };
            assert!(is_so, "{body}: {field} is {value}: {found:?}");
        }
    }
}

#[test]
fn every_field_of_transformers_classes_is_known() {
    for (body, entry) in golden() {
        let changed = Changed::of(&body);
        for field in entry["fields"].as_array().unwrap() {
            let name = field.as_str().unwrap();
            if changed.config.contains_key(name) {
                continue;
            }
            changed.write(&Map::from_iter([(name.to_owned(), Value::Null)]));
            match unknown_fields(changed.path()) {
                Ok(unknown) => assert_eq!(unknown, [""; 0], "{body}: {name}"),
                Err(error) => assert!(error.to_string().contains(name), "{body}: {error}"),
            }
        }
        changed.write(&Map::new());
        let unknown = unknown_fields(changed.path()).unwrap();
        assert_eq!(unknown, [""; 0], "{body}");
        let note = ("my_note".to_owned(), Value::from(7));
        changed.write(&Map::from_iter([note]));
        assert_eq!(
            unknown_fields(changed.path()).unwrap(),
            ["my_note"],
            "{body}"
        );
    }
}
