/// A matrix of 32-bit floats read through the distances between its rows and between its columns.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) values: &'a [f32],
    /// From a row to the next, and from a column to the next.
    pub(crate) strides: [usize; 2],
}

impl<'a> View<'a> {
    /// Rows side by side, `columns` long each.
    pub(crate) fn rows(values: &'a [f32], columns: usize) -> Self {
        Self {
            values,
            strides: [columns, 1],
        }
    }

    pub(crate) fn transposed(self) -> Self {
        Self {
            strides: [self.strides[1], self.strides[0]],
            ..self
        }
    }

    /// Whether every element of a matrix of this shape lies inside.
    pub(crate) fn holds(&self, [rows, columns]: [usize; 2]) -> bool {
        rows == 0
            || columns == 0
            || (rows - 1) * self.strides[0] + (columns - 1) * self.strides[1] < self.values.len()
    }

    /// The same matrix from a row on.
    pub(crate) fn starting_at(self, row: usize) -> Self {
        let start = (row * self.strides[0]).min(self.values.len());
        Self {
            values: &self.values[start..],
            ..self
        }
    }
}
