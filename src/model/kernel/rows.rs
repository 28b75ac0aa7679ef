//! Rows of activations as signed bytes, each row with a scale of its own.
//!
//! A row is one token, so what a token is rounded to depends on no other token.

use pulp::Simd;

use super::{
    gemm::ROW_TILE,
    simd::{fold_lanes, halve},
};

/// The largest byte either way; -128 is not used.
const TOP: f32 = 127.0;

/// Adding it leaves the nearest integer, halves to even, in the low bits.
const ROUND: f32 = 12_582_912.0;

/// The nearest integer of a number between -127 and 127, halves to even.
#[inline(always)]
pub(super) fn nearest(value: f32) -> i8 {
    (value + ROUND).to_bits() as i8
}

/// Quantised rows.
#[derive(Debug, Default)]
pub(in crate::model) struct Rows {
    depth: usize,
    bytes: Vec<i8>,
    /// What one step of a byte is worth, by row.
    scales: Vec<f32>,
    /// The sum of the bytes, by row.
    sums: Vec<i32>,
}

impl Rows {
    /// Makes room for `count` rows of `depth` numbers; what was there is forgotten.
    pub fn reset(&mut self, count: usize, depth: usize) {
        self.depth = depth;
        self.bytes.resize(count.next_multiple_of(ROW_TILE) * depth, 0);
        self.scales.resize(count, 0.0);
        self.sums.resize(count, 0);
    }

    /// Numbers of one row.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// The bytes from row `first` on, to the end of the padding.
    pub fn bytes(&self, first: usize) -> &[i8] {
        &self.bytes[first * self.depth..]
    }

    /// The scale of a row and the sum of its bytes.
    pub fn scale_and_sum(&self, row: usize) -> (f32, i32) {
        (self.scales[row], self.sums[row])
    }

    /// Rounds `values`, a multiple of 64 of them, to row `row`.
    #[inline(always)]
    pub fn set<S: Simd>(&mut self, simd: S, row: usize, values: &[f32]) {
        let bytes = &mut self.bytes[row * self.depth..(row + 1) * self.depth];
        let top = largest_size(simd, values);
        // A row of zeros, or of what is no number, is a row of zero bytes.
        let (scale, steps) =
            if top > 0.0 && top < f32::INFINITY { (top / TOP, TOP / top) } else { (0.0, 0.0) };
        for (byte, &value) in bytes.iter_mut().zip(values) {
            *byte = nearest(value * steps);
        }
        let mut sum = 0_i32;
        for &byte in bytes.iter() {
            sum = sum.wrapping_add(i32::from(byte));
        }
        self.scales[row] = scale;
        self.sums[row] = sum;
    }
}

/// The largest absolute value.
#[inline(always)]
fn largest_size<S: Simd>(simd: S, values: &[f32]) -> f32 {
    let larger = |top, value| simd.max_f32s(simd.abs_f32s(value), top);
    let lanes = fold_lanes::<S>(values, simd.splat_f32s(0.0), larger);
    halve(lanes, |a, b| if b > a { b } else { a })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(values: &[f32]) -> (Vec<i8>, f32, i32) {
        let mut rows = Rows::default();
        rows.reset(1, values.len());
        rows.set(pulp::Scalar, 0, values);
        let (scale, sum) = rows.scale_and_sum(0);
        (rows.bytes(0)[..values.len()].to_vec(), scale, sum)
    }

    #[test]
    fn row_is_rounded_to_its_own_largest_value() {
        let mut values = [0.0; 64];
        values[..5].copy_from_slice(&[2.54, -1.27, 0.0, 0.014, 0.011]);
        let (bytes, scale, sum) = rounded(&values);
        assert_eq!(bytes[..6], [127, -64, 0, 1, 1, 0]);
        assert!((scale - 0.02).abs() < 1e-6);
        assert_eq!(sum, 65);
    }

    #[test]
    fn row_of_zeros_or_of_no_numbers_is_zero() {
        assert_eq!(rounded(&[0.0; 64]), (vec![0; 64], 0.0, 0));
        let (_, scale, sum) = rounded(&[f32::INFINITY; 64]);
        assert_eq!((scale, sum), (0.0, 0));
    }

    #[test]
    fn row_keeps_every_value_within_half_a_step() {
        let values: Vec<f32> = (0..960_u16).map(|i| (f32::from(i) * 0.37).sin() * 3.0).collect();
        let (bytes, scale, sum) = rounded(&values);
        for (value, byte) in values.iter().zip(&bytes) {
            assert!((value - f32::from(*byte) * scale).abs() <= 0.500_1 * scale);
        }
        assert_eq!(sum, bytes.iter().map(|&byte| i32::from(byte)).sum::<i32>());
    }
}
