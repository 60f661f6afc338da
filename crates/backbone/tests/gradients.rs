//! Gradients of every body: against PyTorch's in the fixtures, against finite differences in 64
//! bits, and none where nothing trains.
#![allow(clippy::unwrap_used)]

mod common;

use backbone::{Body, BodyConfig, Pass, load, save};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{DType, Device, Gradients, Tensor};
use common::{Reference, bodies, fixture, relative};
use freezing_policy::{Ledger, Policy};
use std::collections::BTreeMap;

const TOLERANCE: f32 = 1e-4;

/// Every body, with gradients on where `policy` says.
fn body(model: &str, policy: &str, device: &Device) -> (BodyConfig, Body, Ledger) {
    let (config, body) = load(&fixture(model), device).unwrap();
    let mut ledger = Ledger::new();
    body.label(&mut ledger);
    let policy: Policy = policy.parse().unwrap();
    let body = policy.apply(body, &ledger).unwrap();
    (config, body, ledger)
}

/// The weighted sum of hidden states that the fixtures differentiate.
fn loss(body: &Body, inputs: Tensor<3>, probe: Tensor<3>) -> Tensor<1> {
    (body.forward(inputs, &mut Pass::evaluation()) * probe).sum()
}

fn names(tensors: &BTreeMap<String, burn_store::burn_pack::Tensor>) -> Vec<&str> {
    let names = tensors
        .keys()
        .filter_map(|name| name.strip_prefix("gradient."));
    names.filter(|name| *name != "inputs_embeds").collect()
}

/// A body with its gradients in the place of its parameters, zero where there is none.
struct Swap<'a>(&'a Gradients);

impl ModuleMapper for Swap<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let tensor = param.val();
        let gradient = tensor.grad(self.0);
        Param::from_tensor(gradient.unwrap_or_else(|| tensor.inner().zeros_like()))
    }
}

#[test]
fn gradients_are_pytorchs() {
    let device = Device::flex().autodiff();
    for model in &bodies() {
        let reference = Reference::of(&fixture(model));
        let probe = reference.get::<3>("probe", &device);
        let inputs = || {
            reference
                .get::<3>("inputs_embeds.7", &device)
                .require_grad()
        };
        for policy in ["full", "layer-norm"] {
            let (config, body, _) = body(model, policy, &device);
            let inputs = inputs();
            let gradients = loss(&body, inputs.clone(), probe.clone()).backward();
            let found = inputs.grad(&gradients).unwrap();
            let expected = reference.get::<3>("gradient.inputs_embeds", &Device::flex());
            let error = relative(found, expected);
            assert!(error < TOLERANCE, "{model}, {policy}: inputs, {error}");

            // Written and read under the hub's names, as the fixture has them.
            let folder = tempfile::tempdir().unwrap();
            let found = body.map(&mut Swap(&gradients));
            save(&config, &found, folder.path()).unwrap();
            let found = Reference::read(&folder.path().join("model.safetensors"));
            let mut compared = 0;
            for name in names(&reference.0) {
                // A ViT's patches, class token and positions are not in the body.
                let expected_shape = &reference.0[&format!("gradient.{name}")].shape;
                let stored = found.0.get(name);
                let Some(stored) = stored.filter(|stored| stored.shape == *expected_shape) else {
                    assert!(model == "vit" && name.starts_with("embeddings."), "{name}");
                    continue;
                };
                let flat = |from: &Reference, name: &str| {
                    let data = burn_store::bridge::to_data(&from.0[name]).unwrap();
                    let values: Vec<f32> = data.iter::<f32>().collect();
                    Tensor::<1>::from_floats(values.as_slice(), &Device::flex())
                };
                let expected = flat(&reference, &format!("gradient.{name}"));
                let found = flat(&found, &stored.name);
                let is_zero = found.clone().abs().max().into_scalar::<f32>() == 0.0;
                if policy == "full" || !is_zero {
                    let norm = expected.clone().abs().max().into_scalar::<f32>();
                    // Where the truth is 0 (a key's bias moves no softmax), rounding is all there is.
                    let close = match norm < 1e-4 {
                        true => (found - expected).abs().max().into_scalar::<f32>() < 1e-4,
                        false => relative(found, expected) < TOLERANCE,
                    };
                    assert!(close, "{model}, {policy}: {name}");
                    compared += 1;
                }
            }
            assert!(
                compared > 4,
                "{model}, {policy}: {compared} tensors compared"
            );
        }
    }
}

