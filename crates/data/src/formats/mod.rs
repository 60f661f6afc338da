//! Files of formats that others made. Readers are bounded and never trust a length.

pub(crate) mod hub_parquet;
pub(crate) mod lmdb;
pub(crate) mod pickle;
pub(crate) mod rows;
pub(crate) mod text;
