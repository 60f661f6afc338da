use crate::activation::Activation;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const GATED: &str = "gated-";

/// What stands between T5's dense layers: `relu` in T5 1.0, `gated-gelu` in 1.1 and flan, and other
/// functions of the same two forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FeedForwardProj {
    /// Whether the function of one product is multiplied with another product.
    pub gated: bool,
    pub activation: Activation,
}

impl FeedForwardProj {
    /// T5 1.0's.
    pub(super) const RELU: Self = Self {
        gated: false,
        activation: Activation::Relu,
    };
}

impl TryFrom<String> for FeedForwardProj {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        let (gated, name) = match text.strip_prefix(GATED) {
            Some(name) => (true, name),
            None => (false, &*text),
        };
        let activation = match (gated, name) {
            // As T5 1.1 was published: its tanh GELU under this name.
            (true, "gelu") => Activation::GeluNew,
            _ => named(name)?,
        };
        Ok(Self { gated, activation })
    }
}

impl From<FeedForwardProj> for String {
    fn from(FeedForwardProj { gated, activation }: FeedForwardProj) -> Self {
        match (gated, activation) {
            (false, activation) => activation.to_string(),
            (true, Activation::GeluNew) => format!("{GATED}gelu"),
            // The name of the exact GELU that the tanh GELU has not taken.
            (true, Activation::Gelu) => format!("{GATED}gelu_python"),
            (true, activation) => format!("{GATED}{activation}"),
        }
    }
}

fn named(activation: &str) -> Result<Activation, Error> {
    let name: StrDeserializer<'_, Error> = activation.into_deserializer();
    Activation::deserialize(name)
}

/// Takes what `transformers` made of `feed_forward_proj` and stored beside it, which goes before it
/// when the file is read again.
///
/// # Errors
/// A sentence with the field that is not as it is stored.
pub(super) fn stored(
    hub: &Map<String, Value>,
    fields: &mut Map<String, Value>,
) -> Result<(), String> {
    let (activation, gated) = (hub.get("dense_act_fn"), hub.get("is_gated_act"));
    if activation.is_none() && gated.is_none() {
        return Ok(());
    }
    let Some(text) = fields.get("feed_forward_proj").and_then(Value::as_str) else {
        return Ok(());
    };
    let said =
        |field: &str, value: &Value, problem: String| format!("`{field}` is {value}: {problem}");
    let mut found = FeedForwardProj::try_from(text.to_owned())
        .map_err(|error| said("feed_forward_proj", &text.into(), error.to_string()))?;
    if let Some(value) = activation {
        let name = value.as_str();
        let name = name.ok_or_else(|| said("dense_act_fn", value, "expected a name".into()))?;
        found.activation =
            named(name).map_err(|error| said("dense_act_fn", value, error.to_string()))?;
    }
    if let Some(value) = gated {
        let gated = value.as_bool();
        let gated =
            gated.ok_or_else(|| said("is_gated_act", value, "expected true or false".into()))?;
        found.gated = gated;
    }
    fields.insert("feed_forward_proj".to_owned(), String::from(found).into());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::FeedForwardProj;
    use crate::activation::Activation;

    #[test]
    fn what_is_written_is_read_again() {
        let activations = [
            Activation::Gelu,
            Activation::GeluNew,
            Activation::Gelu10,
            Activation::Relu,
            Activation::Relu2,
            Activation::Silu,
        ];
        for activation in activations {
            for gated in [false, true] {
                let proj = FeedForwardProj { gated, activation };
                let text = String::from(proj);
                assert_eq!(FeedForwardProj::try_from(text.clone()), Ok(proj), "{text}");
            }
        }
        let gated = String::from(FeedForwardProj {
            gated: true,
            activation: Activation::GeluNew,
        });
        assert_eq!(gated, "gated-gelu");
    }
}
