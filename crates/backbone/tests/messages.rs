//! What is said of a checkpoint that cannot be read: file, field or tensor, and the way out.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;

use backbone::{load, read_config, verify};
use burn::tensor::Device;
use common::{config_of, copy, fixture, message, output, read_raw, write_raw};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn layout(name: &str) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/layouts");
    tests.join(name)
}

/// Bodies with a fixture of their own fields.
const BODIES: [&str; 10] = [
    "bert",
    "roberta",
    "gpt2",
    "t5",
    "longformer",
    "vit",
    "lstm",
    "lstm-star",
    "vanilla",
    "linformer",
];

#[test]
fn a_file_that_is_another_thing_is_said_to_be_that() {
    let wide = |text: &str| -> Vec<u8> {
        let text: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [&[0xFF, 0xFE], &*text].concat()
    };
    let things: [(&str, Vec<u8>, bool); 10] = [
        ("zeros", vec![0; 4_096], true),
        (
            "git-lfs pointer",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 4\n".to_vec(),
            true,
        ),
        (
            "HTML page",
            b"\n<!DOCTYPE html>\n<html><body>404</body></html>".to_vec(),
            true,
        ),
        ("HTML page", b"<html lang=\"en\"></html>".to_vec(), true),
        (
            "gzip",
            vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3],
            true,
        ),
        ("empty", Vec::new(), true),
        ("HDF5", b"\x89HDF\r\n\x1A\n\0\0\0\0".to_vec(), true),
        ("GGUF", b"GGUF\x03\0\0\0\0\0\0\0".to_vec(), true),
        ("UTF-16", wide("{\"model_type\": \"bert\"}"), false),
        ("UTF-8", b"{\"a\": \"\xE9\"}".to_vec(), false),
    ];
    let places = [
        ("half", "config.json"),
        ("half", "model.safetensors"),
        ("pickle", "pytorch_model.bin"),
        ("sharded", "model.safetensors.index.json"),
        ("sharded", "model-00002-of-00002.safetensors"),
        ("pickle-sharded", "pytorch_model.bin.index.json"),
        ("pickle-sharded", "pytorch_model-00001-of-00002.bin"),
    ];
    for (from, file) in places {
        let folder = copy(&layout(from));
        for (what, bytes, anywhere) in &things {
            if !anywhere && !file.ends_with(".json") {
                continue;
            }
            fs::write(folder.path().join(file), bytes).unwrap();
            let said = message(folder.path());
            assert!(said.contains(file) && said.contains(what), "{file}: {said}");
        }
    }
}

