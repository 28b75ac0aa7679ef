//! Tests of the encoder against candle's own BERT on the weights in `models/`.

use std::path::PathBuf;

use candle_transformers::models::bert::BertModel;

use super::*;
use crate::model::{Manifest, sentences::SENTENCES, tokenize::WordPieces};

struct Both {
    pieces: WordPieces,
    ours: ReferenceEncoder,
    stock: BertModel,
}

/// Both models on the same weights; `root` is the prefix of the parameter names.
fn both(model: &str, root: &str) -> Both {
    let manifest =
        Manifest::open(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models")).unwrap();
    let read = |file: &str| manifest.read(&format!("{model}/{file}")).unwrap();
    let config: Config = serde_json::from_slice(&read("config.json")).unwrap();
    let weights = |precision| {
        let bytes = read("model.safetensors");
        let all = VarBuilder::from_buffered_safetensors(bytes, precision, &Device::Cpu).unwrap();
        if root.is_empty() { all } else { all.pp(root) }
    };
    Both {
        pieces: WordPieces::load(model, &read("tokenizer.json")).unwrap(),
        ours: ReferenceEncoder::load(&weights(DType::F16), &config).unwrap(),
        stock: BertModel::load(weights(DType::F32), &config).unwrap(),
    }
}

impl Both {
    /// The cosine between the last hidden states of the two.
    fn cosine(&self, text: &str) -> f64 {
        let ids = self.pieces.ids(text).unwrap();
        let ours = self.ours.forward(&ids).unwrap().pop().unwrap();
        let ids = Tensor::new(&ids[..], &Device::Cpu).unwrap().unsqueeze(0).unwrap();
        let stock = self.stock.forward(&ids, &ids.zeros_like().unwrap(), None).unwrap();
        let values = |state: Tensor| state.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        cosine(&values(ours), &values(stock))
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn encoder_agrees_with_the_stock_model_on_fifty_texts() {
    let both = both("minilm", "");
    for (index, text) in SENTENCES.iter().take(50).enumerate() {
        let cosine = both.cosine(text);
        assert!(cosine >= 0.999_999, "text {index}: {cosine}");
    }
}

#[test]
fn encoder_of_the_tagger_agrees_with_the_stock_model() {
    let both = both("tagger", "bert");
    for (index, text) in SENTENCES.iter().take(5).enumerate() {
        let cosine = both.cosine(text);
        assert!(cosine >= 0.999_999, "text {index}: {cosine}");
    }
}

#[test]
fn encoder_with_token_types_agrees_with_the_stock_model() {
    let both = both("tagger", "bert");
    let ids = both.pieces.ids(SENTENCES[0]).unwrap();
    let types: Vec<u32> = (0..3).cycle().take(ids.len()).collect();
    let ours = both.ours.forward_typed(&ids, &types).unwrap().pop().unwrap();
    let row = |values: &[u32]| Tensor::new(values, &Device::Cpu).unwrap().unsqueeze(0).unwrap();
    let stock = both.stock.forward(&row(&ids), &row(&types), None).unwrap();
    let values = |state: Tensor| state.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert!(cosine(&values(ours), &values(stock)) >= 0.999_999);
    assert!(matches!(both.ours.forward_typed(&ids, &types[1..]), Err(ModelError::Compute { .. })));
}

#[test]
fn encoder_at_its_largest_length_agrees_with_the_stock_model() {
    let both = both("minilm", "");
    let cosine = both.cosine(&SENTENCES.join(" "));
    assert!(cosine >= 0.999_999, "{cosine}");
}

#[test]
fn forward_past_the_positions_or_the_vocabulary_is_refused() {
    let both = both("minilm", "");
    assert!(matches!(both.ours.forward(&[101; 513]), Err(ModelError::Compute { .. })));
    assert!(matches!(both.ours.forward(&[40_000]), Err(ModelError::Compute { .. })));
}

#[test]
fn forward_with_a_value_that_is_not_a_number_is_refused() {
    let mut ours = both("minilm", "").ours;
    ours.norm.gain[7] = f32::NAN;
    assert!(matches!(ours.forward(&[101, 102]), Err(ModelError::NotFinite { .. })));
}
