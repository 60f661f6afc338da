//! The layouts that checkpoints come in, and files that are damaged or mean harm. Fixtures:
//! scripts/golden_layouts.py.
#![allow(clippy::unwrap_used)]

mod common;

use backbone::{checkpoint_files, load, verify};
use burn::tensor::Device;
use common::{copy, fixture, message, output, read_raw, write_raw};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::fs;
use std::path::{Path, PathBuf};

fn layout(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/layouts")
        .join(name)
}

#[test]
fn shards_pickles_halves_prefixes_and_heads_give_the_same_body() {
    for name in [
        "sharded",
        "pickle",
        "pickle-old",
        "pickle-sharded",
        "pickle-training",
        "half",
        "bfloat",
        "gpt2-lm",
        "bert-lm",
        "t5-whole",
    ] {
        let found = verify(&layout(name), &Device::flex()).unwrap();
        assert!(found.relative < 1e-5, "{name}: {found:?}");
    }
}

/// What a model of `transformers` 5 calls its tensors itself: `save_pretrained` writes the names of ever, `state_dict` those.
#[test]
fn a_vit_is_read_under_the_names_that_it_has_in_memory() {
    let folder = copy(&fixture("vit"));
    let path = folder.path().join("model.safetensors");
    let mut tensors = read_raw(&path);
    for tensor in &mut tensors {
        for (here, there) in [
            ("encoder.layer.", "layers."),
            (".attention.attention.query.", ".attention.q_proj."),
            (".attention.attention.key.", ".attention.k_proj."),
            (".attention.attention.value.", ".attention.v_proj."),
            (".attention.output.dense.", ".attention.o_proj."),
            (".intermediate.dense.", ".mlp.fc1."),
            (".output.dense.", ".mlp.fc2."),
        ] {
            tensor.name = tensor.name.replace(here, there);
        }
    }
    assert!(
        tensors
            .iter()
            .any(|tensor| tensor.name.contains(".mlp.fc2."))
    );
    write_raw(&path, &tensors);
    assert_eq!(output(folder.path()), output(&fixture("vit")));
}

#[test]
fn weights_that_are_not_all_of_the_model_are_no_model() {
    let folder = copy(&fixture("gpt2"));
    fs::write(folder.path().join("adapter_config.json"), "{}").unwrap();
    let said = message(folder.path());
    assert!(
        said.contains("adapter_config.json") && said.contains("merge"),
        "{said}"
    );

    let folder = copy(&fixture("gpt2"));
    let path = folder.path().join("config.json");
    let text = fs::read_to_string(&path).unwrap();
    let named = text.replacen('{', "{\"transformers_weights\": \"other.safetensors\",", 1);
    fs::write(&path, named).unwrap();
    let said = message(folder.path());
    assert!(
        said.contains("`transformers_weights`") && said.contains("other"),
        "{said}"
    );
}

#[test]
fn the_model_inside_a_sentence_transformer_is_named_and_not_its_pooling() {
    let folder = tempfile::tempdir().unwrap();
    for (name, config) in [
        ("0_Transformer", "{\"model_type\": \"bert\"}"),
        ("1_Pooling", "{}"),
    ] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("config.json"), config).unwrap();
    }
    // Whichever the system lists first.
    fs::create_dir(folder.path().join("00_Normalize")).unwrap();
    fs::write(folder.path().join("00_Normalize/config.json"), "{}").unwrap();
    let said = message(folder.path());
    assert!(said.contains("`0_Transformer`"), "{said}");
}

/// Of two tensors that share bytes one has the other's numbers, and nothing else would tell.
#[test]
fn tensors_lie_one_behind_the_other_to_the_end_of_the_file() {
    let folder = copy(&fixture("gpt2"));
    let path = folder.path().join("model.safetensors");
    let whole = fs::read(&path).unwrap();
    let start = 8 + u64::from_le_bytes(*whole.first_chunk().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&whole[8..start]).unwrap();
    let written = |header: &serde_json::Value, behind: &[u8]| {
        let header = serde_json::to_vec(header).unwrap();
        let length = (header.len() as u64).to_le_bytes();
        fs::write(
            &path,
            [&length, &header[..], &whole[start..], behind].concat(),
        )
        .unwrap();
        backbone::load(folder.path(), &Device::flex())
    };
    assert!(written(&header, &[]).is_ok());
    let said = written(&header, &[0; 64]).unwrap_err().to_string();
    assert!(
        said.contains("damaged") && said.contains("model.safetensors"),
        "{said}"
    );
    let mut shared = header.clone();
    let other = header["h.0.attn.c_attn.weight"]["data_offsets"].clone();
    shared["h.1.attn.c_attn.weight"]["data_offsets"] = other;
    let said = written(&shared, &[]).unwrap_err().to_string();
    assert!(said.contains("damaged"), "{said}");
}

