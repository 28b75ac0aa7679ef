//! The product with AVX2: bytes widened to 16 bits, two steps of depth per lane and instruction.
//!
//! AVX2's own products of bytes saturate at 16 bits and would not be exact; those of 16-bit numbers
//! are.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_load_si256, _mm256_madd_epi16, _mm256_set1_epi32,
    _mm256_setzero_si256, _mm256_storeu_si256,
};

use super::{Line, PANEL};

/// Rows that are multiplied together: 6 x 2 sums fill 12 of the 16 registers.
const ROWS: usize = 6;

/// Whether this machine has the instructions that [`multiply`] uses.
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// As [`super::Gemm::multiply`], over a panel in the order of pairs.
///
/// # Panics
/// When the shapes do not fit or the machine lacks the instructions.
pub(super) fn multiply(rows: &[i8], depth: usize, panel: &[Line], out: &mut [i32]) {
    assert!(available(), "no AVX2");
    assert!(depth > 0 && depth.is_multiple_of(64) && panel.len() == 2 * depth);
    assert!(rows.len().is_multiple_of(depth) && out.len() / PANEL >= rows.len() / depth);
    let mut wide = vec![0_i16; ROWS * depth];
    for (rows, out) in rows.chunks(ROWS * depth).zip(out.chunks_mut(ROWS * PANEL)) {
        let wide = &mut wide[..rows.len()];
        for (wide, &byte) in wide.iter_mut().zip(rows) {
            *wide = i16::from(byte);
        }
        // SAFETY: the features were found above; `wide` holds a whole number of rows of `depth`, N of
        // them; `out` holds at least N x 64 integers, since it held as many rows as `rows` before both
        // were cut alike; `panel` holds `2 * depth` lines.
        unsafe {
            match wide.len() / depth {
                1 => block::<1>(wide, depth, panel, out),
                2 => block::<2>(wide, depth, panel, out),
                3 => block::<3>(wide, depth, panel, out),
                4 => block::<4>(wide, depth, panel, out),
                5 => block::<5>(wide, depth, panel, out),
                _ => block::<6>(wide, depth, panel, out),
            }
        }
    }
}

/// Multiplies N rows by the panel.
///
/// # Safety
/// The machine has AVX2; `wide` holds N x `depth` numbers, `panel` 2 x `depth` lines with `depth` even,
/// `out` at least N x 64 integers; N is at most 6.
#[target_feature(enable = "avx2")]
unsafe fn block<const N: usize>(wide: &[i16], depth: usize, panel: &[Line], out: &mut [i32]) {
    let steps = depth / 2;
    for part in 0..4 {
        let mut sums = [[_mm256_setzero_si256(); 2]; N];
        for step in 0..steps {
            // SAFETY: `part * steps + step` is below `panel.len()`; a `Line` is two aligned vectors of
            // 32 bytes. Row `r` begins at `r * depth`, and `2 * step + 1` is below `depth`.
            unsafe {
                let line = panel.as_ptr().add(part * steps + step).cast::<__m256i>();
                let weights = [_mm256_load_si256(line), _mm256_load_si256(line.add(1))];
                let pairs = wide.as_ptr().add(2 * step);
                for (row, sums) in sums.iter_mut().enumerate() {
                    let pair = pairs.add(row * depth).cast::<i32>().read_unaligned();
                    let pair = _mm256_set1_epi32(pair);
                    for (sum, weights) in sums.iter_mut().zip(weights) {
                        *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(weights, pair));
                    }
                }
            }
        }
        for (row, sums) in sums.into_iter().enumerate() {
            for (half, sum) in sums.into_iter().enumerate() {
                // SAFETY: `out` holds N x 64 integers, and this writes 8 of them from
                // `row * 64 + part * 16 + half * 8` on, with `row` below N.
                unsafe {
                    let at = out.as_mut_ptr().add(row * PANEL + part * 16 + half * 8);
                    _mm256_storeu_si256(at.cast(), sum);
                }
            }
        }
    }
}
