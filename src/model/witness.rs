//! What an encoder says of a text before it is turned into labels: what `undertone bench parity` compares.
//!
//! The tone's logits and the text's vector, by ours in bytes, by ours in `f32`, or by another library on the
//! same weights. The texts are read as they stand. Not here: labels, which the classifier makes of both.

use std::path::Path;

use super::{
    Compute, Encoder, Manifest, ModelError, States, classifier::unit, heads::SentimentHead,
    kit::Kit, tokenize::WordPieces,
};

/// The encoder that is compared: that of English, which the peers have too.
const KIT: &Kit = Kit::ENGLISH;

/// What is said of one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Testimony {
    /// Logits of negative, neutral and positive, not divided by the temperature.
    pub tone: [f32; 3],
    /// The mean of the last layer, of length 1.
    pub vector: Vec<f32>,
}

/// A loaded encoder with the tone head.
pub struct Witness {
    pieces: WordPieces,
    engine: Engine,
    head: SentimentHead,
}

enum Engine {
    Ours(Encoder),
    #[cfg(feature = "rust-bert")]
    Libtorch(super::libtorch::LibtorchEncoder),
}

impl Witness {
    /// Ours, computing as told.
    ///
    /// # Errors
    /// When a file is missing, altered or of another shape, or the machine lacks the path.
    pub fn load(models: &Path, compute: Compute) -> Result<Self, ModelError> {
        let manifest = Manifest::open(models)?;
        let encoder = KIT.encoder(&manifest, compute)?;
        let shape = (encoder.depth(), encoder.width());
        Self::with(&manifest, Engine::Ours(encoder), shape)
    }

    /// rust-bert's, on the same weights.
    ///
    /// # Errors
    /// When a file is missing, altered or of another shape.
    #[cfg(feature = "rust-bert")]
    pub fn rust_bert(models: &Path) -> Result<Self, ModelError> {
        let manifest = Manifest::open(models)?;
        let (config, weights) = (KIT.file("config.json"), KIT.file("model.safetensors"));
        let numbers = KIT.weights(&manifest, candle_core::DType::F32)?;
        let encoder = super::libtorch::LibtorchEncoder::load(&manifest.read(&config)?, &numbers)
            .map_err(|error| ModelError::malformed(&weights, error))?;
        let config = KIT.config(&manifest)?;
        let shape = (config.num_hidden_layers, config.hidden_size);
        Self::with(&manifest, Engine::Libtorch(encoder), shape)
    }

    fn with(
        manifest: &Manifest,
        engine: Engine,
        shape: (usize, usize),
    ) -> Result<Self, ModelError> {
        let pieces = KIT.pieces(manifest)?;
        Ok(Self { pieces, engine, head: SentimentHead::load(manifest, KIT, shape)? })
    }

    /// What it says of a text.
    ///
    /// # Errors
    /// When the text cannot be cut into tokens or the computation fails.
    pub fn testify(&self, text: &str) -> Result<Testimony, ModelError> {
        let states = self.states(&self.pieces.ids(text)?)?;
        Ok(Testimony { tone: self.head.logits(&states)?, vector: unit(&states)? })
    }

    fn states(&self, ids: &[u32]) -> Result<Vec<States>, ModelError> {
        match &self.engine {
            Engine::Ours(encoder) => encoder.forward(ids),
            #[cfg(feature = "rust-bert")]
            Engine::Libtorch(encoder) => encoder.forward(ids),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::Sentiment,
        model::{Classifier, Languages, Precision, built_in_topics},
        text::RedactedText,
    };

    fn models() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/models"))
    }

    #[test]
    fn testimony_of_bytes_leads_to_the_label_that_the_classifier_gives() {
        let topics = built_in_topics(models()).unwrap();
        let classifier =
            Classifier::load(models(), &topics, &Languages::english(), Compute::default()).unwrap();
        let witness = Witness::load(models(), Compute::default()).unwrap();
        for text in ["The new library is wonderful 😍", "Potholes everywhere, this is a disgrace."]
        {
            let words = classifier.words("en", text).unwrap();
            let found = witness.testify(&words).unwrap();
            let labels = classifier.labels_of(&found).unwrap();
            let read = classifier.classify(&RedactedText::from_public(text)).unwrap();
            assert_eq!(labels, read.labels, "{text}");
            assert_ne!(labels.sentiment, Sentiment::Unread);
        }
    }

    #[test]
    fn testimony_in_f32_is_near_that_in_bytes() {
        let text = "The streetlight on our corner has been out for three weeks.";
        let exact = Compute { precision: Precision::F32, isa: None };
        let exact = Witness::load(models(), exact).unwrap().testify(text).unwrap();
        let ours = Witness::load(models(), Compute::default()).unwrap().testify(text).unwrap();
        for (ours, exact) in ours.tone.iter().zip(exact.tone) {
            assert!((ours - exact).abs() < 0.5, "{ours} {exact}");
        }
    }

    #[cfg(feature = "rust-bert")]
    #[test]
    fn testimony_of_rust_bert_is_that_of_the_reference() {
        let exact = Compute { precision: Precision::F32, isa: None };
        let (exact, other) =
            (Witness::load(models(), exact).unwrap(), Witness::rust_bert(models()).unwrap());
        for text in ["More trees, please.", "Why is the bridge closed again?", ""] {
            let (exact, other) = (exact.testify(text).unwrap(), other.testify(text).unwrap());
            let pairs = exact.tone.iter().chain(&exact.vector);
            for (a, b) in pairs.zip(other.tone.iter().chain(&other.vector)) {
                assert!((a - b).abs() < 1e-3, "{a} {b}");
            }
        }
    }
}