#[test]
fn two_models_in_one_file_are_an_error_that_names_both() {
    let said = message(&layout("pickle-two"));
    assert!(
        said.contains("`model.") && said.contains("`state_dict."),
        "{said}"
    );
}

#[test]
fn the_files_of_a_checkpoint_are_those_that_are_read() {
    let names = |folder: &Path| -> Vec<String> {
        let files = checkpoint_files(folder).unwrap();
        let names = files
            .iter()
            .map(|file| file.file_name().unwrap().to_str().unwrap());
        names.map(ToOwned::to_owned).collect()
    };
    assert_eq!(
        names(&layout("pickle")),
        ["config.json", "pytorch_model.bin"]
    );
    let sharded = [
        "config.json",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
    ];
    assert_eq!(names(&layout("sharded")), sharded);
    // Of two kinds of weights, those that are read.
    let both = copy(&layout("pickle"));
    fs::copy(
        layout("half").join("model.safetensors"),
        both.path().join("model.safetensors"),
    )
    .unwrap();
    assert_eq!(names(both.path()), ["config.json", "model.safetensors"]);
}

#[test]
fn a_pickle_is_read_as_data() {
    let said = message(&layout("hostile"));
    assert!(said.contains("pytorch_model.bin"), "{said}");
    for folder in [layout("hostile"), PathBuf::from(".")] {
        assert!(!folder.join("executed").exists());
    }
}

