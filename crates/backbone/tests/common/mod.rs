//! What the tests of bodies share: golden fixtures (scripts/golden_bodies.py) and how to read them.
#![allow(clippy::unwrap_used, dead_code)]

use backbone::{Body, Pass};
use burn::tensor::{Device, Tensor};
use burn_store::burn_pack::Tensor as Stored;
use burn_store::{ModuleStore, SafetensorsStore, bridge};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What has to be among the fixtures: kinds of bodies, and what differs inside a kind.
const NEEDED: [&str; 4] = ["linformer", "longformer-global", "lstm-star", "t5-gated"];

/// Names of the fixtures.
pub fn bodies() -> Vec<String> {
    let folders = fs::read_dir(fixture("")).unwrap();
    let mut names: Vec<String> = folders
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for needed in NEEDED {
        assert!(names.iter().any(|name| name == needed), "{needed} is gone");
    }
    names
}

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// The tensors of a safetensors file.
pub struct Reference(pub BTreeMap<String, Stored>);

impl Reference {
    pub fn of(folder: &Path) -> Self {
        Self::read(&folder.join("reference.safetensors"))
    }

    pub fn read(path: &Path) -> Self {
        let mut store = SafetensorsStore::from_file(path);
        Self(store.get_all_tensors().unwrap().clone())
    }

    pub fn get<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        Tensor::from_data(bridge::to_data(&self.0[name]).unwrap(), device)
    }

    /// Lengths of the sequences in the file.
    pub fn lengths(&self) -> Vec<String> {
        let inputs = self
            .0
            .keys()
            .filter_map(|name| name.strip_prefix("inputs_embeds."));
        inputs.map(ToOwned::to_owned).collect()
    }
}

/// Largest error over the reference's root mean square.
pub fn relative<const D: usize>(found: Tensor<D>, expected: Tensor<D>) -> f32 {
    let square = (expected.clone() * expected.clone()).mean().sqrt();
    let scale = square.into_scalar::<f32>().max(1e-12);
    (found - expected).abs().max().into_scalar::<f32>() / scale
}

pub fn forward(body: &Body, inputs: Tensor<3>) -> Tensor<3> {
    body.forward(inputs, &mut Pass::evaluation())
}
