//! A small dense part in `f32`, with every sum in the order of its inputs.
//!
//! For heads: a few million multiplications, whose results must be the same bits for one row and for
//! many, and on every machine.

use pulp::Simd;

use super::{
    super::lanes::LANES,
    isa::Isa,
    simd::{Kernel, Vectors},
};

/// Rows that are multiplied together.
const ROWS: usize = 6;

/// Weights and bias, sixteen columns side by side.
#[derive(Debug)]
pub(in crate::model) struct Plain {
    depth: usize,
    columns: usize,
    /// By block of sixteen columns: the bias, then the weights of each input.
    blocks: Vec<Vec<[f32; LANES]>>,
}

impl Plain {
    /// Lays out weights.
    ///
    /// # Shape
    /// `matrix` is [columns, depth], `bias` [columns].
    pub fn new(matrix: &[f32], bias: &[f32]) -> Self {
        let columns = bias.len();
        let depth = matrix.len() / columns.max(1);
        let block = |first: usize| -> Vec<[f32; LANES]> {
            let mut lanes = vec![[0.0; LANES]; depth + 1];
            for column in first..columns.min(first + LANES) {
                lanes[0][column - first] = bias[column];
                let row = &matrix[column * depth..(column + 1) * depth];
                for (lanes, weight) in lanes[1..].iter_mut().zip(row) {
                    lanes[column - first] = *weight;
                }
            }
            lanes
        };
        let blocks = (0..columns).step_by(LANES).map(block).collect();
        Self { depth, columns, blocks }
    }

    /// Multiplies rows and adds the bias.
    ///
    /// # Shape
    /// [rows, depth] to [rows, columns]
    pub fn apply(&self, rows: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; rows.len() / self.depth.max(1) * self.columns];
        Vectors::of(Isa::best()).run(Product { dense: self, rows, out: &mut out });
        out
    }
}

struct Product<'a> {
    dense: &'a Plain,
    rows: &'a [f32],
    out: &'a mut [f32],
}

impl Kernel for Product<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Plain { depth, columns, blocks } = self.dense;
        let groups = self.rows.chunks(ROWS * depth).zip(self.out.chunks_mut(ROWS * columns));
        for (rows, out) in groups {
            if rows.len() == ROWS * depth {
                multiply::<S, ROWS>(simd, blocks, rows, out, *depth, *columns);
            } else {
                let singles = rows.chunks_exact(*depth).zip(out.chunks_exact_mut(*columns));
                for (row, out) in singles {
                    multiply::<S, 1>(simd, blocks, row, out, *depth, *columns);
                }
            }
        }
    }
}

#[inline(always)]
fn multiply<S: Simd, const N: usize>(
    simd: S,
    blocks: &[Vec<[f32; LANES]>],
    rows: &[f32],
    out: &mut [f32],
    depth: usize,
    columns: usize,
) {
    for (index, block) in blocks.iter().enumerate() {
        let first = index * LANES;
        let mut found = [[0.0_f32; LANES]; N];
        for part in 0..LANES / S::F32_LANES {
            let bias = S::as_simd_f32s(&block[0]).0[part];
            let mut sums = [bias; N];
            for (step, weights) in block[1..].iter().enumerate() {
                let weights = S::as_simd_f32s(weights).0[part];
                for n in 0..N {
                    let input = simd.splat_f32s(rows[n * depth + step]);
                    sums[n] = simd.mul_add_f32s(input, weights, sums[n]);
                }
            }
            for n in 0..N {
                S::as_mut_simd_f32s(&mut found[n]).0[part] = sums[n];
            }
        }
        let width = LANES.min(columns - first);
        for n in 0..N {
            out[n * columns + first..][..width].copy_from_slice(&found[n][..width]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| (((i * 7_919 + seed) % 1_009) as f32 - 504.0) / 300.0).collect()
    }

    #[test]
    fn apply_of_many_rows_is_bit_identical_to_each_alone() {
        for (depth, columns, rows) in [(5, 3, 1), (64, 39, 20), (129, 16, 7), (2, 33, 13)] {
            let (matrix, bias) = (numbers(columns * depth, 1), numbers(columns, 2));
            let dense = Plain::new(&matrix, &bias);
            let all = numbers(rows * depth, 3);
            let together = dense.apply(&all);
            let alone: Vec<f32> =
                all.chunks_exact(depth).flat_map(|row| dense.apply(row)).collect();
            assert!(together.iter().zip(&alone).all(|(a, b)| a.to_bits() == b.to_bits()));
            assert_eq!(together.len(), rows * columns);
        }
    }

    #[test]
    fn apply_on_each_path_adds_in_the_order_of_the_inputs() {
        let (matrix, bias) = (numbers(39 * 77, 5), numbers(39, 6));
        let dense = Plain::new(&matrix, &bias);
        let rows = numbers(8 * 77, 7);
        let mut expected = Vec::new();
        for row in rows.chunks_exact(77) {
            for (weights, bias) in matrix.chunks_exact(77).zip(&bias) {
                let sum = |sum: f32, (x, w): (&f32, &f32)| x.mul_add(*w, sum);
                expected.push(row.iter().zip(weights).fold(*bias, sum));
            }
        }
        for isa in Isa::available() {
            let mut out = vec![0.0; expected.len()];
            Vectors::of(isa).run(Product { dense: &dense, rows: &rows, out: &mut out });
            assert!(out.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits()), "{isa}");
        }
    }
}
