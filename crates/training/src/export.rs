//! A finished job's model as files that other programs read.

use crate::bodies::Bodies;
use crate::checkpoint::overlay;
use crate::error::TrainingError;
use crate::job::Job;
use crate::model::Model;
use crate::nets::InputNet;
use crate::start;
use backbone::Linear;
use burn::module::Module;
use burn::tensor::Device;
use burn_store::{BurnToPyTorchAdapter, ModuleSnapshot, SafetensorsStore};
use std::io;
use std::path::Path;

/// The nets around a body, under the names they have in `nets.safetensors`.
#[derive(Module, Debug)]
struct Nets {
    input: Option<InputNet>,
    output: Option<Linear>,
}

/// Writes the body of a finished job, as it was tested, into a folder in the hub's layout: the one
/// it started from, with the parameters of the file `trained` in it. The nets around it go beside
/// it, as `nets.safetensors`: `input.weight`, `input.bias`, `output.weight` and `output.bias`, dense
/// ones `[out, in]` as in PyTorch.
///
/// # Errors
/// When the job left no trained parameters, or they do not fit it any more.
pub fn export(
    job: &Job,
    trained: &Path,
    bodies: &dyn Bodies,
    device: &Device,
    into: &Path,
) -> Result<(), TrainingError> {
    let shape = tasks::shape(&job.task.name, &job.task.settings, job.task.form)?;
    let model = start::model(job, shape, device, || start::body(job, bodies, device))?;
    let Model {
        input,
        body,
        output,
    } = overlay(model, trained.to_owned())?.valid();
    backbone::save(&job.body, &body, into)?;
    let nets = Nets { input, output };
    if nets.num_params() == 0 {
        return Ok(());
    }
    let path = into.join("nets.safetensors");
    let written = files::write_at(&path, |part| {
        let mut store = SafetensorsStore::from_file(part)
            .overwrite(true)
            .skip_enum_variants(true)
            .metadata("format", "pt")
            .with_to_adapter(BurnToPyTorchAdapter);
        nets.save_into(&mut store).map_err(io::Error::other)
    });
    written.map_err(|error| TrainingError::Checkpoint {
        path,
        problem: error.to_string(),
    })
}
