use crate::names::TensorNames;
use serde_json::Value;

/// How `transformers` writes a kind of model. Of `config.json` this is what the struct of the
/// config, whose fields are named alike, does not say.
#[derive(Clone, Debug, Default)]
pub(crate) struct HubFormat {
    /// What `architectures` says.
    pub architecture: &'static str,
    /// Values of fields that a file may leave out, as `transformers` fills them in.
    pub defaults: Value,
    /// Settings that this body cannot change: absent, or exactly this.
    pub fixed: Value,
    /// Settings that are written beside these, and may be anything when they are read.
    pub written: Value,
    /// Whether dense layers lie `[in, out]`, made as convolutions; others are `[out, in]`.
    pub convolutions: bool,
    pub names: TensorNames,
}
