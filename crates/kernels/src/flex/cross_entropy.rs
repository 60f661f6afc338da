//! Cross entropy of rows of logits, without a table of probabilities.

use super::buffer;
use super::lanes::{max, sum};
use super::math::exp;
use super::simd::vectorised;
use super::threads::{by_rows, by_rows_of_two};

/// Multiply-adds a logit, roughly.
const COST: usize = 16;

/// The loss of each row in nats, and the log-sum-exp of its logits.
pub(crate) fn forward(logits: &[f32], targets: &[i32], classes: usize) -> [Vec<f32>; 2] {
    let (mut losses, mut log_sums) = (buffer::take(targets.len()), buffer::take(targets.len()));
    let outputs = (losses.as_mut_slice(), log_sums.as_mut_slice());
    by_rows_of_two(
        [1, 1],
        outputs,
        classes * COST,
        |first, losses, log_sums| {
            let (logits, targets) = (&logits[first * classes..], &targets[first..]);
            forward_rows(logits, targets, classes, losses, log_sums);
        },
    );
    [losses, log_sums]
}

/// The gradient of the logits from `grad`, that of each row's loss.
pub(crate) fn backward(
    logits: &[f32],
    targets: &[i32],
    log_sums: &[f32],
    grad: &[f32],
    classes: usize,
) -> Vec<f32> {
    let mut logits_grad = buffer::take(logits.len());
    by_rows(
        &mut logits_grad,
        classes,
        classes * COST,
        1,
        |first, output| {
            let (logits, targets) = (&logits[first * classes..], &targets[first..]);
            backward_rows(
                logits,
                targets,
                &log_sums[first..],
                &grad[first..],
                classes,
                output,
            );
        },
    );
    logits_grad
}

vectorised! {
    fn forward_rows(
        logits: &[f32],
        targets: &[i32],
        classes: usize,
        losses: &mut [f32],
        log_sums: &mut [f32],
    ) {
        let rows = logits.chunks_exact(classes).zip(targets);
        for ((row, target), (loss, log_sum)) in rows.zip(losses.iter_mut().zip(log_sums)) {
            let greatest = max(row);
            *log_sum = greatest + sum(classes, |i| exp(row[i] - greatest)).ln();
            *loss = *log_sum - row[*target as usize];
        }
    }
}

vectorised! {
    fn backward_rows(
        logits: &[f32],
        targets: &[i32],
        log_sums: &[f32],
        grad: &[f32],
        classes: usize,
        output: &mut [f32],
    ) {
        let rows = logits.chunks_exact(classes).zip(output.chunks_exact_mut(classes));
        for (((row, output), target), (log_sum, grad)) in
            rows.zip(targets).zip(log_sums.iter().zip(grad))
        {
            for (output, logit) in output.iter_mut().zip(row) {
                *output = grad * exp(logit - log_sum);
            }
            output[*target as usize] -= grad;
        }
    }
}
