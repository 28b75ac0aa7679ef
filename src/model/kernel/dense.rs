//! One dense part: quantised rows times packed weights, and what is done to each sum.

use pulp::Simd;

use super::{
    Path,
    panel::{Line, OFFSET, Order, PANEL},
    rows::{Rows, nearest},
    simd::Kernel,
};

/// Rows multiplied before their sums are turned into numbers: 96 x 64 sums stay in the nearest cache.
const GROUP: usize = 96;

/// The weights of a dense part, rounded to bytes by output column.
pub(super) struct Dense {
    depth: usize,
    /// Panel after panel, so that one can be fetched while the one before it is multiplied.
    lines: Vec<Line>,
    /// What one step of a weight is worth, by column.
    scales: Vec<f32>,
    bias: Vec<f32>,
}

/// What becomes of a sum once it is a number.
#[derive(Clone, Copy)]
pub(super) enum After<'a> {
    /// Nothing.
    Nothing,
    /// GELU, and then a division by the smoothing scale of the column.
    Gelu(&'a [f32]),
}

impl Dense {
    /// Rounds and packs weights.
    ///
    /// # Shape
    /// `weights` is [columns, depth], `bias` [columns]; both are multiples of 64.
    pub fn pack(order: Order, weights: &[f32], bias: Vec<f32>) -> Self {
        let depth = weights.len() / bias.len().max(1);
        let scales: Vec<f32> = weights.chunks_exact(depth).map(step_of).collect();
        let mut lines = Vec::with_capacity(bias.len() / PANEL * order.lines(depth));
        for panel in 0..bias.len() / PANEL {
            lines.append(&mut order.pack(depth, |column, step| {
                let column = panel * PANEL + column;
                nearest(weights[column * depth + step] / scales[column])
            }));
        }
        Self { depth, lines, scales, bias }
    }

    /// Columns of the result.
    pub fn columns(&self) -> usize {
        self.bias.len()
    }

    /// Multiplies the first `count` rows.
    ///
    /// # Shape
    /// [count, depth] to [count, columns] in `out`; `sums` is scratch.
    pub fn apply(
        &self,
        path: Path,
        rows: &Rows,
        count: usize,
        after: After<'_>,
        sums: &mut Vec<i32>,
        out: &mut [f32],
    ) {
        assert!(rows.depth() == self.depth && out.len() >= count * self.columns());
        sums.resize(GROUP * PANEL, 0);
        let lines = path.gemm.order().lines(self.depth);
        for (panel, lines) in self.lines.chunks_exact(lines).enumerate() {
            for first in (0..count).step_by(GROUP) {
                let group = GROUP.min(count - first);
                path.gemm.multiply(rows.bytes(first), group, self.depth, lines, sums);
                let place = Place { panel, first, group };
                path.vectors.run(Finish { dense: self, rows, sums, after, place, out });
            }
        }
    }
}

/// What one step of a byte is worth for a column of weights.
fn step_of(weights: &[f32]) -> f32 {
    let top = weights.iter().fold(0.0_f32, |top, weight| top.max(weight.abs()));
    if top > 0.0 { top / 127.0 } else { 1.0 }
}

/// Which sums are at hand.
#[derive(Clone, Copy)]
struct Place {
    panel: usize,
    first: usize,
    group: usize,
}

/// Turns sums into numbers.
struct Finish<'a> {
    dense: &'a Dense,
    rows: &'a Rows,
    sums: &'a [i32],
    after: After<'a>,
    place: Place,
    out: &'a mut [f32],
}

impl Kernel for Finish<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Place { panel, first, group } = self.place;
        let columns = panel * PANEL..(panel + 1) * PANEL;
        let width = self.dense.columns();
        let scales: &[f32; PANEL] = block(&self.dense.scales[columns.clone()]);
        let bias: &[f32; PANEL] = block(&self.dense.bias[columns.clone()]);
        let sums = self.sums.as_chunks::<PANEL>().0;
        for (row, sums) in (first..first + group).zip(sums) {
            let (scale, sum) = self.rows.scale_and_sum(row);
            let shift = sum.wrapping_mul(OFFSET);
            let mut values = [0.0_f32; PANEL];
            for c in 0..PANEL {
                let exact = sums[c].wrapping_sub(shift) as f32;
                values[c] = exact.mul_add(scale * scales[c], bias[c]);
            }
            if let After::Gelu(smooth) = self.after {
                let smooth: &[f32; PANEL] = block(&smooth[columns.clone()]);
                for c in 0..PANEL {
                    values[c] = super::gelu::gelu(values[c]) * smooth[c];
                }
            }
            let at = row * width + columns.start;
            self.out[at..at + PANEL].copy_from_slice(&values);
        }
    }
}

/// The first 64 numbers.
#[inline(always)]
fn block(values: &[f32]) -> &[f32; PANEL] {
    // Unwrap safety: callers cut 64 numbers out.
    values.first_chunk().unwrap()
}
