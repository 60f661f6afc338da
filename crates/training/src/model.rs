//! The FPT model: input net, body, output net (the paper's section 2.2).

use crate::nets::{InputNet, output_net};
use backbone::{BackboneError, Body, BodyConfig, Init, Linear, Pass};
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use freezing_policy::{Group, Ledger};
use tasks::{Batch, Inputs, Shape, stream};

/// Input net, body and output net.
///
/// A task that reads and predicts the body's own tokens is language modelling: it has neither net,
/// and the body's token table stands at both ends, as it does in GPT-2 and, without the dense layer and
/// the bias of its head, in BERT.
#[derive(Module, Debug)]
pub struct Model {
    pub input: Option<InputNet>,
    pub body: Body,
    pub output: Option<Linear>,
}

/// Where a model's forward pass can be cut in two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Where hidden states enter a layer of the body.
    Layer(usize),
    /// Where the output net reads them.
    Readout,
}

impl Depth {
    /// Positions of an example's hidden states there.
    pub fn positions(self, shape: Shape) -> usize {
        match self {
            Self::Layer(_) => shape.tokens,
            Self::Readout => shape.readout.positions,
        }
    }
}

impl Model {
    /// New nets around a body. The same seed gives the same nets around every body of one width.
    pub fn new(
        body: Body,
        config: &BodyConfig,
        shape: Shape,
        gain: f64,
        seed: u64,
        device: &Device,
    ) -> Self {
        let mut input = stream(seed, "init.input");
        let mut output = stream(seed, "init.output");
        Self::build(
            body,
            config,
            shape,
            gain,
            &mut Init::new(&mut input, device),
            &mut Init::new(&mut output, device),
        )
    }

    /// The model's parameters without values, to count them.
    ///
    /// # Errors
    /// When the body's config contradicts itself.
    pub fn shapes(
        config: &BodyConfig,
        shape: Shape,
        device: &Device,
    ) -> Result<Self, BackboneError> {
        let body = Body::random(config, &mut Init::shapes(device))?;
        let (input, output) = (&mut Init::shapes(device), &mut Init::shapes(device));
        Ok(Self::build(body, config, shape, 1.0, input, output))
    }

    fn build(
        body: Body,
        config: &BodyConfig,
        shape: Shape,
        gain: f64,
        input: &mut Init,
        output: &mut Init,
    ) -> Self {
        if is_language_model(config, shape) {
            return Self {
                input: None,
                body,
                output: None,
            };
        }
        let width = config.width();
        let logits = shape.readout.predictions * shape.readout.classes;
        Self {
            input: Some(InputNet::init(shape.inputs, width, gain, input)),
            body,
            output: Some(output_net(width, logits, output)),
        }
    }

    /// What of the model stands below a depth, and what has no layer.
    pub(crate) fn below(self, depth: Depth) -> Self {
        let body = match depth {
            Depth::Layer(layer) => self.body.first_layers(layer),
            Depth::Readout => self.body,
        };
        Self { body, ..self }
    }

    /// Every parameter under its group.
    pub fn ledger(&self) -> Ledger {
        let mut ledger = Ledger::new();
        if let Some(input) = &self.input {
            ledger.add(Group::Input, None, input);
        }
        self.body.label(&mut ledger);
        if let Some(output) = &self.output {
            ledger.add(Group::Output, None, output);
        }
        ledger
    }

    /// Logits of a batch.
    ///
    /// # Shapes
    /// - output: `[size × positions × predictions, classes]`
    pub fn forward(
        &self,
        batch: &Batch,
        shape: Shape,
        pass: &mut Pass,
        device: &Device,
    ) -> Tensor<2> {
        let entering = self.states(batch, shape, Depth::Layer(0), pass, device);
        self.logits(batch, entering, shape, Depth::Layer(0), pass)
    }

    /// Hidden states of a batch at some depth.
    ///
    /// # Shapes
    /// - output: `[size, depth.positions(shape), width]`
    pub(crate) fn states(
        &self,
        batch: &Batch,
        shape: Shape,
        depth: Depth,
        pass: &mut Pass,
        device: &Device,
    ) -> Tensor<3> {
        kernels::autocast(pass.precision(), || {
            let hidden = self.embed(batch, shape, pass, device);
            match depth {
                Depth::Layer(layer) => self.body.below(layer, hidden, pass),
                Depth::Readout => read(self.body.forward(hidden, pass), batch, shape),
            }
        })
    }

