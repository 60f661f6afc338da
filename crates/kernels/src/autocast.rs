//! Products in 16 bits of numbers that are kept in 32.

use std::cell::Cell;

use burn::tensor::{DType, FloatDType, Tensor};

thread_local! {
    static PRECISION: Cell<Option<FloatDType>> = const { Cell::new(None) };
}

/// Runs `body` with the products of dense layers in another number type, as PyTorch's context of
/// this name does: both sides are rounded to it, sums are taken and results kept in 32 bits where
/// the device has such products. Without a type, as it is.
///
/// It holds for what this thread computes meanwhile. The gradient of a layer's input is multiplied
/// as its forward pass was; that of a weight that trains in 32 bits on a GPU.
pub fn autocast<R>(precision: Option<FloatDType>, body: impl FnOnce() -> R) -> R {
    struct Before(Option<FloatDType>);
    impl Drop for Before {
        fn drop(&mut self) {
            PRECISION.set(self.0);
        }
    }
    let _before = Before(PRECISION.replace(precision));
    body()
}

/// A weight in the number type that it is multiplied in now.
pub(crate) fn lowered(weight: Tensor<2>) -> Tensor<2> {
    match PRECISION.get() {
        Some(precision) if weight.dtype() == DType::F32 => weight.cast(precision),
        _ => weight,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Tolerance};

    #[test]
    fn products_are_rounded_inside_and_nowhere_else() {
        let device = Device::flex().autodiff();
        let x = Tensor::<2>::from_data([[1.0, 1.0]], &device);
        let weight = Tensor::<2>::from_data([[1.001], [2.003]], &device).require_grad();
        let product = |weight: &Tensor<2>| crate::linear(x.clone(), weight.clone(), None);
        let exact = product(&weight).into_data();
        let rounded = autocast(Some(FloatDType::BF16), || product(&weight));
        let expected = Tensor::<2>::from_data([[3.0]], &device).into_data();
        rounded.clone().into_data().assert_eq(&expected, true);
        product(&weight).into_data().assert_eq(&exact, true);
        // What trains is kept in 32 bits, and so is its gradient.
        let grads = rounded.sum().backward();
        let grad = weight.grad(&grads).unwrap();
        assert_eq!(grad.dtype(), DType::F32);
        let ones = Tensor::<2>::ones([2, 1], &Device::flex()).into_data();
        grad.into_data()
            .assert_approx_eq::<f32>(&ones, Tolerance::absolute(1e-6));
    }
}
