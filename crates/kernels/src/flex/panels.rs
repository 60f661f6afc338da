//! The right side of a product, laid out as the product reads it.

use super::buffer::Loan;
use super::lanes::LANES;
use super::simd::vectorised;
use super::view::View;

/// A `[depth, columns]` matrix cut into panels of [`LANES`] columns: `[panel][depth][lane]`. The
/// last panel is filled up with zeros.
#[derive(Debug)]
pub(crate) struct Panels {
    values: Loan,
    pub(crate) depth: usize,
    pub(crate) columns: usize,
}

impl Panels {
    /// # Panics
    /// When the view does not hold such a matrix.
    pub(crate) fn pack(view: View, [depth, columns]: [usize; 2]) -> Self {
        assert!(view.holds([depth, columns]), "a matrix inside its view");
        let mut values = Loan::of(columns.div_ceil(LANES) * depth * LANES);
        match view.strides[0] {
            1 if view.strides[1] != 1 => pack_columns(view, depth, columns, &mut values),
            _ => pack_rows(view, depth, columns, &mut values),
        }
        Self {
            values,
            depth,
            columns,
        }
    }

    /// Everything behind a row of a panel; nothing behind the last.
    pub(crate) fn from(&self, panel: usize, row: usize) -> &[f32] {
        let start = (panel * self.depth + row) * LANES;
        self.values.get(start..).unwrap_or_default()
    }

    pub(crate) fn panel(&self, index: usize) -> &[f32] {
        &self.values[index * self.depth * LANES..][..self.depth * LANES]
    }
}

vectorised! {
    fn pack_rows(view: View, depth: usize, columns: usize, panels: &mut [f32]) {
        if depth == 0 {
            return;
        }
        let [row, column] = view.strides;
        for (index, panel) in panels.chunks_exact_mut(depth * LANES).enumerate() {
            let first = index * LANES;
            let count = LANES.min(columns - first);
            for (p, to) in panel.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                let from = &view.values[p * row + first * column..];
                if column == 1 && count == LANES {
                    to.copy_from_slice(&from[..LANES]);
                } else {
                    for (lane, to) in to.iter_mut().enumerate() {
                        *to = if lane < count { from[lane * column] } else { 0.0 };
                    }
                }
            }
        }
    }
}

vectorised! {
    /// Of a matrix whose columns lie each in one piece: blocks of 16 × 16 are turned in registers.
    fn pack_columns(view: View, depth: usize, columns: usize, panels: &mut [f32]) {
        if depth == 0 {
            return;
        }
        let stride = view.strides[1];
        for (index, panel) in panels.chunks_exact_mut(depth * LANES).enumerate() {
            let first = index * LANES;
            let count = LANES.min(columns - first);
            for start in (0..depth).step_by(LANES) {
                let long = LANES.min(depth - start);
                let mut block = [[0f32; LANES]; LANES];
                for (lane, row) in block.iter_mut().take(count).enumerate() {
                    let from = &view.values[(first + lane) * stride + start..][..long];
                    row[..long].copy_from_slice(from);
                }
                let to = &mut panel[start * LANES..][..long * LANES];
                for (p, to) in to.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                    for (to, row) in to.iter_mut().zip(&block) {
                        *to = row[p];
                    }
                }
            }
        }
    }
}
