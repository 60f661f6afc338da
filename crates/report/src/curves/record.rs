//! The framing of TensorFlow's record files, which event files are.

/// Appends a record: its length, a checksum of that, the data, and a checksum of it; numbers in little-endian order
/// (tensorflow/core/lib/io/record_writer.h).
pub(super) fn append(file: &mut Vec<u8>, data: &[u8]) {
    let length = (data.len() as u64).to_le_bytes();
    file.extend(length);
    file.extend(masked(&length).to_le_bytes());
    file.extend(data);
    file.extend(masked(data).to_le_bytes());
}

/// CRC-32C, rotated and moved by a constant: a checksum of data that holds its own checksum would be weak.
fn masked(data: &[u8]) -> u32 {
    crc32c::crc32c(data)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
}
