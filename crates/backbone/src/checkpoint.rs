//! Checkpoint folders in the hub's layout: `config.json` and `model.safetensors`. One loader serves
//! bodies trained here and bodies from the hub.

use crate::body::Body;
use crate::config::BodyConfig;
use crate::error::BackboneError;
use crate::init::Init;
use burn::module::Module;
use burn::tensor::{DType, Device};
use burn_store::{
    ApplyResult, BurnToPyTorchAdapter, FloatCastAdapter, ModuleAdapter, ModuleSnapshot,
    PyTorchToBurnAdapter, SafetensorsStore,
};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;

const CONFIG: &str = "config.json";
const WEIGHTS: &str = "model.safetensors";

/// The body's config from a checkpoint folder.
///
/// # Errors
/// When `config.json` is missing, not JSON, of an unknown model type, or lacks a field.
pub fn read_config(folder: &Path) -> Result<BodyConfig, BackboneError> {
    let path = folder.join(CONFIG);
    let text = fs::read_to_string(&path).map_err(|source| BackboneError::Io {
        path: path.clone(),
        source,
    })?;
    let problem = |problem: String| BackboneError::ConfigFile {
        path: path.clone(),
        problem,
    };
    let hub: Map<String, Value> =
        serde_json::from_str(&text).map_err(|error| problem(error.to_string()))?;
    let config = from_hub(&hub).map_err(problem)?;
    config.check()?;
    Ok(config)
}

/// The body in a checkpoint folder, with its config.
///
/// Every tensor of the file is used or known to be unused, and every parameter of the body is
/// read; positions of a ViT stay fresh, as in the official code.
///
/// # Errors
/// Naming the file and the tensor that is missing, unknown or of another shape.
pub fn load(folder: &Path, device: &Device) -> Result<(BodyConfig, Body), BackboneError> {
    let config = read_config(folder)?;
    let path = folder.join(WEIGHTS);
    if !path.is_file() {
        let problem = "no such file; a checkpoint folder holds config.json and model.safetensors";
        return Err(BackboneError::Weights {
            path,
            problem: problem.to_owned(),
        });
    }
    let mut body = Body::random(&config, &mut Init::shapes(device))?;
    let mut store = SafetensorsStore::from_file(&path)
        .allow_partial(true)
        .validate(false);
    let to_f32 = FloatCastAdapter::to(DType::F32);
    let result = match &mut body {
        Body::Bert(body) => {
            store = store
                .with_key_remapping(r"^bert\.", "")
                .with_key_remapping(r"\.self\.", ".attention.")
                .with_key_remapping(r"\.LayerNorm\.", ".layer_norm.")
                .with_key_remapping(r"\.gamma$", ".weight")
                .with_key_remapping(r"\.beta$", ".bias")
                .with_from_adapter(PyTorchToBurnAdapter.chain(to_f32));
            body.load_from(&mut store)
        }
        Body::Gpt2(body) => {
            store = store
                .with_key_remapping(r"^transformer\.", "")
                .with_from_adapter(to_f32);
            body.load_from(&mut store)
        }
        Body::T5(body) => {
            store = store
                .with_key_remapping(r"^encoder\.", "")
                .with_key_remapping(r"\.layer\.0\.", ".attention.")
                .with_key_remapping(r"\.layer\.1\.", ".feed_forward.")
                .with_key_remapping(r"\.(SelfAttention|DenseReluDense)\.", ".")
                .with_key_remapping(r"^block\.0\.attention\.relative_", "relative_")
                .with_from_adapter(PyTorchToBurnAdapter.chain(to_f32));
            body.load_from(&mut store)
        }
        Body::Vit(body) => {
            store = store
                .with_key_remapping(r"^vit\.", "")
                // A fresh table is used; what the checkpoint has under that name is left alone.
                .with_key_remapping(r"^embeddings\.", "unused.")
                .with_from_adapter(PyTorchToBurnAdapter.chain(to_f32));
            body.load_from(&mut store)
        }
    };
    let problem = match result {
        Ok(result) => complete(&result).err(),
        Err(error) => Some(error.to_string()),
    };
    match problem {
        Some(problem) => Err(BackboneError::Weights { path, problem }),
        None => Ok((config, body)),
    }
}

/// Writes a body as a checkpoint folder that `transformers` reads, too.
///
/// # Errors
/// When a file cannot be written.
pub fn save(config: &BodyConfig, body: &Body, folder: &Path) -> Result<(), BackboneError> {
    fs::create_dir_all(folder).map_err(|source| BackboneError::Io {
        path: folder.to_owned(),
        source,
    })?;
    let path = folder.join(WEIGHTS);
    let mut store = SafetensorsStore::from_file(&path)
        .overwrite(true)
        .skip_enum_variants(true)
        .metadata("format", "pt");
    let saved = match body.valid() {
        Body::Bert(body) => {
            store = store
                .with_key_remapping(r"\.attention\.attention\.", ".attention.self.")
                .with_key_remapping(r"\.layer_norm\.", ".LayerNorm.")
                .with_to_adapter(BurnToPyTorchAdapter);
            body.save_into(&mut store)
        }
        Body::Gpt2(body) => body.save_into(&mut store),
        Body::T5(body) => {
            store = store
                .with_key_remapping(r"\.attention\.([qkvo])\.", ".attention.SelfAttention.$1.")
                .with_key_remapping(r"\.(wi|wi_0|wi_1|wo)\.", ".DenseReluDense.$1.")
                .with_key_remapping(r"^relative_", "block.0.attention.SelfAttention.relative_")
                .with_key_remapping(r"\.attention\.", ".layer.0.")
                .with_key_remapping(r"\.feed_forward\.", ".layer.1.")
                .with_key_remapping(r"^(block|final)", "encoder.$1")
                .with_to_adapter(BurnToPyTorchAdapter);
            body.save_into(&mut store)
        }
        Body::Vit(body) => {
            store = store.with_to_adapter(BurnToPyTorchAdapter);
            body.save_into(&mut store)
        }
    };
    saved.map_err(|error| BackboneError::Weights {
        path,
        problem: error.to_string(),
    })?;
    let path = folder.join(CONFIG);
    let text = format!("{:#}\n", Value::Object(to_hub(config)));
    fs::write(&path, text).map_err(|source| BackboneError::Io { path, source })
}

