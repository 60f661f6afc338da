//! Checkpoint folders in the hub's layout: `config.json` and weights. One loader serves bodies
//! trained here and bodies from the hub.

use crate::bodies::{Body, BodyConfig};
use crate::error::BackboneError;
use crate::header;
use crate::hub_config;
use crate::init::Init;
use crate::names::TensorNames;
use crate::weights::{self, SAFETENSORS, wrong};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{DType, Device, Tensor};
use burn_store::{
    ApplyError, ApplyResult, BurnToPyTorchAdapter, FloatCastAdapter, ModuleAdapter, ModuleSnapshot,
    PyTorchToBurnAdapter, SafetensorsStore,
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

pub(crate) const CONFIG: &str = "config.json";

/// A `config.json` that is longer than this describes no model.
const LONGEST_CONFIG: u64 = 1 << 20;

/// The body's config from a checkpoint folder.
///
/// # Errors
/// When `config.json` is missing, not JSON, of an unknown model type, lacks a field, or asks for
/// what no body here computes.
pub fn read_config(folder: &Path) -> Result<BodyConfig, BackboneError> {
    let path = folder.join(CONFIG);
    let io = |source| BackboneError::Io {
        path: path.clone(),
        source,
    };
    let problem = |problem: String| BackboneError::ConfigFile {
        path: path.clone(),
        problem,
    };
    let length = fs::metadata(&path).map_err(io)?.len();
    if length > LONGEST_CONFIG {
        return Err(problem(format!("{length} bytes are no model's config")));
    }
    let text = fs::read_to_string(&path).map_err(io)?;
    let hub: Map<String, Value> =
        serde_json::from_str(&text).map_err(|error| problem(error.to_string()))?;
    let config = hub_config::from_hub(&hub).map_err(problem)?;
    config.check().map_err(|error| problem(error.to_string()))?;
    Ok(config)
}

/// The body in a checkpoint folder, with its config.
///
/// Weights are `model.safetensors` or `pytorch_model.bin` in 32 or 16 bits, whole or in shards with
/// an index. Every tensor is used or known to be unused, and every parameter of the body is read;
/// positions of a ViT stay fresh, as in the official code.
///
/// # Errors
/// Naming the file and the tensor that is missing, unknown or of another shape.
pub fn load(folder: &Path, device: &Device) -> Result<(BodyConfig, Body), BackboneError> {
    let config = read_config(folder)?;
    let weights = weights::open(folder)?;
    let format = config.hub_format();
    let tensors = format.names.read(weights.tensors);
    let mut body = Body::random(&config, &mut Init::shapes(device))?;
    let sizes = sizes(&body);
    for tensor in &tensors {
        // A wrong size is found before a byte is read.
        let found = elements(&tensor.shape);
        if let Some(expected) = sizes.get(&tensor.name).filter(|size| Some(**size) != found) {
            let name = format.names.on_hub(&tensor.name);
            let problem = format!(
                "tensor `{name}` is {:?}; the model has {expected} numbers there",
                tensor.shape
            );
            return Err(wrong(&weights.path, problem));
        }
    }
    let to_f32 = FloatCastAdapter::to(DType::F32);
    let adapter: Box<dyn ModuleAdapter> = match format.convolutions {
        true => Box::new(to_f32),
        false => Box::new(PyTorchToBurnAdapter.chain(to_f32)),
    };
    let result = body.apply(tensors, None, Some(adapter), true);
    match complete(&format.names, &result) {
        Ok(()) => Ok((config, body)),
        Err(problem) => Err(wrong(&weights.path, problem)),
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
    let path = folder.join(SAFETENSORS);
    let format = config.hub_format();
    let written = files::write_at(&path, |part| {
        let mut store = SafetensorsStore::from_file(part)
            .overwrite(true)
            .skip_enum_variants(true)
            .metadata("format", "pt")
            .remap(format.names.write());
        if !format.convolutions {
            store = store.with_to_adapter(BurnToPyTorchAdapter);
        }
        body.valid()
            .save_into(&mut store)
            .map_err(io::Error::other)?;
        header::sort(part)
    });
    written.map_err(|source| BackboneError::Io { path, source })?;
    let path = folder.join(CONFIG);
    let text = format!("{:#}\n", Value::Object(hub_config::to_hub(config)));
    files::write(&path, text.as_bytes()).map_err(|source| BackboneError::Io { path, source })
}

/// Checks that a load left nothing out, but for what is known to be unused.
fn complete(names: &TensorNames, result: &ApplyResult) -> Result<(), String> {
    let hub = |name: &str| names.on_hub(name);
    if let Some(error) = result.errors.first() {
        return Err(match error {
            ApplyError::ShapeMismatch {
                path,
                expected,
                found,
            } => format!("tensor `{}` is {found:?}; expected {expected:?}", hub(path)),
            ApplyError::DTypeMismatch { path, found, .. } => {
                format!("tensor `{}` holds {found:?}; expected floats", hub(path))
            }
            ApplyError::AdapterError { path, message }
            | ApplyError::LoadError { path, message } => {
                format!("tensor `{}` cannot be read: {message}", hub(path))
            }
        });
    }
    let missing = |(name, _): &&(String, _)| !names.is_fresh(name);
    if let Some((name, _)) = result.missing.iter().find(missing) {
        let name = hub(name);
        return Err(format!("tensor `{name}` of the model is not in the file"));
    }
    let unknown = |name: &&String| !names.is_unused(name);
    match result.unused.iter().find(unknown) {
        Some(name) => Err(format!(
            "tensor `{}` in the file belongs to no part of the model",
            hub(name)
        )),
        None => Ok(()),
    }
}

/// Numbers in each parameter of a body, by name.
fn sizes(body: &Body) -> BTreeMap<String, usize> {
    #[derive(Default)]
    struct Sizes {
        path: Vec<String>,
        sizes: BTreeMap<String, usize>,
    }

    impl ModuleVisitor for Sizes {
        fn enter_module(&mut self, name: &str, container: &str) {
            if !container.starts_with("Enum:") {
                self.path.push(name.to_owned());
            }
        }

        fn exit_module(&mut self, _name: &str, container: &str) {
            if !container.starts_with("Enum:") {
                self.path.pop();
            }
        }

        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let count = param.lazy_shape().num_elements();
            self.sizes.insert(self.path.join("."), count);
        }
    }

    let mut visitor = Sizes::default();
    body.visit(&mut visitor);
    visitor.sizes
}

/// Numbers in a tensor of this shape, if they can be counted.
fn elements(shape: &[usize]) -> Option<usize> {
    shape
        .iter()
        .try_fold(1_usize, |count, size| count.checked_mul(*size))
}
