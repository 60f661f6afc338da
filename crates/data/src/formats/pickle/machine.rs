//! Python's stack machine, as far as it makes data.

use super::value::{Node, Value};
use std::collections::HashMap;

/// Instructions of a pickle. A batch of CIFAR-10 has some 40,000.
const MOST: usize = 1 << 20;

/// What the instructions in `input` leave on top of the stack, and what values point at. The error
/// says why and where.
pub(super) fn run(input: &[u8]) -> Result<(Value<'_>, Vec<Node<'_>>), String> {
    let mut machine = Machine {
        input,
        at: 0,
        stack: Vec::new(),
        marks: Vec::new(),
        nodes: Vec::new(),
        memo: HashMap::new(),
    };
    match machine.run() {
        Ok(top) => Ok((top, machine.nodes)),
        Err(reason) => Err(format!("{reason} at byte {}", machine.at)),
    }
}

struct Machine<'a> {
    input: &'a [u8],
    at: usize,
    stack: Vec<Value<'a>>,
    /// Heights of the stack at which marks were set.
    marks: Vec<usize>,
    nodes: Vec<Node<'a>>,
    memo: HashMap<u64, Value<'a>>,
}

type Outcome<T> = Result<T, &'static str>;

impl<'a> Machine<'a> {
    fn run(&mut self) -> Outcome<Value<'a>> {
        for _ in 0..MOST {
            match self.byte()? {
                b'.' => return self.pop(),
                opcode => self.step(opcode)?,
            }
        }
        Err("more instructions than any data set needs")
    }

    fn step(&mut self, opcode: u8) -> Outcome<()> {
        match opcode {
            // Header and frames.
            0x80 => {
                if !(2..=5).contains(&self.byte()?) {
                    return Err("a protocol that is not 2 to 5");
                }
            }
            0x95 => drop(self.take(8)?),
            // Numbers.
            b'K' => self.int(1)?,
            b'M' => self.int(2)?,
            b'J' => {
                let bits = self.number(4)? as u32;
                self.push(Value::Int(i64::from(bits.cast_signed())));
            }
            0x8a => {
                let length = self.number(1)?;
                self.long(length)?;
            }
            0x8b => {
                let length = self.number(4)?;
                self.long(length)?;
            }
            b'G' => {
                self.take(8)?;
                self.push(Value::Opaque);
            }
            // None, true and false.
            b'N' => self.push(Value::Opaque),
            0x88 | 0x89 => self.push(Value::Bool(opcode == 0x88)),
            // Text, and bytes; Python 2 wrote its strings as U and T.
            0x8c => self.text(1)?,
            b'X' => self.text(4)?,
            0x8d => self.text(8)?,
            b'C' | b'U' => self.bytes(1)?,
            b'B' | b'T' => self.bytes(4)?,
            0x8e | 0x96 => self.bytes(8)?,
            // The stack and the memo.
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.above_mark()?),
            b'2' => {
                let top = self.top()?;
                self.push(top);
            }
            b'q' => self.store(1)?,
            b'r' => self.store(4)?,
            0x94 => {
                let top = self.top()?;
                self.memo.insert(self.memo.len() as u64, top);
            }
            b'h' => self.recall(1)?,
            b'j' => self.recall(4)?,
            // Dictionaries.
            b'}' => self.node(Node::Dict(Vec::new())),
            b'd' => {
                let entries = pairs(&self.above_mark()?);
                self.node(Node::Dict(entries));
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.extend(&[key, value])?;
            }
            b'u' => {
                let entries = self.above_mark()?;
                self.extend(&entries)?;
            }
            // Lists, tuples and sets.
            b']' | b')' | 0x8f => self.node(Node::Items(Vec::new())),
            b'a' => {
                let item = self.pop()?;
                self.extend(&[item])?;
            }
            b'e' | 0x90 => {
                let items = self.above_mark()?;
                self.extend(&items)?;
            }
            b'l' | b't' | 0x91 => {
                let items = self.above_mark()?;
                self.node(Node::Items(items));
            }
            0x85..=0x87 => {
                let start = self.stack.len().checked_sub(usize::from(opcode - 0x84));
                let start = start.filter(|start| *start >= self.floor());
                let items = self.stack.split_off(start.ok_or("an empty stack")?);
                self.node(Node::Items(items));
            }
            // Names, calls and states of objects: neither looked up nor made.
            b'c' => {
                self.line()?;
                self.line()?;
                self.push(Value::Opaque);
            }
            0x93 => {
                self.pop()?;
                self.pop()?;
                self.push(Value::Opaque);
            }
            b'R' | 0x81 => self.object()?,
            0x92 => {
                // Named arguments are not kept.
                self.pop()?;
                self.object()?;
            }
            b'b' => {
                let value = self.pop()?;
                if let Some(Node::Object { state, .. }) = self.top_node()? {
                    *state = value;
                }
            }
            _ => return Err("an instruction that no record needs"),
        }
        Ok(())
    }

    fn take(&mut self, length: usize) -> Outcome<&'a [u8]> {
        let end = self.at.checked_add(length);
        let bytes = end.and_then(|end| self.input.get(self.at..end));
        self.at += bytes.map_or(0, <[u8]>::len);
        bytes.ok_or("an end too early")
    }

    fn byte(&mut self) -> Outcome<u8> {
        Ok(self.take(1)?[0])
    }

    /// An unsigned little-endian number of at most eight bytes.
    fn number(&mut self, width: usize) -> Outcome<u64> {
        let mut bytes = [0; 8];
        bytes[..width].copy_from_slice(self.take(width)?);
        Ok(u64::from_le_bytes(bytes))
    }

    fn length(&mut self, width: usize) -> Outcome<usize> {
        usize::try_from(self.number(width)?).map_err(|_| "an absurd length")
    }

    fn line(&mut self) -> Outcome<()> {
        let rest = &self.input[self.at..];
        let end = rest.iter().position(|byte| *byte == b'\n');
        self.take(end.ok_or("an end too early")? + 1)?;
        Ok(())
    }

    fn push(&mut self, value: Value<'a>) {
        self.stack.push(value);
    }

    fn int(&mut self, width: usize) -> Outcome<()> {
        let number = self.number(width)?;
        self.push(Value::Int(number.cast_signed()));
        Ok(())
    }

    /// A signed number of any width; one beyond 64 bits is opaque.
    fn long(&mut self, length: u64) -> Outcome<()> {
        let length = usize::try_from(length).map_err(|_| "an absurd length")?;
        let digits = self.take(length)?;
        let negative = digits.last().is_some_and(|last| last & 0x80 != 0);
        let mut bytes = [if negative { 0xff } else { 0 }; 8];
        let value = if length > 8 {
            Value::Opaque
        } else {
            bytes[..length].copy_from_slice(digits);
            Value::Int(i64::from_le_bytes(bytes))
        };
        self.push(value);
        Ok(())
    }

    fn text(&mut self, width: usize) -> Outcome<()> {
        let length = self.length(width)?;
        let bytes = self.take(length)?;
        // Python lets lone surrogates through; no record has them.
        let text = std::str::from_utf8(bytes).map_err(|_| "text that is not UTF-8")?;
        self.push(Value::Text(text));
        Ok(())
    }

    fn bytes(&mut self, width: usize) -> Outcome<()> {
        let length = self.length(width)?;
        let bytes = self.take(length)?;
        self.push(Value::Bytes(bytes));
        Ok(())
    }

    /// Values below the last mark belong to whoever set it.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Outcome<Value<'a>> {
        self.stack[self.floor()..]
            .last()
            .copied()
            .ok_or("an empty stack")
    }

    fn pop(&mut self) -> Outcome<Value<'a>> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn above_mark(&mut self) -> Outcome<Vec<Value<'a>>> {
        let mark = self.marks.pop().ok_or("no mark")?;
        Ok(self.stack.split_off(mark))
    }

    fn node(&mut self, node: Node<'a>) {
        self.nodes.push(node);
        self.push(Value::Node(self.nodes.len() - 1));
    }

    fn top_node(&mut self) -> Outcome<Option<&mut Node<'a>>> {
        match self.top()? {
            Value::Node(number) => Ok(self.nodes.get_mut(number)),
            _ => Ok(None),
        }
    }

    fn object(&mut self) -> Outcome<()> {
        let arguments = self.pop()?;
        self.pop()?;
        if let Value::Node(number) = arguments
            && let Some(Node::Items(items)) = self.nodes.get(number)
            && let [Value::Text(text), Value::Text("latin1")] = items[..]
        {
            // `_codecs.encode`: there is no other call with these arguments.
            self.push(Value::Latin(text));
            return Ok(());
        }
        self.node(Node::Object {
            arguments,
            state: Value::Opaque,
        });
        Ok(())
    }

    fn store(&mut self, width: usize) -> Outcome<()> {
        let key = self.number(width)?;
        let top = self.top()?;
        self.memo.insert(key, top);
        Ok(())
    }

    fn recall(&mut self, width: usize) -> Outcome<()> {
        let key = self.number(width)?;
        let value = self.memo.get(&key).ok_or("a reference to nothing")?;
        self.stack.push(*value);
        Ok(())
    }

    /// Adds to what is on top; what is added to an object is not kept.
    fn extend(&mut self, values: &[Value<'a>]) -> Outcome<()> {
        match self.top_node()? {
            Some(Node::Items(items)) => items.extend(values),
            Some(Node::Dict(entries)) => entries.extend(pairs(values)),
            _ => {}
        }
        Ok(())
    }
}

fn pairs<'a>(values: &[Value<'a>]) -> Vec<(Value<'a>, Value<'a>)> {
    values
        .chunks_exact(2)
        .map(|pair| (pair[0], pair[1]))
        .collect()
}
