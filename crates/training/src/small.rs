//! A job for unit tests: bit XOR on a GPT-2 that is 8 wide.

use crate::job::{Initialisation, Job, TaskSpec};
use crate::model::{Model, targets};
use crate::recipe::Recipe;
use backbone::{Body, BodyConfig, Gpt2Config, Init, Pass};
use burn::optim::GradientsParams;
use burn::tensor::Device;
use tasks::{DataDir, Form, Task};

pub(crate) fn job() -> Job {
    let settings = "validation-examples = 64\ntest-examples = 64";
    Job {
        seed: 1,
        body_seed: None,
        policy: "full".to_owned(),
        keep_body: false,
        initialisation: Initialisation::Random {},
        remakes: Vec::new(),
        task: TaskSpec::new(
            "bit-xor",
            Form::Fair,
            tasks::settings("bit-xor", &settings.parse().unwrap()).unwrap(),
        ),
        recipe: Recipe::paper(),
        body: BodyConfig::Gpt2(Gpt2Config {
            vocab_size: 3,
            n_positions: 10,
            n_embd: 8,
            n_layer: 2,
            n_head: 2,
            n_inner: None,
            activation_function: backbone::Activation::GeluNew,
            layer_norm_epsilon: 1e-5,
            initializer_range: 0.02,
        }),
    }
}

/// The model of a job as it starts, all of which trains, and its task.
pub(crate) fn model(job: &Job) -> (Model, Box<dyn Task>, Device) {
    let device = Device::flex().autodiff();
    let TaskSpec {
        name,
        form,
        settings,
        ..
    } = &job.task;
    let task = tasks::open(name, settings, *form, &DataDir::new("nowhere")).unwrap();
    let mut rng = tasks::stream(job.seed, "init.body");
    let body = Body::random(&job.body, &mut Init::new(&mut rng, &device)).unwrap();
    let model = Model::new(body, &job.body, task.shape(), 1.41, job.seed, &device);
    (model, task, device)
}

/// Gradients of everything, far longer than 1.
pub(crate) fn gradients(model: &Model, task: &dyn Task, device: &Device) -> GradientsParams {
    let batch = task.batch(1, 0, 4);
    let logits = model.forward(&batch, task.shape(), &mut Pass::evaluation(), device);
    let loss = kernels::cross_entropy(logits, targets(&batch, device)).sum() * 100.0;
    GradientsParams::from_grads(loss.backward(), model)
}
