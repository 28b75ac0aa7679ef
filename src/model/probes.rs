//! What tells, after an early layer, that a token needs no later one.
//!
//! Fitted once by `models/settle_tagger.py` to what the token classifier says in the end: a token whose
//! state a probe puts below zero will surely stay visible. The probe reads that one state, which is a
//! function of the text alone; so what is settled is one, too.

use std::collections::BTreeMap;

use safetensors::SafeTensors;

use super::{ModelError, kernel::Plain};

/// A probe for each layer, from 0, that has one.
#[derive(Debug)]
pub(super) struct Probes(BTreeMap<usize, Probe>);

/// A small network: states in, one number out.
#[derive(Debug)]
struct Probe {
    inner: Plain,
    outer: Plain,
}

impl Probes {
    /// Reads a file of probes for states of this width.
    ///
    /// # Errors
    /// When it is not one.
    pub fn load(file: &str, bytes: &[u8], width: usize) -> Result<Self, ModelError> {
        let malformed = |error: &str| ModelError::malformed(file, error);
        let tensors = SafeTensors::deserialize(bytes);
        let tensors = tensors.map_err(|error| ModelError::malformed(file, error))?;
        let part = |layer: usize, part: usize, depth: usize| {
            let numbers = |name: &str| {
                let tensor = tensors.tensor(&format!("{layer}.{part}.{name}")).ok()?;
                let numbers = tensor.data().as_chunks::<4>().0.iter().copied();
                let numbers: Vec<f32> = numbers.map(f32::from_le_bytes).collect();
                let whole = tensor.dtype() == safetensors::Dtype::F32;
                (whole && numbers.iter().all(|x| x.is_finite())).then_some(numbers)
            };
            let (matrix, bias) = (numbers("weight")?, numbers("bias")?);
            let fits = !bias.is_empty() && matrix.len() == bias.len() * depth;
            fits.then(|| (Plain::new(&matrix, &bias), bias.len()))
        };
        let mut probes = BTreeMap::new();
        for name in tensors.names() {
            let layer = name.split('.').next().and_then(|layer| layer.parse::<usize>().ok());
            let layer = layer.filter(|layer| *layer > 0);
            let layer = layer.ok_or_else(|| malformed("a tensor belongs to no layer"))?;
            let probe = part(layer, 0, width).and_then(|(inner, columns)| {
                let (outer, one) = part(layer, 1, columns)?;
                (one == 1).then_some(Probe { inner, outer })
            });
            let probe = probe.ok_or_else(|| malformed("a probe has another shape"))?;
            probes.insert(layer - 1, probe);
        }
        Ok(Self(probes))
    }

    /// Which of the open tokens of a text of `tokens` are settled after layer `layer`, from 0, by
    /// their states; nothing where the layer has no probe. The special tokens, first and last, have no label and so are.
    pub fn settled(
        &self,
        layer: usize,
        (open, tokens): (&[usize], usize),
        states: &[f32],
    ) -> Option<Vec<bool>> {
        let Probe { inner, outer } = self.0.get(&layer)?;
        // What is no number stays none, and settles nothing.
        let found = inner.apply(states).into_iter().map(|x| if x < 0.0 { 0.0 } else { x });
        let found = outer.apply(&found.collect::<Vec<_>>());
        let settled =
            |(&token, &found): (&usize, &f32)| found < 0.0 || token == 0 || token + 1 == tokens;
        Some(open.iter().zip(&found).map(settled).collect())
    }
}

#[cfg(test)]
mod tests {
    use safetensors::{Dtype, tensor::TensorView};

    use super::*;

    /// Probes after layer 2 of states of two numbers: settled is whose first is below the second.
    fn file(inner: &[f32], outer: &[f32]) -> Vec<u8> {
        let bytes =
            |numbers: &[f32]| numbers.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
        let parts = [
            ("2.0.weight", vec![2, 2], bytes(inner)),
            ("2.0.bias", vec![2], bytes(&[0.0, 0.0])),
            ("2.1.weight", vec![1, outer.len()], bytes(outer)),
            ("2.1.bias", vec![1], bytes(&[0.0])),
        ];
        let views = parts.iter().map(|(name, shape, bytes)| {
            (*name, TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
        });
        safetensors::serialize(views, None).unwrap()
    }

    fn probes() -> Probes {
        Probes::load("probes", &file(&[1.0, -1.0, -1.0, 1.0], &[1.0, -1.0]), 2).unwrap()
    }

    #[test]
    fn probe_settles_what_it_puts_below_zero_and_the_special_tokens() {
        let states = [5.0, 0.0, 0.0, 1.0, 1.0, 0.0, 5.0, 0.0];
        let settled = probes().settled(1, (&[0, 1, 2, 3], 4), &states);
        assert_eq!(settled, Some(vec![true, true, false, true]));
        assert_eq!(probes().settled(0, (&[0, 1, 2, 3], 4), &states), None);
    }

    #[test]
    fn state_that_is_no_number_settles_nothing() {
        let settled = probes().settled(1, (&[1, 2], 4), &[f32::NAN, 9.0, 0.0, f32::NAN]);
        assert_eq!(settled, Some(vec![false, false]));
    }

    #[test]
    fn file_of_another_shape_is_refused() {
        for bytes in [file(&[1.0; 4], &[1.0; 3]), file(&[f32::NAN; 4], &[1.0; 2]), b"no".to_vec()] {
            assert!(Probes::load("probes", &bytes, 2).is_err());
        }
        assert!(Probes::load("probes", &file(&[1.0; 4], &[1.0; 2]), 3).is_err());
    }
}
