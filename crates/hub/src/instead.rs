use crate::error::HubError;
use crate::model::Model;
use crate::name::Name;

/// What a repository may hold in the place of a config or of weights that can be read.
const OTHERS: [(&str, &str); 3] = [
    (
        "adapter_config.json",
        "an adapter without its body: name the model it was made for, or merge the two \
         (`model.merge_and_unload().save_pretrained(FOLDER)` of `peft`) and name the folder",
    ),
    (
        "tf_model.h5",
        "weights of TensorFlow: convert them into a folder with transformers 4, \
         `AutoModel.from_pretrained(NAME, from_tf=True).save_pretrained(FOLDER)`",
    ),
    (
        "flax_model.msgpack",
        "weights of Flax: convert them into a folder with transformers 4, \
         `AutoModel.from_pretrained(NAME, from_flax=True).save_pretrained(FOLDER)`",
    ),
];

/// The error, or what the repository holds instead of what is not there.
pub(crate) fn or_instead(
    error: HubError,
    model: &Model<'_>,
    name: &Name,
    revision: &str,
) -> HubError {
    if !matches!(error, HubError::NoFile { .. } | HubError::NoWeights(_)) {
        return error;
    }
    let other = OTHERS.iter().find(|(file, _)| model.offers(revision, file));
    other.map_or(error, |(file, what)| HubError::Other {
        name: name.to_string(),
        file,
        what,
    })
}
