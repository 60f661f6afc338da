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

/// Something that holds values.
#[derive(Debug)]
pub(super) enum Node<'a> {
    /// A list, tuple or set.
    Items(Vec<Value<'a>>),
    Dict(Vec<(Value<'a>, Value<'a>)>),
    /// What a call would make.
    Object {
        arguments: Value<'a>,
        state: Value<'a>,
    },
}
