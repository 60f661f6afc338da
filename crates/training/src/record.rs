use burn::optim::OptimizerRecord;
use burn::store::{ModuleRecord, RecordError};
use std::path::PathBuf;

/// What burn writes into a file and reads back: parameters, or an optimizer's state.
pub(crate) trait Record: Sized {
    fn save(self, path: PathBuf) -> Result<(), RecordError>;
    fn load(path: PathBuf) -> Result<Self, RecordError>;
}

impl Record for ModuleRecord {
    fn save(self, path: PathBuf) -> Result<(), RecordError> {
        Self::save(self, path)
    }

    fn load(path: PathBuf) -> Result<Self, RecordError> {
        Self::load(path)
    }
}

impl Record for OptimizerRecord {
    fn save(self, path: PathBuf) -> Result<(), RecordError> {
        Self::save(self, path)
    }

    fn load(path: PathBuf) -> Result<Self, RecordError> {
        Self::load(path)
    }
}
