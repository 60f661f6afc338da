//! Checkpoints that were saved as part of something else, or with something else beside them.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Raw, copy, fixture, message, output, read_raw, write_raw};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;

/// A body, what models with a head call it, a tensor of it, and a head.
const BODIES: [(&str, &str, &str, &str); 6] = [
    (
        "bert",
        "bert.",
        "encoder.layer.1.output.dense.weight",
        "cls.predictions.bias",
    ),
    (
        "roberta",
        "roberta.",
        "encoder.layer.1.output.dense.weight",
        "lm_head.bias",
    ),
    (
        "longformer",
        "longformer.",
        "encoder.layer.1.output.dense.weight",
        "lm_head.bias",
    ),
    (
        "gpt2",
        "transformer.",
        "h.1.mlp.c_fc.weight",
        "lm_head.weight",
    ),
    (
        "vit",
        "vit.",
        "encoder.layer.1.output.dense.weight",
        "classifier.weight",
    ),
    (
        "t5",
        "",
        "encoder.block.1.layer.1.DenseReluDense.wo.weight",
        "lm_head.weight",
    ),
];

const WRAPPERS: [&str; 5] = [
    "module.",
    "_orig_mod.",
    "model.",
    "state_dict.",
    "model_state_dict.",
];

/// Writes tensors in the place of a folder's weights.
fn rewrite(folder: &Path, tensors: &[Raw]) {
    write_raw(&folder.join("model.safetensors"), tensors);
}

fn renamed(tensors: &[Raw], how: impl Fn(&str) -> String) -> Vec<Raw> {
    let tensors = tensors.iter().cloned();
    tensors
        .map(|tensor| Raw {
            name: how(&tensor.name),
            ..tensor
        })
        .collect()
}

#[test]
fn wrapped_names_are_unwrapped_however_they_are_nested() {
    let mut fronts: Vec<String> = WRAPPERS.map(ToOwned::to_owned).to_vec();
    for outer in WRAPPERS {
        for inner in WRAPPERS {
            fronts.push(format!("{outer}{inner}"));
            fronts.push(format!("{outer}{inner}module._orig_mod."));
        }
    }
    for (body, own, _, _) in BODIES {
        let folder = copy(&fixture(body));
        let expected = output(folder.path());
        let tensors = read_raw(&folder.path().join("model.safetensors"));
        for front in &fronts {
            for own in ["", own] {
                rewrite(
                    folder.path(),
                    &renamed(&tensors, |name| format!("{front}{own}{name}")),
                );
                assert_eq!(output(folder.path()), expected, "{body}: {front}{own}");
            }
        }
        // Around a part of the model: each layer compiled, sharded, recomputed.
        for within in [
            "_orig_mod",
            "_fsdp_wrapped_module",
            "_checkpoint_wrapped_module",
            "_forward_module",
            "module",
        ] {
            let inside = renamed(&tensors, |name| {
                let name = name.replace(".1.", &format!(".1.{within}."));
                format!("{own}{within}.{name}")
            });
            rewrite(folder.path(), &inside);
            assert_eq!(output(folder.path()), expected, "{body}: {within}");
        }
    }
}

#[test]
fn two_tensors_for_one_name_are_an_error_that_names_both() {
    for (body, own, tensor, _) in BODIES {
        let folder = copy(&fixture(body));
        let tensors = read_raw(&folder.path().join("model.safetensors"));
        let known = tensors.iter().find(|there| there.name == tensor).unwrap();
        for front in WRAPPERS.iter().chain([&"model.module."]) {
            let twin = format!("{front}{own}{tensor}");
            let mut two = tensors.clone();
            two.push(Raw {
                name: twin.clone(),
                ..known.clone()
            });
            rewrite(folder.path(), &two);
            let said = message(folder.path());
            assert!(
                said.contains(&format!("`{tensor}`")) && said.contains(&format!("`{twin}`")),
                "{body}: {said}"
            );
        }
    }
}

