//! `config.json` as `transformers` writes it: which fields a body is built from, what old files
//! leave out, and what a body computes however a file is set.

use crate::config::{BodyConfig, MODEL_TYPES};
use serde_json::{Map, Value, json};

/// One model type's `config.json`.
struct Layout {
    architecture: &'static str,
    /// Fields of the config struct.
    fields: &'static [&'static str],
    /// Values of fields that a file may leave out, as `transformers` fills them in.
    defaults: Value,
    /// Settings that this body cannot change: absent, or exactly this.
    fixed: Value,
}

fn layout(model_type: &str) -> Option<Layout> {
    let bert = || {
        json!({
            "hidden_act": "gelu", "position_embedding_type": "absolute", "is_decoder": false,
            "add_cross_attention": false,
        })
    };
    Some(match model_type {
        "bert" => Layout {
            architecture: "BertModel",
            fields: &[
                "vocab_size",
                "hidden_size",
                "num_hidden_layers",
                "num_attention_heads",
                "intermediate_size",
                "max_position_embeddings",
                "type_vocab_size",
                "layer_norm_eps",
                "initializer_range",
            ],
            defaults: json!({
                "vocab_size": 30_522, "hidden_size": 768, "num_hidden_layers": 12,
                "num_attention_heads": 12, "intermediate_size": 3_072,
                "max_position_embeddings": 512, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
                "initializer_range": 0.02,
            }),
            fixed: bert(),
        },
        "roberta" => Layout {
            architecture: "RobertaModel",
            fields: &[
                "vocab_size",
                "hidden_size",
                "num_hidden_layers",
                "num_attention_heads",
                "intermediate_size",
                "max_position_embeddings",
                "type_vocab_size",
                "pad_token_id",
                "layer_norm_eps",
                "initializer_range",
            ],
            defaults: json!({
                "type_vocab_size": 2, "layer_norm_eps": 1e-12, "initializer_range": 0.02,
                "pad_token_id": 1,
            }),
            fixed: bert(),
        },
        "longformer" => Layout {
            architecture: "LongformerModel",
            fields: &[
                "vocab_size",
                "hidden_size",
                "num_hidden_layers",
                "num_attention_heads",
                "intermediate_size",
                "max_position_embeddings",
                "type_vocab_size",
                "pad_token_id",
                "attention_window",
                "global_tokens",
                "layer_norm_eps",
                "initializer_range",
            ],
            defaults: json!({
                "type_vocab_size": 2, "layer_norm_eps": 1e-12, "initializer_range": 0.02,
                "pad_token_id": 1, "attention_window": 512,
            }),
            fixed: json!({ "hidden_act": "gelu", "position_embedding_type": "absolute" }),
        },
        "gpt2" => Layout {
            architecture: "GPT2Model",
            fields: &[
                "vocab_size",
                "n_positions",
                "n_embd",
                "n_layer",
                "n_head",
                "n_inner",
                "layer_norm_epsilon",
                "initializer_range",
            ],
            defaults: json!({
                "vocab_size": 50_257, "n_positions": 1_024, "n_embd": 768, "n_layer": 12,
                "n_head": 12, "layer_norm_epsilon": 1e-5, "initializer_range": 0.02,
            }),
            fixed: json!({
                "activation_function": "gelu_new", "scale_attn_weights": true,
                "scale_attn_by_inverse_layer_idx": false, "add_cross_attention": false,
            }),
        },
        "t5" => Layout {
            architecture: "T5EncoderModel",
            fields: &[
                "vocab_size",
                "d_model",
                "d_kv",
                "d_ff",
                "num_layers",
                "num_heads",
                "relative_attention_num_buckets",
                "relative_attention_max_distance",
                "layer_norm_epsilon",
                "feed_forward_proj",
                "initializer_factor",
            ],
            defaults: json!({
                "relative_attention_num_buckets": 32, "relative_attention_max_distance": 128,
                "layer_norm_epsilon": 1e-6, "feed_forward_proj": "relu", "initializer_factor": 1.0,
            }),
            fixed: json!({}),
        },
        "vit" => Layout {
            architecture: "ViTModel",
            fields: &[
                "hidden_size",
                "num_hidden_layers",
                "num_attention_heads",
                "intermediate_size",
                "max_position_embeddings",
                "layer_norm_eps",
                "initializer_range",
            ],
            // The official code adds 1,024 fresh positions to a ViT.
            defaults: json!({
                "layer_norm_eps": 1e-12, "initializer_range": 0.02,
                "max_position_embeddings": 1_024,
            }),
            fixed: json!({ "hidden_act": "gelu", "qkv_bias": true }),
        },
        "lstm" => Layout {
            architecture: "LNLSTM",
            fields: &[
                "hidden_size",
                "num_hidden_layers",
                "max_position_embeddings",
                "residual",
                "norm_init",
                "initial_state",
                "unbiased_variance",
                "layer_norm_eps",
            ],
            defaults: json!({}),
            fixed: json!({}),
        },
        "vanilla" => Layout {
            architecture: "Vanilla",
            fields: &[
                "hidden_size",
                "num_hidden_layers",
                "num_attention_heads",
                "intermediate_size",
                "max_position_embeddings",
                "low_rank_features",
                "layer_norm_eps",
                "initializer_range",
            ],
            defaults: json!({}),
            fixed: json!({}),
        },
        _ => return None,
    })
}

/// Fields of a model type's config, as a profile may set and a study may override them.
pub fn config_fields(model_type: &str) -> &'static [&'static str] {
    layout(model_type).map_or(&[], |layout| layout.fields)
}

/// Reads the fields this crate knows, filling in what old files leave out.
///
/// # Errors
/// A sentence on the first field that is missing, of another type, or asks for what no body here
/// computes.
pub(crate) fn from_hub(hub: &Map<String, Value>) -> Result<BodyConfig, String> {
    let types = MODEL_TYPES.join(", ");
    let model_type = match hub.get("model_type") {
        Some(Value::String(name)) => name.as_str(),
        Some(other) => return Err(format!("`model_type` is {other}; known are {types}")),
        None => return Err(format!("no `model_type`; known are {types}")),
    };
    let layout = layout(model_type)
        .ok_or_else(|| format!("unknown model_type `{model_type}`; known are {types}"))?;
    for (key, expected) in layout.fixed.as_object().into_iter().flatten() {
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
    for key in layout.fields {
        let given = hub.get(*key).filter(|value| !value.is_null());
        if let Some(value) = given.or_else(|| layout.defaults.get(*key)) {
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
    if let Some(layout) = layout(config.model_type()) {
        hub.insert("architectures".to_owned(), json!([layout.architecture]));
        hub.extend(layout.fixed.as_object().cloned().unwrap_or_default());
    }
    if matches!(config, BodyConfig::T5(_)) {
        hub.insert("is_encoder_decoder".to_owned(), json!(false));
    }
    hub
}
