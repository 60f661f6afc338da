//! Python pickles, protocols 2 to 5, as data: nothing in them is looked up, called or run.
//!
//! Out come dictionaries, lists and tuples of whole numbers, text and bytes. Of what would be called
//! (numpy arrays) the arguments and the state are kept. Values are small copies that point into the
//! input or at each other by number, so references to references cannot multiply and no nesting is
//! too deep; and the number of instructions is bounded.

mod decode;
mod machine;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use decode::Pickle;
pub(crate) use value::Value;
