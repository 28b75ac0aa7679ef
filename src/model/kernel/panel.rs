//! Weights as the multipliers want them: panels of 64 columns, cut into cache lines.

/// Columns of one panel.
pub(super) const PANEL: usize = 64;

/// Added to every weight, which makes it an unsigned byte; taken out again by row sums.
///
/// The dot products of bytes in VNNI take one signed and one unsigned operand. What the offset adds
/// to a sum is `OFFSET` times the sum of the row's activations, an integer known beforehand.
pub(super) const OFFSET: i32 = 128;

/// Bytes of one cache line, of one vector register and of one tile row.
pub(super) const LINE: usize = 64;

/// A cache line of weights.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Line(pub [u8; LINE]);

/// How the lines of a panel are ordered and what one holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Bytes; a line holds four steps of depth of 16 columns, sixteen lines make a tile, four tiles
    /// side by side cover the panel for 64 steps of depth.
    Tiles,
    /// 16-bit numbers; a line holds two steps of depth of 16 columns, and each 16 columns lie
    /// together from first to last step.
    Pairs,
}

impl Order {
    /// Lines of a panel of this depth.
    pub fn lines(self, depth: usize) -> usize {
        match self {
            Self::Tiles => depth,
            Self::Pairs => 2 * depth,
        }
    }

    /// Lays out 64 columns; `weight(column, step)` is between -127 and 127.
    ///
    /// # Shape
    /// `depth` is a multiple of 64.
    pub fn pack(self, depth: usize, weight: impl Fn(usize, usize) -> i8) -> Vec<Line> {
        let mut lines = vec![Line([0; LINE]); self.lines(depth)];
        for column in 0..PANEL {
            for step in 0..depth {
                let value = i16::from(weight(column, step)) + OFFSET as i16;
                match self {
                    Self::Tiles => {
                        let (line, byte) = tile_place(column, step);
                        lines[line].0[byte] = value as u8;
                    }
                    Self::Pairs => {
                        let line = (column / 16) * (depth / 2) + step / 2;
                        let byte = (column % 16) * 4 + (step % 2) * 2;
                        lines[line].0[byte..byte + 2].copy_from_slice(&value.to_le_bytes());
                    }
                }
            }
        }
        lines
    }
}

/// Line and byte of one weight in the order of tiles.
fn tile_place(column: usize, step: usize) -> (usize, usize) {
    let tile = (step / 64) * 4 + column / 16;
    (tile * 16 + (step % 64) / 4, (column % 16) * 4 + step % 4)
}
