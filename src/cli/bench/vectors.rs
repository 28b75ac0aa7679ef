//! The answers of an encoder: read, compared, and put into one hash.

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Numbers of an embedding.
const WIDTH: usize = 384;

/// An embedding of length 1.
pub(super) type Vector = Vec<f32>;

#[derive(Deserialize)]
struct Answer {
    id: usize,
    embedding: String,
}

/// Reads an answer to any text.
pub(super) fn answer(line: &str) -> Result<(usize, Vector), String> {
    let Answer { id, embedding } =
        serde_json::from_str(line).map_err(|_| "wants {\"id\",\"embedding\"}")?;
    let bytes = hex::decode(embedding).map_err(|_| "the embedding is not hexadecimal")?;
    let (numbers, rest) = bytes.as_chunks::<4>();
    if numbers.len() != WIDTH || !rest.is_empty() {
        return Err(format!("{} bytes; wants {WIDTH} numbers of 4 bytes", bytes.len()));
    }
    let vector: Vector = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    if vector.iter().all(|number| number.is_finite()) {
        Ok((id, vector))
    } else {
        Err("holds what is no number".into())
    }
}

/// Reads the answer to text `at`.
pub(super) fn answer_to(at: usize, line: &str) -> Result<Vector, String> {
    let (id, vector) = answer(line)?;
    if id == at { Ok(vector) } else { Err(format!("has the id {id}, but text {at} was asked")) }
}

/// The numbers as bytes, as an answer carries them.
pub(super) fn bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// SHA-256 over all numbers, in the order of the texts.
pub(super) fn hash(vectors: &[Vector]) -> String {
    let mut hash = Sha256::new();
    vectors.iter().for_each(|vector| hash.update(bytes(vector)));
    hex::encode(hash.finalize())
}

/// Mean and least cosine of two engines' answers to the same texts.
pub(super) fn cosines(these: &[Vector], those: &[Vector]) -> (f64, f64) {
    let cosines = these.iter().zip(those).map(|(this, that)| cosine(this, that));
    let (mut total, mut least, mut count) = (0.0, 1.0_f64, 0_u32);
    for cosine in cosines {
        total += cosine;
        least = least.min(cosine);
        count += 1;
    }
    (total / f64::from(count.max(1)), least)
}

fn cosine(this: &[f32], that: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    dot(this, that) / (dot(this, this) * dot(that, that)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: usize, vector: &[f32]) -> String {
        serde_json::json!({"id": id, "embedding": hex::encode(bytes(vector))}).to_string()
    }

    #[test]
    fn answer_is_read_to_the_bit_and_one_to_another_text_is_refused() {
        let vector: Vector = (0..384_u16).map(|i| f32::from(i).sqrt().recip().min(3.0)).collect();
        assert_eq!(answer_to(7, &line(7, &vector)), Ok(vector.clone()));
        assert!(answer_to(6, &line(7, &vector)).unwrap_err().contains("text 6 was asked"));
        assert!(answer(&line(7, &vector[..383])).unwrap_err().contains("384 numbers"));
        assert!(answer(&line(7, &[f32::NAN; 384])).unwrap_err().contains("no number"));
        for bad in ["", "{}", r#"{"id": 1, "embedding": "zz"}"#, r#"{"id": 1, "error": "x"}"#] {
            assert!(answer(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn cosine_tells_mean_and_least_and_length_does_not_count() {
        let (these, those) = ([vec![1.0, 0.0], vec![2.0, 0.0]], [vec![3.0, 0.0], vec![3.0, 4.0]]);
        let (mean, least) = cosines(&these, &those);
        assert!((mean - 0.8).abs() < 1e-9 && (least - 0.6).abs() < 1e-9);
    }

    #[test]
    fn hash_of_one_other_bit_or_another_order_is_another() {
        let one = vec![vec![1.0_f32, 2.0], vec![3.0, 4.0]];
        let bit = vec![vec![1.0_f32, f32::from_bits(2.0_f32.to_bits() + 1)], vec![3.0, 4.0]];
        let order = vec![vec![3.0_f32, 4.0], vec![1.0, 2.0]];
        assert!(hash(&one) != hash(&bit) && hash(&one) != hash(&order));
        assert_eq!(hash(&one), hash(&one.clone()));
    }
}
