//! A training step by itself, to be timed: the same code that a job runs, on random numbers.

use crate::error::TrainingError;
use crate::feed::Examples;
use crate::half;
use crate::model::Model;
use crate::optimizer::optimizer;
use crate::recipe::Recipe;
use crate::start::fits;
use crate::step::Stepper;
use backbone::{Body, BodyConfig, Init};
use burn::module::Module;
use burn::optim::ModuleOptimizer;
use burn::tensor::{Device, Tensor};
use freezing_policy::Policy;
use rand::RngExt;
use tasks::{Batch, Inputs, Readout, Shape, stream};

/// Numbers that enter a token, and classes that are told apart: an image in patches of 4 × 4.
const FEATURES: usize = 16;
const CLASSES: usize = 10;

/// A model with a batch, ready to take steps.
pub struct Trial {
    model: Option<Model>,
    optimizer: ModuleOptimizer,
    examples: Examples,
    stepper: Stepper,
    taken: u64,
}

impl Trial {
    /// A random body under a policy, and a random batch of the recipe's size of `tokens` tokens.
    ///
    /// # Errors
    /// When body, tokens or policy do not fit, or the device lacks the recipe's precision.
    pub fn new(
        body: &BodyConfig,
        policy: &str,
        recipe: Recipe,
        tokens: usize,
        device: Device,
    ) -> Result<Self, TrainingError> {
        let shape = Shape {
            tokens,
            inputs: Inputs::Features { width: FEATURES },
            readout: Readout {
                positions: 1,
                predictions: 1,
                classes: CLASSES,
            },
        };
        fits(body, shape)?;
        let made = Body::random(body, &mut Init::new(&mut stream(1, "init.body"), &device))?;
        let model = Model::new(made, body, shape, recipe.input_gain, 1, &device);
        let policy: Policy = policy.parse()?;
        let ledger = model.ledger();
        let model = policy.apply(model, &ledger)?;
        let model = half::lower(model, recipe.precision, &policy, &ledger, &device)?;
        let size = recipe.batch_size;
        let mut rng = stream(1, "data");
        let features = size * tokens * FEATURES;
        let batch = Batch {
            size,
            features: (0..features).map(|_| rng.random_range(-1.0..1.0)).collect(),
            ids: Vec::new(),
            read: Vec::new(),
            targets: (0..size)
                .map(|_| rng.random_range(0..CLASSES as u32))
                .collect(),
        };
        Ok(Self {
            model: Some(model),
            optimizer: optimizer(&recipe),
            examples: Examples::whole(batch),
            stepper: Stepper {
                seed: 1,
                recipe,
                shape,
                device,
            },
            taken: 0,
        })
    }

    /// Takes so many steps, then waits for the device once; the mean loss of the last, in nats.
    pub fn steps(&mut self, count: usize) -> f32 {
        let mut loss = None;
        for _ in 0..count {
            let model = self.model.take().expect("a trial has its model back");
            let (step, optimizer) = (self.taken, &mut self.optimizer);
            let (model, seen) = self.stepper.take(step, &self.examples, model, optimizer);
            self.model = Some(model);
            self.taken += 1;
            loss = Some(seen.loss);
        }
        loss.map_or(f32::NAN, Tensor::into_scalar)
    }

    /// The model as an evaluation runs it: off any graph, without dropout.
    pub fn evaluation(&self) -> Evaluation<'_> {
        let model = self.model.as_ref().expect("a trial has its model back");
        Evaluation {
            model: model.valid(),
            device: self.stepper.device.clone().inner(),
            trial: self,
        }
    }
}

/// See [`Trial::evaluation`].
pub struct Evaluation<'a> {
    model: Model,
    device: Device,
    trial: &'a Trial,
}

impl Evaluation<'_> {
    /// So many forward passes over the batch; waits for the first logit of the last.
    pub fn forward(&self, passes: usize) -> f32 {
        let (batch, shape) = (&self.trial.examples.batch, self.trial.stepper.shape);
        let mut logits: Option<Tensor<2>> = None;
        for _ in 0..passes {
            let precision = self.trial.stepper.recipe.precision;
            let mut pass = precision.evaluation();
            logits = Some(self.model.forward(batch, shape, &mut pass, &self.device));
        }
        logits.map_or(f32::NAN, |logits| logits.slice([0..1, 0..1]).into_scalar())
    }
}