#[test]
fn two_tensors_of_one_name_in_a_header_are_an_error() {
    let folder = copy(&fixture("bert"));
    let path = folder.path().join("model.safetensors");
    let whole = fs::read(&path).unwrap();
    let from = b"encoder.layer.1.attention.self.query.weight";
    let by = b"encoder.layer.0.attention.self.query.weight";
    let at = whole
        .windows(from.len())
        .position(|bytes| bytes == from)
        .unwrap();
    let mut twice = whole;
    twice[at..at + by.len()].copy_from_slice(by);
    fs::write(&path, twice).unwrap();
    let said = message(folder.path());
    let name = String::from_utf8_lossy(by);
    assert!(
        said.contains("two tensors") && said.contains(&*name),
        "{said}"
    );
}

#[test]
fn heads_stop_nothing_whatever_their_type_and_their_numbers() {
    let kinds = [
        ("I8", 1),
        ("U8", 1),
        ("BOOL", 1),
        ("F8_E4M3", 1),
        ("F8_E5M2", 1),
        ("F8_E8M0", 1),
        ("I16", 2),
        ("U16", 2),
        ("F16", 2),
        ("BF16", 2),
        ("I32", 4),
        ("U32", 4),
        ("F64", 8),
        ("I64", 8),
        ("U64", 8),
        ("C64", 8),
        ("F4", 1),
    ];
    for (body, own, _, head) in BODIES {
        let folder = copy(&fixture(body));
        let expected = output(folder.path());
        let tensors = read_raw(&folder.path().join("model.safetensors"));
        for (kind, size) in kinds {
            let mut with_head = tensors.clone();
            with_head.push(Raw::zeros(head, kind, size));
            rewrite(folder.path(), &with_head);
            assert_eq!(output(folder.path()), expected, "{body}: {kind}");
        }
        let mut nan = Raw::zeros(head, "F32", 4);
        nan.bytes.fill(0xFF);
        rewrite(folder.path(), &[&*tensors, &[nan]].concat());
        assert_eq!(output(folder.path()), expected, "{body}: NaN in a head");
        // Beside the body, outside of what the file calls it, a head may have any name.
        for front in [own, "model.bert.", "module."]
            .into_iter()
            .filter(|front| !front.is_empty())
        {
            let mut beside = renamed(&tensors, |name| format!("{front}{name}"));
            beside.push(Raw::zeros("my_regressor.weight", "F32", 4));
            beside.push(Raw::zeros("optimizer.state.0.exp_avg", "F32", 4));
            if own == front || body == "bert" {
                rewrite(folder.path(), &beside);
                assert_eq!(output(folder.path()), expected, "{body}: {front}");
            }
        }
    }
}

#[test]
fn what_belongs_to_the_body_and_is_not_known_is_an_error_wherever_the_body_lies() {
    for (body, own, _, _) in BODIES {
        let folder = copy(&fixture(body));
        let tensors = read_raw(&folder.path().join("model.safetensors"));
        for front in [own, "module.", "model.module."] {
            let mut more = renamed(&tensors, |name| format!("{front}{name}"));
            let extra = format!("{front}my_extra.norm.weight");
            more.push(Raw::zeros(&extra, "F32", 4));
            rewrite(folder.path(), &more);
            let said = message(folder.path());
            assert!(said.contains(&format!("`{extra}`")), "{body}: {said}");
        }
        let mut adapted = tensors.clone();
        adapted.push(Raw::zeros(
            "encoder.layer.0.attention.self.query.lora_A.weight",
            "F32",
            4,
        ));
        rewrite(folder.path(), &adapted);
        assert!(
            message(folder.path()).contains("merge_and_unload"),
            "{body}"
        );
    }
}

