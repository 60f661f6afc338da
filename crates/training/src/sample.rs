//! A paragraph from a language model that predicts the next token, to look at.

use crate::job::Job;
use crate::model::Model;
use crate::recipe::Precision;
use burn::module::Module;
use burn::tensor::Device;
use burn::tensor::activation::softmax;
use rand::RngExt;
use tasks::{Batch, Shape, Split, Task, stream};

const LENGTH: usize = 400;
const TEMPERATURE: f64 = 0.8;

/// Goes on from the first half of the first validation example for [`LENGTH`] tokens.
pub(crate) fn paragraph(model: &Model, task: &dyn Task, job: &Job, device: &Device) -> String {
    let shape = task.shape();
    let (model, device) = (model.valid(), device.clone().inner());
    let mut rng = stream(job.seed, "sample");
    let prompt = task.examples(Split::Validation, 0..1).ids;
    let mut text: Vec<u32> = prompt[..shape.tokens / 2].to_vec();
    for _ in 0..LENGTH {
        let window = &text[text.len().saturating_sub(shape.tokens)..];
        let odds = next(&model, window, shape, job.recipe.precision, &device);
        let mut at = rng.random_range(0.0..1.0_f32);
        let chosen = odds.iter().position(|odd| {
            at -= odd;
            at < 0.0
        });
        text.push(chosen.unwrap_or(odds.len() - 1) as u32);
    }
    let bytes: Vec<u8> = text
        .iter()
        .map(|id| u8::try_from(*id).unwrap_or(b'?'))
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Probabilities of the token behind `window`.
fn next(
    model: &Model,
    window: &[u32],
    shape: Shape,
    precision: Precision,
    device: &Device,
) -> Vec<f32> {
    let mut shape = shape;
    shape.tokens = window.len();
    shape.readout.positions = 1;
    let batch = Batch {
        size: 1,
        features: Vec::new(),
        ids: window.to_vec(),
        read: Vec::new(),
        targets: Vec::new(),
    };
    let logits = model.forward(&batch, shape, &mut precision.evaluation(), device);
    softmax(logits / TEMPERATURE, 1)
        .into_data()
        .iter::<f32>()
        .collect()
}
