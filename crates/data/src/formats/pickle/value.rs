use std::borrow::Cow;

/// A value on the stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Bool(bool),
    Int(i64),
    Text(&'a str),
    /// Also the text of Python 2.
    Bytes(&'a [u8]),
    /// Bytes as Python 3 writes them for Python 2: each is the character of its number.
    Latin(&'a str),
    /// Number of something that holds others.
    Node(usize),
    /// Anything else.
    Opaque,
}

impl<'a> Value<'a> {
    /// The value, if it is a whole number.
    pub fn int(self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(number),
            _ => None,
        }
    }

    /// Whether it is this text, in whichever form.
    pub fn named(self, name: &str) -> bool {
        match self {
            Value::Text(text) | Value::Latin(text) => text == name,
            Value::Bytes(bytes) => bytes == name.as_bytes(),
            _ => false,
        }
    }

    /// The value, if it is bytes.
    pub fn bytes(self) -> Option<Cow<'a, [u8]>> {
        match self {
            Self::Bytes(bytes) => Some(Cow::Borrowed(bytes)),
            Self::Latin(text) => {
                let bytes: Result<Vec<u8>, _> = text.chars().map(u8::try_from).collect();
                Some(Cow::Owned(bytes.ok()?))
            }
            _ => None,
        }
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
