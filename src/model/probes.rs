//! What tells, after an early layer, that a token needs no later one.
//!
//! Fitted once by `models/settle_tagger.py` to what the token classifier says in the end: a token whose
//! state a probe puts below zero will surely stay visible. In the later layers a scale and a shift by
//! column and a product of low rank stand in for what they would have made of it. The probe reads that one state, which is a
//! function of the text alone; so what is settled is one, too.

use std::collections::BTreeMap;

use safetensors::SafeTensors;

use super::{
    ModelError,
    kernel::{Plain, Settling},
};

/// By layer, from 0, what settles tokens after it, and what stands in for it.
#[derive(Debug)]
pub(super) struct Probes {
    probes: BTreeMap<usize, Probe>,
    stands: BTreeMap<usize, Stand>,
}

/// A small network: states in, one number out.
#[derive(Debug)]
struct Probe {
    inner: Plain,
    outer: Plain,
}

/// A scale and a shift by column, and a product of low rank.
#[derive(Debug)]
struct Stand {
    scale: Vec<f32>,
    down: Plain,
    /// Its bias is the shift.
    up: Plain,
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
        let numbers = |name: String| {
            let tensor = tensors.tensor(&name).ok()?;
            let numbers = tensor.data().as_chunks::<4>().0.iter().copied();
            let numbers: Vec<f32> = numbers.map(f32::from_le_bytes).collect();
            let whole = tensor.dtype() == safetensors::Dtype::F32;
            (whole && numbers.iter().all(|x| x.is_finite())).then_some(numbers)
        };
        let part = |layer: usize, part: usize, depth: usize| {
            let bias = numbers(format!("{layer}.{part}.bias"))?;
            let matrix = numbers(format!("{layer}.{part}.weight"))?;
            let fits = !bias.is_empty() && matrix.len() == bias.len() * depth;
            fits.then(|| (Plain::new(&matrix, &bias), bias.len()))
        };
        let probe = |layer| {
            let (inner, columns) = part(layer, 0, width)?;
            let (outer, one) = part(layer, 1, columns)?;
            (one == 1).then_some(Probe { inner, outer })
        };
        let stand = |layer: usize| {
            let scale = numbers(format!("{layer}.scale"))?;
            let shift = numbers(format!("{layer}.shift"))?;
            let (down, up) = (numbers(format!("{layer}.down"))?, numbers(format!("{layer}.up"))?);
            let rank = down.len() / width.max(1);
            let fits = rank > 0 && down.len() == rank * width && up.len() == down.len();
            let (down, up) = (Plain::new(&down, &vec![0.0; rank]), Plain::new(&up, &shift));
            (fits && scale.len() == width && shift.len() == width).then_some(Stand {
                scale,
                down,
                up,
            })
        };
        let mut read = Self { probes: BTreeMap::new(), stands: BTreeMap::new() };
        for name in tensors.names() {
            let (layer, part) = name.split_once('.').unwrap_or_default();
            let layer: usize = layer.parse().unwrap_or_default();
            let from_zero = layer.checked_sub(1);
            let from_zero = from_zero.ok_or_else(|| malformed("a tensor belongs to no layer"))?;
            let known = if part.starts_with(['0', '1']) {
                probe(layer).map(|probe| read.probes.insert(from_zero, probe).is_none())
            } else {
                stand(layer).map(|stand| read.stands.insert(from_zero, stand).is_none())
            };
            known.ok_or_else(|| malformed("a probe or stand-in has another shape"))?;
        }
        Ok(read)
    }
}

impl Settling for Probes {
    fn settled(
        &self,
        layer: usize,
        (open, tokens): (&[usize], usize),
        states: &[f32],
    ) -> Option<Vec<bool>> {
        let Probe { inner, outer } = self.probes.get(&layer)?;
        // What is no number stays none, and settles nothing.
        let found = inner.apply(states).into_iter().map(|x| if x < 0.0 { 0.0 } else { x });
        let found = outer.apply(&found.collect::<Vec<_>>());
        // The special tokens, first and last, have no label.
        let settled =
            |(&token, &found): (&usize, &f32)| found < 0.0 || token == 0 || token + 1 == tokens;
        Some(open.iter().zip(&found).map(settled).collect())
    }

    fn carry(&self, layer: usize, states: &mut [f32]) {
        let Some(Stand { scale, down, up }) = self.stands.get(&layer) else { return };
        let added = up.apply(&down.apply(states));
        let rows = states.chunks_exact_mut(scale.len()).zip(added.chunks_exact(scale.len()));
        for (row, added) in rows {
            for ((x, scale), added) in row.iter_mut().zip(scale).zip(added) {
                *x = *x * scale + added;
            }
        }
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
    fn stand_in_moves_what_is_settled() {
        let bytes = |numbers: [f32; 2]| numbers.map(f32::to_le_bytes).concat();
        let (scale, shift) = (bytes([2.0, -1.0]), bytes([0.5, 1.0]));
        let (down, up) = (bytes([1.0, 0.0]), bytes([0.0, 10.0]));
        let view = |bytes| TensorView::new(Dtype::F32, vec![2], bytes).unwrap();
        let views = [
            ("3.scale", view(&scale)),
            ("3.shift", view(&shift)),
            ("3.down", view(&down)),
            ("3.up", view(&up)),
        ];
        let file = safetensors::serialize(views, None).unwrap();
        let probes = Probes::load("probes", &file, 2).unwrap();
        let mut states = [1.0, 1.0, 0.0, 3.0];
        probes.carry(1, &mut states);
        assert_eq!(states, [1.0, 1.0, 0.0, 3.0]);
        probes.carry(2, &mut states);
        assert_eq!(states, [2.5, 10.0, 0.5, -2.0]);
        assert!(Probes::load("probes", &file, 3).is_err());
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
