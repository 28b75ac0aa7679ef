//! A glance at a text before the token classifier reads it: most texts name nobody.
//!
//! Two thin layers over the classifier's own embeddings and one number a piece, trained once by
//! `models/glance_tagger.py` on what the classifier says. A text of which every piece is below zero is
//! cleared: the classifier would hide nothing in it, and does not read it. The number is a function
//! of the text alone, the same bits on every machine, so what is cleared is so everywhere.

use std::sync::Arc;

use candle_core::{DType, Device, Result, bail};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::Config;
use safetensors::SafeTensors;

use super::{
    Compute, Encoder, ModelError, Reach,
    kernel::{Embeddings, EncoderWeights, Plain},
    packing,
};

/// Layers with a head of one number a piece.
pub(super) struct Glance {
    encoder: Encoder,
    out: Plain,
}

impl Glance {
    /// Reads the layers from a file; `embeddings` and `whole` are those of the classifier.
    ///
    /// # Errors
    /// When a tensor is missing, has another shape or holds what is no number, or the machine cannot
    /// run the path asked for.
    pub fn load(
        bytes: Vec<u8>,
        embeddings: Arc<Embeddings>,
        whole: &Config,
        compute: Compute,
    ) -> Result<Self> {
        let (num_hidden_layers, intermediate_size) = shape(&bytes)?;
        let config = Config { num_hidden_layers, intermediate_size, ..whole.clone() };
        let reach = VarBuilder::from_buffered_safetensors(bytes.clone(), DType::F32, &Device::Cpu)?;
        let weights = VarBuilder::from_buffered_safetensors(bytes, DType::F16, &Device::Cpu)?;
        let layers = packing::layers(&weights, &config, &Reach::of(reach.pp("reach")))?;
        let encoder = Encoder::packed(EncoderWeights { embeddings, layers }, compute.isa)?;
        let out = packing::part(&weights.pp("out"), 1, config.hidden_size, 1.0)?;
        Ok(Self { encoder, out: Plain::new(&out.matrix, &out.bias) })
    }

    /// Whether the classifier would hide nothing in a text, or a window of one.
    ///
    /// # Shape
    /// `ids` and `types` are [tokens], with the first and last token, which have no number.
    ///
    /// # Errors
    /// As [`Encoder::last`].
    pub fn clears(&self, ids: &[u32], types: &[u32]) -> std::result::Result<bool, ModelError> {
        self.numbers(ids, types).map(|numbers| is_clear(&numbers))
    }

    /// One number a token.
    fn numbers(&self, ids: &[u32], types: &[u32]) -> std::result::Result<Vec<f32>, ModelError> {
        Ok(self.out.apply(self.encoder.last(ids, types)?.values()))
    }
}

/// Whether every token between the first and the last is below zero; one that is no finite number
/// is not.
fn is_clear(numbers: &[f32]) -> bool {
    let pieces = numbers.get(1..numbers.len().saturating_sub(1)).unwrap_or_default();
    pieces.iter().all(|number| number.is_finite() && *number < 0.0)
}

