//! Bodies against `transformers`, number for number. Fixtures: scripts/golden_bodies.py.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use backbone::{Body, Noise, load, save};
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use burn_store::{ModuleSnapshot, SafetensorsStore};
use std::path::{Path, PathBuf};

/// Largest error over the reference's root mean square.
const TOLERANCE: f32 = 1e-5;

#[derive(Module, Debug)]
struct Pair {
    inputs_embeds: Param<Tensor<3>>,
    last_hidden_state: Param<Tensor<3>>,
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// The two tensors `inputs_embeds` and `last_hidden_state`, with a suffix, from a reference file.
fn reference(folder: &Path, suffix: &str, shape: [usize; 3]) -> (Tensor<3>, Tensor<3>) {
    let device = Device::flex();
    let empty = || Param::from_tensor(Tensor::<3>::zeros(shape, &device));
    let mut pair = Pair {
        inputs_embeds: empty(),
        last_hidden_state: empty(),
    };
    let mut store = SafetensorsStore::from_file(folder.join("reference.safetensors"))
        .with_key_remapping(format!(r"^(\w+){suffix}$"), "$1")
        .allow_partial(true);
    let result = pair.load_from(&mut store).unwrap();
    assert_eq!(result.applied.len(), 2, "{result:?}");
    (pair.inputs_embeds.val(), pair.last_hidden_state.val())
}

/// Largest error of the blocks and final norm, without the ViT's positions, which the fixture lacks.
fn error(body: &Body, inputs: Tensor<3>, expected: Tensor<3>) -> f32 {
    let output = body.forward(inputs, &mut Noise::off());
    let rms = (expected.clone() * expected.clone())
        .mean()
        .sqrt()
        .into_scalar::<f32>();
    (output - expected).abs().max().into_scalar::<f32>() / rms
}

#[test]
fn tiny_bodies_compute_what_transformers_computes() {
    for model in ["bert", "gpt2", "t5", "t5-gated", "vit"] {
        let folder = fixture(model);
        let (_, body) = load(&folder, &Device::flex()).unwrap();
        for length in [1, 7, 12] {
            let (inputs, expected) = reference(&folder, &format!("\\.{length}"), [2, length, 16]);
            let error = error(&body, inputs, expected);
            assert!(
                error < TOLERANCE,
                "{model}, {length} tokens: relative error {error}"
            );
        }
    }
}

#[test]
fn a_real_vit_in_half_precision_computes_what_transformers_computes() {
    real("vit-small-patch14");
}

#[test]
fn a_real_t5_encoder_in_half_precision_computes_what_transformers_computes() {
    real("t5-small-encoder");
}

/// A checkpoint that a clone may not have, against its reference.
fn real(name: &str) {
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/weights");
    let folder = weights.join(name);
    if !folder.is_dir() {
        eprintln!("skipped: no checkpoint at {}", folder.display());
        return;
    }
    let (_, body) = load(&folder, &Device::flex()).unwrap();
    let tokens = reference_shape(&folder.join("reference.safetensors"));
    let (inputs, expected) = reference(&folder, "", tokens);
    let error = error(&body, inputs, expected);
    assert!(error < 1e-4, "relative error {error}");
}

/// The shape of `inputs_embeds` in a safetensors header.
fn reference_shape(path: &Path) -> [usize; 3] {
    let bytes = std::fs::read(path).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let shape = &header["inputs_embeds"]["shape"];
    [0, 1, 2].map(|axis| shape[axis].as_u64().unwrap() as usize)
}

#[test]
fn a_saved_body_comes_back_bit_for_bit() {
    for model in ["bert", "gpt2", "t5", "t5-gated", "vit"] {
        let (config, body) = load(&fixture(model), &Device::flex()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        save(&config, &body, folder.path()).unwrap();
        let (config_again, again) = load(folder.path(), &Device::flex()).unwrap();
        assert_eq!(config, config_again);
        let input = Tensor::<3>::from_data(
            TensorData::new(vec![0.5_f32; 80], [1, 5, 16]),
            &Device::flex(),
        );
        let run = |body: &Body| body.forward(input.clone(), &mut Noise::off()).into_data();
        assert_eq!(run(&body), run(&again), "{model}");
    }
}

#[test]
fn a_checkpoint_that_does_not_fit_is_an_error_that_names_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let message = |folder: &Path| load(folder, &Device::flex()).unwrap_err().to_string();
    assert!(message(folder.path()).contains("config.json"));

    let config = std::fs::read_to_string(fixture("gpt2").join("config.json")).unwrap();
    let write = |text: &str| std::fs::write(folder.path().join("config.json"), text).unwrap();
    write(&config.replace("\"gpt2\"", "\"gpt9\""));
    assert!(message(folder.path()).contains("gpt9"));
    write(&config.replace("\"n_head\": 4", "\"n_head\": 5"));
    assert!(message(folder.path()).contains("n_head"));
    write(&config);
    assert!(message(folder.path()).contains("model.safetensors"));

    let weights = std::fs::read(fixture("gpt2").join("model.safetensors")).unwrap();
    let target = folder.path().join("model.safetensors");
    std::fs::write(&target, &weights[..weights.len() / 2]).unwrap();
    assert!(message(folder.path()).contains("model.safetensors"));
    std::fs::write(&target, &weights).unwrap();
    write(&config.replace("\"n_layer\": 2", "\"n_layer\": 3"));
    assert!(message(folder.path()).contains("h.2."));
    write(&config.replace("\"n_layer\": 2", "\"n_layer\": 1"));
    assert!(message(folder.path()).contains("h.1."));
    write(&config.replace("\"n_positions\": 12", "\"n_positions\": 13"));
    assert!(message(folder.path()).contains("wpe"));
}
