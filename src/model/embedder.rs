//! A text as one unit vector, by ours or by the stock model: what a measurement compares.
//!
//! Ours is the encoder that classification stands on, pooled as the topic matcher pools it. The stock
//! model is candle's `BertModel` on the same weights in `f32`. Not here: labels, batches, threads.

use std::path::Path;

use candle_core::{DType, Device, Tensor};
use candle_transformers::models::bert::BertModel;

use super::{
    Compute, Encoder, Isa, Manifest, ModelError, States, classifier::unit, kit::Kit,
    tokenize::WordPieces,
};

const STAGE: &str = "stock encoder";

/// A loaded sentence encoder with its tokenizer.
pub struct Embedder {
    pieces: WordPieces,
    engine: Engine,
}

enum Engine {
    Ours(Encoder),
    Stock(Box<BertModel>),
}

impl Embedder {
    /// Ours, computing as told.
    ///
    /// # Errors
    /// When a file is missing, altered or of another shape, or the machine lacks the path.
    pub fn load(models: &Path, compute: Compute) -> Result<Self, ModelError> {
        let manifest = Manifest::open(models)?;
        let engine = Engine::Ours(Kit::ENGLISH.encoder(&manifest, compute)?);
        Self::with(&manifest, engine)
    }

    /// candle's own model, unchanged, in `f32`.
    ///
    /// # Errors
    /// When a file is missing, altered or of another shape.
    pub fn stock(models: &Path) -> Result<Self, ModelError> {
        let manifest = Manifest::open(models)?;
        let config = Kit::ENGLISH.config(&manifest)?;
        let model = BertModel::load(Kit::ENGLISH.weights(&manifest, DType::F32)?, &config)
            .map_err(|error| ModelError::malformed("the weights", error))?;
        Self::with(&manifest, Engine::Stock(Box::new(model)))
    }

    fn with(manifest: &Manifest, engine: Engine) -> Result<Self, ModelError> {
        Ok(Self { pieces: Kit::ENGLISH.pieces(manifest)?, engine })
    }

    /// The path that its products of bytes take; none in `f32`.
    pub fn isa(&self) -> Option<Isa> {
        match &self.engine {
            Engine::Ours(encoder) => encoder.isa(),
            Engine::Stock(_) => None,
        }
    }

    /// The mean of the last layer over all tokens, scaled to length 1.
    ///
    /// # Errors
    /// When the text cannot be cut into tokens or the computation fails.
    pub fn embed(&self, text: &str) -> Result<Vec<f32>, ModelError> {
        let ids = self.pieces.ids(text)?;
        let last = match &self.engine {
            Engine::Ours(encoder) => encoder.last(&ids, &[])?,
            Engine::Stock(model) => stock(model, &ids).map_err(ModelError::compute(STAGE))?,
        };
        unit(&[last])
    }
}

/// One text as a batch of one.
fn stock(model: &BertModel, ids: &[u32]) -> candle_core::Result<States> {
    let ids = Tensor::new(ids, &Device::Cpu)?.unsqueeze(0)?;
    let states = model.forward(&ids, &ids.zeros_like()?, None)?.squeeze(0)?;
    Ok(States::new(states.flatten_all()?.to_vec1()?, states.dim(1)?))
}

/// Tokens of a text as the sentence encoder sees it, the two special ones among them.
pub struct TokenCounter(WordPieces);

impl TokenCounter {
    /// Loads the tokenizer alone.
    ///
    /// # Errors
    /// When the file is missing, altered or none.
    pub fn load(models: &Path) -> Result<Self, ModelError> {
        Ok(Self(Kit::ENGLISH.pieces(&Manifest::open(models)?)?))
    }

    /// How many tokens are computed of a text.
    ///
    /// # Errors
    /// When the text cannot be cut into tokens.
    pub fn count(&self, text: &str) -> Result<usize, ModelError> {
        Ok(self.0.ids(text)?.len())
    }
}

/// Multiplications and additions of the linear layers for one token.
///
/// # Errors
/// When the configuration is missing, altered or none.
pub fn linear_operations(models: &Path) -> Result<u64, ModelError> {
    let config = Kit::ENGLISH.config(&Manifest::open(models)?)?;
    let (width, inner) = (config.hidden_size as u64, config.intermediate_size as u64);
    let weights = 4 * width * width + 2 * width * inner;
    Ok(2 * weights * config.num_hidden_layers as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Precision;

    fn models() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/models"))
    }

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn embedding_of_ours_in_f32_and_in_bytes_is_that_of_the_stock_model() {
        let text = "The streetlight on our corner has been out for three weeks.";
        let stock = Embedder::stock(models()).unwrap().embed(text).unwrap();
        assert_eq!(stock.len(), 384);
        for (precision, least) in [(Precision::F32, 0.999_999), (Precision::Int8, 0.99)] {
            let ours = Embedder::load(models(), Compute { precision, isa: None }).unwrap();
            let found = cosine(&ours.embed(text).unwrap(), &stock);
            assert!(found > least, "{precision}: {found}");
        }
    }

    #[test]
    fn linear_layers_of_six_layers_take_twenty_one_million_operations_a_token() {
        assert_eq!(linear_operations(models()).unwrap(), 21_233_664);
        assert_eq!(TokenCounter::load(models()).unwrap().count("library").unwrap(), 3);
    }
}
