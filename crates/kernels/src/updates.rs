//! What happens to parameters outside any graph: a step of Adam, and the size of gradients.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::adam::AdamStep;
use crate::extension::Updates;
use crate::fused::fused;

/// A parameter and its first and second moment, one step on. All tensors have one shape, and are on
/// no graph. In place where nobody else holds them.
pub fn adam<const D: usize>(
    step: AdamStep,
    grad: Tensor<D>,
    [parameter, first, second]: [Tensor<D>; 3],
) -> [Tensor<D>; 3] {
    if fused(&parameter) {
        let grad = grad.into_dispatch();
        let state = [parameter, first, second].map(Tensor::into_dispatch);
        let [parameter, first, second] = state;
        let (parameter, first, second) = Dispatch::fused_adam(grad, parameter, first, second, step);
        return [parameter, first, second].map(Tensor::from_dispatch);
    }
    let first = first * step.beta_1 + grad.clone() * (1.0 - step.beta_1);
    let second = second * step.beta_2 + (grad.clone() * grad) * (1.0 - step.beta_2);
    let change = first.clone() * step.rate / (second.clone().sqrt() * step.root + step.epsilon);
    [parameter * step.decay - change, first, second]
}

/// `total + Σ x²`, one element, without a total from 0 on; on no graph.
pub fn square_sum<const D: usize>(total: Option<Tensor<1>>, x: Tensor<D>) -> Tensor<1> {
    let total = total.unwrap_or_else(|| Tensor::zeros([1], (&x.device(), x.dtype())));
    match fused(&x) {
        true => {
            let (total, x) = (total.into_dispatch(), x.into_dispatch());
            Tensor::from_dispatch(Dispatch::fused_square_sum(total, x))
        }
        false => total + (x.clone() * x).sum(),
    }
}
