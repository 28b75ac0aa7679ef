//! The residual stream: add, normalise, and round to bytes for the next product.

use pulp::Simd;

use super::{
    rows::Rows,
    simd::{Kernel, fold_lanes, halve},
};

/// The gain and offset of a LayerNorm.
pub(in crate::model) struct Norm {
    pub gain: Vec<f32>,
    pub offset: Vec<f32>,
    pub epsilon: f32,
}

/// Adds `update` to the residual stream, normalises each row, and rounds it divided by the smoothing
/// scales of the next product.
///
/// # Shape
/// `hidden` and `update` are [tokens, width], `smooth` [width].
pub(super) struct AddNorm<'a> {
    pub norm: &'a Norm,
    pub hidden: &'a mut [f32],
    pub update: &'a [f32],
    /// Where the rounded rows go and what they are multiplied by first; none after the last layer.
    pub next: Option<(&'a [f32], &'a mut Rows)>,
}

impl Kernel for AddNorm<'_> {
    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let Norm { gain, offset, epsilon } = self.norm;
        let width = gain.len();
        let mut smoothed = [0.0_f32; super::INNER_MAX];
        let rows = self.hidden.chunks_exact_mut(width).zip(self.update.chunks_exact(width));
        for (index, (row, update)) in rows.enumerate() {
            for (x, &update) in row.iter_mut().zip(update) {
                *x += update;
            }
            let zero = simd.splat_f32s(0.0);
            let sums = fold_lanes::<S>(row, zero, |sum, x| simd.add_f32s(sum, x));
            let mean = halve(sums, |a, b| a + b) / width as f32;
            let middle = simd.splat_f32s(mean);
            let squares = fold_lanes::<S>(row, zero, |sum, x| {
                let off = simd.sub_f32s(x, middle);
                simd.mul_add_f32s(off, off, sum)
            });
            let variance = halve(squares, |a, b| a + b) / width as f32;
            let scale = 1.0 / (variance + epsilon).sqrt();
            for ((x, &gain), &offset) in row.iter_mut().zip(gain).zip(offset) {
                *x = ((*x - mean) * scale).mul_add(gain, offset);
            }
            if let Some((smooth, rows)) = &mut self.next {
                let smoothed = &mut smoothed[..width];
                for ((to, &x), &smooth) in smoothed.iter_mut().zip(row.iter()).zip(*smooth) {
                    *to = x * smooth;
                }
                rows.set(simd, index, smoothed);
            }
        }
    }
}

/// Rounds rows as they are.
///
/// # Shape
/// `values` is [tokens, depth of `rows`].
pub(super) struct Round<'a> {
    pub values: &'a [f32],
    pub rows: &'a mut Rows,
}

impl Kernel for Round<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        for (index, row) in self.values.chunks_exact(self.rows.depth()).enumerate() {
            self.rows.set(simd, index, row);
        }
    }
}
