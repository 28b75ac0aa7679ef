//! The hidden states of one text after one layer.

/// One row of numbers for each token.
///
/// # Shape
/// [tokens, width], row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct States {
    rows: Vec<f32>,
    width: usize,
}

impl States {
    /// States of this width.
    pub(super) fn new(rows: Vec<f32>, width: usize) -> Self {
        Self { rows, width }
    }

    /// All rows, one after the other.
    pub fn values(&self) -> &[f32] {
        &self.rows
    }

    /// The row of each token.
    pub fn tokens(&self) -> impl Iterator<Item = &[f32]> {
        self.rows.chunks_exact(self.width)
    }

    /// Numbers of a row.
    pub fn width(&self) -> usize {
        self.width
    }
}
