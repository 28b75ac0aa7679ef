//! Topics by meaning: how near a text lies to the phrases that stand for each topic.
//!
//! # Source
//! s = alpha max cos(e, phrase) + (1 - alpha) cos(e, centroid), with e the normalised mean of the
//! last layer; p = sigmoid(scale (s - bias)). The four numbers are fitted in models/fit_topics.py.

use serde::Deserialize;

use super::{
    Manifest, ModelError,
    kernel::Plain,
    kit::Kit,
    pooling::{normalise, sigmoid},
};
use crate::domain::{TOPICS_PER_COMMENT_MAX, Topic};

const FILE: &str = "topics.json";
const STAGE: &str = "topic matcher";

/// A topic is assigned from this probability on.
const ASSIGNED_MIN: f32 = 0.5;

/// The rule's four numbers.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Calibration {
    alpha: f32,
    scale: f32,
    bias: f32,
    margin: f32,
}

/// Compares a text with every phrase of every topic.
pub(super) struct TopicMatcher {
    /// A column for each phrase, topic by topic, then one for each centroid.
    anchors: Plain,
    /// How many phrases each topic has.
    phrases: Vec<usize>,
    calibration: Calibration,
}

impl Calibration {
    /// Reads the fitted numbers.
    pub(super) fn load(manifest: &Manifest, kit: &Kit) -> Result<Self, ModelError> {
        let read: Self = serde_json::from_slice(&manifest.read(&kit.file(FILE))?)
            .map_err(|error| ModelError::malformed(FILE, error))?;
        let numbers = [read.alpha, read.scale, read.bias, read.margin];
        if numbers.iter().all(|number| number.is_finite()) && (0.0..=1.0).contains(&read.alpha) {
            Ok(read)
        } else {
            Err(ModelError::malformed(FILE, "a number is not finite, or alpha is not 0 to 1"))
        }
    }
}

impl TopicMatcher {
    /// Builds a matcher from the unit vectors of each topic's phrases.
    ///
    /// # Shape
    /// `topics` holds one list per topic of [hidden] vectors, none empty.
    pub(super) fn new(topics: &[Vec<Vec<f32>>], calibration: Calibration) -> Self {
        let phrases = topics.iter().map(Vec::len).collect();
        Self { anchors: anchors(topics), phrases, calibration }
    }

    /// The probability of each topic for a text.
    ///
    /// # Shape
    /// `unit` is [hidden], of length 1.
    pub(super) fn probabilities(&self, unit: &[f32]) -> Result<Vec<f32>, ModelError> {
        let cosines = self.anchors.apply(unit);
        let (mut phrases, centroids) = cosines.split_at(cosines.len() - self.phrases.len());
        let mut probabilities = Vec::with_capacity(centroids.len());
        for (&count, &centroid) in self.phrases.iter().zip(centroids) {
            let (own, rest) = phrases.split_at(count);
            phrases = rest;
            probabilities.push(self.calibration.probability(own, centroid));
        }
        if probabilities.iter().all(|value| value.is_finite()) {
            Ok(probabilities)
        } else {
            Err(ModelError::NotFinite { stage: STAGE })
        }
    }

    /// The topics that a text counts for, ascending; "other", the one after the last, when none.
    pub(super) fn assign(&self, probabilities: &[f32]) -> Vec<Topic> {
        assign(probabilities, self.calibration.margin)
    }
}

impl Calibration {
    fn probability(&self, phrases: &[f32], centroid: f32) -> f32 {
        // Not `f32::max`, which would hide a value that is not a number.
        let nearest = phrases.iter().fold(f32::NEG_INFINITY, |a, &b| if b <= a { a } else { b });
        let nearness = self.alpha * nearest + (1.0 - self.alpha) * centroid;
        sigmoid(self.scale * (nearness - self.bias))
    }
}

fn anchors(topics: &[Vec<Vec<f32>>]) -> Plain {
    let mut rows: Vec<Vec<f32>> = topics.iter().flatten().cloned().collect();
    for phrases in topics {
        let mut centroid = phrases.first().map_or_else(Vec::new, |first| vec![0.0; first.len()]);
        for phrase in phrases {
            for (sum, value) in centroid.iter_mut().zip(phrase) {
                *sum += value / phrases.len() as f32;
            }
        }
        normalise(&mut centroid);
        rows.push(centroid);
    }
    Plain::new(&rows.concat(), &vec![0.0; rows.len()])
}

/// At most [`TOPICS_PER_COMMENT_MAX`], the likeliest first, earlier topics first among equals.
fn assign(probabilities: &[f32], margin: f32) -> Vec<Topic> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]).then(a.cmp(&b)));
    let best = order.first().map_or(0.0, |&topic| probabilities[topic]);
    let least = ASSIGNED_MIN.max(best - margin);
    order.retain(|&topic| probabilities[topic] >= least);
    order.truncate(TOPICS_PER_COMMENT_MAX);
    if order.is_empty() {
        order.push(probabilities.len());
    }
    order.sort_unstable();
    order.into_iter().map(topic).collect()
}

/// The topic of an index.
pub(super) fn topic(index: usize) -> Topic {
    Topic(u16::try_from(index).expect("at most 10,000 topics")) // Unwrap safety: Classifier::load refuses longer lists
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(probabilities: &[f32], margin: f32) -> Vec<u16> {
        assign(probabilities, margin).into_iter().map(|topic| topic.0).collect()
    }

    #[test]
    fn assign_without_a_likely_topic_gives_other() {
        assert_eq!(topics(&[0.1, 0.49, 0.3], 0.2), [3]);
    }

    #[test]
    fn assign_keeps_the_best_within_the_margin_in_ascending_order() {
        assert_eq!(topics(&[0.6, 0.95, 0.9], 0.2), [1, 2]);
        assert_eq!(topics(&[0.6, 0.95, 0.9], 0.5), [0, 1, 2]);
    }

    #[test]
    fn assign_of_equal_topics_takes_the_earlier_three() {
        assert_eq!(topics(&[0.8; 5], 0.1), [0, 1, 2]);
    }

    fn matcher() -> TopicMatcher {
        let unit = |x: f32, y: f32| vec![x, y];
        let calibration = Calibration { alpha: 0.5, scale: 10.0, bias: 0.5, margin: 0.1 };
        let topics = [vec![unit(1.0, 0.0), unit(0.0, 1.0)], vec![unit(0.0, -1.0)]];
        TopicMatcher::new(&topics, calibration)
    }

    #[test]
    fn probabilities_of_a_text_follow_nearest_phrase_and_centroid() {
        let found = matcher().probabilities(&[1.0, 0.0]).unwrap();
        let nearness = 0.5 * 1.0 + 0.5 * std::f32::consts::FRAC_1_SQRT_2;
        let expected = 1.0 / (1.0 + (-10.0 * (nearness - 0.5)).exp());
        assert!((found[0] - expected).abs() < 1e-6, "{found:?}");
        assert!((found[1] - 1.0 / (1.0 + 5.0_f32.exp())).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn probabilities_of_a_vector_that_is_not_a_number_are_refused() {
        let refused = matcher().probabilities(&[f32::NAN, 0.0]);
        assert!(matches!(refused, Err(ModelError::NotFinite { .. })));
    }
}