/// How many layers a file has, and their inner width.
fn shape(bytes: &[u8]) -> Result<(usize, usize)> {
    let tensors = SafeTensors::deserialize(bytes)?;
    let inner = |layer: usize| {
        let name = format!("layer.{layer}.intermediate.dense.bias");
        tensors.tensor(&name).ok().map(|tensor| tensor.shape().iter().product::<usize>())
    };
    let layers = (0..).take_while(|layer| inner(*layer).is_some()).count();
    match inner(0) {
        Some(width) => Ok((layers, width)),
        None => bail!("it has no layers"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::{
        model::{Isa, Manifest, RampartTagger, TAG_THRESHOLD, sentences},
        text::TokenTagger as _,
    };

    /// Texts of which the first name somebody and the others nobody.
    const NAMED: [&str; 4] = [
        "Ask Deborah Winslow about the lane",
        "thank you márta kowalski",
        "I live at 742 Evergreen Terrace, Apt 3",
        "Mi vecina Lucía Fernández no puede cruzar la calle",
    ];
    const PLAIN: [&str; 3] = [
        "The road is full of holes and nobody mends it",
        "buses should run on sundays too",
        "Hace falta más luz en el parque",
    ];

    fn bytes() -> (Vec<u8>, Vec<u8>, Config) {
        let models = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models");
        let manifest = Manifest::open(models).unwrap();
        let config = serde_json::from_slice(&manifest.read("tagger/config.json").unwrap()).unwrap();
        let read = |file: &str| manifest.read(file).unwrap();
        (read("tagger/glance.safetensors"), read("tagger/model.safetensors"), config)
    }

    fn loaded(glance: Vec<u8>, isa: Option<Isa>) -> Result<Glance> {
        let (_, whole, config) = bytes();
        let weights = VarBuilder::from_buffered_safetensors(whole, DType::F16, &Device::Cpu)?;
        let none = Config { num_hidden_layers: 0, ..config.clone() };
        let reach = Reach::of(weights.clone());
        let read = packing::read(&weights.pp("bert"), &none, &reach)?;
        Glance::load(glance, read.embeddings, &config, Compute { isa, ..Compute::default() })
    }

    fn tagger() -> RampartTagger {
        let models = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models");
        RampartTagger::load(&models, TAG_THRESHOLD, Compute::default()).unwrap()
    }

    #[test]
    fn text_that_names_somebody_is_read_and_one_that_names_nobody_is_cleared() {
        let tagger = tagger();
        assert!(NAMED.iter().all(|text| !tagger.clears(text)));
        assert!(PLAIN.iter().all(|text| tagger.clears(text)));
    }

    #[test]
    fn long_text_with_one_name_is_read_in_all_its_windows() {
        let mut tagger = tagger();
        let filler = "The road is full of holes and nobody mends it. ".repeat(60);
        assert!(tagger.clears(&filler));
        for text in
            [format!("{filler}Ask Deborah Winslow."), format!("Ask Deborah Winslow. {filler}")]
        {
            assert!(!tagger.clears(&text));
            let found = tagger.tag(&text, &[]).unwrap();
            assert!(!found.is_empty() && found == tagger.tag_unglanced(&text));
        }
    }

    #[test]
    fn numbers_of_a_text_are_the_same_bits_on_each_path() {
        let pieces: Vec<Vec<u32>> =
            (5..60).map(|n| (0..n).map(|at| at * 311 % 19_000).collect()).collect();
        let read = |isa| {
            let glance = loaded(bytes().0, Some(isa)).unwrap();
            let types = |ids: &[u32]| ids.iter().map(|id| id % 3).collect::<Vec<_>>();
            let found = pieces.iter().map(|ids| glance.numbers(ids, &types(ids)).unwrap());
            found.flatten().map(f32::to_bits).collect::<Vec<_>>()
        };
        let paths: Vec<_> = Isa::available().into_iter().map(read).collect();
        assert!(paths.windows(2).all(|pair| pair[0] == pair[1]) && !paths[0].is_empty());
    }

    #[test]
    fn what_is_cleared_has_nothing_that_the_whole_classifier_would_hide() {
        let mut tagger = tagger();
        let mut cleared = 0;
        for text in sentences::texts() {
            if tagger.clears(&text) {
                assert_eq!(tagger.tag_unglanced(&text), [], "{text}");
                cleared += 1;
            }
        }
        assert!(cleared > 0);
    }

    #[test]
    fn number_that_is_none_clears_nothing() {
        assert!(is_clear(&[9.0, -1.0, -2.0, 9.0]) && is_clear(&[9.0, 9.0]) && is_clear(&[]));
        for number in [0.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert!(!is_clear(&[-1.0, -1.0, number, -1.0]), "{number}");
        }
    }

    #[test]
    fn file_of_another_shape_is_refused() {
        assert!(loaded(b"no".to_vec(), None).is_err());
        assert!(loaded(bytes().1, None).is_err());
    }
}
