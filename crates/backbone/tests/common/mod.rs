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

/// A tensor of a safetensors file, as it lies there.
#[derive(Clone, Debug)]
pub struct Raw {
    pub name: String,
    pub kind: String,
    pub shape: Vec<usize>,
    pub bytes: Vec<u8>,
}

impl Raw {
    /// Zeros of a type whose numbers have `size` bytes.
    pub fn zeros(name: &str, kind: &str, size: usize) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            shape: vec![2, 3],
            bytes: vec![0; 6 * size],
        }
    }
}

/// The tensors of a safetensors file, as they lie there.
pub fn read_raw(path: &Path) -> Vec<Raw> {
    let bytes = fs::read(path).unwrap();
    let start = 8 + u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    let header: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&bytes[8..start]).unwrap();
    let tensors = header
        .into_iter()
        .filter(|(name, _)| name != "__metadata__");
    let tensors = tensors.map(|(name, entry)| {
        let sizes =
            |key: &str| -> Vec<usize> { serde_json::from_value(entry[key].clone()).unwrap() };
        let at = sizes("data_offsets");
        Raw {
            name,
            kind: entry["dtype"].as_str().unwrap().to_owned(),
            shape: sizes("shape"),
            bytes: bytes[start + at[0]..start + at[1]].to_vec(),
        }
    });
    tensors.collect()
}

/// Writes a safetensors file of these tensors.
pub fn write_raw(path: &Path, tensors: &[Raw]) {
    let mut header = serde_json::Map::new();
    let mut data: Vec<u8> = Vec::new();
    for tensor in tensors {
        let from = data.len();
        data.extend(&tensor.bytes);
        let entry = serde_json::json!({
            "dtype": tensor.kind, "shape": tensor.shape, "data_offsets": [from, data.len()],
        });
        header.insert(tensor.name.clone(), entry);
    }
    let header = serde_json::to_vec(&header).unwrap();
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.extend(data);
    fs::write(path, file).unwrap();
}

/// The fields of a fixture's config.
pub fn config_of(folder: &Path) -> serde_json::Map<String, serde_json::Value> {
    let text = fs::read_to_string(folder.join("config.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A copy of a checkpoint folder.
pub fn copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.path().join(entry.file_name())).unwrap();
    }
    to
}

/// Why a folder cannot be loaded.
pub fn message(folder: &Path) -> String {
    match backbone::load(folder, &Device::flex()) {
        Ok((config, _)) => panic!("read as {config:?}"),
        Err(error) => error.to_string(),
    }
}

/// What a body makes of inputs that are the same at every call.
pub fn output(folder: &Path) -> Vec<f32> {
    let (_, body) = backbone::load(folder, &Device::flex())
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    numbers(&body, 16)
}

/// The hidden states that scripts/golden_configs.py computes, all of them.
pub fn numbers(body: &Body, width: usize) -> Vec<f32> {
    let inputs = (0..12 * width).map(|index| (1.5 * (0.7 * index as f64 + 0.3).sin()) as f32);
    let inputs = burn::tensor::TensorData::new(inputs.collect::<Vec<_>>(), [1, 12, width]);
    let states = forward(body, Tensor::from_data(inputs, &Device::flex()));
    states.into_data().iter::<f32>().collect()
}
