//! What lies in a folder in the place of a checkpoint that can be read.

use crate::json;
use std::fs;
use std::path::Path;

const ADAPTER: &str = "adapter_config.json";
const LONGEST: u64 = 1 << 20;

/// What weights are looked for as.
const WEIGHTS: [&str; 4] = [
    "model.safetensors",
    "pytorch_model.bin",
    "model.safetensors.index.json",
    "pytorch_model.bin.index.json",
];

/// Files of other formats, by the end of their names, and the way from them to one that is read.
const OTHERS: [(&str, &str); 12] = [
    (
        "tf_model.h5",
        "holds TensorFlow's weights: convert them with transformers 4, \
         `AutoModel.from_pretrained(FOLDER, from_tf=True).save_pretrained(FOLDER)`",
    ),
    (
        ".h5",
        "is an HDF5 file of TensorFlow or Keras: convert it with transformers 4, \
         `AutoModel.from_pretrained(FOLDER, from_tf=True).save_pretrained(FOLDER)`",
    ),
    (
        ".msgpack",
        "holds Flax's weights: convert them with transformers 4, \
         `AutoModel.from_pretrained(FOLDER, from_flax=True).save_pretrained(FOLDER)`",
    ),
    (
        ".gguf",
        "is a file for llama.cpp: take the checkpoint it was made of, or convert it, \
         `AutoModel.from_pretrained(FOLDER, gguf_file=FILE).save_pretrained(FOLDER)`",
    ),
    (
        ".onnx",
        "is a graph for ONNX, which does not keep weights under their names: take the checkpoint it \
         was exported from",
    ),
    (
        ".ckpt.index",
        "belongs to a checkpoint of TensorFlow: convert it with transformers 4, \
         `AutoModel.from_pretrained(INDEX, from_tf=True, config=CONFIG).save_pretrained(FOLDER)`",
    ),
    (
        ".ckpt",
        "may be a checkpoint of Lightning: if PyTorch wrote it, name it pytorch_model.bin",
    ),
    (
        ".safetensors",
        "has another name than what is looked for: name it model.safetensors",
    ),
    (
        ".bin",
        "has another name than what is looked for: if PyTorch wrote it, name it pytorch_model.bin",
    ),
    (
        ".pt",
        "has another name than what is looked for: name it pytorch_model.bin",
    ),
    (
        ".pth",
        "has another name than what is looked for: name it pytorch_model.bin",
    ),
    (
        ".index.json",
        "names shards, but not as model.safetensors.index.json or pytorch_model.bin.index.json",
    ),
];

/// A sentence on what the folder holds, and what can be done with it, if anything is known of it.
pub(crate) fn instead(folder: &Path) -> Option<String> {
    let adapter = folder.join(ADAPTER);
    if adapter.is_file() {
        return Some(of_adapter(&adapter));
    }
    let entries = fs::read_dir(folder).ok()?.flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    // Parts of a sentence-transformer have configs, too, and no model.
    let config = |name: &String| folder.join(name).join("config.json");
    let has_config = |name: &&String| config(name).is_file();
    let is_model = |name: &&String| {
        let config = json::object(&config(name), LONGEST);
        config.is_ok_and(|config| config.contains_key("model_type"))
    };
    let with_config: Vec<&String> = names.iter().filter(has_config).collect();
    let model = with_config.iter().find(|name| is_model(name));
    if let Some(name) = model.or(with_config.first()) {
        return Some(format!(
            "its folder `{name}` has a config.json: name that one"
        ));
    }
    names.retain(|name| !is_ours(name));
    OTHERS.iter().find_map(|(end, what)| {
        let name = names.iter().find(|name| name.ends_with(end))?;
        Some(format!("`{name}` {what}"))
    })
}

/// Why a whole model is not all that a folder holds.
pub(crate) fn adapted(folder: &Path) -> Option<String> {
    let is_whole = WEIGHTS.iter().any(|name| folder.join(name).is_file());
    (is_whole && folder.join(ADAPTER).is_file()).then(|| {
        format!(
            "beside it lies {ADAPTER}, and with peft `transformers` adds that adapter to the weights: merge the two \
             (`merge_and_unload`, then `save_pretrained`), or move {ADAPTER} away to have the weights alone"
        )
    })
}

/// Whether a file of that name is looked for, or lies beside weights for another use.
fn is_ours(name: &str) -> bool {
    const BESIDE: [&str; 4] = [
        "reference.safetensors",
        "training_args.bin",
        "optimizer.pt",
        "scheduler.pt",
    ];
    let mut stems = ["model", "pytorch_model"].into_iter();
    let is_shard = stems.any(|stem| {
        let rest = name.strip_prefix(stem);
        rest.is_some_and(|rest| rest.contains("-of-"))
    });
    WEIGHTS.contains(&name) || is_shard || BESIDE.contains(&name) || name.starts_with("rng_state")
}

fn of_adapter(path: &Path) -> String {
    let config = json::object(path, LONGEST).unwrap_or_default();
    let base = config.get("base_model_name_or_path");
    let base = match base.and_then(|base| base.as_str()) {
        Some(base) => format!("`{base}`"),
        None => "another model".to_owned(),
    };
    format!(
        "the folder holds an adapter ({ADAPTER}) for {base}, without its body: name that model, or \
         merge the two (`model.merge_and_unload().save_pretrained(FOLDER)` of `peft`) and name the \
         result"
    )
}
