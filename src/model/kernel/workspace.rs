//! The memory that one thread works in; kept between texts, overwritten by the next.

use super::{attention::HeadBuffers, rows::Rows};

/// Buffers for some tokens.
#[derive(Debug, Default)]
pub(in crate::model) struct Workspace {
    pub rows: Rows,
    pub sums: Vec<i32>,
    pub fused: Vec<f32>,
    pub context: Vec<f32>,
    pub update: Vec<f32>,
    pub inner: Vec<f32>,
    pub hidden: Vec<f32>,
    pub heads: HeadBuffers,
}

impl Workspace {
    /// Makes room for `tokens` of this width.
    pub fn reserve(&mut self, tokens: usize, width: usize, inner: usize) {
        let grow = |buffer: &mut Vec<f32>, len: usize| {
            if buffer.len() < len {
                buffer.resize(len, 0.0);
            }
        };
        self.rows.reset(tokens, width);
        grow(&mut self.fused, tokens * 3 * width);
        grow(&mut self.context, tokens * width);
        grow(&mut self.update, tokens * width);
        grow(&mut self.inner, tokens * inner);
        grow(&mut self.hidden, tokens * width);
    }

    /// Moves the rows of what is settled behind those of what stays open, each in its order.
    pub fn settle(&mut self, width: usize, open: &mut Vec<usize>, settled: &[bool]) {
        let mut aside = 0;
        for (row, &settled) in settled.iter().enumerate() {
            let from = row * width..(row + 1) * width;
            if settled {
                self.update[aside * width..][..width].copy_from_slice(&self.hidden[from]);
                aside += 1;
            } else {
                self.hidden.copy_within(from, (row - aside) * width);
            }
        }
        let (end, kept) = (settled.len() * width, (settled.len() - aside) * width);
        self.hidden[kept..end].copy_from_slice(&self.update[..aside * width]);
        let mut settled = settled.iter();
        open.retain(|_| settled.next().is_some_and(|settled| !settled));
    }
}
