//! What an engine says of a text: read from its answers, and held against what another says.

use serde::{Deserialize, Serialize};

use super::vectors;
use crate::{
    domain::Labels,
    model::{Classifier, ModelError, Testimony},
};

#[derive(Deserialize)]
struct Tone {
    tone: [f32; 3],
}

/// Reads the answer to text `at`.
pub(super) fn answer_to(at: usize, line: &str) -> Result<Testimony, String> {
    let vector = vectors::answer_to(at, line)?;
    let Tone { tone } = serde_json::from_str(line).map_err(|_| "wants {\"tone\": [3 logits]}")?;
    if tone.iter().all(|logit| logit.is_finite()) {
        Ok(Testimony { tone, vector })
    } else {
        Err("a logit is no number".into())
    }
}

/// The labels that follow from each, by the classifier's rules.
pub(super) fn labels(
    classifier: &Classifier,
    said: &[Testimony],
) -> Result<Vec<Labels>, ModelError> {
    said.iter().map(|said| classifier.labels_of(said)).collect()
}

/// How far one engine's answers to some texts are from the reference's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Distance {
    pub texts: usize,
    /// Texts that are given the same tone.
    pub tones_equal: usize,
    /// Texts that are given the same topics.
    pub topics_equal: usize,
    pub logit_difference_mean: f64,
    pub logit_difference_max: f64,
    pub cosine_mean: f64,
    pub cosine_min: f64,
}

impl Distance {
    /// Holds answers and the labels that follow against the reference's.
    pub fn between(
        (these, labels): (&[Testimony], &[Labels]),
        (those, expected): (&[Testimony], &[Labels]),
    ) -> Self {
        let differences = these.iter().zip(those).flat_map(|(this, that)| {
            this.tone.iter().zip(that.tone).map(|(a, b)| f64::from((a - b).abs()))
        });
        let differences: Vec<f64> = differences.collect();
        let vectors = |said: &[Testimony]| -> Vec<_> {
            said.iter().map(|said| said.vector.clone()).collect()
        };
        let (cosine_mean, cosine_min) = vectors::cosines(&vectors(these), &vectors(those));
        let equal = |same: fn(&Labels, &Labels) -> bool| {
            labels.iter().zip(expected).filter(|(this, that)| same(this, that)).count()
        };
        Self {
            texts: these.len(),
            tones_equal: equal(|this, that| this.sentiment == that.sentiment),
            topics_equal: equal(|this, that| this.topics == that.topics),
            logit_difference_mean: differences.iter().sum::<f64>()
                / differences.len().max(1) as f64,
            logit_difference_max: differences.iter().copied().fold(0.0, f64::max),
            cosine_mean,
            cosine_min,
        }
    }

    /// Whether two engines that compute in the same precision may differ by this much.
    pub fn is_rounding(&self) -> bool {
        self.logit_difference_max <= LOGIT_ROUNDING && self.cosine_min >= 1.0 - COSINE_ROUNDING
    }
}

/// What the order of sums in `f32` moves a logit by at most; a hundred times what was seen.
const LOGIT_ROUNDING: f64 = 0.01;
/// The same for a cosine.
const COSINE_ROUNDING: f64 = 1e-5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Sentiment, Topic};

    fn said(tone: [f32; 3], first: f32) -> Testimony {
        Testimony { tone, vector: vec![first, 1.0] }
    }

    fn labels_of(sentiment: Sentiment, topic: u16) -> Labels {
        Labels { sentiment, topics: vec![Topic(topic)] }
    }

    #[test]
    fn distance_tells_other_labels_logits_and_vectors_apart() {
        let exact = [said([0.0, 1.0, 2.0], 0.0), said([3.0, 0.0, 0.0], 0.0)];
        let other = [said([0.0, 1.0, 2.5], 0.0), said([3.0, 0.0, 0.0], 1.0)];
        let expected = [labels_of(Sentiment::Positive, 1), labels_of(Sentiment::Negative, 2)];
        let found = [labels_of(Sentiment::Positive, 1), labels_of(Sentiment::Negative, 3)];
        let distance = Distance::between((&other, &found), (&exact, &expected));
        assert_eq!((distance.texts, distance.tones_equal, distance.topics_equal), (2, 2, 1));
        assert_eq!(distance.logit_difference_max, 0.5);
        assert!((distance.logit_difference_mean - 0.5 / 6.0).abs() < 1e-9);
        assert!((distance.cosine_min - 0.5_f64.sqrt()).abs() < 1e-9 && !distance.is_rounding());
        let itself = Distance::between((&exact, &expected), (&exact, &expected));
        assert!(itself.is_rounding() && itself.topics_equal == 2);
    }

    #[test]
    fn answer_without_a_tone_or_with_one_that_is_no_number_is_refused() {
        let embedding = hex::encode(vectors::bytes(&[0.05; 384]));
        let line = |tone: &str| format!(r#"{{"id":0,"embedding":"{embedding}"{tone}}}"#);
        assert_eq!(answer_to(0, &line(r#","tone":[1,2,3]"#)).unwrap().tone, [1.0, 2.0, 3.0]);
        assert!(answer_to(0, &line("")).unwrap_err().contains("tone"));
        assert!(answer_to(0, &line(r#","tone":[1,2]"#)).is_err());
        assert!(answer_to(0, &line(r#","tone":[1e39,2,3]"#)).is_err());
    }
}
