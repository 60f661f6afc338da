//! The input and the output net: the parts made anew for each task.

use backbone::{Init, Linear, Table};
use burn::module::Module;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use tasks::Inputs;

/// Takes a task's inputs to hidden states.
#[derive(Module, Debug)]
pub enum InputNet {
    Linear(Linear),
    Table(Table),
}

impl InputNet {
    /// A linear layer with orthogonal weight for features, an N(0, 1) table for tokens (official
    /// code; PyTorch's default embedding).
    pub(crate) fn init(inputs: Inputs, width: usize, gain: f64, init: &mut Init) -> Self {
        match inputs {
            Inputs::Features { width: features } => Self::Linear(Linear {
                weight: init.parameter([features, width], |rng| {
                    orthogonal(features, width, gain, rng)
                }),
                bias: init.zeros([width]),
            }),
            Inputs::Tokens { vocabulary }
            | Inputs::Language { vocabulary }
            | Inputs::Masked { vocabulary } => Self::Table(Table {
                weight: init.normal([vocabulary, width], 1.0),
            }),
        }
    }
}

/// The output net: PyTorch's default, uniform within one over the root of the width.
pub(crate) fn output_net(width: usize, logits: usize, init: &mut Init) -> Linear {
    let bound = (1.0 / width as f64).sqrt() as f32;
    let uniform = |count: usize| {
        move |rng: &mut ChaCha8Rng| {
            (0..count)
                .map(|_| rng.random_range(-bound..bound))
                .collect::<Vec<f32>>()
        }
    };
    Linear {
        weight: init.parameter([width, logits], uniform(width * logits)),
        bias: init.parameter([logits], uniform(logits)),
    }
}

/// A `[rows, columns]` matrix with orthonormal rows (or columns, whichever are fewer) times `gain`,
/// by Gram-Schmidt on normal draws (Saxe et al., 2014).
fn orthogonal(rows: usize, columns: usize, gain: f64, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let (few, long) = (rows.min(columns), rows.max(columns));
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(few);
    while basis.len() < few {
        let mut vector: Vec<f64> = StandardNormal.sample_iter(&mut *rng).take(long).collect();
        // Twice is enough: the second pass removes what rounding left of the first.
        for _ in 0..2 {
            for other in &basis {
                let along: f64 = vector.iter().zip(other).map(|(a, b)| a * b).sum();
                vector
                    .iter_mut()
                    .zip(other)
                    .for_each(|(a, b)| *a -= along * b);
            }
        }
        let norm = vector.iter().map(|a| a * a).sum::<f64>().sqrt();
        if norm > 1e-6 {
            basis.push(vector.iter().map(|a| a / norm).collect());
        }
    }
    let at = |row: usize, column: usize| match rows <= columns {
        true => basis[row][column],
        false => basis[column][row],
    };
    let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    cells
        .map(|(row, column)| (gain * at(row, column)) as f32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn orthogonal_is_orthonormal_times_gain_whichever_side_is_longer() {
        for (rows, columns) in [(4, 9), (9, 4), (5, 5), (1, 3)] {
            let matrix = orthogonal(rows, columns, 1.41, &mut ChaCha8Rng::from_seed([1; 32]));
            let vector = |i: usize| -> Vec<f32> {
                match rows <= columns {
                    true => matrix[i * columns..(i + 1) * columns].to_vec(),
                    false => (0..rows).map(|row| matrix[row * columns + i]).collect(),
                }
            };
            for i in 0..rows.min(columns) {
                for j in 0..rows.min(columns) {
                    let dot: f32 = vector(i).iter().zip(vector(j)).map(|(a, b)| a * b).sum();
                    let expected = if i == j { 1.41 * 1.41 } else { 0.0 };
                    assert!(
                        (dot - expected).abs() < 1e-5,
                        "{rows}×{columns}: {i}·{j} = {dot}"
                    );
                }
            }
        }
    }
}
