//! Scales that even out the columns of activations before they are rounded to bytes.
//!
//! A few columns of a transformer's activations are many times larger than the rest and would take
//! the steps of the whole row. Dividing each column of the activations by a scale and multiplying the
//! weights' column by the same leaves the product as it is and spreads the steps better.
//!
//! # Source
//! Xiao et al., "SmoothQuant" (2023), with migration strength 0.6.

/// How much of the unevenness moves from activations to weights.
const STRENGTH: f32 = 0.6;

/// The scale of each input column of a dense part.
///
/// # Shape
/// `reached` is the largest absolute activation by input column [depth]; `weights` [columns, depth].
pub(super) fn scales(reached: &[f32], weights: &[f32]) -> Vec<f32> {
    let mut largest = vec![0.0_f32; reached.len()];
    for row in weights.chunks_exact(reached.len()) {
        for (top, weight) in largest.iter_mut().zip(row) {
            *top = top.max(weight.abs());
        }
    }
    let scale = |(&reached, &weight): (&f32, &f32)| -> f32 {
        let scale = reached.powf(STRENGTH) / weight.powf(1.0 - STRENGTH);
        if scale.is_finite() && scale > 1e-5 { coarse(scale) } else { 1.0 }
    };
    reached.iter().zip(&largest).map(scale).collect()
}

/// Cut to eight bits after the point: powers differ between libraries in their last bits, and the
/// packed weights must not.
fn coarse(scale: f32) -> f32 {
    f32::from_bits(scale.to_bits() & 0xffff_8000)
}

/// Multiplies each input column of the weights by its scale.
pub(super) fn scale_columns(weights: &mut [f32], scales: &[f32]) {
    for row in weights.chunks_exact_mut(scales.len()) {
        for (weight, scale) in row.iter_mut().zip(scales) {
            *weight *= scale;
        }
    }
}

/// Divides each output row of the weights, and its bias, by its scale.
pub(super) fn divide_rows(weights: &mut [f32], bias: &mut [f32], scales: &[f32]) {
    let depth = weights.len() / scales.len().max(1);
    for ((row, bias), scale) in weights.chunks_exact_mut(depth).zip(bias).zip(scales) {
        row.iter_mut().for_each(|weight| *weight /= scale);
        *bias /= scale;
    }
}

/// One over each scale.
pub(super) fn inverse(scales: &[f32]) -> Vec<f32> {
    scales.iter().map(|scale| 1.0 / scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_move_a_large_column_into_the_weights_and_leave_the_product() {
        let (reached, weights) = ([100.0, 1.0, 0.0], [0.5, 0.25, 0.1, -0.1, 1.0, 0.0]);
        let scales = scales(&reached, &weights);
        assert!(scales[0] > scales[1] && scales[2] == 1.0);
        let mut moved = weights;
        scale_columns(&mut moved, &scales);
        let inverse = inverse(&scales);
        let row = [90.0, -0.5, 0.0];
        let product = |w: &[f32], x: &[f32]| -> f32 { w.iter().zip(x).map(|(w, x)| w * x).sum() };
        let smoothed: Vec<f32> = row.iter().zip(&inverse).map(|(x, s)| x * s).collect();
        for column in 0..2 {
            let (plain, ours) = (&weights[column * 3..][..3], &moved[column * 3..][..3]);
            assert!((product(plain, &row) - product(ours, &smoothed)).abs() < 1e-4);
        }
    }

    #[test]
    fn divide_rows_divides_outputs() {
        let (mut weights, mut bias) = ([2.0, 4.0, 9.0, 3.0], [2.0, 3.0]);
        divide_rows(&mut weights, &mut bias, &[2.0, 3.0]);
        assert_eq!((weights, bias), ([1.0, 2.0, 3.0, 1.0], [1.0, 1.0]));
    }
}
