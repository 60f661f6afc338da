//! Python's pickles, read as data: nothing is looked up, called or executed. What would be called
//! is kept with its arguments, and what would be its state.
//!
//! Protocols 2 to 5, the instructions of plain values and numpy arrays. Values are small copies that
//! point into the input and do not own each other: no nesting is too deep, references to references
//! cannot multiply, and no input costs more than some words for each of its bytes.

use std::collections::HashMap;

/// A value; `Node` stands for one that holds others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    /// `None`, a float, a class or a number beyond 64 bits.
    Other,
    Bool(bool),
    Int(i64),
    /// A string of bytes or of text, which python 2 did not tell apart.
    Bytes(&'a [u8]),
    Node(usize),
}

impl Value<'_> {
    /// The number, if it is a whole one.
    pub fn int(self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(number),
            _ => None,
        }
    }
}

#[derive(Debug)]
enum Node<'a> {
    /// A tuple, a list or a set.
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
#[derive(Debug)]
pub(crate) struct Pickle<'a> {
    nodes: Vec<Node<'a>>,
    pub top: Value<'a>,
}

impl<'a> Pickle<'a> {
    /// Reads a pickle of at most `most` values; what is wrong with it, and at which byte, otherwise.
    pub fn read(bytes: &'a [u8], most: usize) -> Result<Self, String> {
        let mut machine = Machine {
            rest: bytes,
            most,
            ..Machine::default()
        };
        loop {
            let place = bytes.len() - machine.rest.len();
            match machine.step() {
                Ok(None) => {}
                Ok(Some(top)) => {
                    let nodes = machine.nodes;
                    return Ok(Self { nodes, top });
                }
                Err(reason) => return Err(format!("{reason} at byte {place}")),
            }
        }
    }

    /// Items of a tuple, a list or a set; none for other values.
    pub fn items(&self, value: Value<'a>) -> &[Value<'a>] {
        match self.node(value) {
            Some(Node::Items(items)) => items,
            _ => &[],
        }
    }

