//! Checkpoint folders in the hub's layout: `config.json` and weights. One loader serves bodies
//! trained here and bodies from the hub.

use crate::bodies::{Body, BodyConfig};
use crate::error::BackboneError;
use crate::finite::{Complaint, watched};
use crate::header;
use crate::hub_config::{self, HubConfig};
use crate::init::Init;
use crate::instead::{adapted, instead};
use crate::json;
use crate::matching::matched;
use crate::weights::{self, SAFETENSORS, is_there, wrong};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{DType, Device, Tensor};
use burn_store::{
    BurnToPyTorchAdapter, FloatCastAdapter, ModuleAdapter, ModuleSnapshot, PyTorchToBurnAdapter,
    SafetensorsStore,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

const CONFIG: &str = "config.json";

/// A `config.json` that is longer than this describes no model.
const LONGEST_CONFIG: u64 = 1 << 24;

/// The body's config from a checkpoint folder.
///
/// # Errors
/// When `config.json` is missing, not JSON, of an unknown model type, lacks a field, or asks for
/// what no body here computes.
pub fn read_config(folder: &Path) -> Result<BodyConfig, BackboneError> {
    Ok(read_hub_config(folder)?.config)
}

/// Fields of a checkpoint's config that neither `transformers` nor anything here reads for its kind of
/// model: notes of whoever wrote it, or what was meant to be another field.
///
/// # Errors
/// As [`read_config`].
pub fn unknown_fields(folder: &Path) -> Result<Vec<String>, BackboneError> {
    Ok(read_hub_config(folder)?.unknown)
}

fn read_hub_config(folder: &Path) -> Result<HubConfig, BackboneError> {
    let path = folder.join(CONFIG);
    let problem = |problem: String| BackboneError::ConfigFile {
        path: path.clone(),
        problem,
    };
    if !is_there(&path)? {
        let what = instead(folder).map(|what| format!("; {what}"));
        return Err(problem(format!("no such file{}", what.unwrap_or_default())));
    }
    if let Some(what) = adapted(folder) {
        return Err(problem(what));
    }
    let hub = json::object(&path, LONGEST_CONFIG).map_err(problem)?;
    hub_config::from_hub(&hub).map_err(problem)
}

/// The body in a checkpoint folder, with its config.
///
/// Weights are `model.safetensors` or `pytorch_model.bin` in 64, 32 or 16 bits, whole or in shards with
/// an index, and may have been saved as part of another module, a training loop's checkpoint among
/// them. Every tensor is used, known to be unused or beside the body, and every parameter of the body
/// is read and finite; positions of a ViT stay fresh, as in the official code.
///
/// # Errors
/// Naming the file and the tensor that is missing, unknown, there twice, of another shape or type, or
/// not finite.
pub fn load(folder: &Path, device: &Device) -> Result<(BodyConfig, Body), BackboneError> {
    let HubConfig {
        config, left_out, ..
    } = read_hub_config(folder)?;
    let weights = weights::open(folder)?;
    let problem = |problem: String| wrong(&weights.path, problem);
    let format = config.hub_format();
    let mut body = Body::random(&config, &mut Init::shapes(device))?;
    let found = matched(&weights, &format.names, &sizes(&body))
        .map_err(|what| problem(what + &assumed(&left_out)))?;
    let complaint = Complaint::default();
    let tensors = found
        .into_iter()
        .map(|(name, found)| watched(found.tensor.clone(), name, &complaint))
        .collect();
    let to_f32 = FloatCastAdapter::to(DType::F32);
    let adapter: Box<dyn ModuleAdapter> = match format.convolutions {
        true => Box::new(to_f32),
        false => Box::new(PyTorchToBurnAdapter.chain(to_f32)),
    };
    let result = body.apply(tensors, None, Some(adapter), true);
    match (complaint.said(), result.errors.first()) {
        (Some(what), _) => Err(problem(what)),
        (None, Some(error)) => Err(problem(error.to_string())),
        (None, None) => Ok((config, body)),
    }
}

/// What may be behind weights that do not fit: sizes that the config does not say.
fn assumed(left_out: &[&str]) -> String {
    match left_out {
        [] => String::new(),
        fields => format!(
            " (config.json leaves out `{}`, where `transformers` takes a size of its own)",
            fields.join("`, `")
        ),
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
