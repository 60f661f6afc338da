//! A step of Adam (Kingma and Ba, 2015) for one parameter.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::extension::Updates;
use crate::fused;

/// The numbers of one step. PyTorch's form: the second moment is corrected before `epsilon` is added.
/// `1 - beta` is taken in 32 bits, where PyTorch takes it in 64: of 0.999 that is 1.3e-5 less, and a
/// step 6e-6 longer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    pub beta_1: f32,
    pub beta_2: f32,
    /// Learning rate over `1 - beta_1^t`, at step `t` counted from 1.
    pub step: f32,
    /// `1 / sqrt(1 - beta_2^t)`.
    pub root: f32,
    pub epsilon: f32,
    /// What the parameter is multiplied by before: 1, or less with decoupled weight decay.
    pub kept: f32,
}

/// A parameter and its first and second moment, one step on. All tensors have one shape, and are on
/// no graph. In place where nobody else holds them.
pub fn adam<const D: usize>(
    rates: Rates,
    grad: Tensor<D>,
    [parameter, first, second]: [Tensor<D>; 3],
) -> [Tensor<D>; 3] {
    if fused(&parameter) {
        let grad = grad.into_dispatch();
        let state = [parameter, first, second].map(Tensor::into_dispatch);
        let [parameter, first, second] = state;
        let (parameter, first, second) =
            Dispatch::fused_adam(grad, parameter, first, second, rates);
        return [parameter, first, second].map(Tensor::from_dispatch);
    }
    let first = first * rates.beta_1 + grad.clone() * (1.0 - rates.beta_1);
    let second = second * rates.beta_2 + (grad.clone() * grad) * (1.0 - rates.beta_2);
    let change = first.clone() * rates.step / (second.clone().sqrt() * rates.root + rates.epsilon);
    [parameter * rates.kept - change, first, second]
}

/// `Σ x²`, one element; on no graph.
pub fn square_sum<const D: usize>(x: Tensor<D>) -> Tensor<1> {
    match fused(&x) {
        true => Tensor::from_dispatch(Dispatch::fused_square_sum(x.into_dispatch())),
        false => (x.clone() * x).sum(),
    }
}
