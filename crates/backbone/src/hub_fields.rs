//! Fields of `config.json` that say the same of every kind of model.

use serde_json::{Map, Value};

/// Fields that any config may have and that change nothing that a body computes from hidden states:
/// names and versions; how weights are kept, not what they are; what outputs are asked for; heads and
/// their labels; how text is generated; tokens. Dropout is the recipe's, here.
const IDLE: &[&str] = &[
    "model_type",
    "architectures",
    "transformers_version",
    "_name_or_path",
    "name_or_path",
    "_commit_hash",
    "dtype",
    "torch_dtype",
    "use_bfloat16",
    "attn_implementation",
    "_attn_implementation",
    "_attn_implementation_autoset",
    "experts_implementation",
    "gradient_checkpointing",
    "chunk_size_feed_forward",
    "torchscript",
    "return_dict",
    "use_return_dict",
    "output_attentions",
    "output_hidden_states",
    "output_past",
    "use_cache",
    "is_encoder_decoder",
    "tie_word_embeddings",
    "tie_encoder_decoder",
    "cross_attention_hidden_size",
    "finetuning_task",
    "id2label",
    "label2id",
    "num_labels",
    "_num_labels",
    "problem_type",
    "task_specific_params",
    "tf_legacy_loss",
    "tokenizer_class",
    "prefix",
    "bos_token_id",
    "pad_token_id",
    "eos_token_id",
    "sep_token_id",
    "decoder_start_token_id",
    "max_length",
    "min_length",
    "do_sample",
    "early_stopping",
    "num_beams",
    "num_beam_groups",
    "diversity_penalty",
    "temperature",
    "top_k",
    "top_p",
    "typical_p",
    "repetition_penalty",
    "length_penalty",
    "no_repeat_ngram_size",
    "encoder_no_repeat_ngram_size",
    "bad_words_ids",
    "num_return_sequences",
    "output_scores",
    "return_dict_in_generate",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "remove_invalid_values",
    "exponential_decay_length_penalty",
    "suppress_tokens",
    "begin_suppress_tokens",
];

/// Fields that are refused when they say something.
const REFUSED: &[(&str, &str)] = &[
    (
        "transformers_weights",
        "it names the file that `transformers` reads in place of model.safetensors, which is not done here: give \
         that file this name, and take the field out",
    ),
    (
        "pruned_heads",
        "heads were taken out of its layers, which no body here knows: take the checkpoint from \
         before that",
    ),
    (
        "quantization_config",
        "its weights are quantized: write plain ones (`model.dequantize()`, then \
         `save_pretrained`), or take the checkpoint they were made of",
    ),
    (
        "compression_config",
        "its weights are compressed: take the checkpoint they were made of",
    ),
];

/// Refuses what no body here computes, whatever its kind.
///
/// # Errors
/// A sentence with the field, its value, and a way out.
pub(crate) fn refuse(hub: &Map<String, Value>) -> Result<(), String> {
    for (key, why) in REFUSED {
        let says = |value: &&Value| match value {
            Value::Null => false,
            Value::Object(map) => !map.is_empty(),
            Value::Array(list) => !list.is_empty(),
            _ => true,
        };
        if let Some(value) = hub.get(*key).filter(says) {
            return Err(format!("`{key}` is {}: {why}", shown(value)));
        }
    }
    // Heads of one's own leave the body as it is; a model of one's own need not.
    match hub.get("auto_map").and_then(|map| map.get("AutoModel")) {
        Some(code) => Err(format!(
            "`auto_map` names code of its own for the model ({}), which is not run here: if that \
             computes what `transformers` itself does for this model_type, remove `auto_map`",
            shown(code)
        )),
        None => Ok(()),
    }
}

/// Whether a field is known to mean the same for every kind of model.
pub(crate) fn is_known(key: &str) -> bool {
    key == "auto_map" || IDLE.contains(&key) || REFUSED.iter().any(|(name, _)| *name == key)
}

/// A value, not longer than a line.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 80;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
