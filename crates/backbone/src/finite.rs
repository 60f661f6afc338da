//! Numbers of a checkpoint are looked at when they are read: one that is not finite makes every
//! step that follows worthless.

use burn::tensor::{DType, Shape};
use burn_store::burn_pack::{Error, Tensor};
use std::sync::{Arc, Mutex, PoisonError};

/// What was found wrong while tensors were read, for a reader that has no words of its own.
#[derive(Clone, Default)]
pub(crate) struct Complaint(Arc<Mutex<Option<String>>>);

impl Complaint {
    /// The first that was said.
    pub fn said(&self) -> Option<String> {
        let said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.clone()
    }

    fn say(&self, what: impl FnOnce() -> String) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.get_or_insert_with(what);
    }
}

/// The tensor under another name, which complains under its own when it is read and is not all
/// there, or not all finite.
pub(crate) fn watched(tensor: Tensor, name: String, complaint: &Complaint) -> Tensor {
    let complaint = complaint.clone();
    let (dtype, shape) = (tensor.dtype, tensor.shape.clone());
    let (own, length) = (tensor.name.clone(), tensor.byte_len());
    let read = move || {
        let bytes = tensor.to_bytes().inspect_err(|error| {
            complaint.say(|| format!("tensor `{own}` cannot be read: {error}"));
        })?;
        if any_not_finite(dtype, &bytes) {
            complaint.say(|| {
                let found = not_finite(dtype, &bytes, &tensor.shape);
                format!(
                    "tensor `{own}` holds {found}: the training that wrote it diverged, or the file is \
                     damaged; take an earlier checkpoint, or get the file again"
                )
            });
            return Err(Error::ValidationError("not finite".to_owned()));
        }
        Ok(bytes)
    };
    Tensor::deferred(name, dtype, shape, None, length, read)
}

/// Whether some number would be NaN or infinite in 32 bits.
fn any_not_finite(dtype: DType, bytes: &[u8]) -> bool {
    // Exponents of all ones, looked for without a branch, so that it costs less than reading.
    fn any<const N: usize>(bytes: &[u8], bad: impl Fn([u8; N]) -> bool) -> bool {
        let (numbers, _) = bytes.as_chunks::<N>();
        let mut blocks = numbers.chunks(1 << 12);
        blocks.any(|block| block.iter().fold(false, |any, number| any | bad(*number)))
    }

    match dtype {
        DType::F32 => any(bytes, |number| {
            u32::from_le_bytes(number) & 0x7F80_0000 == 0x7F80_0000
        }),
        DType::F16 => any(bytes, |number| {
            u16::from_le_bytes(number) & 0x7C00 == 0x7C00
        }),
        DType::BF16 => any(bytes, |number| {
            u16::from_le_bytes(number) & 0x7F80 == 0x7F80
        }),
        DType::F64 => any(bytes, |number| {
            !(f64::from_le_bytes(number) as f32).is_finite()
        }),
        _ => false,
    }
}

/// How many numbers are not finite, and where the first one is.
fn not_finite(dtype: DType, bytes: &[u8], shape: &Shape) -> String {
    let size = dtype.size();
    let numbers = bytes.chunks_exact(size).enumerate();
    let mut bad = numbers.filter(|(_, number)| any_not_finite(dtype, number));
    let Some((first, number)) = bad.next() else {
        return "a number that is not finite".to_owned();
    };
    let what = match is_nan(dtype, number) {
        true => "NaN",
        false => "a number too large for 32 bits, or infinite",
    };
    let mut place = Vec::new();
    let mut rest = first;
    for size in shape.iter().rev() {
        place.insert(0, rest % size);
        rest /= size;
    }
    match bad.count() {
        0 => format!("{what} at {place:?}"),
        more => format!("{what} at {place:?}, and {more} more such numbers"),
    }
}

fn is_nan(dtype: DType, number: &[u8]) -> bool {
    let fraction = match dtype {
        DType::F32 => 23,
        DType::F16 => 10,
        DType::BF16 => 7,
        _ => 52,
    };
    let bits = number.iter().rev();
    let bits = bits.fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let exponent = number.len() * 8 - 1 - fraction;
    let all_ones = (1_u64 << exponent) - 1;
    bits >> fraction & all_ones == all_ones && bits & ((1 << fraction) - 1) != 0
}

#[cfg(test)]
mod tests {
    use super::{any_not_finite, is_nan, not_finite};
    use burn::tensor::{DType, Shape};

    #[test]
    fn what_is_not_finite_is_found_wherever_it_stands() {
        for (bad, what) in [
            (f32::NAN, "NaN"),
            (f32::INFINITY, "infinite"),
            (-f32::INFINITY, "infinite"),
        ] {
            for place in [0, 4_095, 4_096, 9_999] {
                let mut numbers = vec![f32::MAX; 10_000];
                numbers[place] = bad;
                let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
                assert!(any_not_finite(DType::F32, &bytes));
                let said = not_finite(DType::F32, &bytes, &Shape::from([100, 100]));
                let at = format!("[{}, {}]", place / 100, place % 100);
                assert!(said.contains(what) && said.contains(&at), "{said}");
            }
        }
        let most: Vec<u8> = [f32::MAX, f32::MIN, 0.0]
            .iter()
            .flat_map(|x| x.to_le_bytes())
            .collect();
        assert!(!any_not_finite(DType::F32, &most));
    }

    #[test]
    fn every_type_of_floats_has_its_own_nan() {
        for (dtype, nan, infinite, finite) in [
            (DType::F16, vec![1, 0x7C], vec![0, 0x7C], vec![0xFF, 0x7B]),
            (
                DType::BF16,
                vec![0xC1, 0x7F],
                vec![0x80, 0x7F],
                vec![0x7F, 0x7F],
            ),
            (
                DType::F64,
                f64::NAN.to_le_bytes().to_vec(),
                1e39_f64.to_le_bytes().to_vec(),
                3e38_f64.to_le_bytes().to_vec(),
            ),
        ] {
            assert!(
                any_not_finite(dtype, &nan) && is_nan(dtype, &nan),
                "{dtype:?}"
            );
            assert!(any_not_finite(dtype, &infinite) && !is_nan(dtype, &infinite));
            assert!(!any_not_finite(dtype, &finite), "{dtype:?}");
        }
    }
}