#[test]
fn frozen_parameters_have_neither_gradient_nor_optimizer_state() {
    let device = Device::flex().autodiff();
    for model in &bodies() {
        let reference = Reference::of(&fixture(model));
        let [probe, inputs] =
            ["probe", "inputs_embeds.7"].map(|name| reference.get::<3>(name, &device));
        for name in ["layer-norm", "full"] {
            let (_, body, ledger) = body(model, name, &device);
            let policy: Policy = name.parse().unwrap();
            let gradients = loss(&body, inputs.clone(), probe.clone()).backward();
            let gradients = GradientsParams::from_grads(gradients, &body);
            let trained = ledger
                .entries()
                .iter()
                .filter(|entry| policy.trains(entry.label, ledger.layers()));
            let (trained, found) = (trained.count(), gradients.len());
            // Tables of tokens and idle projections train under `full`, but are not reached.
            let reached = match name {
                "full" => found <= trained && found > trained / 2,
                _ => found == trained,
            };
            assert!(reached, "{model}, {name}: {found} gradients of {trained}");
            let mut optimizer = AdamConfig::new().init();
            let _ = optimizer.step(1e-3, body, gradients);
            assert_eq!(optimizer.to_record().len(), 2 * found, "{model}, {name}");
        }
    }
}

/// Everything in 64 bits, which takes the composed form of each kernel.
struct Double;

impl ModuleMapper for Double {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let data = param.val().inner().into_data().convert::<f64>();
        let device = Device::flex();
        Param::initialized(param.id, Tensor::from_data(data, (&device, DType::F64)))
    }
}

/// Adds `by` to one number of one parameter.
struct Nudge {
    parameter: usize,
    element: usize,
    by: f64,
    next: usize,
}

impl ModuleMapper for Nudge {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let here = self.next == self.parameter;
        self.next += 1;
        match here {
            false => param,
            true => param.map(|tensor| {
                let shape = tensor.dims();
                let mut values: Vec<f64> = tensor.to_data().iter::<f64>().collect();
                let element = self.element % values.len();
                values[element] += self.by;
                let data = burn::tensor::TensorData::new(values, shape);
                Tensor::from_data(data, (&tensor.device(), DType::F64))
            }),
        }
    }
}

/// The gradients of every parameter, in the module's order.
struct Collect<'a>(&'a Gradients, Vec<Option<Vec<f32>>>);

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = param.val().grad(self.0);
        self.1
            .push(gradient.map(|gradient| gradient.into_data().iter::<f32>().collect()));
    }
}

#[test]
fn gradients_are_finite_differences() {
    const STEP: f64 = 1e-5;
    let device = Device::flex().autodiff();
    for model in &bodies() {
        let reference = Reference::of(&fixture(model));
        let (_, body, _) = body(model, "full", &device);
        let get = |name: &str| reference.get::<3>(name, &device);
        let gradients = loss(&body, get("inputs_embeds.7"), get("probe")).backward();
        let mut found = Collect(&gradients, Vec::new());
        body.visit(&mut found);

        let double = |name: &str| {
            let data = reference.get::<3>(name, &Device::flex()).into_data();
            let device = Device::flex();
            Tensor::<3>::from_data(data.convert::<f64>(), (&device, DType::F64))
        };
        let (inputs, probe) = (double("inputs_embeds.7"), double("probe"));
        let exact = body.map(&mut Double);
        let scale = |values: &[f32]| {
            let squares: f64 = values.iter().map(|x| f64::from(*x).powi(2)).sum();
            // A key's bias moves no softmax: its gradient is 0 but for rounding.
            (squares / values.len() as f64).sqrt().max(1e-2)
        };
        for (parameter, gradient) in found.1.iter().enumerate() {
            let Some(gradient) = gradient else { continue };
            // One number each, not the same in every tensor.
            let element = (parameter * 7919 + 13) % gradient.len();
            let at = |by: f64| {
                let mut nudge = Nudge {
                    parameter,
                    element,
                    by,
                    next: 0,
                };
                let moved = exact.clone().map(&mut nudge);
                loss(&moved, inputs.clone(), probe.clone()).into_scalar::<f64>()
            };
            let difference = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            let error = (difference - f64::from(gradient[element])).abs() / scale(gradient);
            assert!(
                error < f64::from(TOLERANCE),
                "{model}, parameter {parameter}, number {element}: {difference} against {}",
                gradient[element]
            );
        }
    }
}
