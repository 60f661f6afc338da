//! What a run needs besides its job: what all runs of a process share, and where its own files go.

use crate::reuse::Reuse;
use burn::tensor::Device;
use std::path::PathBuf;
use tasks::DataDir;

/// What the jobs of a process have in common.
pub struct Workplace<'a> {
    pub(crate) device: Device,
    pub(crate) data: DataDir,
    pub(crate) hidden_states: PathBuf,
    pub(crate) reuse: &'a Reuse,
}

impl<'a> Workplace<'a> {
    /// An autodiff device, the data folder, and the folder where hidden states of frozen models are
    /// kept: what is in it may be removed at any time.
    pub fn new(
        device: Device,
        data: DataDir,
        hidden_states: impl Into<PathBuf>,
        reuse: &'a Reuse,
    ) -> Self {
        let hidden_states = hidden_states.into();
        Self {
            device,
            data,
            hidden_states,
            reuse,
        }
    }
}

/// What a job writes.
#[derive(Clone, Debug)]
pub struct JobFiles {
    /// The folder of what the run resumes from.
    pub checkpoint: PathBuf,
    /// The folder in which a pretraining leaves its body.
    pub body: PathBuf,
    /// The file of the parameters that trained, as they were tested.
    pub trained: PathBuf,
}
