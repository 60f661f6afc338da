use serde::de::value::Error;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

/// The fields of a struct, in its order: what it asks for when it is read. Nothing is.
pub(crate) fn fields<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut fields = Fields(&[]);
    // It fails as soon as it has named them.
    let _ = T::deserialize(&mut fields);
    fields.0
}

struct Fields(&'static [&'static str]);

impl<'de> Deserializer<'de> for &mut Fields {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0 = fields;
        self.deserialize_any(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("there is nothing to read"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::fields;
    use serde::Deserialize;

    #[test]
    fn fields_are_those_of_the_struct_whether_they_may_be_left_out_or_not() {
        #[derive(Deserialize)]
        #[allow(dead_code)]
        struct Config {
            n_layer: usize,
            #[serde(default)]
            n_inner: Option<usize>,
        }
        assert_eq!(fields::<Config>(), ["n_layer", "n_inner"]);
    }
}
