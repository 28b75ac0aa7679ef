//! The product with AMX tiles: 16 x 16 sums over 64 steps of depth in one instruction.
//!
//! The loops are written once over a trait of tiles. One kind is the machine's; the other, for tests,
//! computes in plain Rust what the instructions are documented to do, so that packing and loops are
//! tested on machines without AMX too.

use super::{Line, PANEL};

/// Rows of a tile.
const TILE: usize = 16;

/// Eight tile registers of 16 rows of 64 bytes.
pub(super) trait Tiles {
    /// Clears tile T.
    fn zero<const T: i32>(&mut self);
    /// Loads tile T from rows `stride` bytes apart.
    fn load<const T: i32>(&mut self, from: &[i8], stride: usize);
    /// Loads tile T from sixteen lines of weights.
    fn load_lines<const T: i32>(&mut self, from: &[Line]);
    /// Adds signed bytes of tile A times unsigned bytes of tile B to the integers of tile C.
    fn dot<const C: i32, const A: i32, const B: i32>(&mut self);
    /// Stores the integers of tile T to rows 64 integers apart.
    fn store<const T: i32>(&mut self, to: &mut [i32]);
}

/// As [`super::Gemm::multiply`], over a panel in the order of tiles.
///
/// # Shape
/// `rows` and `out` hold a whole number of tiles of 16 rows.
///
/// # Panics
/// When the shapes do not fit.
pub(super) fn multiply<T: Tiles>(
    tiles: &mut T,
    rows: &[i8],
    depth: usize,
    panel: &[Line],
    out: &mut [i32],
) {
    assert!(depth > 0 && depth.is_multiple_of(64) && panel.len() == depth);
    assert!(rows.len().is_multiple_of(TILE * depth) && out.len() / PANEL >= rows.len() / depth);
    let pairs = rows.chunks(2 * TILE * depth).zip(out.chunks_mut(2 * TILE * PANEL));
    for (rows, out) in pairs {
        for half in 0..2 {
            let out = &mut out[half * 32..];
            if rows.len() == 2 * TILE * depth {
                two_by_two(tiles, rows, depth, panel, half, out);
            } else {
                one_by_two(tiles, rows, depth, panel, half, out);
            }
        }
    }
}

/// 32 rows by 32 columns: four tiles of sums, two of rows, two of weights.
fn two_by_two<T: Tiles>(
    tiles: &mut T,
    rows: &[i8],
    depth: usize,
    panel: &[Line],
    half: usize,
    out: &mut [i32],
) {
    let (upper, lower) = rows.split_at(TILE * depth);
    tiles.zero::<0>();
    tiles.zero::<1>();
    tiles.zero::<2>();
    tiles.zero::<3>();
    for first in (0..depth).step_by(64) {
        let weights = &panel[first + half * 32..first + half * 32 + 32];
        tiles.load::<4>(&upper[first..], depth);
        tiles.load_lines::<6>(&weights[..16]);
        tiles.dot::<0, 4, 6>();
        tiles.load_lines::<7>(&weights[16..]);
        tiles.dot::<1, 4, 7>();
        tiles.load::<5>(&lower[first..], depth);
        tiles.dot::<2, 5, 6>();
        tiles.dot::<3, 5, 7>();
    }
    tiles.store::<0>(out);
    tiles.store::<1>(&mut out[16..]);
    tiles.store::<2>(&mut out[TILE * PANEL..]);
    tiles.store::<3>(&mut out[TILE * PANEL + 16..]);
}

/// 16 rows by 32 columns.
fn one_by_two<T: Tiles>(
    tiles: &mut T,
    rows: &[i8],
    depth: usize,
    panel: &[Line],
    half: usize,
    out: &mut [i32],
) {
    tiles.zero::<0>();
    tiles.zero::<1>();
    for first in (0..depth).step_by(64) {
        let weights = &panel[first + half * 32..first + half * 32 + 32];
        tiles.load::<4>(&rows[first..], depth);
        tiles.load_lines::<6>(&weights[..16]);
        tiles.dot::<0, 4, 6>();
        tiles.load_lines::<7>(&weights[16..]);
        tiles.dot::<1, 4, 7>();
    }
    tiles.store::<0>(out);
    tiles.store::<1>(&mut out[16..]);
}
