//! Hidden states that are computed once.

use super::examples::Examples;
use super::lower::{Lower, examples, width};
use super::rows::Rows;
use super::{cut, key, room};
use crate::job::Job;
use crate::model::Model;
use burn::module::Module;
use burn::tensor::Device;
use freezing_policy::Policy;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use tasks::{Split, Stored, Task};

/// Training examples whose hidden states enter the key.
const PROBE: usize = 2;

/// Bytes that all files take at most: room for the images of CIFAR-10 in a body of GPT-2's size.
const MOST_BYTES: u64 = 16 << 30;

/// The examples of a task as the frozen part of a model leaves them.
///
/// Rows are numbered through training set, validation split and test sets; each is computed when
/// it is first read.
pub(super) struct HiddenStates<'a> {
    task: &'a dyn Task,
    stored: &'a dyn Stored,
    /// Computes training examples.
    training: Lower,
    /// Computes examples of the splits.
    evaluation: Lower,
    rows: Rows,
    /// Where the rows are.
    pub path: PathBuf,
    /// Why rows are not kept any more.
    failure: OnceLock<io::Error>,
    /// Whether that has been told.
    told: AtomicBool,
}

impl<'a> HiddenStates<'a> {
    /// The hidden states of a job, kept in `folder`; none where all its hidden states change while it
    /// trains, its training examples are not stored, or they would take too much room.
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
        let Some(depth) = cut::highest(job, policy, model) else {
            return Ok(None);
        };
        let shape = task.shape();
        let width = width(shape, depth, &job.body);
        let tests = (0..task.tests().len()).map(|test| task.len(Split::Test(test)));
        let held = task.len(Split::Validation) + tests.sum::<usize>();
        let bytes = |count: usize| (count as u64).saturating_mul(width as u64);
        let fits = |stored: &&dyn Stored| bytes(stored.count() + held) <= MOST_BYTES;
        let Some(stored) = task.stored().filter(fits) else {
            return Ok(None);
        };
        let lower = |model: Model, device: Device| Lower {
            model: model.below(depth),
            shape,
            depth,
            precision: job.recipe.precision,
            device,
        };
        let training = lower(model.clone(), device.clone());
        let evaluation = lower(model.valid(), device.clone().inner());
        let probe: Vec<usize> = (0..PROBE.min(stored.count())).collect();
        let probe = stored.gather(&probe);
        if !probe.read.is_empty() {
            // A row does not say where its example is read.
            return Ok(None);
        }
        let probe = [training.rows(&probe), evaluation.rows(&probe)].concat();
        let key = key::key(job, task, &evaluation.model, depth, &probe);
        let name = blake3::Hash::from(key).to_hex();
        let path = folder.join(format!("{}.rows", &name[..32]));
        let count = stored.count() + held;
        room::make(folder, &path, MOST_BYTES - bytes(count));
        let rows = Rows::open(&path, key, count, width)?;
        Ok(Some(Self {
            task,
            stored,
            training,
            evaluation,
            rows,
            path,
            failure: OnceLock::new(),
            told: AtomicBool::new(false),
        }))
    }

    /// The training batch of a step.
    pub fn step(&self, seed: u64, step: u64, size: usize) -> Examples {
        let indices = self.stored.indices(seed, step, size);
        self.take(&indices, 0, |missing| {
            self.training.rows(&self.stored.gather(missing))
        })
    }

    /// Examples `range` of a split.
    pub fn split(&self, split: Split, range: Range<usize>) -> Examples {
        let first = match split {
            Split::Validation => self.stored.count(),
            Split::Test(test) => {
                let before = (0..test).map(|test| self.task.len(Split::Test(test)));
                self.stored.count() + self.task.len(Split::Validation) + before.sum::<usize>()
            }
        };
        let indices: Vec<usize> = range.collect();
        self.take(&indices, first, |missing| {
            let example = |index: &usize| self.task.examples(split, *index..index + 1);
            let mut batch = example(&missing[0]);
            missing[1..]
                .iter()
                .for_each(|index| batch.append(example(index)));
            self.evaluation.rows(&batch)
        })
    }

    /// Why rows are not kept any more; only said once.
    pub fn complaint(&self) -> Option<String> {
        let failure = self.failure.get()?;
        (!self.told.swap(true, Ordering::Relaxed)).then(|| failure.to_string())
    }

    /// The examples in the rows of `indices` behind row `first`; rows that are missing are computed
    /// by `compute`, all at once, and kept.
    fn take(
        &self,
        indices: &[usize],
        first: usize,
        compute: impl Fn(&[usize]) -> Vec<u8>,
    ) -> Examples {
        let width = self.rows.width();
        let mut content = vec![0; indices.len() * width];
        let mut missing = Vec::new();
        for (at, row) in content.chunks_exact_mut(width).enumerate() {
            if !self.rows.read(first + indices[at], row) {
                missing.push(at);
            }
        }
        if !missing.is_empty() {
            let computed: Vec<usize> = missing.iter().map(|at| indices[*at]).collect();
            let computed = compute(&computed);
            for (at, row) in missing.into_iter().zip(computed.chunks_exact(width)) {
                content[at * width..][..width].copy_from_slice(row);
                self.keep(first + indices[at], row);
            }
        }
        examples(&content, width, self.task.shape(), self.training.depth)
    }

    fn keep(&self, row: usize, content: &[u8]) {
        if self.failure.get().is_none()
            && let Err(error) = self.rows.write(row, content)
        {
            let _ = self.failure.set(error);
        }
    }
}
