//! Attention of one text over its own rows, in `f32`.
//!
//! Two parts in a hundred of the arithmetic; done in blocks of eight queries so that keys and values
//! are read once for all eight. Every sum runs over one text only, in the order of its tokens.

use pulp::Simd;

use super::{
    super::lanes::{LANES, add_up, exp_negative, largest_of},
    simd::Kernel,
};

/// Width of one head.
pub(in crate::model) const HEAD: usize = 32;

/// Queries that are answered together.
const QUERIES: usize = 8;

type Lanes = [f32; LANES];

/// What one head needs while it works; kept between texts.
#[derive(Debug, Default)]
pub(in crate::model) struct HeadBuffers {
    /// By block of sixteen tokens: dimension by dimension, sixteen keys.
    keys: Vec<Lanes>,
    /// By token: the value.
    values: Vec<[f32; HEAD]>,
    /// By query of the block: the score of every token, padded to sixteen.
    scores: [Vec<Lanes>; QUERIES],
}

/// Attention of one text.
///
/// # Shape
/// `fused` is [tokens, 3 x width]: queries (already divided by the square root of the head), keys,
/// values; `context` [tokens, width].
pub(super) struct Attention<'a> {
    pub fused: &'a [f32],
    pub width: usize,
    pub buffers: &'a mut HeadBuffers,
    pub context: &'a mut [f32],
}

impl Kernel for Attention<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { fused, width, buffers, context } = self;
        let tokens = context.len() / width;
        for first in (0..width).step_by(HEAD) {
            let mut head = Head { fused, width, first, buffers };
            head.fill(tokens);
            match tokens {
                0..2 => head.answer::<S, 1>(simd, tokens, context),
                2..QUERIES => head.answer::<S, 2>(simd, tokens, context),
                _ => head.answer::<S, QUERIES>(simd, tokens, context),
            }
        }
    }
}

/// One head of one text: the columns from `first` on.
struct Head<'a> {
    fused: &'a [f32],
    width: usize,
    first: usize,
    buffers: &'a mut HeadBuffers,
}

impl Head<'_> {
    /// Takes keys and values out of the fused rows.
    #[inline(always)]
    fn fill(&mut self, tokens: usize) {
        let HeadBuffers { keys, values, scores } = &mut *self.buffers;
        let blocks = tokens.div_ceil(LANES);
        keys.resize(blocks * HEAD, [0.0; LANES]);
        values.clear();
        for (token, row) in self.fused.chunks_exact(3 * self.width).enumerate() {
            let from = &row[self.width + self.first..][..HEAD];
            let to = &mut keys[token / LANES * HEAD..][..HEAD];
            for (lanes, &key) in to.iter_mut().zip(from) {
                lanes[token % LANES] = key;
            }
            let from = &row[2 * self.width + self.first..][..HEAD];
            values.push(*from.first_chunk().unwrap()); // Unwrap safety: cut to the head just above.
        }
        for scores in scores {
            scores.resize(blocks, [0.0; LANES]);
        }
    }

    /// Answers every query, N at a time; the last N may answer some of them once more.
    #[inline(always)]
    fn answer<S: Simd, const N: usize>(&mut self, simd: S, tokens: usize, context: &mut [f32]) {
        for block in 0..tokens.div_ceil(N) {
            let query = (block * N).min(tokens - N);
            self.score::<S, N>(simd, query);
            let mut totals = [0.0_f32; N];
            for (total, scores) in totals.iter_mut().zip(&mut self.buffers.scores) {
                *total = soften(scores, tokens);
            }
            self.mix::<S, N>(simd, query, &totals, context);
        }
    }

    /// Queries times keys. What stands at keys past the last token means nothing.
    #[inline(always)]
    fn score<S: Simd, const N: usize>(&mut self, simd: S, query: usize) {
        let asked: [&[f32; HEAD]; N] = std::array::from_fn(|n| {
            let row = &self.fused[(query + n) * 3 * self.width + self.first..];
            row.first_chunk().unwrap() // Unwrap safety: a head lies within its third of the row.
        });
        for (block, keys) in self.buffers.keys.chunks_exact(HEAD).enumerate() {
            for part in 0..LANES / S::F32_LANES {
                let mut sums = [simd.splat_f32s(0.0); N];
                for (d, keys) in keys.iter().enumerate() {
                    let keys = S::as_simd_f32s(keys).0[part];
                    for n in 0..N {
                        sums[n] = simd.mul_add_f32s(simd.splat_f32s(asked[n][d]), keys, sums[n]);
                    }
                }
                for (sum, scores) in sums.into_iter().zip(&mut self.buffers.scores) {
                    S::as_mut_simd_f32s(&mut scores[block]).0[part] = sum;
                }
            }
        }
    }

    /// The values, each weighed by its score.
    #[inline(always)]
    fn mix<S: Simd, const N: usize>(
        &self,
        simd: S,
        query: usize,
        totals: &[f32; N],
        context: &mut [f32],
    ) {
        let scores: [&[f32]; N] = std::array::from_fn(|n| self.buffers.scores[n].as_flattened());
        for part in 0..HEAD / S::F32_LANES {
            let mut mixed = [simd.splat_f32s(0.0); N];
            for (token, values) in self.buffers.values.iter().enumerate() {
                let values = S::as_simd_f32s(values).0[part];
                for n in 0..N {
                    let weight = simd.splat_f32s(scores[n][token]);
                    mixed[n] = simd.mul_add_f32s(weight, values, mixed[n]);
                }
            }
            for n in 0..N {
                let at = (query + n) * self.width + self.first;
                let out = S::as_mut_simd_f32s(&mut context[at..at + HEAD]).0;
                out[part] = simd.div_f32s(mixed[n], simd.splat_f32s(totals[n]));
            }
        }
    }
}

/// Replaces scores by e to the power of what they are below the largest; gives their sum.
#[inline(always)]
fn soften(scores: &mut [Lanes], tokens: usize) -> f32 {
    let past = tokens % LANES;
    if let Some(last) = scores.last_mut().filter(|_| past > 0) {
        for (lane, score) in last.iter_mut().enumerate() {
            // Weighs 1e-38: too little to change a sum of which one term is 1.
            *score = if lane < past { *score } else { f32::NEG_INFINITY };
        }
    }
    let mut top = [f32::NEG_INFINITY; LANES];
    for block in scores.iter() {
        for lane in 0..LANES {
            top[lane] = if block[lane] > top[lane] { block[lane] } else { top[lane] };
        }
    }
    let top = largest_of(top);
    let mut sums = [0.0_f32; LANES];
    for block in scores {
        for lane in 0..LANES {
            block[lane] = exp_negative(block[lane] - top);
            sums[lane] += block[lane];
        }
    }
    add_up(sums)
}
