use crate::checkpoint::load;
use crate::error::BackboneError;
use crate::found::Found;
use crate::pass::Pass;
use crate::weights;
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use burn_store::{ModuleSnapshot, SafetensorsStore, bridge};
use std::io;
use std::path::Path;

const REFERENCE: &str = "reference.safetensors";

/// Tokens of a reference written here: no multiple of anything.
const REFERENCE_TOKENS: usize = 33;

/// How far a body's output lies from a reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verification {
    /// Batch, tokens and width of the reference.
    pub shape: [usize; 3],
    /// Largest absolute difference.
    pub absolute: f32,
    /// The same over the root mean square of the reference.
    pub relative: f32,
    /// What rounding to 32 bits does to the reference's own model, over the same; `None` where the
    /// reference does not say. Where a few activations are very large it is not small.
    pub rounding: Option<f32>,
}

/// Loads the body in a checkpoint folder and runs it, without dropout, on `inputs_embeds` of
/// `reference.safetensors`, which holds `last_hidden_state` for them (both `[batch, tokens, width]`),
/// and may hold `rounding` (`[1]`, an absolute difference).
///
/// # Errors
/// As [`load`]; also when the reference is missing, damaged, or does not fit the body.
pub fn verify(folder: &Path, device: &Device) -> Result<Verification, BackboneError> {
    let (config, body) = load(folder, device)?;
    let path = folder.join(REFERENCE);
    let wrong = |problem: String| BackboneError::Weights {
        path: path.clone(),
        problem,
    };
    if !path.is_file() {
        return Err(wrong(
            "no such file; scripts/reference.py writes it with the `transformers` package".into(),
        ));
    }
    let tensors = weights::read(&path)?;
    let read = |name: &str| tensor(&tensors, name).map_err(wrong);
    let inputs = read("inputs_embeds")?;
    let expected = read("last_hidden_state")?;
    let shape = shape(&inputs).map_err(wrong)?;
    if expected.shape() != inputs.shape() {
        return Err(wrong(format!(
            "`last_hidden_state` is {}, `inputs_embeds` is {shape:?}",
            expected.shape()
        )));
    }
    let rounding = match tensors.iter().any(|found| found.tensor.name == "rounding") {
        true => Some(single(&read("rounding")?).map_err(wrong)?),
        false => None,
    };
    let (width, positions) = (config.width(), config.positions());
    if shape[2] != width || shape[1] > positions {
        return Err(wrong(format!(
            "`inputs_embeds` is {shape:?}; this body takes up to {positions} tokens of width {width}"
        )));
    }
    let inputs = Tensor::<3>::from_data(inputs, device);
    let expected = Tensor::<3>::from_data(expected, device);
    let output = body.forward(inputs, &mut Pass::evaluation());
    let scale = (expected.clone() * expected.clone()).mean().sqrt();
    let scale = scale.into_scalar::<f32>();
    let absolute = (output - expected).abs().max().into_scalar::<f32>();
    Ok(Verification {
        shape,
        absolute,
        relative: absolute / scale,
        rounding: rounding.map(|rounding| rounding / scale),
    })
}

/// Writes `reference.safetensors` for the body in a checkpoint folder: inputs from N(0, 1), drawn
/// from a fixed stream, and the hidden states computed here. `scripts/check_export.py` compares
/// them with those of `transformers`.
///
/// # Errors
/// As [`load`]; also when the file cannot be written.
pub fn write_reference(folder: &Path, device: &Device) -> Result<(), BackboneError> {
    let (config, body) = load(folder, device)?;
    let tokens = config.positions().min(REFERENCE_TOKENS);
    let inputs = Tensor::<3>::zeros([2, tokens, config.width()], device);
    let inputs = Pass::evaluation().normal(&inputs, 1.0);
    let output = body.forward(inputs.clone(), &mut Pass::evaluation());
    let path = folder.join(REFERENCE);
    let pair = Pair {
        inputs_embeds: Param::from_tensor(inputs),
        last_hidden_state: Param::from_tensor(output.detach()),
    };
    let written = files::write_at(&path, |part| {
        let mut store = SafetensorsStore::from_file(part).overwrite(true);
        pair.save_into(&mut store).map_err(io::Error::other)
    });
    written.map_err(|source| BackboneError::Io { path, source })
}

/// The file's two tensors.
#[derive(Module, Debug)]
struct Pair {
    inputs_embeds: Param<Tensor<3>>,
    last_hidden_state: Param<Tensor<3>>,
}

/// A tensor of the file as 32-bit floats.
fn tensor(tensors: &[Found], name: &str) -> Result<TensorData, String> {
    let found = tensors
        .iter()
        .find(|found| found.tensor.name == name)
        .ok_or_else(|| format!("tensor `{name}` is not in the file"))?;
    let data = bridge::to_data(&found.tensor).map_err(|error| error.to_string())?;
    Ok(data.convert::<f32>())
}

/// The one number of `rounding`.
fn single(rounding: &TensorData) -> Result<f32, String> {
    let numbers: Vec<f32> = rounding.iter::<f32>().collect();
    match numbers[..] {
        [number] if number.is_finite() && number >= 0.0 => Ok(number),
        [number] => Err(format!(
            "`rounding` is {number}; expected a number of at least 0"
        )),
        _ => Err(format!(
            "`rounding` holds {} numbers; expected one",
            numbers.len()
        )),
    }
}

fn shape(inputs: &TensorData) -> Result<[usize; 3], String> {
    let found = inputs.shape().to_vec();
    match <[usize; 3]>::try_from(found) {
        Ok(shape) if shape.iter().all(|size| *size > 0) => Ok(shape),
        _ => Err(format!(
            "`inputs_embeds` is {}; expected [batch, tokens, width]",
            inputs.shape()
        )),
    }
}
