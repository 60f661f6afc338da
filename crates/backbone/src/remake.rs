//! What can be done to a body between reading it and training around it.

use crate::bodies::{Body, BodyConfig, Longformer, Windows};
use crate::error::BackboneError;
use crate::init::{Init, normal_like};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use freezing_policy::{Ledger, Policy, PolicyError};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A change to a body, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Remake {
    /// Only the first layers are kept, as many as the target has; the final norm stays.
    FirstLayers {},
    /// As many as the target has, from this one on, counted from 0.
    Layers { from: usize },
    /// Only the last layers are kept, as many as the target has.
    LastLayers {},
    /// What these terms name stays, written as in a policy (`attention`, `feed-forward@0-1`); everything else is that of a
    /// random body.
    Parts { parts: String },
    /// A BERT or RoBERTa becomes a Longformer, as its authors made theirs: each local projection is
    /// copied to the global one, and the positions are repeated up to the target's.
    Longformer {},
    /// Every number is drawn anew from a normal with the mean and standard deviation of its unit
    /// (section 3.8).
    Statistics { of: Unit },
    /// The last weights of each residual branch are divided by √(2 × layers), as newer versions of
    /// `transformers` start a GPT-2; the paper's did not.
    ScaledResiduals {},
}

/// What shares a mean and a standard deviation. The paper does not say its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Each tensor, norms and positions included.
    Tensor,
    /// All matrices of a layer together; vectors, and what stands outside the stack, by tensor.
    Layer,
}

impl Remake {
    /// The changed body with its config, on its way to `target`.
    ///
    /// # Errors
    /// When the change does not make sense for the body.
    pub fn apply(
        self,
        (config, body): (BodyConfig, Body),
        target: &BodyConfig,
        rng: &mut ChaCha8Rng,
        device: &Device,
    ) -> Result<(BodyConfig, Body), BackboneError> {
        match self {
            Self::FirstLayers {} => slice(config, body, 0, target.layers()),
            Self::Layers { from } => slice(config, body, from, target.layers()),
            Self::LastLayers {} => {
                let from = config.layers().saturating_sub(target.layers());
                slice(config, body, from, target.layers())
            }
            Self::Parts { parts } => with_parts(config, body, &parts, rng, device),
            Self::Longformer {} => {
                let (BodyConfig::Longformer(target), Body::Bert(bert)) = (target, &body) else {
                    return Err(BackboneError::NoLongformer {
                        model_type: config.model_type(),
                    });
                };
                let longformer = Longformer::from_bert(target, bert, device)?;
                let target = BodyConfig::Longformer(target.clone());
                Ok((target, Body::Longformer(longformer)))
            }
            Self::Statistics { of: Unit::Tensor } => {
                Ok((config, body.map(&mut Redraw::new(rng, BTreeMap::new()))))
            }
            Self::Statistics { of: Unit::Layer } => {
                let pooled = pooled(&body);
                Ok((config, body.map(&mut Redraw::new(rng, pooled))))
            }
            Self::ScaledResiduals {} => scaled_residuals(config, body),
        }
    }
}

/// The body with its config, where what is fresh in every body of its kind has the size it has in
/// `target`; another kind of body is left as it is.
pub fn with_fresh_positions(
    (mut config, mut body): (BodyConfig, Body),
    target: &BodyConfig,
    device: &Device,
) -> (BodyConfig, Body) {
    if config.model_type() == target.model_type() {
        let positions = target.positions();
        config.model_mut().set_fresh_positions(positions);
        body.model_mut().set_fresh_positions(positions, device);
    }
    (config, body)
}

/// So many layers from one on.
fn slice(
    mut config: BodyConfig,
    mut body: Body,
    from: usize,
    layers: usize,
) -> Result<(BodyConfig, Body), BackboneError> {
    let there = config.layers();
    let last = from.saturating_add(layers);
    if last > there {
        return Err(BackboneError::TooFewLayers { asked: last, there });
    }
    if let BodyConfig::Longformer(config) = &mut config
        && let Windows::PerLayer(windows) = &mut config.attention_window
    {
        windows.drain(..from.min(windows.len()));
    }
    body.model_mut().keep_layers(from..last);
    Ok((config.with_layers(layers), body))
}

