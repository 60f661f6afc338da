use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// The window of every layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Windows {
    Same(usize),
    PerLayer(Vec<usize>),
}

impl<'de> Deserialize<'de> for Windows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Numbers;

        impl<'de> Visitor<'de> for Numbers {
            type Value = Windows;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a window, or a list with a window for each layer")
            }

            fn visit_u64<E: serde::de::Error>(self, window: u64) -> Result<Windows, E> {
                let window = usize::try_from(window);
                window.map(Windows::Same).map_err(serde::de::Error::custom)
            }

            fn visit_i64<E: serde::de::Error>(self, window: i64) -> Result<Windows, E> {
                let window = usize::try_from(window);
                window.map(Windows::Same).map_err(serde::de::Error::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Windows, A::Error> {
                let mut windows = Vec::new();
                while let Some(window) = list.next_element()? {
                    windows.push(window);
                }
                Ok(Windows::PerLayer(windows))
            }
        }

        deserializer.deserialize_any(Numbers)
    }
}
