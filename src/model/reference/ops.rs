//! The operations between matrix products, fused into one pass each, as candle custom operations.
//!
//! Three of them: bias and GELU; bias, residual and LayerNorm; the whole of attention between the
//! query-key-value product and the output product. They exist for speed (candle's stock GELU alone
//! takes a third of the time of the model) and for a fixed order of every sum. Each works on one
//! text, on contiguous `f32`, on the calling thread.

use candle_core::{CpuStorage, CustomOp1, InplaceOp1, InplaceOp2, Layout, Result, Shape, bail};

use super::super::lanes::{Kernel, exp_negative, gelu, largest, sum, wide};

/// Adds a bias to each row and applies GELU, in place.
///
/// # Shape
/// [tokens, width] to itself; the bias is [width].
pub(super) struct BiasGelu {
    pub(super) bias: Vec<f32>,
}

impl InplaceOp1 for BiasGelu {
    fn name(&self) -> &'static str {
        "bias-gelu"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let rows = values_mut(storage, layout)?;
        wide(BiasGeluKernel { rows, bias: &self.bias });
        Ok(())
    }
}

struct BiasGeluKernel<'a> {
    rows: &'a mut [f32],
    bias: &'a [f32],
}

impl Kernel for BiasGeluKernel<'_> {
    #[inline(always)]
    fn run(self) {
        for row in self.rows.chunks_exact_mut(self.bias.len()) {
            for (x, &bias) in row.iter_mut().zip(self.bias) {
                *x = gelu(*x + bias);
            }
        }
    }
}

/// Adds a bias and the residual stream to each row and normalises it, in place.
///
/// # Shape
/// [tokens, width] and a residual of the same shape; bias, gain and offset are [width].
pub(super) struct AddNorm {
    pub(super) bias: Vec<f32>,
    pub(super) gain: Vec<f32>,
    pub(super) offset: Vec<f32>,
    pub(super) epsilon: f32,
}

impl InplaceOp2 for AddNorm {
    fn name(&self) -> &'static str {
        "add-norm"
    }

    fn cpu_fwd(
        &self,
        storage: &mut CpuStorage,
        layout: &Layout,
        residual: &CpuStorage,
        residual_layout: &Layout,
    ) -> Result<()> {
        let residual = values(residual, residual_layout)?;
        let rows = values_mut(storage, layout)?;
        wide(AddNormKernel { rows, residual, op: self });
        Ok(())
    }
}

struct AddNormKernel<'a> {
    rows: &'a mut [f32],
    residual: &'a [f32],
    op: &'a AddNorm,
}

impl Kernel for AddNormKernel<'_> {
    #[inline(always)]
    fn run(self) {
        let AddNorm { bias, gain, offset, epsilon } = self.op;
        let width = bias.len();
        let rows = self.rows.chunks_exact_mut(width);
        for (row, residual) in rows.zip(self.residual.chunks_exact(width)) {
            for ((x, &bias), &residual) in row.iter_mut().zip(bias).zip(residual) {
                *x += bias + residual;
            }
            let mean = sum(row, |x| x) / width as f32;
            let variance = sum(row, |x| (x - mean) * (x - mean)) / width as f32;
            let scale = 1.0 / (variance + epsilon).sqrt();
            for ((x, &gain), &offset) in row.iter_mut().zip(gain).zip(offset) {
                *x = ((*x - mean) * scale).mul_add(gain, offset);
            }
        }
    }
}

/// Width of one attention head; the kernel is written for it.
pub(super) const HEAD: usize = 32;

/// Multi-head self-attention of one text over the fused query-key-value product.
///
/// # Shape
/// [tokens, 3 x width] to [tokens, width]; the bias is [3 x width]. The queries' weights and bias
/// already hold the factor 1/sqrt(head).
pub(super) struct Attention {
    pub(super) bias: Vec<f32>,
}

