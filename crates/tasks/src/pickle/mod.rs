//! Python pickles, protocols 2 to 5, as data: nothing in them is looked up, called or run.
//!
//! Out come dictionaries, lists and tuples of whole numbers, text and bytes. Of what would be called
//! (numpy arrays) the arguments and the state are kept. Values are small copies that point into the
//! input or at each other by number, so references to references cannot multiply and no nesting is
//! too deep; and the number of instructions is bounded.

mod machine;
#[cfg(test)]
mod tests;

/// A value on the stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Bool(bool),
    Int(i64),
    Text(&'a str),
    /// Also the text of Python 2.
    Bytes(&'a [u8]),
    /// Number of something that holds others.
    Node(usize),
    /// Anything else.
    Opaque,
}

impl Value<'_> {
    /// The value, if it is a whole number.
    pub fn int(self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(number),
            _ => None,
        }
    }

    /// Whether it is this text, in whichever form.
    pub fn named(self, name: &str) -> bool {
        self == Value::Text(name) || self == Value::Bytes(name.as_bytes())
    }
}

#[derive(Debug)]
enum Node<'a> {
    /// A list, tuple or set.
    Items(Vec<Value<'a>>),
    Dict(Vec<(Value<'a>, Value<'a>)>),
    /// What a call would make.
    Object {
        arguments: Value<'a>,
        state: Value<'a>,
    },
}

/// What a pickle holds.
#[derive(Debug)]
pub(crate) struct Pickle<'a> {
    pub top: Value<'a>,
    nodes: Vec<Node<'a>>,
}

impl<'a> Pickle<'a> {
    /// Decodes a whole pickle; says where and why it is none otherwise.
    pub fn decode(input: &'a [u8]) -> Result<Self, String> {
        let (top, nodes) = machine::run(input)?;
        Ok(Self { top, nodes })
    }

    /// An entry of a dictionary; the last one of a name counts.
    pub fn get(&self, dict: Value<'a>, name: &str) -> Option<Value<'a>> {
        let Node::Dict(entries) = self.node(dict)? else {
            return None;
        };
        let (_, value) = entries.iter().rev().find(|(key, _)| key.named(name))?;
        Some(*value)
    }

    /// What a list or tuple holds; nothing where it is none.
    pub fn items(&self, list: Value<'a>) -> &[Value<'a>] {
        match self.node(list) {
            Some(Node::Items(items)) => items,
            _ => &[],
        }
    }

    /// What would be called to make an object is given this.
    pub fn arguments(&self, object: Value<'a>) -> Option<Value<'a>> {
        match self.node(object)? {
            Node::Object { arguments, .. } => Some(*arguments),
            _ => None,
        }
    }

    /// What would then be its state.
    pub fn state(&self, object: Value<'a>) -> Option<Value<'a>> {
        match self.node(object)? {
            Node::Object { state, .. } => Some(*state),
            _ => None,
        }
    }

    fn node(&self, value: Value<'a>) -> Option<&Node<'a>> {
        match value {
            Value::Node(number) => self.nodes.get(number),
            _ => None,
        }
    }
}