#[test]
fn a_checkpoint_that_does_not_fit_is_an_error_that_names_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    assert!(message(path).contains("config.json"));

    let config = fs::read_to_string(fixture("gpt2").join("config.json")).unwrap();
    let write = |text: &str| fs::write(path.join("config.json"), text).unwrap();
    for (from, to, says) in [
        ("\"gpt2\"", "\"gpt9\"", "gpt9"),
        ("\"gpt2\"", "7", "model_type"),
        ("\"n_head\": 4", "\"n_head\": 5", "n_head"),
        ("\"n_embd\": 16", "\"n_embd\": 16000000", "n_embd"),
        ("\"n_embd\": 16", "\"n_embd\": -16", "n_embd"),
        ("\"n_layer\": 2", "\"n_layer\": \"two\"", "two"),
        ("\"gelu_new\"", "\"gelu_old\"", "activation_function"),
        (
            "\"scale_attn_weights\": true",
            "\"scale_attn_weights\": false",
            "scale_attn_weights",
        ),
        ("{", "", "line"),
    ] {
        let changed = config.replacen(from, to, 1);
        assert_ne!(changed, config, "{from}");
        write(&changed);
        let said = message(path);
        assert!(
            said.contains(says) && said.contains("config.json"),
            "{said}"
        );
    }
    write(&config);
    assert!(message(path).contains("model.safetensors"));

    let weights = fs::read(fixture("gpt2").join("model.safetensors")).unwrap();
    let target = path.join("model.safetensors");
    fs::write(&target, &weights[..weights.len() / 2]).unwrap();
    assert!(message(path).contains("model.safetensors"));
    let mut huge = weights.clone();
    huge[..8].copy_from_slice(&(1_u64 << 60).to_le_bytes());
    fs::write(&target, &huge).unwrap();
    assert!(message(path).contains("model.safetensors"));
    fs::write(&target, &weights).unwrap();
    for (from, to, says) in [
        ("\"n_layer\": 2", "\"n_layer\": 3", "h.2."),
        ("\"n_layer\": 2", "\"n_layer\": 1", "h.1."),
        ("\"n_positions\": 12", "\"n_positions\": 13", "wpe"),
    ] {
        write(&config.replace(from, to));
        let said = message(path);
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn an_index_and_its_shards_have_to_agree() {
    let folder = copy(&layout("sharded"));
    let index = folder.path().join("model.safetensors.index.json");
    let text = fs::read_to_string(&index).unwrap();
    let first = "model-00001-of-00002.safetensors";
    let changes: [(&str, &str, &str); 5] = [
        (first, "../../secrets", "expected a file of this folder"),
        (first, "model-00009-of-00002.safetensors", "00009"),
        ("\"wte.weight\"", "\"wte.other\"", "`wte.other`"),
        (
            "\"weight_map\": {",
            "\"weight_map\": {\"h.0.x\": 7, ",
            "h.0.x",
        ),
        ("\"weight_map\"", "\"weights\"", "weight_map"),
    ];
    for (from, to, says) in changes {
        fs::write(&index, text.replace(from, to)).unwrap();
        let said = message(folder.path());
        assert!(said.contains(says), "{said}");
    }
    fs::write(&index, &text).unwrap();
    fs::remove_file(folder.path().join(first)).unwrap();
    let said = message(folder.path());
    assert!(said.contains(first), "{said}");
}

/// What is done to a file: bytes overwritten, a piece cut out, the end cut off.
#[derive(Clone, Debug)]
enum Damage {
    Overwrite(Vec<(prop::sample::Index, u8)>),
    Number(prop::sample::Index, u64),
    Cut(prop::sample::Index, prop::sample::Index),
    Truncate(prop::sample::Index),
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>, within: usize) {
        let within = within.min(bytes.len());
        match self {
            Self::Overwrite(places) => {
                for (place, byte) in places {
                    bytes[place.index(within)] = *byte;
                }
            }
            Self::Number(place, number) => {
                let start = place.index(within);
                let end = (start + 8).min(bytes.len());
                bytes[start..end].copy_from_slice(&number.to_le_bytes()[..end - start]);
            }
            Self::Cut(from, to) => {
                let (from, to) = (from.index(within), to.index(within));
                bytes.drain(from.min(to)..from.max(to));
            }
            Self::Truncate(place) => bytes.truncate(place.index(bytes.len())),
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let places = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6);
    let number = prop_oneof![
        Just(u64::MAX),
        Just(1 << 62),
        Just(1 << 31),
        Just(0),
        any::<u64>()
    ];
    prop_oneof![
        4 => places.prop_map(Damage::Overwrite),
        1 => (any::<prop::sample::Index>(), number).prop_map(|(at, number)| Damage::Number(at, number)),
        1 => (any::<prop::sample::Index>(), any::<prop::sample::Index>())
            .prop_map(|(from, to)| Damage::Cut(from, to)),
        1 => any::<prop::sample::Index>().prop_map(Damage::Truncate),
    ]
}

/// The files that are damaged: where it hurts most is in front, in the headers.
const FILES: [(&str, &str, usize); 6] = [
    ("half", "model.safetensors", 2_000),
    ("half", "config.json", usize::MAX),
    ("pickle", "pytorch_model.bin", 4_000),
    ("pickle", "pytorch_model.bin", usize::MAX),
    ("pickle-old", "pytorch_model.bin", 4_000),
    ("sharded", "model.safetensors.index.json", usize::MAX),
];

/// A longer run: `FPT_FUZZ=1000000 cargo test --release -p backbone --test layouts damaged`.
#[test]
fn damaged_files_are_errors_or_bodies_never_a_panic_and_never_huge() {
    let cases = std::env::var("FPT_FUZZ").map_or(10_000, |cases| cases.parse().unwrap());
    let folders = FILES.map(|(name, _, _)| copy(&layout(name)));
    let whole = FILES.map(|(name, file, _)| fs::read(layout(name).join(file)).unwrap());
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    });
    let result = runner.run(&(0..FILES.len(), damage()), |(which, damage)| {
        let (_, file, within) = FILES[which];
        let mut bytes = whole[which].clone();
        damage.apply(&mut bytes, within);
        let folder = folders[which].path();
        fs::write(folder.join(file), &bytes).unwrap();
        if let Err(error) = load(folder, &Device::flex()) {
            prop_assert!(error.to_string().len() < 2_000, "{error}");
        }
        Ok(())
    });
    result.unwrap();
    if let Some(peak) = peak_memory() {
        assert!(peak < 512 << 20, "{} MiB for files of 30 kB", peak >> 20);
    }
}

/// Most memory this process has held, in bytes, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes = line.split_whitespace().nth(1)?;
    kilobytes.parse::<u64>().ok().map(|peak| peak << 10)
}
