//! One transformer layer over the packed rows of several texts.

use super::{
    Path,
    attention::Attention,
    dense::{After, Dense},
    norm::{AddNorm, Norm, Round},
    smooth,
    weights::{LayerReach, LayerWeights},
    workspace::Workspace,
};

/// Attention and feed-forward with packed weights.
pub(super) struct Layer {
    fused: Dense,
    output: Dense,
    output_norm: Norm,
    up: Dense,
    down: Dense,
    down_norm: Norm,
    /// What this layer's input is multiplied by before it is rounded.
    pub input_smooth: Vec<f32>,
    up_smooth: Vec<f32>,
    down_smooth: Vec<f32>,
}

impl Layer {
    /// Smooths, rounds and packs the weights of one layer.
    pub fn pack(path: Path, mut from: LayerWeights, reach: &LayerReach) -> Self {
        let width = from.output.bias.len();
        let input = smooth::scales(&reach.input, &from.fused.matrix);
        smooth::scale_columns(&mut from.fused.matrix, &input);
        let context = smooth::scales(&reach.context, &from.output.matrix);
        smooth::scale_columns(&mut from.output.matrix, &context);
        // What attention mixes are values, so its result is smoothed by smaller values.
        let values = &mut from.fused.matrix[2 * width * width..];
        smooth::divide_rows(values, &mut from.fused.bias[2 * width..], &context);
        let up = smooth::scales(&reach.up, &from.up.matrix);
        smooth::scale_columns(&mut from.up.matrix, &up);
        let down = smooth::scales(&reach.down, &from.down.matrix);
        smooth::scale_columns(&mut from.down.matrix, &down);
        let dense =
            |part: super::weights::Part| Dense::pack(path.gemm.order(), &part.matrix, part.bias);
        Self {
            fused: dense(from.fused),
            output: dense(from.output),
            output_norm: from.output_norm,
            up: dense(from.up),
            down: dense(from.down),
            down_norm: from.down_norm,
            input_smooth: smooth::inverse(&input),
            up_smooth: smooth::inverse(&up),
            down_smooth: smooth::inverse(&down),
        }
    }

    /// Transforms the residual stream of texts of these lengths, packed end to end; `next` is what
    /// the next layer multiplies its input by.
    pub fn run(&self, path: Path, lengths: &[usize], next: Option<&[f32]>, work: &mut Workspace) {
        let width = self.output.columns();
        let tokens = lengths.iter().sum();
        let Workspace { rows, sums, fused, context, update, inner, hidden, heads } = work;
        let mut apply = |dense: &Dense, rows: &_, after, out: &mut [f32]| {
            dense.apply(path, rows, tokens, after, sums, out);
        };
        apply(&self.fused, rows, After::Nothing, fused);
        let mut first = 0;
        for &length in lengths {
            path.vectors.run(Attention {
                fused: &fused[first * 3 * width..(first + length) * 3 * width],
                width,
                buffers: heads,
                context: &mut context[first * width..(first + length) * width],
            });
            first += length;
        }
        let (context, update) = (&context[..tokens * width], &mut update[..tokens * width]);
        let hidden = &mut hidden[..tokens * width];
        path.vectors.run(Round { values: context, rows });
        apply(&self.output, rows, After::Nothing, update);
        path.vectors.run(AddNorm {
            norm: &self.output_norm,
            hidden,
            update,
            next: Some((&self.up_smooth, rows)),
        });
        let inner = &mut inner[..tokens * self.up.columns()];
        apply(&self.up, rows, After::Gelu(&self.down_smooth), inner);
        rows.reset(tokens, self.up.columns());
        path.vectors.run(Round { values: inner, rows });
        apply(&self.down, rows, After::Nothing, update);
        rows.reset(tokens, width);
        let next = next.map(|smooth| (smooth, rows));
        path.vectors.run(AddNorm { norm: &self.down_norm, hidden, update, next });
    }
}
