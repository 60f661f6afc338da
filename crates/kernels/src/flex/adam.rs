//! A step of Adam in one pass over a parameter.

use super::simd::vectorised;
use crate::adam::AdamStep;

vectorised! {
    fn step_slice(
        numbers: AdamStep,
        grad: &[f32],
        parameter: &mut [f32],
        first: &mut [f32],
        second: &mut [f32],
    ) {
        let AdamStep { beta_1, beta_2, rate, root, epsilon, decay } = numbers;
        let moments = first.iter_mut().zip(second);
        for ((parameter, grad), (first, second)) in parameter.iter_mut().zip(grad).zip(moments) {
            *first = beta_1 * *first + (1.0 - beta_1) * grad;
            *second = beta_2 * *second + (1.0 - beta_2) * (grad * grad);
            let change = rate * *first / (second.sqrt() * root + epsilon);
            *parameter = decay * *parameter - change;
        }
    }
}

/// Moves `parameter` and both moments by one step. All four have one length.
pub(crate) fn step(
    numbers: AdamStep,
    grad: &[f32],
    parameter: &mut [f32],
    first: &mut [f32],
    second: &mut [f32],
) {
    let length = grad.len();
    assert!([parameter.len(), first.len(), second.len()] == [length; 3]);
    step_slice(numbers, grad, parameter, first, second);
}

/// `Σ x²` in fixed lanes.
pub(crate) fn square_sum(x: &[f32]) -> f32 {
    let mut total = [0.0];
    square_sum_slice(x, &mut total);
    total[0]
}

vectorised! {
    fn square_sum_slice(x: &[f32], total: &mut [f32; 1]) {
        total[0] = super::lanes::sum(x.len(), |i| x[i] * x[i]);
    }
}
