//! The product in plain Rust: the definition that the other paths are held against.

use super::{Line, PANEL};

/// As [`super::Gemm::multiply`], over a panel in the order of tiles.
pub(super) fn multiply(rows: &[i8], depth: usize, panel: &[Line], out: &mut [i32]) {
    assert!(depth > 0 && depth.is_multiple_of(64) && panel.len() == depth);
    assert!(rows.len().is_multiple_of(depth) && out.len() / PANEL >= rows.len() / depth);
    for (row, out) in rows.chunks_exact(depth).zip(out.chunks_exact_mut(PANEL)) {
        out.fill(0);
        let blocks = row.chunks_exact(64).zip(panel.chunks_exact(64));
        for (row, tiles) in blocks {
            for (tile, out) in tiles.chunks_exact(16).zip(out.chunks_exact_mut(16)) {
                add_tile(row, tile, out);
            }
        }
    }
}

/// Adds 64 steps of depth of 16 columns.
fn add_tile(row: &[i8], tile: &[Line], out: &mut [i32]) {
    for (steps, line) in row.chunks_exact(4).zip(tile) {
        for (out, weights) in out.iter_mut().zip(line.0.chunks_exact(4)) {
            for (&a, &w) in steps.iter().zip(weights) {
                // No overflow: 4,096 steps of 127 x 255 stay below 2^27.
                *out = out.wrapping_add(i32::from(a).wrapping_mul(i32::from(w)));
            }
        }
    }
}
