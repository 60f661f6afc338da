//! Python pickles, protocols 2 to 5, as data: nothing in them is looked up, called or run.
//!
//! Only what a record of TAPE needs comes out: a dictionary of whole numbers, text and bytes. What
//! is called or built (numpy arrays) and every list is [`Value::Opaque`]. Values are small copies
//! that point into the input, so no input costs more than a few words for each of its bytes, and
//! references to references cannot multiply.

use std::collections::HashMap;

/// A value on the stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
    /// Number of a dictionary.
    Dict(usize),
    /// Anything else.
    Opaque,
}

/// What a pickle holds.
#[derive(Debug)]
pub(super) struct Pickle<'a> {
    top: Value<'a>,
    dicts: Vec<Vec<(Value<'a>, Value<'a>)>>,
}

impl<'a> Pickle<'a> {
    /// Decodes a whole pickle; says where and why it is none otherwise.
    pub fn decode(input: &'a [u8]) -> Result<Self, String> {
        let mut machine = Machine {
            input,
            at: 0,
            stack: Vec::new(),
            marks: Vec::new(),
            dicts: Vec::new(),
            memo: HashMap::new(),
        };
        match machine.run() {
            Ok(top) => Ok(Self {
                top,
                dicts: machine.dicts,
            }),
            Err(reason) => Err(format!("a pickle with {reason} at byte {}", machine.at)),
        }
    }

    /// The value, if it is a whole number.
    pub fn int(&self) -> Option<i64> {
        match self.top {
            Value::Int(number) => Some(number),
            _ => None,
        }
    }

    /// An entry of the dictionary that the pickle is; the last one of a name counts.
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        let Value::Dict(dict) = self.top else {
            return None;
        };
        let named =
            |key: &Value| *key == Value::Text(name) || *key == Value::Bytes(name.as_bytes());
        let entries = self.dicts.get(dict)?;
        let (_, value) = entries.iter().rev().find(|(key, _)| named(key))?;
        Some(*value)
    }
}

/// Python's stack machine, as far as it makes data.
struct Machine<'a> {
    input: &'a [u8],
    at: usize,
    stack: Vec<Value<'a>>,
    /// Heights of the stack at which marks were set.
    marks: Vec<usize>,
    dicts: Vec<Vec<(Value<'a>, Value<'a>)>>,
    memo: HashMap<u64, Value<'a>>,
}

type Outcome<T> = Result<T, &'static str>;

impl<'a> Machine<'a> {
    fn run(&mut self) -> Outcome<Value<'a>> {
        loop {
            match self.byte()? {
                b'.' => return self.pop(),
                opcode => self.step(opcode)?,
            }
        }
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
            b'N' | 0x88 | 0x89 => self.push(Value::Opaque),
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
            b'}' => self.dict(Vec::new()),
            b'd' => {
                let entries = self.above_mark()?;
                self.dict(pairs(&entries));
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.extend(vec![(key, value)])?;
            }
            b'u' => {
                let entries = self.above_mark()?;
                self.extend(pairs(&entries))?;
            }
            // Lists, tuples and sets are opaque, and so is what is added to them.
            b']' | b')' | 0x8f => self.push(Value::Opaque),
            b'a' => {
                self.pop()?;
                self.top()?;
            }
            b'e' | 0x90 => {
                self.above_mark()?;
                self.top()?;
            }
            b'l' | b't' | 0x91 => {
                self.above_mark()?;
                self.push(Value::Opaque);
            }
            0x85 => self.opaque(1)?,
            0x86 => self.opaque(2)?,
            0x87 => self.opaque(3)?,
            // Names, calls and states of objects: neither looked up nor made.
            b'c' => {
                self.line()?;
                self.line()?;
                self.push(Value::Opaque);
            }
            0x93 | b'R' | 0x81 | b'b' => self.opaque(2)?,
            0x92 => self.opaque(3)?,
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

