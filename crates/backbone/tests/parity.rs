//! Bodies against `transformers`, number for number. Fixtures: scripts/golden_bodies.py.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;

use backbone::{BodyConfig, Pass, load, read_config, save, verify};
use burn::tensor::{Device, Tensor, TensorData};
use common::{Reference, bodies, fixture, forward, relative};
use std::collections::BTreeSet;
use std::path::Path;

/// Largest error over the reference's root mean square.
const TOLERANCE: f32 = 1e-5;

#[test]
fn tiny_bodies_compute_what_transformers_computes() {
    for model in &bodies() {
        let folder = fixture(model);
        let (_, body) = load(&folder, &Device::flex()).unwrap();
        let reference = Reference::of(&folder);
        let lengths = reference.lengths();
        assert!(lengths.len() >= 3, "{model}");
        for length in lengths {
            let get = |name: &str| reference.get::<3>(&format!("{name}.{length}"), &Device::flex());
            let error = relative(
                forward(&body, get("inputs_embeds")),
                get("last_hidden_state"),
            );
            assert!(
                error < TOLERANCE,
                "{model}, {length} tokens: relative error {error}"
            );
        }
    }
}

#[test]
fn every_kind_of_body_has_a_fixture() {
    let kinds = bodies()
        .iter()
        .map(|name| read_config(&fixture(name)).unwrap().model_type())
        .collect::<BTreeSet<_>>();
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        BodyConfig::MODEL_TYPES
    );
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
    let found = verify(&folder, &Device::flex()).unwrap();
    assert!(found.relative < 1e-4, "{found:?}");
}

#[test]
fn a_saved_body_comes_back_bit_for_bit() {
    for model in &bodies() {
        let (config, body) = load(&fixture(model), &Device::flex()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        save(&config, &body, folder.path()).unwrap();
        let (config_again, again) = load(folder.path(), &Device::flex()).unwrap();
        assert_eq!(config, config_again);
        let input = Tensor::<3>::from_data(
            TensorData::new(vec![0.5_f32; 80], [1, 5, 16]),
            &Device::flex(),
        );
        let run = |body| forward(body, input.clone()).into_data();
        assert_eq!(run(&body), run(&again), "{model}");
    }
}

#[test]
fn attention_maps_are_weights_and_watching_changes_nothing() {
    for model in &bodies() {
        let (config, body) = load(&fixture(model), &Device::flex()).unwrap();
        let input = Tensor::<3>::random(
            [2, 9, 16],
            burn::tensor::Distribution::Default,
            &Device::flex(),
        );
        let mut pass = Pass::evaluation().with_attention_maps();
        let watched = body.forward(input.clone(), &mut pass).into_data();
        assert_eq!(watched, forward(&body, input).into_data(), "{model}");
        let maps = pass.into_attention_maps();
        let layers = if model.starts_with("lstm") {
            0
        } else {
            config.layers()
        };
        assert_eq!(maps.len(), layers, "{model}");
        for map in maps {
            assert_eq!(map.dims()[..3], [2, 4, 9], "{model}");
            let off = (map.sum_dim(3) - 1.0).abs().max().into_scalar::<f32>();
            assert!(off < 1e-5, "{model}: a row sums to 1 ± {off}");
        }
    }
}