    /// The value of a dictionary's key: the last one, if there are several.
    pub fn get(&self, value: Value<'a>, key: &[u8]) -> Option<Value<'a>> {
        let Some(Node::Entries(entries)) = self.node(value) else {
            return None;
        };
        let mut latest = entries.iter().rev();
        let found = latest.find(|[known, _]| *known == Value::Bytes(key));
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

/// Python's stack machine, as far as it makes data.
#[derive(Default)]
struct Machine<'a> {
    rest: &'a [u8],
    most: usize,
    /// Values that were pushed so far.
    made: usize,
    stack: Vec<Value<'a>>,
    /// Heights of the stack at which marks were set.
    marks: Vec<usize>,
    memo: HashMap<usize, Value<'a>>,
    nodes: Vec<Node<'a>>,
}

/// What comes of an instruction, or what is wrong with it.
type Outcome<T> = Result<T, &'static str>;

const EARLY: &str = "an end too early";
const EMPTY: &str = "an empty stack";

impl<'a> Machine<'a> {
    /// Does what the next instruction says; at the end of the pickle, its value.
    fn step(&mut self) -> Outcome<Option<Value<'a>>> {
        let opcode = self.byte()?;
        match opcode {
            0x80 => {
                if !(2..=5).contains(&self.byte()?) {
                    return Err("a protocol that is not 2 to 5");
                }
            }
            // A frame.
            0x95 => drop(self.take(8)?),
            b'.' => return self.pop().map(Some),
            b'(' => self.mark()?,
            b'0' => drop(self.pop()?),
            b'1' => drop(self.since_mark()?),
            b'2' => {
                let top = self.top()?;
                self.push(top)?;
            }
            // None, a float, true and false, whole numbers.
            b'N' => self.push(Value::Other)?,
            b'G' => {
                self.take(8)?;
                self.push(Value::Other)?;
            }
            0x88 | 0x89 => self.push(Value::Bool(opcode == 0x88))?,
            b'K' | b'M' | b'J' | 0x8a | 0x8b => {
                let size = match opcode {
                    b'K' => 1,
                    b'M' => 2,
                    b'J' => 4,
                    0x8a => self.length(1)?,
                    _ => self.length(4)?,
                };
                let number = integer(self.take(size)?, !matches!(opcode, b'K' | b'M'));
                self.push(number.map_or(Value::Other, Value::Int))?;
            }
            // Text and bytes.
            b'U' | b'C' | 0x8c => self.text(1)?,
            b'T' | b'X' | b'B' => self.text(4)?,
            0x8d | 0x8e | 0x96 => self.text(8)?,
            // Tuples, lists, sets and dictionaries. What is added to an object is not kept.
            b']' | b')' | 0x8f => self.node(Node::Items(Vec::new()))?,
            b't' | b'l' | 0x91 => {
                let items = self.since_mark()?;
                self.node(Node::Items(items))?;
            }
            0x85..=0x87 => {
                let items = self.last(usize::from(opcode - 0x84))?;
                self.node(Node::Items(items))?;
            }
            b'a' | b'e' | 0x90 => {
                let more = match opcode {
                    b'a' => self.last(1)?,
                    _ => self.since_mark()?,
                };
                if let Some(Node::Items(items)) = self.top_node()? {
                    items.extend(more);
                }
            }
            b'}' => self.node(Node::Entries(Vec::new()))?,
            b'd' => {
                let entries = self.since_mark()?.as_chunks().0.to_vec();
                self.node(Node::Entries(entries))?;
            }
            b's' | b'u' => {
                let more = match opcode {
                    b's' => self.last(2)?,
                    _ => self.since_mark()?,
                };
                if let Some(Node::Entries(entries)) = self.top_node()? {
                    entries.extend(more.as_chunks().0);
                }
            }
            // Names of classes and functions, calls of them, and states of what they return.
            b'c' => {
                self.line()?;
                self.line()?;
                self.push(Value::Other)?;
            }
            0x93 => {
                self.last(2)?;
                self.push(Value::Other)?;
            }
            b'R' | 0x81 | 0x92 => {
                if opcode == 0x92 {
                    // Arguments that have names.
                    self.pop()?;
                }
                let arguments = self.pop()?;
                self.pop()?;
                self.node(Node::Object {
                    arguments,
                    state: None,
                })?;
            }
            b'b' => {
                let value = self.pop()?;
                if let Some(Node::Object { state, .. }) = self.top_node()? {
                    *state = Some(value);
                }
            }
            // The memo.
            b'q' => self.remember(1)?,
            b'r' => self.remember(4)?,
            0x94 => {
                let top = self.top()?;
                self.memo.insert(self.memo.len(), top);
            }
            b'h' => self.recall(1)?,
            b'j' => self.recall(4)?,
            _ => return Err("an instruction that plain values do not need"),
        }
        Ok(None)
    }

    fn take(&mut self, length: usize) -> Outcome<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(EARLY)?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Outcome<u8> {
        Ok(self.take(1)?[0])
    }

    fn line(&mut self) -> Outcome<()> {
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        self.take(end.ok_or(EARLY)? + 1).map(drop)
    }

    /// An unsigned number of `size` bytes. No input is longer than half of what 64 bits can say.
    fn length(&mut self, size: usize) -> Outcome<usize> {
        let number = integer(self.take(size)?, false);
        number
            .and_then(|number| usize::try_from(number).ok())
            .ok_or(EARLY)
    }

    fn count(&mut self) -> Outcome<()> {
        self.made += 1;
        if self.made > self.most {
            return Err("too many values");
        }
        Ok(())
    }

    fn push(&mut self, value: Value<'a>) -> Outcome<()> {
        self.count()?;
        self.stack.push(value);
        Ok(())
    }

    fn mark(&mut self) -> Outcome<()> {
        self.count()?;
        self.marks.push(self.stack.len());
        Ok(())
    }

    fn text(&mut self, size: usize) -> Outcome<()> {
        let length = self.length(size)?;
        let bytes = self.take(length)?;
        self.push(Value::Bytes(bytes))
    }

    fn node(&mut self, node: Node<'a>) -> Outcome<()> {
        self.nodes.push(node);
        self.push(Value::Node(self.nodes.len() - 1))
    }

    /// The last values on the stack. What lies below a mark belongs to whoever set it.
    fn last(&mut self, count: usize) -> Outcome<Vec<Value<'a>>> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let start = self.stack.len().checked_sub(count);
        let start = start.filter(|start| *start >= floor).ok_or(EMPTY)?;
        Ok(self.stack.split_off(start))
    }

