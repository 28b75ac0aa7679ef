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
}