/// Checks that a load left nothing out, but for what is known to be unused.
fn complete(result: &ApplyResult) -> Result<(), String> {
    if let Some(error) = result.errors.first() {
        return Err(error.to_string());
    }
    let fresh = |name: &str| name == "embeddings.position_embeddings";
    if let Some((name, _)) = result.missing.iter().find(|(name, _)| !fresh(name)) {
        return Err(format!("tensor `{name}` of the model is not in the file"));
    }
    match result.unused.iter().find(|name| !is_known_unused(name)) {
        Some(name) => Err(format!(
            "tensor `{name}` in the file belongs to no part of the model"
        )),
        None => Ok(()),
    }
}

/// Tensors of hub files that a body has no use for: causal masks and position numbers kept as
/// buffers, heads, pooler, class token and patch embedding.
fn is_known_unused(name: &str) -> bool {
    let mask = name.starts_with("h.")
        && (name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias"));
    mask || [
        "lm_head.",
        "classifier.",
        "cls.",
        "decoder.",
        "embed_tokens.",
        "pooler.",
        "embeddings.position_ids",
        "unused.",
    ]
    .iter()
    .any(|p| name.starts_with(p))
}

/// Reads the fields this crate knows from a hub config, filling in what old files leave out.
fn from_hub(hub: &Map<String, Value>) -> Result<BodyConfig, String> {
    let model_type = hub
        .get("model_type")
        .and_then(Value::as_str)
        .unwrap_or("none");
    let (known, defaults): (&[&str], Value) = match model_type {
        "bert" => (
            &[
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
            json!({ "type_vocab_size": 2, "layer_norm_eps": 1e-12, "initializer_range": 0.02 }),
        ),
        "gpt2" => (
            &[
                "vocab_size",
                "n_positions",
                "n_embd",
                "n_layer",
                "n_head",
                "n_inner",
                "layer_norm_epsilon",
                "initializer_range",
            ],
            json!({ "layer_norm_epsilon": 1e-5, "initializer_range": 0.02 }),
        ),
        "t5" => (
            &[
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
            json!({
                "relative_attention_num_buckets": 32, "relative_attention_max_distance": 128,
                "layer_norm_epsilon": 1e-6, "feed_forward_proj": "relu", "initializer_factor": 1.0,
            }),
        ),
        "vit" => (
            &[
                "hidden_size",
                "num_hidden_layers",
                "num_attention_heads",
                "intermediate_size",
                "max_position_embeddings",
                "layer_norm_eps",
                "initializer_range",
            ],
            // The official code adds 1,024 fresh positions to a ViT.
            json!({
                "layer_norm_eps": 1e-12, "initializer_range": 0.02,
                "max_position_embeddings": 1024,
            }),
        ),
        other => {
            let types = crate::config::MODEL_TYPES.join(", ");
            return Err(format!("unknown model_type `{other}`; known are {types}"));
        }
    };
    let expected = if model_type == "gpt2" {
        "gelu_new"
    } else {
        "gelu"
    };
    for key in ["activation_function", "hidden_act"] {
        match hub.get(key).and_then(Value::as_str) {
            Some(found) if found != expected => {
                return Err(format!(
                    "`{key}` is `{found}`; this body computes `{expected}`"
                ));
            }
            _ => {}
        }
    }
    let mut fields = Map::new();
    fields.insert("model_type".to_owned(), model_type.into());
    for key in known {
        match hub.get(*key).or_else(|| defaults.get(*key)) {
            Some(Value::Null) | None => {}
            Some(value) => {
                fields.insert((*key).to_owned(), value.clone());
            }
        }
    }
    serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())
}

/// The config as `transformers` expects it.
fn to_hub(config: &BodyConfig) -> Map<String, Value> {
    let plain = serde_json::to_value(config).expect("a config is plain data");
    let mut hub = plain.as_object().cloned().unwrap_or_default();
    let (architecture, key, value) = match config {
        BodyConfig::Bert(_) => ("BertModel", "hidden_act", json!("gelu")),
        BodyConfig::Gpt2(_) => ("GPT2Model", "activation_function", json!("gelu_new")),
        BodyConfig::T5(_) => ("T5EncoderModel", "is_encoder_decoder", json!(false)),
        BodyConfig::Vit(_) => ("ViTModel", "hidden_act", json!("gelu")),
    };
    hub.insert("architectures".to_owned(), json!([architecture]));
    hub.insert(key.to_owned(), value);
    hub
}