    fn since_mark(&mut self) -> Outcome<Vec<Value<'a>>> {
        let mark = self.marks.pop().ok_or("no mark")?;
        Ok(self.stack.split_off(mark))
    }

    fn top(&self) -> Outcome<Value<'a>> {
        let floor = self.marks.last().copied().unwrap_or(0);
        self.stack[floor..].last().copied().ok_or(EMPTY)
    }

    fn pop(&mut self) -> Outcome<Value<'a>> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    /// What the top value holds, if it is one that holds others.
    fn top_node(&mut self) -> Outcome<Option<&mut Node<'a>>> {
        Ok(match self.top()? {
            Value::Node(index) => self.nodes.get_mut(index),
            _ => None,
        })
    }

    fn remember(&mut self, size: usize) -> Outcome<()> {
        let key = self.length(size)?;
        let top = self.top()?;
        self.memo.insert(key, top);
        Ok(())
    }

    fn recall(&mut self, size: usize) -> Outcome<()> {
        let key = self.length(size)?;
        let value = self.memo.get(&key).ok_or("a reference to nothing")?;
        self.push(*value)
    }
}

/// A little-endian number of at most 8 bytes; one of more is none.
fn integer(bytes: &[u8], signed: bool) -> Option<i64> {
    let negative = signed && bytes.last().is_some_and(|last| last & 0x80 != 0);
    let mut whole = [if negative { 0xff } else { 0 }; 8];
    whole.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i64::from_le_bytes(whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::damage::damaged;

    /// `pickle.dumps({"primary": "MKV", "fold_label": -1, "big": 70000, "id": b"d1", "list": [1, (2,)]}, 4)`
    const RECORD: &[u8] = b"\x80\x04\x95B\0\0\0\0\0\0\0}\x94(\x8c\x07primary\x94\x8c\x03MKV\x94\
        \x8c\nfold_label\x94J\xff\xff\xff\xff\x8c\x03big\x94Jp\x11\x01\0\x8c\x02id\x94C\x02d1\x94\
        \x8c\x04list\x94]\x94(K\x01K\x02\x85\x94eu.";

    fn top(bytes: &[u8]) -> Value<'_> {
        Pickle::read(bytes, bytes.len()).unwrap().top
    }

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
        let error = Pickle::read(&deep, 1000).unwrap_err();
        assert_eq!(error, "too many values at byte 1000");
        assert!(Pickle::read(b"T\xff\xff\xff\x7fa.", 100).is_err());
        assert!(Pickle::read(b"\x8e\xff\xff\xff\xff\xff\xff\xff\xffa.", 100).is_err());
        assert!(Pickle::read(b"(((", 100).is_err());
        assert!(Pickle::read(b"", 100).is_err());
    }

    #[test]
    fn a_record_is_a_dictionary() {
        let record = Pickle::read(RECORD, RECORD.len()).unwrap();
        let get = |key: &[u8]| record.get(record.top, key);
        assert_eq!(get(b"primary"), Some(Value::Bytes(b"MKV")));
        assert_eq!(get(b"fold_label"), Some(Value::Int(-1)));
        assert_eq!(get(b"big"), Some(Value::Int(70_000)));
        assert_eq!(get(b"id"), Some(Value::Bytes(b"d1")));
        let &[one, pair] = record.items(get(b"list").unwrap()) else {
            panic!("not two items")
        };
        assert_eq!(
            (one, record.items(pair)),
            (Value::Int(1), &[Value::Int(2)][..])
        );
        assert_eq!((get(b"other"), record.top.int()), (None, None));
    }

    #[test]
    fn numbers_are_read_as_python_writes_them() {
        // dumps(736), dumps(-736, 2), dumps(2**40), and one of four bytes of length.
        for (bytes, number) in [
            (&b"\x80\x04M\xe0\x02."[..], Some(736)),
            (b"\x80\x02J \xfd\xff\xff.", Some(-736)),
            (b"\x80\x04\x8a\x06\0\0\0\0\0\x01.", Some(1 << 40)),
            (b"\x80\x04\x8b\x01\0\0\0\xfe.", Some(-2)),
            (b"\x80\x04\x8a\x09\0\0\0\0\0\0\0\0\x01.", None),
        ] {
            assert_eq!(top(bytes).int(), number);
        }
    }

    #[test]
    fn what_other_protocols_write_is_read() {
        // [{2}, frozenset({1}), bytearray(b'a')] of protocol 5.
        let bytes = b"\x80\x05](\x8f(K\x02\x90(K\x01\x91\x96\x01\0\0\0\0\0\0\0ae.";
        let pickle = Pickle::read(bytes, 100).unwrap();
        let &[set, frozen, text] = pickle.items(pickle.top) else {
            panic!("not three items")
        };
        assert_eq!(pickle.items(set), [Value::Int(2)]);
        assert_eq!(pickle.items(frozen), [Value::Int(1)]);
        assert_eq!(text, Value::Bytes(b"a"));
        // ({'a': 2}, [1, 1]) of protocol 1, after a number that is dropped with its mark.
        let bytes = b"((K\x011(U\x01aK\x02d(K\x012lt.";
        let pickle = Pickle::read(bytes, 100).unwrap();
        let &[entries, list] = pickle.items(pickle.top) else {
            panic!("not two items")
        };
        assert_eq!(pickle.get(entries, b"a"), Some(Value::Int(2)));
        assert_eq!(pickle.items(list), [Value::Int(1); 2]);
        // A call with a named argument, to which items are added.
        let bytes = b"\x80\x04cm\nf\nK\x07\x85}\x92U\x01aK\x01s(K\x02e.";
        let pickle = Pickle::read(bytes, 100).unwrap();
        let arguments = pickle.arguments(pickle.top).unwrap();
        assert_eq!(pickle.items(arguments), [Value::Int(7)]);
    }

    #[test]
    fn the_last_entry_of_a_key_counts() {
        let pickle = Pickle::read(b"}(U\x01aK\x01U\x01aK\x02u.", 100).unwrap();
        assert_eq!(pickle.get(pickle.top, b"a"), Some(Value::Int(2)));
    }

    #[test]
    fn nothing_is_run() {
        // What `os.system("touch executed")` pickles to.
        let call = b"\x80\x02cposix\nsystem\nq\0X\x0e\0\0\0touch executedq\x01\x85q\x02Rq\x03.";
        assert!(matches!(top(call), Value::Node(_)));
        assert!(!std::path::Path::new("executed").exists());
    }

    #[test]
    fn errors_say_what_and_where() {
        for (bytes, expected) in [
            (&RECORD[..40], "an end too early at byte 30"),
            (b"\x80\x06.", "a protocol that is not 2 to 5 at byte 0"),
            (b"\x80\x04e.", "no mark at byte 2"),
            (b"\x80\x04(0.", "an empty stack at byte 3"),
            (b"\x80\x04N(\x85.", "an empty stack at byte 4"),
            (b"\x80\x04h\x07.", "a reference to nothing at byte 2"),
            (
                b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff.",
                "an end too early at byte 2",
            ),
            (
                b"\x80\x04P1\n.",
                "an instruction that plain values do not need at byte 2",
            ),
        ] {
            assert_eq!(Pickle::read(bytes, 100).unwrap_err(), expected);
        }
    }

    #[test]
    fn damaged_pickles_are_errors_or_values() {
        damaged("pickle", RECORD, |bytes| {
            if let Ok(pickle) = Pickle::read(bytes, bytes.len()) {
                assert!(pickle.nodes.len() <= bytes.len());
                let _ = (pickle.get(pickle.top, b"primary"), pickle.top.int());
            }
        });
    }
}
