use crate::names::TensorNames;
use serde_json::{Map, Value};

/// Takes what fields of a file say together into those that were understood.
pub(crate) type Combine = fn(&Map<String, Value>, &mut Map<String, Value>) -> Result<(), String>;

/// How `transformers` writes a kind of model. Of `config.json` this is what the struct of the
/// config, whose fields are named alike, does not say.
#[derive(Clone, Debug, Default)]
pub(crate) struct HubFormat {
    /// What `architectures` says.
    pub architecture: &'static str,
    /// Values of fields that a file may leave out, as `transformers` fills them in. A field that is
    /// not among them has to be there.
    pub defaults: Value,
    /// Fields among these that are ours and not of `transformers`.
    pub own: &'static [&'static str],
    /// Other names of fields, with the field. Where a file has both, `transformers` takes the other.
    pub aliases: &'static [(&'static str, &'static str)],
    /// Settings that this body cannot change: absent, or exactly this.
    pub fixed: Value,
    /// Fields of this kind that change nothing that is computed here from hidden states.
    pub idle: &'static [&'static str],
    /// What more than one field says.
    pub combine: Option<Combine>,
    /// Settings that are written where the config does not say them.
    pub written: Value,
    /// Whether dense layers lie `[in, out]`, made as convolutions; others are `[out, in]`.
    pub convolutions: bool,
    pub names: TensorNames,
}
