//! From the hidden states of a text to one vector, and from logits to probabilities.
//!
//! Every sum runs in one order and every power is our own, so the bits are those of any machine.

use super::{
    lanes::{exp_negative, sum},
    states::States,
};

/// How the rows of [tokens, hidden] become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pool {
    /// Their mean.
    Mean,
    /// The largest of each column.
    Max,
    /// The first row, that of the classification token.
    Cls,
}

impl Pool {
    /// Reads the name used in the files of the models folder.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "mean" => Some(Self::Mean),
            "max" => Some(Self::Max),
            "cls" => Some(Self::Cls),
            _ => None,
        }
    }

    /// Pools the states of one text; zeros if it has no token.
    ///
    /// # Shape
    /// [tokens, hidden] to [hidden]
    pub(super) fn apply(self, states: &States) -> Vec<f32> {
        let mut rows = states.tokens();
        let mut pooled = rows.next().map_or_else(|| vec![0.0; states.width()], <[f32]>::to_vec);
        match self {
            Self::Cls => {}
            Self::Max => {
                for row in rows {
                    for (top, &value) in pooled.iter_mut().zip(row) {
                        // Not `f32::max`, which would hide a value that is not a number.
                        *top = if value <= *top || top.is_nan() { *top } else { value };
                    }
                }
            }
            Self::Mean => {
                let mut count = 1.0_f32;
                for row in rows {
                    count += 1.0;
                    for (sum, value) in pooled.iter_mut().zip(row) {
                        *sum += value;
                    }
                }
                pooled.iter_mut().for_each(|sum| *sum /= count);
            }
        }
        pooled
    }
}

/// Scales a vector to length 1; a zero vector stays zero.
pub(super) fn normalise(vector: &mut [f32]) {
    let length = sum(vector, |x| x * x).sqrt();
    if length > 0.0 || length.is_nan() {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}

/// Turns logits into probabilities in place; what is not a number stays so.
pub(super) fn softmax(logits: &mut [f32]) {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    logits.iter_mut().for_each(|logit| *logit = exp_negative(*logit - top));
    let total: f32 = logits.iter().sum();
    logits.iter_mut().for_each(|logit| *logit /= total);
}

/// Turns log-odds against none of them into the probabilities of what excludes one another, in place.
pub(super) fn rivals(odds: &mut Vec<f32>) {
    odds.push(0.0);
    softmax(odds);
    odds.pop();
}

/// One over one plus e to the power of minus `x`.
pub(super) fn sigmoid(x: f32) -> f32 {
    let small = exp_negative(-x.abs());
    if x < 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pool_of_two_tokens_gives_mean_largest_and_first() {
        let states = States::new(vec![1.0, 4.0, 3.0, 0.0], 2);
        let pooled = |pool: &str| Pool::from_name(pool).unwrap().apply(&states);
        assert_eq!(pooled("mean"), [2.0, 2.0]);
        assert_eq!(pooled("max"), [3.0, 4.0]);
        assert_eq!(pooled("cls"), [1.0, 4.0]);
        assert_eq!(Pool::from_name("sum"), None);
        assert_eq!(Pool::Mean.apply(&States::new(Vec::new(), 2)), [0.0, 0.0]);
    }

    #[test]
    fn pool_of_what_is_no_number_hides_it_not() {
        for rows in [vec![f32::NAN, 1.0], vec![1.0, f32::NAN], vec![1.0, f32::NAN, 2.0]] {
            let states = States::new(rows, 1);
            assert!(Pool::Max.apply(&states)[0].is_nan() && Pool::Mean.apply(&states)[0].is_nan());
        }
    }

    #[test]
    fn normalised_vector_has_length_one_and_zero_stays_zero() {
        let mut vector = [3.0_f32, 4.0];
        normalise(&mut vector);
        assert!((vector[0] - 0.6).abs() < 1e-6 && (vector[1] - 0.8).abs() < 1e-6);
        let mut zero = [0.0_f32; 2];
        normalise(&mut zero);
        assert_eq!(zero, [0.0, 0.0]);
    }

    #[test]
    fn softmax_of_large_logits_sums_to_one_and_hides_no_nan() {
        let mut logits = [1000.0, 1000.0, -1000.0];
        softmax(&mut logits);
        assert_eq!(&logits[..2], [0.5, 0.5]);
        assert!(logits[2] < 1e-37);
        let mut broken = [0.0, f32::NAN];
        softmax(&mut broken);
        assert!(broken.iter().all(|value| value.is_nan()));
    }

    #[test]
    fn sigmoid_is_that_of_the_library_to_single_precision() {
        for step in -400_i16..=400 {
            let x = f32::from(step) / 20.0;
            let exact = 1.0 / (1.0 + (-f64::from(x)).exp());
            assert!((f64::from(sigmoid(x)) / exact - 1.0).abs() < 1e-6, "at {x}");
        }
        assert!(sigmoid(f32::NAN).is_nan());
    }
}
