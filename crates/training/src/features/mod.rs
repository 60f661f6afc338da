//! Hidden states that are computed once.
//!
//! Where nothing below the readout trains and nothing drops, the hidden states that the output net
//! reads are a pure function of the example. They are kept in a file, and a gradient step is then
//! only the output net's.

mod key;
mod rows;

use crate::feed::Examples;
use crate::job::Job;
use crate::model::Model;
use backbone::{BodyConfig, InitialState, Pass};
use burn::module::Module;
use burn::tensor::Device;
use freezing_policy::{Group, Policy};
use rows::Rows;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use tasks::{Batch, Shape, Split, Stored, Task};

/// Training examples whose hidden states enter the key.
const PROBE: usize = 2;

/// The examples of a task as the frozen part of a model leaves them.
///
/// A row holds an example's hidden states at the readout positions, f32 `[positions, width]`, and
/// behind them its targets, u32 `[positions, predictions]`, little-endian. Rows are numbered
/// through training set, validation split and test split; each is computed when it is first read.
pub(crate) struct Features<'a> {
    task: &'a dyn Task,
    stored: &'a dyn Stored,
    frozen: Frozen,
    rows: Rows,
    /// Why rows are not kept any more.
    failure: OnceLock<io::Error>,
    /// Whether that has been told.
    told: AtomicBool,
}

/// A model to compute hidden states with, off any graph.
struct Frozen {
    model: Model,
    shape: Shape,
    device: Device,
}

impl<'a> Features<'a> {
    /// The features of a job, kept in `folder`; none where its hidden states change while it trains
    /// or its training examples are not stored.
    ///
    /// # Errors
    /// When the file cannot be opened or made.
    pub fn open(
        job: &Job,
        policy: &Policy,
        task: &'a dyn Task,
        model: &Model,
        device: &Device,
        folder: &Path,
    ) -> io::Result<Option<Self>> {
        let Some(stored) = task.stored().filter(|_| is_constant(job, policy, model)) else {
            return Ok(None);
        };
        let frozen = Frozen {
            model: model.valid(),
            shape: task.shape(),
            device: device.clone().inner(),
        };
        let probe: Vec<usize> = (0..PROBE.min(stored.count())).collect();
        let probe = frozen.rows(&stored.gather(&probe));
        let key = key::key(job, task, &frozen.model, &probe);
        let name = blake3::Hash::from(key).to_hex();
        let count = stored.count() + task.len(Split::Validation) + task.len(Split::Test);
        let path = folder.join(format!("{}.rows", &name[..32]));
        let rows = Rows::open(&path, key, count, frozen.width(job.body.width()))?;
        Ok(Some(Self {
            task,
            stored,
            frozen,
            rows,
            failure: OnceLock::new(),
            told: AtomicBool::new(false),
        }))
    }

    /// The training batch of a step.
    pub fn step(&self, seed: u64, step: u64, size: usize) -> Examples {
        let indices = self.stored.indices(seed, step, size);
        self.take(&indices, 0, |missing| self.stored.gather(missing))
    }

    /// Examples `range` of a split.
    pub fn split(&self, split: Split, range: Range<usize>) -> Examples {
        let first = match split {
            Split::Validation => self.stored.count(),
            Split::Test => self.stored.count() + self.task.len(Split::Validation),
        };
        let indices: Vec<usize> = range.collect();
        self.take(&indices, first, |missing| {
            let example = |index: &usize| self.task.examples(split, *index..index + 1);
            let mut batch = example(&missing[0]);
            missing[1..]
                .iter()
                .for_each(|index| batch.append(example(index)));
            batch
        })
    }

    /// Why rows are not kept any more; only said once.
    pub fn complaint(&self) -> Option<String> {
        let failure = self.failure.get()?;
        (!self.told.swap(true, Ordering::Relaxed)).then(|| failure.to_string())
    }

    /// The rows of `indices` behind row `first`; what is missing of them is computed from the batch
    /// that `examples` makes, and kept.
    fn take(
        &self,
        indices: &[usize],
        first: usize,
        examples: impl Fn(&[usize]) -> Batch,
    ) -> Examples {
        let width = self.rows.width();
        let mut content = vec![0; indices.len() * width];
        let mut places = Vec::new();
        for (place, row) in content.chunks_exact_mut(width).enumerate() {
            if !self.rows.read(first + indices[place], row) {
                places.push(place);
            }
        }
        if !places.is_empty() {
            let missing: Vec<usize> = places.iter().map(|place| indices[*place]).collect();
            let computed = self.frozen.rows(&examples(&missing));
            for (place, row) in places.into_iter().zip(computed.chunks_exact(width)) {
                content[place * width..][..width].copy_from_slice(row);
                self.keep(first + indices[place], row);
            }
        }
        self.frozen.examples(&content, width)
    }

    fn keep(&self, row: usize, content: &[u8]) {
        if self.failure.get().is_none()
            && let Err(error) = self.rows.write(row, content)
        {
            let _ = self.failure.set(error);
        }
    }
}

impl Frozen {
    /// Bytes of a row, at a width of the body.
    fn width(&self, width: usize) -> usize {
        let readout = self.shape.readout;
        4 * readout.positions * (width + readout.predictions)
    }

    /// Computes the rows of a batch.
    fn rows(&self, batch: &Batch) -> Vec<u8> {
        let mut pass = Pass::evaluation();
        let hidden = self
            .model
            .hidden(batch, self.shape, &mut pass, &self.device)
            .into_data();
        let hidden: Vec<f32> = hidden.iter::<f32>().collect();
        let (states, targets) = (hidden.len() / batch.size, batch.targets.len() / batch.size);
        let examples = hidden.chunks(states).zip(batch.targets.chunks(targets));
        examples
            .flat_map(|(hidden, targets)| {
                let hidden = hidden.iter().flat_map(|value| value.to_le_bytes());
                hidden.chain(targets.iter().flat_map(|target| target.to_le_bytes()))
            })
            .collect()
    }

    /// The examples in rows of `width` bytes.
    fn examples(&self, rows: &[u8], width: usize) -> Examples {
        let readout = self.shape.readout;
        let states = width - 4 * readout.positions * readout.predictions;
        let size = rows.len() / width;
        let (mut hidden, mut targets) = (Vec::new(), Vec::new());
        for row in rows.chunks_exact(width) {
            let (values, classes) = row.split_at(states);
            let (values, _) = values.as_chunks();
            let (classes, _) = classes.as_chunks();
            hidden.extend(values.iter().map(|bytes| f32::from_le_bytes(*bytes)));
            targets.extend(classes.iter().map(|bytes| u32::from_le_bytes(*bytes)));
        }
        Examples::read(size, hidden, targets)
    }
}

/// Whether the hidden states that are read never change while a job trains.
fn is_constant(job: &Job, policy: &Policy, model: &Model) -> bool {
    let ledger = model.ledger();
    let labels = ledger.entries().iter().map(|entry| entry.label);
    let below = |label: &freezing_policy::Label| label.group != Group::Output;
    let trains_below = labels
        .filter(below)
        .any(|label| policy.trains(label, ledger.layers()));
    // The one body that draws numbers without dropout.
    let draws = matches!(
        &job.body,
        BodyConfig::Lstm(config) if config.initial_state == InitialState::Noise
    );
    model.output.is_some() && !trains_below && !draws && job.recipe.dropout == 0.0
}