impl CustomOp1 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (tokens, columns) = layout.shape().dims2()?;
        if columns != self.bias.len() || columns % (3 * HEAD) != 0 {
            bail!("attention over {columns} columns; expected {}", self.bias.len());
        }
        let fused = values(storage, layout)?;
        let mut context = vec![0.0; tokens * (columns / 3)];
        wide(AttentionKernel { fused, bias: &self.bias, tokens, context: &mut context });
        Ok((CpuStorage::F32(context), Shape::from((tokens, columns / 3))))
    }
}

struct AttentionKernel<'a> {
    fused: &'a [f32],
    bias: &'a [f32],
    tokens: usize,
    context: &'a mut [f32],
}

impl Kernel for AttentionKernel<'_> {
    #[inline(always)]
    fn run(self) {
        let width = self.bias.len() / 3;
        let padded = self.tokens.next_multiple_of(super::super::lanes::LANES);
        let mut head = HeadBuffers::new(self.tokens, padded);
        for first in (0..width).step_by(HEAD) {
            head.fill(self.fused, self.bias, first);
            for query in 0..self.tokens {
                let start = query * width + first;
                head.attend(query, &mut self.context[start..start + HEAD]);
            }
        }
    }
}

/// One head's queries and values by token, its keys by dimension, and one row of scores.
struct HeadBuffers {
    queries: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
    scores: Vec<f32>,
    tokens: usize,
    padded: usize,
}

impl HeadBuffers {
    #[inline(always)]
    fn new(tokens: usize, padded: usize) -> Self {
        let row = || vec![0.0; tokens * HEAD];
        let keys = vec![0.0; padded * HEAD];
        Self { queries: row(), keys, values: row(), scores: vec![0.0; padded], tokens, padded }
    }

    /// Takes the head that starts at column `first` out of the fused product and adds the bias.
    #[inline(always)]
    fn fill(&mut self, fused: &[f32], bias: &[f32], first: usize) {
        let width = bias.len() / 3;
        let part = |row: &[f32], which: usize| -> [f32; HEAD] {
            let at = which * width + first;
            let (row, bias) = (&row[at..at + HEAD], &bias[at..at + HEAD]);
            std::array::from_fn(|d| row[d] + bias[d])
        };
        for (token, row) in fused.chunks_exact(3 * width).enumerate() {
            let at = token * HEAD..(token + 1) * HEAD;
            self.queries[at.clone()].copy_from_slice(&part(row, 0));
            for (dimension, key) in part(row, 1).into_iter().enumerate() {
                self.keys[dimension * self.padded + token] = key;
            }
            self.values[at].copy_from_slice(&part(row, 2));
        }
    }

    /// Softmax of one query's scores, applied to the values.
    #[inline(always)]
    fn attend(&mut self, query: usize, out: &mut [f32]) {
        let query = &self.queries[query * HEAD..(query + 1) * HEAD];
        self.scores.fill(0.0);
        for (&q, keys) in query.iter().zip(self.keys.chunks_exact(self.padded)) {
            for (score, &key) in self.scores.iter_mut().zip(keys) {
                *score = q.mul_add(key, *score);
            }
        }
        let scores = &mut self.scores[..self.tokens];
        let top = largest(scores);
        for score in scores.iter_mut() {
            *score = exp_negative(*score - top);
        }
        let total = sum(scores, |x| x);
        let mut mixed = [0.0_f32; HEAD];
        for (&weight, values) in scores.iter().zip(self.values.chunks_exact(HEAD)) {
            for (sum, &value) in mixed.iter_mut().zip(values) {
                *sum = weight.mul_add(value, *sum);
            }
        }
        for (out, mixed) in out.iter_mut().zip(mixed) {
            *out = mixed / total;
        }
    }
}

/// The contiguous values behind a layout.
fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((from, until)) => Ok(&storage.as_slice::<f32>()?[from..until]),
        None => bail!("the operation needs contiguous values"),
    }
}

/// The contiguous values behind a layout, to change in place.
fn values_mut<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    match (layout.contiguous_offsets(), storage) {
        (Some((from, until)), CpuStorage::F32(values)) => Ok(&mut values[from..until]),
        _ => bail!("the operation needs contiguous f32 values"),
    }
}
