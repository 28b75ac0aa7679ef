//! Products of quantised rows and packed weights, exact in 32-bit integers on every path.
//!
//! The only home of `unsafe` in this program: each path asserts its shapes first, and every block
//! says why it is sound. An integer sum does not depend on its order, so the paths cannot differ.

#![allow(unsafe_code)]

mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
mod portable;
#[cfg(target_arch = "x86_64")]
mod tiles;
#[cfg(target_arch = "x86_64")]
mod vnni;

#[cfg(test)]
mod tests;

use super::{
    isa::Isa,
    panel::{LINE, Line, Order, PANEL},
};

/// Rows are padded to whole tiles of this many.
pub(super) const ROW_TILE: usize = 16;

/// A path of multiplication, found to run on this machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gemm(Isa);

impl Gemm {
    /// The path, or none where this machine cannot run it.
    pub fn new(isa: Isa) -> Option<Self> {
        isa.is_available().then_some(Self(isa))
    }

    /// Which path this is.
    pub fn isa(self) -> Isa {
        self.0
    }

    /// How this path wants its panels.
    pub fn order(self) -> Order {
        match self.0 {
            Isa::Avx2 => Order::Pairs,
            Isa::Amx | Isa::Avx512Vnni | Isa::Portable => Order::Tiles,
        }
    }

    /// Multiplies rows by a panel: `out[r][c]` is the sum over steps of `rows[r]` times weight plus
    /// [`OFFSET`](super::panel::OFFSET).
    ///
    /// # Shape
    /// `rows` is [rows padded to 16, depth], `panel` what [`Order::pack`] made for that depth, `out`
    /// [rows padded to 16, 64]. Only the first `count` rows of `out` mean anything afterwards.
    ///
    /// # Panics
    /// When the shapes do not fit.
    pub fn multiply(
        self,
        rows: &[i8],
        count: usize,
        depth: usize,
        panel: &[Line],
        out: &mut [i32],
    ) {
        let real = &rows[..count * depth];
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Isa::Amx => {
                let padded = &rows[..count.next_multiple_of(ROW_TILE) * depth];
                match tiles::hardware() {
                    Some(mut tiles) => amx::multiply(&mut tiles, padded, depth, panel, out),
                    None => portable::multiply(real, depth, panel, out),
                }
            }
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Vnni => vnni::multiply(real, depth, panel, out),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => avx2::multiply(real, depth, panel, out),
            _ => portable::multiply(real, depth, panel, out),
        }
    }
}

/// Whether tiles give what plain Rust gives, on a small product that uses every byte value.
#[cfg(any(test, target_arch = "x86_64"))]
fn tiles_agree(tiles: &mut impl amx::Tiles) -> bool {
    const DEPTH: usize = 128;
    const ROWS: usize = 48;
    let rows: Vec<i8> = (0..ROWS * DEPTH).map(|i| ((i * 37 + i / 91) % 255) as i8).collect();
    let weight = |column, step| ((column * 53 + step * 29) % 255) as u8 as i8;
    let panel = Order::Tiles.pack(DEPTH, |column, step| weight(column, step).max(-127));
    let (mut ours, mut plain) = (vec![0; ROWS * PANEL], vec![0; ROWS * PANEL]);
    amx::multiply(tiles, &rows, DEPTH, &panel, &mut ours);
    portable::multiply(&rows, DEPTH, &panel, &mut plain);
    ours == plain
}

/// Whether this machine can run the AMX path.
pub(super) fn amx_available() -> bool {
    #[cfg(target_arch = "x86_64")]
    return tiles::available();
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// Whether this machine can run the AVX-512 VNNI path.
pub(super) fn vnni_available() -> bool {
    #[cfg(target_arch = "x86_64")]
    return vnni::available();
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// Whether this machine can run the AVX2 path.
pub(super) fn avx2_available() -> bool {
    #[cfg(target_arch = "x86_64")]
    return avx2::available();
    #[cfg(not(target_arch = "x86_64"))]
    false
}