/// A random body with these parts of another one.
fn with_parts(
    config: BodyConfig,
    body: Body,
    parts: &str,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Result<(BodyConfig, Body), BackboneError> {
    let no_parts = |problem: PolicyError| BackboneError::NoParts {
        model_type: config.model_type(),
        problem: problem.to_string(),
    };
    let policy: Policy = parts.parse().map_err(no_parts)?;
    let mut ledger = Ledger::new();
    body.label(&mut ledger);
    policy.check(&body, &ledger).map_err(no_parts)?;
    let layers = ledger.layers();
    let stays = ledger.entries().iter();
    let stays = stays.filter(|entry| policy.trains(entry.label, layers));
    let stays = stays.map(|entry| entry.id.val()).collect();
    let fresh = Body::random(&config, &mut Init::new(rng, device))?;
    let mut drawn = Drawn(VecDeque::new());
    fresh.visit(&mut drawn);
    let body = body.map(&mut Exchange {
        stays,
        drawn: drawn.0,
        device,
    });
    Ok((config, body))
}

/// The numbers of a body's parameters, in its order.
struct Drawn(VecDeque<TensorData>);

impl ModuleVisitor for Drawn {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push_back(param.val().into_data());
    }
}

/// Gives the parameters of a body, but for some, the numbers of another one of its shape.
struct Exchange<'a> {
    stays: BTreeSet<u64>,
    drawn: VecDeque<TensorData>,
    device: &'a Device,
}

impl ModuleMapper for Exchange<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let drawn = self.drawn.pop_front();
        match drawn {
            Some(drawn) if !self.stays.contains(&param.id.val()) => {
                param.map(|_| Tensor::from_data(drawn, self.device))
            }
            _ => param,
        }
    }
}

fn scaled_residuals(
    config: BodyConfig,
    mut body: Body,
) -> Result<(BodyConfig, Body), BackboneError> {
    let factor = (2.0 * config.layers() as f64).powf(-0.5);
    let projections = body.model_mut().residual_projections();
    if projections.is_empty() {
        return Err(BackboneError::NoResiduals {
            model_type: config.model_type(),
        });
    }
    for weight in projections {
        *weight = weight.clone().map(|tensor| tensor * factor);
    }
    Ok((config, body))
}

/// Mean and standard deviation over the matrices of each layer, under every matrix's id.
fn pooled(body: &Body) -> BTreeMap<u64, Moments> {
    struct Matrices(BTreeMap<u64, Moments>);

    impl ModuleVisitor for Matrices {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if D > 1 {
                let values: Vec<f32> = param.val().into_data().iter::<f32>().collect();
                self.0.insert(param.id.val(), Moments::of(&values));
            }
        }
    }

    let mut matrices = Matrices(BTreeMap::new());
    body.visit(&mut matrices);
    let mut ledger = Ledger::new();
    body.label(&mut ledger);
    let layers = ledger.entries().iter().filter_map(|entry| {
        let layer = entry.label.layer?;
        let moments = matrices.0.get(&entry.id.val())?;
        Some((entry.id.val(), layer, *moments))
    });
    let layers: Vec<(u64, usize, Moments)> = layers.collect();
    let mut sums = BTreeMap::<usize, Moments>::new();
    for (_, layer, moments) in &layers {
        sums.entry(*layer).or_default().add(*moments);
    }
    let shared = layers.into_iter().map(|(id, layer, _)| (id, sums[&layer]));
    shared.collect()
}

/// Count, sum and sum of squares of some numbers.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn of(values: &[f32]) -> Self {
        let mut moments = Self::default();
        for value in values.iter().map(|value| f64::from(*value)) {
            moments.count += 1.0;
            moments.sum += value;
            moments.squares += value * value;
        }
        moments
    }

    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    /// Mean and standard deviation.
    fn normal(self) -> (f64, f64) {
        let count = self.count.max(1.0);
        let mean = self.sum / count;
        (mean, (self.squares / count - mean * mean).max(0.0).sqrt())
    }
}

/// Draws every parameter anew: with the moments under its id, or else its own.
struct Redraw<'a> {
    rng: &'a mut ChaCha8Rng,
    shared: BTreeMap<u64, Moments>,
}

impl<'a> Redraw<'a> {
    fn new(rng: &'a mut ChaCha8Rng, shared: BTreeMap<u64, Moments>) -> Self {
        Self { rng, shared }
    }
}

impl ModuleMapper for Redraw<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let shared = self.shared.get(&param.id.val()).copied();
        param.map(|tensor| {
            let (device, shape) = (tensor.device(), tensor.dims());
            let values: Vec<f32> = tensor.into_data().iter::<f32>().collect();
            let moments = shared.unwrap_or_else(|| Moments::of(&values));
            let drawn = normal_like(&values, moments.normal(), self.rng);
            Tensor::from_data(TensorData::new(drawn, shape), &device)
        })
    }
}
