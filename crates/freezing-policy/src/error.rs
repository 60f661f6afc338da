use thiserror::Error;

/// Why a policy cannot be read or does not fit a model.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PolicyError {
    #[error(
        "unknown policy or parameter group `{0}`; known are fpt, full, both, input, output, \
         position, layer-norm, feed-forward, attention, embedding"
    )]
    UnknownTerm(String),
    #[error("`{0}` is not a layer; write a number, `last`, or a range like 0-3")]
    BadLayer(String),
    #[error("policy `{policy}` matches nothing: this model has no parameter in `{term}`")]
    MatchesNothing { policy: String, term: String },
    #[error(
        "policy `{policy}`: `{term}` is beyond the layers of this model, which has {layers}, counted from 0"
    )]
    BeyondLayers {
        policy: String,
        term: String,
        layers: usize,
    },
    #[error(
        "policy `{policy}`: of `{term}`, {groups} are of no such layer; name the groups apart, as `layer-norm@last`"
    )]
    OfNoLayer {
        policy: String,
        term: String,
        groups: String,
    },
    #[error("{0} parameters of the model carry no group label")]
    Unlabelled(usize),
    #[error("a parameter of the model carries more than one group label, or is not in the model")]
    LabelledTwice,
}
