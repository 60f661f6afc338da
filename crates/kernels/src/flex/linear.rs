//! Matrix products of a linear layer, straight through burn-flex's own `gemm`.

use gemm::{Parallelism, gemm};

/// A matrix read by rows and columns that lie the given distances apart.
#[derive(Clone, Copy)]
struct View<'a> {
    values: &'a [f32],
    strides: [usize; 2],
}

impl<'a> View<'a> {
    fn rows(values: &'a [f32], columns: usize) -> Self {
        Self {
            values,
            strides: [columns, 1],
        }
    }

    fn transposed(self) -> Self {
        Self {
            strides: [self.strides[1], self.strides[0]],
            ..self
        }
    }

    /// Whether every element of a matrix of this shape lies inside.
    fn holds(&self, [rows, columns]: [usize; 2]) -> bool {
        rows == 0
            || columns == 0
            || (rows - 1) * self.strides[0] + (columns - 1) * self.strides[1] < self.values.len()
    }
}

/// `output (+)= a b` with `a: [rows, depth]`, `b: [depth, columns]`.
fn multiply(a: View, b: View, [rows, depth, columns]: [usize; 3], output: &mut [f32], add: bool) {
    assert!(a.holds([rows, depth]) && b.holds([depth, columns]));
    assert_eq!(output.len(), rows * columns);
    // SAFETY: the assertions above keep every element that `gemm` reads or writes inside the three
    // slices, and `output` is borrowed mutably, so it overlaps neither operand.
    unsafe {
        gemm(
            rows,
            columns,
            depth,
            output.as_mut_ptr(),
            1,
            columns as isize,
            add,
            a.values.as_ptr(),
            a.strides[1] as isize,
            a.strides[0] as isize,
            b.values.as_ptr(),
            b.strides[1] as isize,
            b.strides[0] as isize,
            1.0f32,
            1.0f32,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

/// `x weight + bias`, with the bias written first and the product added to it.
pub(crate) fn forward(x: &[f32], weight: &[f32], bias: &[f32], input: usize) -> Vec<f32> {
    let columns = bias.len();
    let rows = x.len() / input.max(1);
    let mut output = Vec::with_capacity(rows * columns);
    for _ in 0..rows {
        output.extend_from_slice(bias);
    }
    let (x, weight) = (View::rows(x, input), View::rows(weight, columns));
    multiply(x, weight, [rows, input, columns], &mut output, true);
    output
}

/// `grad weightᵀ`, the gradient of the input.
pub(crate) fn input_grad(grad: &[f32], weight: &[f32], [input, columns]: [usize; 2]) -> Vec<f32> {
    let rows = grad.len() / columns.max(1);
    let mut output = vec![0.0; rows * input];
    let (grad, weight) = (
        View::rows(grad, columns),
        View::rows(weight, columns).transposed(),
    );
    multiply(grad, weight, [rows, columns, input], &mut output, false);
    output
}

/// `xᵀ grad`, the gradient of the weight.
pub(crate) fn weight_grad(x: &[f32], grad: &[f32], [input, columns]: [usize; 2]) -> Vec<f32> {
    let rows = x.len() / input.max(1);
    let mut output = vec![0.0; input * columns];
    let (x, grad) = (View::rows(x, input).transposed(), View::rows(grad, columns));
    multiply(x, grad, [input, rows, columns], &mut output, false);
    output
}

/// The sum of the rows of `grad`, the gradient of the bias.
pub(crate) fn bias_grad(grad: &[f32], columns: usize) -> Vec<f32> {
    let mut output = vec![0.0; columns];
    for row in grad.chunks_exact(columns.max(1)) {
        for (total, value) in output.iter_mut().zip(row) {
            *total += value;
        }
    }
    output
}
