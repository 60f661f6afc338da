//! Arrays and numbers of numpy in pickles of any of its versions.
//!
//! Up to protocol 4 an array is an object whose state is (version, shape, type, whether it is in
//! Fortran's order, bytes); from 5 on a call is given (bytes, type, shape, order). Modules were renamed
//! in numpy 2, but names of what would be called are not looked at.

use crate::formats::pickle::{Pickle, Value};
use std::borrow::Cow;
use std::fmt;

/// An array in C's order.
pub(super) struct Array<'a> {
    pub shape: Vec<usize>,
    /// A letter and the bytes of a number: `u1`, `i8`.
    pub kind: &'a str,
    big_endian: bool,
    pub bytes: Cow<'a, [u8]>,
}

impl<'a> Array<'a> {
    /// The array that a value is; what it is instead otherwise.
    pub fn of(pickle: &Pickle<'a>, value: Value<'a>) -> Result<Self, String> {
        let arguments = pickle
            .arguments(value)
            .map_or(&[][..], |value| pickle.items(value));
        let state = pickle
            .state(value)
            .map_or(&[][..], |value| pickle.items(value));
        let (shape, kind, fortran, bytes) = match (state, arguments) {
            (&[_, shape, kind, Value::Bool(fortran), bytes], _) => (shape, kind, fortran, bytes),
            ([], &[bytes, kind, shape, order]) => (shape, kind, order.named("F"), bytes),
            _ => return Err("something else".to_owned()),
        };
        let sizes = pickle.items(shape).iter();
        let sizes = sizes.map(|size| usize::try_from(size.int()?).ok());
        let shape: Option<Vec<usize>> = sizes.collect();
        let kind = Kind::of(pickle, kind);
        let (Some(shape), Some(kind), Some(bytes)) = (shape, kind, bytes.bytes()) else {
            return Err("an array of another kind".to_owned());
        };
        if fortran && shape.len() > 1 {
            return Err("an array in Fortran's order".to_owned());
        }
        Ok(Self {
            shape,
            kind: kind.name,
            big_endian: kind.big_endian,
            bytes,
        })
    }

    /// Its numbers, if it is a row of whole ones.
    pub fn whole_numbers(&self) -> Option<Vec<i64>> {
        let (sign, width) = self.kind.split_at_checked(1)?;
        let width: usize = width.parse().ok()?;
        let [length] = self.shape[..] else {
            return None;
        };
        let known = matches!(sign, "i" | "u") && matches!(width, 1 | 2 | 4 | 8);
        if !known || Some(self.bytes.len()) != length.checked_mul(width) {
            return None;
        }
        let number = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            if self.big_endian {
                bytes.reverse();
            }
            let negative = sign == "i" && bytes.last().is_some_and(|last| last & 0x80 != 0);
            let mut whole = [if negative { 0xff } else { 0 }; 8];
            whole[..width].copy_from_slice(&bytes);
            i64::from_le_bytes(whole)
        };
        Some(self.bytes.chunks_exact(width).map(number).collect())
    }
}

/// `an array [2, 3072] of u1`.
impl fmt::Display for Array<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an array {:?} of {}", self.shape, self.kind)
    }
}

/// A whole number of numpy's own: what would be called is given (type, bytes).
pub(super) fn whole(pickle: &Pickle, value: Value) -> Option<i64> {
    let &[kind, bytes] = pickle.items(pickle.arguments(value)?) else {
        return None;
    };
    let kind = Kind::of(pickle, kind)?;
    let array = Array {
        shape: vec![1],
        kind: kind.name,
        big_endian: kind.big_endian,
        bytes: bytes.bytes()?,
    };
    array.whole_numbers()?.first().copied()
}

/// A type of numbers: an object that is given its name, with the order of bytes second in its state.
struct Kind<'a> {
    name: &'a str,
    big_endian: bool,
}

impl<'a> Kind<'a> {
    fn of(pickle: &Pickle<'a>, value: Value<'a>) -> Option<Self> {
        let name = match *pickle.items(pickle.arguments(value)?).first()? {
            Value::Text(name) | Value::Latin(name) => name,
            Value::Bytes(name) => std::str::from_utf8(name).ok()?,
            _ => return None,
        };
        let state = pickle
            .state(value)
            .map_or(&[][..], |value| pickle.items(value));
        let big_endian = state.get(1).is_some_and(|order| order.named(">"));
        Some(Self { name, big_endian })
    }
}
