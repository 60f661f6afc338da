use burn::optim::OptimizerRecord;
use burn::store::{ModuleRecord, RecordError};
use burn::tensor::Bytes;

/// What burn writes into a file and reads back: parameters, or an optimizer's state.
pub(crate) trait Record: Sized {
    fn bytes(self) -> Result<Bytes, RecordError>;
    fn of(bytes: Vec<u8>) -> Result<Self, RecordError>;
}

impl Record for ModuleRecord {
    fn bytes(self) -> Result<Bytes, RecordError> {
        self.into_bytes()
    }

    fn of(bytes: Vec<u8>) -> Result<Self, RecordError> {
        Self::from_bytes(Bytes::from_bytes_vec(bytes))
    }
}

impl Record for OptimizerRecord {
    fn bytes(self) -> Result<Bytes, RecordError> {
        self.into_bytes()
    }

    fn of(bytes: Vec<u8>) -> Result<Self, RecordError> {
        Self::from_bytes(Bytes::from_bytes_vec(bytes))
    }
}
