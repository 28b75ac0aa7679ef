//! The product with AVX-512 VNNI: four bytes of depth per lane and instruction.

use std::arch::x86_64::{
    __m512i, _MM_HINT_T1, _mm_prefetch, _mm512_dpbusd_epi32, _mm512_load_si512, _mm512_set1_epi32,
    _mm512_setzero_si512, _mm512_storeu_si512,
};

use super::{Line, PANEL};

/// Rows that are multiplied together: 6 x 4 sums fill 24 of the 32 registers.
const ROWS: usize = 6;

/// Whether this machine has the instructions that [`multiply`] uses.
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vnni")
}

/// As [`super::Gemm::multiply`], over a panel in the order of tiles.
///
/// # Panics
/// When the shapes do not fit or the machine lacks the instructions.
pub(super) fn multiply(rows: &[i8], depth: usize, panel: &[Line], out: &mut [i32]) {
    assert!(available(), "no AVX-512 VNNI");
    assert!(depth > 0 && depth.is_multiple_of(64) && panel.len() == depth);
    assert!(rows.len().is_multiple_of(depth) && out.len() / PANEL >= rows.len() / depth);
    let blocks = rows.chunks(ROWS * depth).zip(out.chunks_mut(ROWS * PANEL));
    for (index, (rows, out)) in blocks.enumerate() {
        let ahead = panel.as_ptr().wrapping_add(depth + (index % 4) * (depth / 4));
        // SAFETY: the features were found above; `rows` is a whole number of rows of `depth` bytes,
        // N of them; `out` holds at least N x 64 integers, since it held as many rows as `rows`
        // before both were cut alike; `panel` holds `depth` lines.
        unsafe {
            match rows.len() / depth {
                1 => block::<1>(rows, depth, panel, ahead, out),
                2 => block::<2>(rows, depth, panel, ahead, out),
                3 => block::<3>(rows, depth, panel, ahead, out),
                4 => block::<4>(rows, depth, panel, ahead, out),
                5 => block::<5>(rows, depth, panel, ahead, out),
                _ => block::<6>(rows, depth, panel, ahead, out),
            }
        }
    }
}

/// Multiplies N rows by the panel; meanwhile the lines from `ahead` on, a quarter of the panel that
/// most likely follows this one in memory, are fetched.
///
/// # Safety
/// The machine has AVX-512 F, BW, VL and VNNI; `rows` holds N x `depth` bytes, `panel` `depth`
/// lines with `depth` a multiple of 64, `out` at least N x 64 integers.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn block<const N: usize>(
    rows: &[i8],
    depth: usize,
    panel: &[Line],
    ahead: *const Line,
    out: &mut [i32],
) {
    let mut sums = [[_mm512_setzero_si512(); 4]; N];
    for first in (0..depth).step_by(64) {
        for line in 0..16 {
            // SAFETY: four tiles of sixteen lines begin at line `first` (a multiple of 64 below
            // `depth`), so `first + 48 + line` is below `panel.len()`; a `Line` is 64 aligned bytes.
            // Row `r` begins at `r * depth`, and `first + 4 * line + 3` is below `depth`.
            // A fetch ahead reads nothing and may name any address.
            unsafe {
                _mm_prefetch::<_MM_HINT_T1>(ahead.wrapping_add(first / 4 + line).cast());
                let lines = panel.as_ptr().add(first + line).cast::<__m512i>();
                let weights = [
                    _mm512_load_si512(lines),
                    _mm512_load_si512(lines.add(16)),
                    _mm512_load_si512(lines.add(32)),
                    _mm512_load_si512(lines.add(48)),
                ];
                let steps = rows.as_ptr().add(first + 4 * line);
                for (row, sums) in sums.iter_mut().enumerate() {
                    let steps = steps.add(row * depth).cast::<i32>().read_unaligned();
                    let steps = _mm512_set1_epi32(steps);
                    for (sum, weights) in sums.iter_mut().zip(weights) {
                        *sum = _mm512_dpbusd_epi32(*sum, weights, steps);
                    }
                }
            }
        }
    }
    for (row, sums) in sums.into_iter().enumerate() {
        for (part, sum) in sums.into_iter().enumerate() {
            // SAFETY: `out` holds N x 64 integers, and this writes 16 of them from
            // `row * 64 + part * 16` on, with `row` below N and `part` below 4.
            unsafe {
                _mm512_storeu_si512(out.as_mut_ptr().add(row * PANEL + part * 16).cast(), sum)
            };
        }
    }
}