    fn opaque(&mut self, values: usize) -> Outcome<()> {
        for _ in 0..values {
            self.pop()?;
        }
        self.push(Value::Opaque);
        Ok(())
    }

    fn store(&mut self, width: usize) -> Outcome<()> {
        let place = self.number(width)?;
        let top = self.top()?;
        self.memo.insert(place, top);
        Ok(())
    }

    fn recall(&mut self, width: usize) -> Outcome<()> {
        let place = self.number(width)?;
        let value = self.memo.get(&place).ok_or("a reference to nothing")?;
        self.stack.push(*value);
        Ok(())
    }

    fn dict(&mut self, entries: Vec<(Value<'a>, Value<'a>)>) {
        self.dicts.push(entries);
        self.push(Value::Dict(self.dicts.len() - 1));
    }

    /// Adds entries to what is on top; an object's are not kept.
    fn extend(&mut self, entries: Vec<(Value<'a>, Value<'a>)>) -> Outcome<()> {
        if let Value::Dict(dict) = self.top()? {
            self.dicts[dict].extend(entries);
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

#[cfg(test)]
mod tests {
    use super::super::fuzz;
    use super::*;

    /// `pickle.dumps({"primary": "MKV", "fold_label": -1, "big": 70000, "id": b"d1", "list": [1, (2,)]}, 4)`
    const RECORD: &[u8] = b"\x80\x04\x95B\0\0\0\0\0\0\0}\x94(\x8c\x07primary\x94\x8c\x03MKV\x94\
        \x8c\nfold_label\x94J\xff\xff\xff\xff\x8c\x03big\x94Jp\x11\x01\0\x8c\x02id\x94C\x02d1\x94\
        \x8c\x04list\x94]\x94(K\x01K\x02\x85\x94eu.";

    #[test]
    fn a_record_is_a_dictionary() {
        let record = Pickle::decode(RECORD).unwrap();
        assert_eq!(record.get("primary"), Some(Value::Text("MKV")));
        assert_eq!(record.get("fold_label"), Some(Value::Int(-1)));
        assert_eq!(record.get("big"), Some(Value::Int(70_000)));
        assert_eq!(record.get("id"), Some(Value::Bytes(b"d1")));
        assert_eq!(record.get("list"), Some(Value::Opaque));
        assert_eq!((record.get("other"), record.int()), (None, None));
        // Numbers as python writes them: dumps(736), dumps(-736, 2), dumps(2**40).
        for (bytes, number) in [
            (&b"\x80\x04M\xe0\x02."[..], 736),
            (b"\x80\x02J \xfd\xff\xff.", -736),
            (b"\x80\x04\x8a\x06\0\0\0\0\0\x01.", 1 << 40),
        ] {
            assert_eq!(Pickle::decode(bytes).unwrap().int(), Some(number));
        }
    }

    #[test]
    fn nothing_is_run() {
        // What `os.system("touch executed")` pickles to.
        let call = b"\x80\x02cposix\nsystem\nq\0X\x0e\0\0\0touch executedq\x01\x85q\x02Rq\x03.";
        assert_eq!(Pickle::decode(call).unwrap().top, Value::Opaque);
        assert!(!std::path::Path::new("executed").exists());
    }

    #[test]
    fn errors_say_where() {
        for (bytes, named) in [
            (&RECORD[..40], "an end too early"),
            (b"\x80\x06.", "a protocol"),
            (b"\x80\x04e.", "no mark at byte 3"),
            (b"\x80\x04(0.", "an empty stack"),
            (b"\x80\x04h\x07.", "a reference to nothing"),
            (
                b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff.",
                "an end too early",
            ),
            (b"\x80\x04P1\n.", "no record needs"),
        ] {
            let error = Pickle::decode(bytes).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn damaged_pickles_are_errors_or_values() {
        fuzz::damaged(RECORD, |bytes| {
            if let Ok(pickle) = Pickle::decode(bytes) {
                let _ = (pickle.get("primary"), pickle.int());
            }
        });
    }
}
