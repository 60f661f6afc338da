use burn::optim::OptimizerRecord;
use burn::store::{ModuleRecord, RecordError};
use burn::tensor::Bytes;
use std::path::PathBuf;

/// What burn writes into a file and reads back: parameters, or an optimizer's state.
pub(crate) trait Record: Sized {
    fn bytes(self) -> Result<Bytes, RecordError>;
    fn load(path: PathBuf) -> Result<Self, RecordError>;
}

impl Record for ModuleRecord {
    fn bytes(self) -> Result<Bytes, RecordError> {
        self.into_bytes()
    }

    fn load(path: PathBuf) -> Result<Self, RecordError> {
        Self::load(path)
    }
}

impl Record for OptimizerRecord {
    fn bytes(self) -> Result<Bytes, RecordError> {
        self.into_bytes()
    }

    fn load(path: PathBuf) -> Result<Self, RecordError> {
        Self::load(path)
    }
}