    /// Logits of a batch from its hidden states at some depth; the same pass goes on.
    ///
    /// # Shapes
    /// - states: `[size, depth.positions(shape), width]`
    /// - output: `[size × positions × predictions, classes]`
    pub(crate) fn logits(
        &self,
        batch: &Batch,
        states: Tensor<3>,
        shape: Shape,
        depth: Depth,
        pass: &mut Pass,
    ) -> Tensor<2> {
        let (logits, [size, positions, _]) = kernels::autocast(pass.precision(), || {
            let read = match depth {
                Depth::Layer(layer) => read(self.body.above(layer, states, pass), batch, shape),
                Depth::Readout => states,
            };
            let sizes = read.dims();
            let logits = match &self.output {
                Some(output) => output.forward(read),
                None => self.body.unembed(read).expect(TOKEN_TABLE),
            };
            (logits, sizes)
        });
        let rows = size * positions * shape.readout.predictions;
        logits.reshape([rows, shape.readout.classes])
    }

    /// Hidden states that enter the body.
    fn embed(&self, batch: &Batch, shape: Shape, pass: &mut Pass, device: &Device) -> Tensor<3> {
        match (&self.input, shape.inputs) {
            (Some(InputNet::Linear(net)), Inputs::Features { width }) => {
                let data =
                    TensorData::new(batch.features.clone(), [batch.size, shape.tokens, width]);
                pass.drop(net.forward(Tensor::from_data(data, device)))
            }
            (Some(InputNet::Table(net)), _) => net.forward(ids(batch, shape, device)),
            (_, _) => self
                .body
                .embed(ids(batch, shape, device))
                .expect(TOKEN_TABLE),
        }
    }
}

/// The positions of `[size, tokens, width]` at which the output net reads: those that the batch names,
/// else the last ones.
fn read(hidden: Tensor<3>, batch: &Batch, shape: Shape) -> Tensor<3> {
    let [size, tokens, width] = hidden.dims();
    let positions = shape.readout.positions;
    if !batch.read.is_empty() {
        let read = batch.read.iter().enumerate();
        let rows = read.map(|(index, token)| (index / positions * tokens) as i32 + *token as i32);
        let rows = TensorData::new(rows.collect(), [size * positions]);
        let rows = Tensor::<1, Int>::from_data(rows, &hidden.device());
        let hidden = hidden.reshape([size * tokens, width]).select(0, rows);
        return hidden.reshape([size, positions, width]);
    }
    match positions == tokens {
        true => hidden,
        false => hidden.slice([0..size, tokens - positions..tokens, 0..width]),
    }
}

const TOKEN_TABLE: &str = "a model without nets has a body with a token table";

/// Whether the task's language is the body's own.
fn is_language_model(config: &BodyConfig, shape: Shape) -> bool {
    match shape.inputs {
        // A body that looks ahead sees what it is to predict: it models no language.
        Inputs::Language { vocabulary } => {
            config.is_causal() && config.vocabulary() == Some(vocabulary)
        }
        Inputs::Masked { vocabulary } => config.vocabulary() == Some(vocabulary),
        Inputs::Features { .. } | Inputs::Tokens { .. } => false,
    }
}

fn ids(batch: &Batch, shape: Shape, device: &Device) -> Tensor<2, Int> {
    let ids: Vec<i32> = batch.ids.iter().map(|id| *id as i32).collect();
    Tensor::from_data(TensorData::new(ids, [batch.size, shape.tokens]), device)
}

/// The targets of a batch as class indices, `[size × positions × predictions]`.
pub(crate) fn targets(batch: &Batch, device: &Device) -> Tensor<1, Int> {
    let targets: Vec<i32> = batch.targets.iter().map(|target| *target as i32).collect();
    let count = targets.len();
    Tensor::from_data(TensorData::new(targets, [count]), device)
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;