#[test]
fn a_file_of_another_format_than_its_name_says_is_named() {
    let folder = copy(&layout("half"));
    let target = folder.path().join("model.safetensors");
    fs::copy(layout("pickle").join("pytorch_model.bin"), &target).unwrap();
    assert!(message(folder.path()).contains("pytorch_model.bin"));
    fs::write(&target, "Entry not found").unwrap();
    assert!(message(folder.path()).contains("Entry not found"));

    let folder = copy(&layout("pickle"));
    let target = folder.path().join("pytorch_model.bin");
    fs::copy(layout("half").join("model.safetensors"), &target).unwrap();
    assert!(message(folder.path()).contains("model.safetensors"));
    // A zip archive, and none of PyTorch's.
    fs::write(&target, b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").unwrap();
    let said = message(folder.path());
    assert!(
        said.contains("pytorch_model.bin") && said.contains("state dict"),
        "{said}"
    );
}

#[test]
fn a_file_that_was_cut_off_says_how_long_it_is_and_should_be() {
    for (from, file) in [
        ("half", "model.safetensors"),
        ("sharded", "model-00002-of-00002.safetensors"),
    ] {
        let folder = copy(&layout(from));
        let whole = fs::read(layout(from).join(file)).unwrap();
        for kept in [whole.len() - 1, whole.len() * 3 / 4] {
            fs::write(folder.path().join(file), &whole[..kept]).unwrap();
            let said = message(folder.path());
            let lengths = format!("{kept} bytes of {}", whole.len());
            assert!(said.contains(file) && said.contains(&lengths), "{said}");
        }
    }
    let folder = copy(&layout("pickle"));
    let target = folder.path().join("pytorch_model.bin");
    let whole = fs::read(&target).unwrap();
    fs::write(&target, &whole[..20_000]).unwrap();
    let said = message(folder.path());
    assert!(
        said.contains("pytorch_model.bin") && said.contains("20000 bytes"),
        "{said}"
    );
}

#[test]
fn numbers_that_are_not_finite_are_found_in_every_tensor_of_every_body() {
    for body in BODIES {
        let folder = copy(&fixture(body));
        let path = folder.path().join("model.safetensors");
        let tensors = read_raw(&path);
        for index in 0..tensors.len() {
            let mut bad = tensors.clone();
            let (tensor, last) = (&mut bad[index], tensors[index].bytes.len() - 4);
            let number = [f32::NAN, f32::INFINITY, -f32::INFINITY][index % 3];
            tensor.bytes[last..].copy_from_slice(&number.to_le_bytes());
            let name = tensor.name.clone();
            write_raw(&path, &bad);
            // Patches, class token and positions of a ViT are not in the body.
            if body == "vit" && name.starts_with("embeddings.") {
                load(folder.path(), &Device::flex()).unwrap();
                continue;
            }
            let said = message(folder.path());
            let what = if index % 3 == 0 { "NaN" } else { "infinite" };
            assert!(
                said.contains(&format!("`{name}`")) && said.contains(what),
                "{said}"
            );
        }
    }
}

#[test]
fn a_field_that_is_not_there_is_named_or_is_what_transformers_takes() {
    for body in BODIES {
        let folder = copy(&fixture(body));
        let config = config_of(folder.path());
        let fields = backbone::BodyConfig::fields(config["model_type"].as_str().unwrap());
        let write = |config: &serde_json::Map<String, Value>| {
            let text = Value::Object(config.clone()).to_string();
            fs::write(folder.path().join("config.json"), text).unwrap();
        };
        for field in fields.iter().filter(|field| config.contains_key(**field)) {
            // Without it a Linformer is a vanilla encoder, which has no use for its projections.
            if *field == "low_rank_features" {
                continue;
            }
            let mut fewer = config.clone();
            fewer.remove(*field);
            write(&fewer);
            if let Err(error) = load(folder.path(), &Device::flex()) {
                let said = error.to_string();
                assert!(said.contains(&format!("`{field}`")), "{body}: {said}");
            }
            for value in [json!("NaN"), json!(["x"]), json!(-1), json!(null)] {
                let mut other = config.clone();
                other.insert((*field).to_owned(), value.clone());
                write(&other);
                // A null of what may be left out is what it is without it.
                if let Err(error) = load(folder.path(), &Device::flex()) {
                    let said = error.to_string();
                    assert!(
                        said.contains(&format!("`{field}`")),
                        "{body}, {value}: {said}"
                    );
                } else {
                    assert!(value.is_null(), "{body}: {field} is {value}");
                }
            }
        }
    }
}

#[test]
fn a_config_is_read_past_what_editors_and_python_leave_in_it() {
    for body in BODIES {
        let folder = copy(&fixture(body));
        let path = folder.path().join("config.json");
        let expected = output(folder.path());
        let text = fs::read_to_string(&path).unwrap();
        let with = |more: &str| text.replacen('{', &format!("{{{more},"), 1);
        for text in [
            format!("\u{FEFF}{text}"),
            with(r#""some_limit": Infinity, "other": [NaN, -Infinity]"#),
            with(r#""a \" NaN": "Infinity, NaN", "b": {"c": -Infinity}"#),
            format!("\u{FEFF}{}", with(r#""x": NaN"#)),
        ] {
            fs::write(&path, text).unwrap();
            assert_eq!(output(folder.path()), expected, "{body}");
        }
        // Where the number matters, it is an error.
        let config = config_of(&fixture(body));
        let field = config
            .keys()
            .find(|key| key.starts_with("layer_norm_eps"))
            .unwrap();
        for word in ["NaN", "Infinity", "-Infinity"] {
            let mut config = config.clone();
            config.insert(field.clone(), json!("(here)"));
            let text = Value::Object(config)
                .to_string()
                .replace("\"(here)\"", word);
            fs::write(&path, text).unwrap();
            let said = message(folder.path());
            assert!(
                said.contains(&format!("`{field}`")) && said.contains(word),
                "{said}"
            );
        }
    }
}

#[test]
fn what_lies_in_the_place_of_a_checkpoint_is_named_with_a_way_out() {
    let others = [
        ("tf_model.h5", "from_tf=True"),
        ("flax_model.msgpack", "from_flax=True"),
        ("model-Q4_K_M.gguf", "gguf_file"),
        ("model.onnx", "exported from"),
        ("epoch=3-step=100.ckpt", "pytorch_model.bin"),
        ("bert_model.ckpt.index", "from_tf=True"),
        ("model.fp16.safetensors", "name it model.safetensors"),
        ("weights.pt", "name it pytorch_model.bin"),
    ];
    // Weights without a config are no other format.
    let folder = copy(&layout("sharded"));
    fs::remove_file(folder.path().join("config.json")).unwrap();
    let said = message(folder.path());
    assert!(said.ends_with("config.json: no such file"), "{said}");
    for with_config in [false, true] {
        for (file, says) in others {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(file), "x").unwrap();
            fs::write(folder.path().join("tokenizer.json"), "{}").unwrap();
            if with_config {
                let config = fixture("bert").join("config.json");
                fs::copy(config, folder.path().join("config.json")).unwrap();
            }
            let said = message(folder.path());
            assert!(said.contains(file) && said.contains(says), "{said}");
        }
        let folder = tempfile::tempdir().unwrap();
        let adapter = json!({ "base_model_name_or_path": "gpt2-xl", "r": 8, "alpha": null });
        let adapter = adapter.to_string().replace("null", "NaN");
        fs::write(folder.path().join("adapter_config.json"), adapter).unwrap();
        fs::write(folder.path().join("adapter_model.safetensors"), "x").unwrap();
        if with_config {
            let config = fixture("gpt2").join("config.json");
            fs::copy(config, folder.path().join("config.json")).unwrap();
        }
        let said = message(folder.path());
        for says in ["adapter", "`gpt2-xl`", "merge_and_unload"] {
            assert!(said.contains(says), "{said}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("checkpoint-500");
    fs::create_dir(&inner).unwrap();
    fs::copy(
        fixture("bert").join("config.json"),
        inner.join("config.json"),
    )
    .unwrap();
    assert!(message(folder.path()).contains("checkpoint-500"));
}

#[test]
fn code_of_its_own_and_quantized_weights_are_refused_and_heads_of_ones_own_are_not() {
    for body in ["bert", "roberta", "gpt2", "t5", "longformer", "vit"] {
        let folder = copy(&fixture(body));
        let config = config_of(folder.path());
        for (field, value, refused) in [
            (
                "auto_map",
                json!({ "AutoModel": "modeling_x.XModel" }),
                true,
            ),
            (
                "auto_map",
                json!({ "AutoModelForMaskedLM": "modeling_x.XHead" }),
                false,
            ),
            (
                "quantization_config",
                json!({ "quant_method": "gptq" }),
                true,
            ),
            ("quantization_config", json!(null), false),
            ("pruned_heads", json!({ "0": [1] }), true),
            ("pruned_heads", json!({}), false),
        ] {
            let mut changed = config.clone();
            changed.insert(field.to_owned(), value);
            let text = Value::Object(changed).to_string();
            fs::write(folder.path().join("config.json"), text).unwrap();
            match read_config(folder.path()) {
                Err(error) => {
                    let said = error.to_string();
                    assert!(refused && said.contains(&format!("`{field}`")), "{said}");
                }
                Ok(_) => assert!(!refused, "{body}: {field}"),
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn a_link_to_nothing_is_named() {
    let folder = copy(&layout("half"));
    let path = folder.path().join("model.safetensors");
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("../../blobs/abc", &path).unwrap();
    let said = message(folder.path());
    assert!(
        said.contains("model.safetensors") && said.contains("blobs/abc"),
        "{said}"
    );
}

/// Checkpoints after public bug reports; a clone may not have them.
#[test]
fn checkpoints_of_reports_are_read_or_say_why_not() {
    let reports = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reports/checkpoints");
    if !reports.is_dir() {
        eprintln!("skipped: no folder {}", reports.display());
        return;
    }
    for (name, says) in [
        (
            "bert-nan-weights",
            Some("`bert.encoder.layer.0.output.dense.weight` holds NaN"),
        ),
        ("whole-lfs-pointer", Some("git-lfs pointer")),
        ("cfg-nan", None),
        ("gpt2-alias-heads", None),
        ("shard-tied-in-index", None),
        ("t5-dense-act-silu", None),
    ] {
        let found = verify(&reports.join(name), &Device::flex());
        match (found, says) {
            (Ok(found), None) => assert!(found.relative < 1e-5, "{name}: {found:?}"),
            (Err(error), Some(says)) => assert!(error.to_string().contains(says), "{error}"),
            (found, _) => panic!("{name}: {found:?}"),
        }
    }
    load(&reports.join("cfg-bom"), &Device::flex()).unwrap();
    // The same weights, wrapped in two ways. The references beside them are of random weights: the
    // program that wrote them found none under these names.
    let body = |name: &str| load(&reports.join(name), &Device::flex()).unwrap().1;
    let [one, other] = ["gpt2-nested-state-dict", "prefix-compile"].map(body);
    assert_eq!(common::numbers(&one, 32), common::numbers(&other, 32));
}