#[test]
fn tensors_of_a_body_are_floats_of_any_size() {
    for (body, _, tensor, _) in BODIES {
        let folder = copy(&fixture(body));
        let expected = output(folder.path());
        let tensors = read_raw(&folder.path().join("model.safetensors"));
        let wide = tensors.iter().cloned().map(|mut tensor| {
            let numbers = tensor.bytes.chunks_exact(4);
            let numbers = numbers.map(|x| f64::from(f32::from_le_bytes(x.try_into().unwrap())));
            tensor.bytes = numbers.flat_map(f64::to_le_bytes).collect();
            tensor.kind = "F64".to_owned();
            tensor
        });
        rewrite(folder.path(), &wide.collect::<Vec<_>>());
        assert_eq!(output(folder.path()), expected, "{body}");
        for (kind, size) in [("I8", 1), ("I32", 4), ("F8_E4M3", 1), ("BOOL", 1)] {
            let narrow = tensors.iter().cloned().map(|mut there| {
                if there.name == tensor {
                    kind.clone_into(&mut there.kind);
                    there.bytes = vec![0; there.shape.iter().product::<usize>() * size];
                }
                there
            });
            rewrite(folder.path(), &narrow.collect::<Vec<_>>());
            let said = message(folder.path());
            assert!(
                said.contains(tensor) && said.contains(kind),
                "{body}: {said}"
            );
        }
    }
}

#[test]
fn an_index_and_its_shards_may_disagree_on_what_the_body_has_no_use_for() {
    for (body, _, tensor, head) in BODIES {
        let folder = copy(&fixture(body));
        let path = folder.path();
        let expected = output(path);
        let tensors = read_raw(&path.join("model.safetensors"));
        fs::remove_file(path.join("model.safetensors")).unwrap();
        let (first, second) = tensors.split_at(tensors.len() / 2);
        let (a, b) = (
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
        );
        let map = |first: &[Raw], second: &[Raw], more: &[(&str, &str)]| {
            let mut map = Map::new();
            for (tensors, file) in [(first, a), (second, b)] {
                map.extend(
                    tensors
                        .iter()
                        .map(|tensor| (tensor.name.clone(), file.into())),
                );
            }
            map.extend(
                more.iter()
                    .map(|(name, file)| ((*name).to_owned(), (*file).into())),
            );
            map
        };
        let index = |map: Map<String, Value>| {
            let text = json!({ "metadata": { "total_size": null }, "weight_map": map });
            let text = text.to_string().replace("null", "NaN");
            fs::write(path.join("model.safetensors.index.json"), text).unwrap();
        };
        let shards = |first: &[Raw], second: &[Raw]| {
            write_raw(&path.join(a), first);
            write_raw(&path.join(b), second);
        };
        // A head in the index and in no shard; in a shard and not in the index.
        shards(first, second);
        index(map(first, second, &[(head, b)]));
        assert_eq!(output(path), expected, "{body}");
        shards(first, &[second, &[Raw::zeros(head, "I8", 1)]].concat());
        index(map(first, second, &[]));
        assert_eq!(output(path), expected, "{body}");
        // Files of this folder, said to be so.
        let dotted = map(first, second, &[]).into_iter().map(|(name, file)| {
            let file = format!("./{}", file.as_str().unwrap());
            (name, file.into())
        });
        index(dotted.collect());
        assert_eq!(output(path), expected, "{body}");
        let named = backbone::shards(&path.join("model.safetensors.index.json")).unwrap();
        assert_eq!(named.into_iter().collect::<Vec<_>>(), [a, b]);
        // A tensor of the body that no shard has, that another has, that both have.
        index(map(
            first,
            second,
            &[("encoder.layer.7.odd", a), ("h.7.odd", a)],
        ));
        let said = message(path);
        assert!(said.contains("7.odd") && said.contains(a), "{body}: {said}");
        index(map(second, first, &[]));
        assert_eq!(output(path), expected, "{body}");
        index(map(first, second, &[]));
        let of_body = first.last().unwrap();
        shards(first, &[second, std::slice::from_ref(of_body)].concat());
        let said = message(path);
        assert!(
            said.contains("two shards") && said.contains(&of_body.name),
            "{body}: {said}"
        );
        let lost = |tensors: &[Raw]| -> Vec<Raw> {
            let kept = tensors.iter().filter(|there| there.name != tensor);
            kept.cloned().collect()
        };
        shards(&lost(first), &lost(second));
        let said = message(path);
        assert!(
            said.contains(tensor) && said.contains("tensors: `"),
            "{body}: {said}"
        );
    }
}
