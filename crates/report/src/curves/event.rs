//! The messages of an event file, as protocol buffers write them: a field that has its default is left out. Numbers of fields
//! are those of tensorflow/core/util/event.proto and framework/summary.proto.

/// What a reader looks for at the beginning of a file.
const FILE_VERSION: &str = "brain.Event:2";

/// The first event of a file; times are seconds since 1970.
pub(super) fn opening(time: f64) -> Vec<u8> {
    let mut event = Vec::new();
    double(&mut event, 1, time);
    bytes(&mut event, 3, FILE_VERSION.as_bytes());
    event
}

/// Some scalars at a step.
pub(super) fn scalars(time: f64, step: u64, values: &[(&str, f32)]) -> Vec<u8> {
    let mut summary = Vec::new();
    for (tag, value) in values {
        let mut message = Vec::new();
        bytes(&mut message, 1, tag.as_bytes());
        simple_value(&mut message, *value);
        bytes(&mut summary, 1, &message);
    }
    let mut event = Vec::new();
    double(&mut event, 1, time);
    if step > 0 {
        key(&mut event, 2, 0);
        varint(&mut event, step);
    }
    bytes(&mut event, 5, &summary);
    event
}

/// One of several kinds of values: it is written also where it is 0.
fn simple_value(message: &mut Vec<u8>, value: f32) {
    key(message, 2, 5);
    // Which bits a NaN has is nobody's business, and has to be the same each time.
    let value = if value.is_nan() { f32::NAN } else { value };
    message.extend(value.to_le_bytes());
}

fn double(message: &mut Vec<u8>, field: u64, value: f64) {
    if value != 0.0 {
        key(message, field, 1);
        message.extend(value.to_le_bytes());
    }
}

fn bytes(message: &mut Vec<u8>, field: u64, value: &[u8]) {
    key(message, field, 2);
    varint(message, value.len() as u64);
    message.extend(value);
}

fn key(message: &mut Vec<u8>, field: u64, kind: u64) {
    varint(message, field << 3 | kind);
}

/// Seven bits a byte, the lowest first; the eighth says that there are more.
fn varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `Event.SerializeToString` of TensorBoard 2.21 writes them.
    #[test]
    fn defaults_are_left_out_and_a_value_of_zero_is_not() {
        assert_eq!(opening(0.0), b"\x1a\x0dbrain.Event:2");
        let zero = scalars(0.0, 0, &[("a", 0.0)]);
        assert_eq!(zero, b"\x2a\x0a\x0a\x08\x0a\x01a\x15\0\0\0\0");
        let far = scalars(0.0, 300, &[]);
        assert_eq!(far, b"\x10\xac\x02\x2a\0");
    }
}
