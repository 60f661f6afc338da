//! Python's pickles, read as data: nothing is looked up, called or executed. What would be called
//! is kept with its arguments, and what would be its state.
//!
//! Protocols 2 to 4, the opcodes of plain values and numpy arrays. Values do not own each other, so
//! no nesting is too deep, and their number is bounded.

use std::collections::HashMap;

/// A value; `Node` stands for one that holds others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// `None`, a float or a class.
    Other,
    Bool(bool),
    Int(i64),
    /// A string of bytes or of text, which python 2 did not tell apart.
    Bytes(&'a [u8]),
    Node(usize),
}

enum Node<'a> {
    /// A tuple or a list.
    Items(Vec<Value<'a>>),
    /// Keys and values.
    Entries(Vec<[Value<'a>; 2]>),
    /// What a call would have made.
    Object {
        arguments: Value<'a>,
        state: Option<Value<'a>>,
    },
}

/// A pickle that has been read.
pub(super) struct Pickle<'a> {
    nodes: Vec<Node<'a>>,
    pub top: Value<'a>,
}

impl<'a> Pickle<'a> {
    /// Reads a pickle of at most `most` values, those counted again that it remembers or recalls; what is wrong with it otherwise.
    pub fn read(bytes: &'a [u8], most: usize) -> Result<Self, String> {
        let mut machine = Machine {
            rest: bytes,
            most,
            made: 0,
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            nodes: Vec::new(),
        };
        loop {
            let place = bytes.len() - machine.rest.len();
            match machine.step() {
                Some(None) => {}
                Some(Some(top)) => {
                    let nodes = machine.nodes;
                    return Ok(Self { nodes, top });
                }
                None => return Err(format!("something else at byte {place}")),
            }
        }
    }

    /// Items of a tuple or a list; none for other values.
    pub fn items(&self, value: Value<'a>) -> &[Value<'a>] {
        match self.node(value) {
            Some(Node::Items(items)) => items,
            _ => &[],
        }
    }

    /// The value of a dictionary's key.
    pub fn get(&self, value: Value<'a>, key: &[u8]) -> Option<Value<'a>> {
        let Some(Node::Entries(entries)) = self.node(value) else {
            return None;
        };
        let found = entries
            .iter()
            .find(|[known, _]| *known == Value::Bytes(key));
        found.map(|[_, value]| *value)
    }

    /// What an object was called with.
    pub fn arguments(&self, value: Value<'a>) -> Option<Value<'a>> {
        match self.node(value)? {
            Node::Object { arguments, .. } => Some(*arguments),
            _ => None,
        }
    }

    /// What an object's state was set to.
    pub fn state(&self, value: Value<'a>) -> Option<Value<'a>> {
        match self.node(value)? {
            Node::Object { state, .. } => *state,
            _ => None,
        }
    }

    fn node(&self, value: Value<'a>) -> Option<&Node<'a>> {
        match value {
            Value::Node(index) => self.nodes.get(index),
            _ => None,
        }
    }
}

struct Machine<'a> {
    rest: &'a [u8],
    most: usize,
    /// Values that were pushed or remembered so far.
    made: usize,
    stack: Vec<Value<'a>>,
    marks: Vec<usize>,
    memo: HashMap<usize, Value<'a>>,
    nodes: Vec<Node<'a>>,
}

impl<'a> Machine<'a> {
    /// Does what the next opcode says; the top value at the end, nothing where it cannot be done.
    fn step(&mut self) -> Option<Option<Value<'a>>> {
        let opcode = self.byte()?;
        match opcode {
            0x80 => self
                .take(1)
                .filter(|version| (2..=4).contains(&version[0]))
                .map(drop)?,
            0x95 => self.take(8).map(drop)?,
            b'.' => return self.stack.pop().map(Some),
            b'(' => self.mark()?,
            b'0' => self.stack.pop().map(drop)?,
            b'N' => self.push(Value::Other)?,
            b'G' => {
                self.take(8)?;
                self.push(Value::Other)?;
            }
            0x88 | 0x89 => self.push(Value::Bool(opcode == 0x88))?,
            b'K' | b'M' | b'J' | 0x8a => {
                let size = match opcode {
                    b'K' => 1,
                    b'M' => 2,
                    b'J' => 4,
                    _ => usize::from(self.byte()?),
                };
                let number = integer(self.take(size)?, matches!(opcode, b'J' | 0x8a))?;
                self.push(Value::Int(number))?;
            }
            b'U' | b'C' | 0x8c => self.text(1)?,
            b'T' | b'X' | b'B' => self.text(4)?,
            0x8d | 0x8e => self.text(8)?,
            b'}' => self.node(Node::Entries(Vec::new()))?,
            b']' | b')' => self.node(Node::Items(Vec::new()))?,
            b't' => {
                let items = self.since_mark()?;
                self.node(Node::Items(items))?;
            }
            0x85..=0x87 => {
                let start = self.stack.len().checked_sub(usize::from(opcode - 0x84))?;
                let items = self.stack.split_off(start);
                self.node(Node::Items(items))?;
            }
            b'a' => {
                let item = self.stack.pop()?;
                self.list()?.push(item);
            }
            b'e' => {
                let items = self.since_mark()?;
                self.list()?.extend(items);
            }
            b's' => {
                let (value, key) = (self.stack.pop()?, self.stack.pop()?);
                self.entries()?.push([key, value]);
            }
            b'u' => {
                let items = self.since_mark()?;
                let entries = items.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
                self.entries()?.extend(entries);
            }
            b'c' => {
                self.line()?;
                self.line()?;
                self.push(Value::Other)?;
            }
            0x93 => {
                self.stack.pop()?;
                self.stack.pop()?;
                self.push(Value::Other)?;
            }
            b'R' | 0x81 => {
                let arguments = self.stack.pop()?;
                self.stack.pop()?;
                self.node(Node::Object {
                    arguments,
                    state: None,
                })?;
            }
            b'b' => {
                let value = self.stack.pop()?;
                let Node::Object { state, .. } = self.top()? else {
                    return None;
                };
                *state = Some(value);
            }
            b'q' => self.remember(1)?,
            b'r' => self.remember(4)?,
            0x94 => {
                self.count()?;
                self.memo.insert(self.memo.len(), *self.stack.last()?);
            }
            b'h' => self.recall(1)?,
            b'j' => self.recall(4)?,
            _ => return None,
        }
        Some(None)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn line(&mut self) -> Option<()> {
        let end = self.rest.iter().position(|byte| *byte == b'\n')?;
        self.take(end + 1).map(drop)
    }

    fn length(&mut self, size: usize) -> Option<usize> {
        let number = integer(self.take(size)?, false)?;
        usize::try_from(number).ok()
    }

    fn count(&mut self) -> Option<()> {
        self.made += 1;
        (self.made <= self.most).then_some(())
    }

    fn push(&mut self, value: Value<'a>) -> Option<()> {
        self.count()?;
        self.stack.push(value);
        Some(())
    }

    fn mark(&mut self) -> Option<()> {
        self.count()?;
        self.marks.push(self.stack.len());
        Some(())
    }

    fn text(&mut self, size: usize) -> Option<()> {
        let length = self.length(size)?;
        let bytes = self.take(length)?;
        self.push(Value::Bytes(bytes))
    }

    fn node(&mut self, node: Node<'a>) -> Option<()> {
        self.nodes.push(node);
        self.push(Value::Node(self.nodes.len() - 1))
    }

    fn since_mark(&mut self) -> Option<Vec<Value<'a>>> {
        let mark = self.marks.pop()?;
        (mark <= self.stack.len()).then(|| self.stack.split_off(mark))
    }

    fn top(&mut self) -> Option<&mut Node<'a>> {
        match self.stack.last()? {
            Value::Node(index) => self.nodes.get_mut(*index),
            _ => None,
        }
    }

    fn list(&mut self) -> Option<&mut Vec<Value<'a>>> {
        match self.top()? {
            Node::Items(items) => Some(items),
            _ => None,
        }
    }

    fn entries(&mut self) -> Option<&mut Vec<[Value<'a>; 2]>> {
        match self.top()? {
            Node::Entries(entries) => Some(entries),
            _ => None,
        }
    }

    fn remember(&mut self, size: usize) -> Option<()> {
        let key = self.length(size)?;
        self.count()?;
        self.memo.insert(key, *self.stack.last()?);
        Some(())
    }

    fn recall(&mut self, size: usize) -> Option<()> {
        let key = self.length(size)?;
        let value = *self.memo.get(&key)?;
        self.push(value)
    }
}

/// A little-endian number of at most 8 bytes.
fn integer(bytes: &[u8], signed: bool) -> Option<i64> {
    let negative = signed && bytes.last().is_some_and(|last| last & 0x80 != 0);
    let mut whole = [if negative { 0xff } else { 0 }; 8];
    whole.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i64::from_le_bytes(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_values_are_found_by_key() {
        // {'a': [1, -2], 'b': (True, None)} of protocol 2.
        let bytes = b"\x80\x02}q\x00(U\x01aq\x01]q\x02(K\x01J\xfe\xff\xff\xffeU\x01b\x88N\x86u.";
        let pickle = Pickle::read(bytes, 100).unwrap();
        let get = |key: &[u8]| pickle.items(pickle.get(pickle.top, key).unwrap());
        assert_eq!(get(b"a"), [Value::Int(1), Value::Int(-2)]);
        assert_eq!(get(b"b"), [Value::Bool(true), Value::Other]);
        assert_eq!(pickle.get(pickle.top, b"c"), None);
    }

    #[test]
    fn a_call_is_kept_and_not_made() {
        let pickle = Pickle::read(b"cos\nsystem\n(U\x02lstR}b.", 100).unwrap();
        let arguments = pickle.arguments(pickle.top).unwrap();
        assert_eq!(pickle.items(arguments), [Value::Bytes(b"ls")]);
        assert!(pickle.state(pickle.top).is_some());
    }

    #[test]
    fn neither_depth_nor_number_nor_length_is_trusted() {
        let deep = [&[b')'][..], &[0x85; 100_000], b"."].concat();
        assert!(Pickle::read(&deep, 1_000_000).is_ok());
        assert!(Pickle::read(&deep, 1000).is_err());
        assert!(Pickle::read(b"T\xff\xff\xff\x7fa.", 100).is_err());
        assert!(Pickle::read(b"\x8e\xff\xff\xff\xff\xff\xff\xff\xffa.", 100).is_err());
        assert!(Pickle::read(b"(((", 100).is_err());
        assert!(Pickle::read(b"", 100).is_err());
    }
}
