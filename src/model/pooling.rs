//! From the hidden states of a text to one vector.

use candle_core::{Result, Tensor};

/// How the tokens of one layer become one vector; all tokens count, the special ones too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pool {
    /// The mean over tokens.
    Mean,
    /// The largest value of each dimension.
    Max,
    /// The classification token.
    Cls,
}

impl Pool {
    /// The pool that sentiment.json calls `name`.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "mean" => Some(Self::Mean),
            "max" => Some(Self::Max),
            "cls" => Some(Self::Cls),
            _ => None,
        }
    }

    /// Pools one layer.
    ///
    /// # Shape
    /// [tokens, hidden] to [1, hidden]
    pub(super) fn apply(self, state: &Tensor) -> Result<Tensor> {
        match self {
            Self::Mean => state.mean_keepdim(0),
            Self::Max => state.max_keepdim(0),
            Self::Cls => state.narrow(0, 0, 1),
        }
    }
}

/// Scales a vector to length 1; a vector of zeros stays as it is.
///
/// # Shape
/// [1, hidden] to [1, hidden]
pub(super) fn normalised(vector: &Tensor) -> Result<Tensor> {
    let length = vector.sqr()?.sum_all()?.sqrt()?.to_scalar::<f32>()?;
    vector.affine(if length > 0.0 { 1.0 / f64::from(length) } else { 1.0 }, 0.0)
}

/// Turns logits into probabilities; not a number anywhere comes out as not a number.
pub(super) fn softmax(logits: &mut [f32]) {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    logits.iter_mut().for_each(|logit| *logit = (*logit - top).exp());
    let total: f32 = logits.iter().sum();
    logits.iter_mut().for_each(|logit| *logit /= total);
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn pool_of_two_tokens_gives_mean_largest_and_first() {
        let state = Tensor::new(&[[1.0_f32, 4.0], [3.0, 0.0]], &Device::Cpu).unwrap();
        let pooled = |pool: &str| {
            let vector = Pool::from_name(pool).unwrap().apply(&state).unwrap();
            vector.flatten_all().unwrap().to_vec1::<f32>().unwrap()
        };
        assert_eq!(pooled("mean"), [2.0, 2.0]);
        assert_eq!(pooled("max"), [3.0, 4.0]);
        assert_eq!(pooled("cls"), [1.0, 4.0]);
        assert_eq!(Pool::from_name("sum"), None);
    }

    #[test]
    fn normalised_vector_has_length_one_and_zero_stays_zero() {
        let vector = Tensor::new(&[[3.0_f32, 4.0]], &Device::Cpu).unwrap();
        let unit = normalised(&vector).unwrap().to_vec2::<f32>().unwrap();
        assert!((unit[0][0] - 0.6).abs() < 1e-6 && (unit[0][1] - 0.8).abs() < 1e-6);
        let zero = normalised(&vector.zeros_like().unwrap()).unwrap();
        assert_eq!(zero.to_vec2::<f32>().unwrap(), [[0.0, 0.0]]);
    }

    #[test]
    fn softmax_of_large_logits_sums_to_one_and_hides_no_nan() {
        let mut logits = [1000.0, 1000.0, -1000.0];
        softmax(&mut logits);
        assert_eq!(logits, [0.5, 0.5, 0.0]);
        let mut broken = [0.0, f32::NAN];
        softmax(&mut broken);
        assert!(broken.iter().all(|value| value.is_nan()));
    }
}
