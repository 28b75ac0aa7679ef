//! A city's own topics as a linear head, fitted on labelled texts and kept in one file.
//!
//! The encoder stays as it is: the head reads the text vector that the topic matcher reads. Not here:
//! the fit ([`super::fit`]) and the built-in topics, which need no labelled text.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    ModelError,
    kernel::Plain,
    pooling::{rivals, sigmoid},
};
use crate::domain::{TOPICS_PER_COMMENT_MAX, Topic};

/// What a head file says of itself first.
const FORMAT: &str = "undertone-topic-head/1";
const STAGE: &str = "topic head";
/// Most topics of a head.
const TOPICS_MAX: usize = 200;

/// A linear head over the text vector: for each topic a probability and the threshold from which
/// it counts.
#[derive(Debug)]
pub struct TopicHead {
    file: HeadFile,
    weights: Plain,
    digest: String,
}

/// One topic of a head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadTopic {
    /// Stable id: `a-z 0-9 -`.
    pub id: String,
    /// What a table shows.
    pub name: String,
    /// The topic counts from this probability on.
    pub threshold: f32,
    /// Log-odds of a text whose vector is zero.
    pub bias: f32,
    /// A weight for each number of the vector.
    pub weights: Vec<f32>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadFile {
    format: String,
    /// SHA-256 of the encoder's weights: a head fits no other encoder.
    encoder: String,
    /// Whether no row that it was fitted on had two topics, so that all chances and that of none add up
    /// to one. A text may still count for two that are both likely.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    exclusive: bool,
    topics: Vec<HeadTopic>,
}

impl TopicHead {
    /// A head over the vectors of the encoder with this digest; of topics that exclude one another
    /// the probabilities add up to one, with that of none.
    ///
    /// # Errors
    /// When it has no topic, too many, two of one id, or a number that is not finite.
    pub fn new(
        encoder: String,
        exclusive: bool,
        topics: Vec<HeadTopic>,
    ) -> Result<Self, ModelError> {
        Self::of(HeadFile { format: FORMAT.into(), encoder, exclusive, topics })
    }

    /// Reads a head file.
    ///
    /// # Errors
    /// When it cannot be read or is not a head.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let bytes = fs::read(path)
            .map_err(|source| ModelError::Unreadable { path: path.to_owned(), source })?;
        let name = path.display().to_string();
        let file = serde_json::from_slice(&bytes)
            .map_err(|error| ModelError::TopicHead(format!("{name}: {error}")))?;
        Self::of(file)
    }

    fn of(file: HeadFile) -> Result<Self, ModelError> {
        let refused = |why: String| Err(ModelError::TopicHead(why));
        if file.format != FORMAT {
            return refused(format!("it is `{}`; this version reads {FORMAT}", file.format));
        }
        if !(1..=TOPICS_MAX).contains(&file.topics.len()) {
            let count = file.topics.len();
            return refused(format!("it has {count} topics; allowed: 1 to {TOPICS_MAX}"));
        }
        let width = file.topics[0].weights.len();
        for (at, topic) in file.topics.iter().enumerate() {
            if file.topics[..at].iter().any(|earlier| earlier.id == topic.id) {
                return refused(format!("topic `{}` stands twice", topic.id));
            }
            let finite = topic.weights.iter().all(|weight| weight.is_finite());
            if topic.weights.len() != width || !finite || !topic.bias.is_finite() {
                return refused(format!("topic `{}` lacks weights or has bad ones", topic.id));
            }
            if !(topic.threshold > 0.0 && topic.threshold < 1.0) {
                return refused(format!("the threshold of `{}` is not between 0 and 1", topic.id));
            }
        }
        let matrix: Vec<f32> =
            file.topics.iter().flat_map(|topic| topic.weights.iter().copied()).collect();
        let bias: Vec<f32> = file.topics.iter().map(|topic| topic.bias).collect();
        let digest = hex::encode(Sha256::digest(written(&file)));
        Ok(Self { weights: Plain::new(&matrix, &bias), file, digest })
    }

    /// The file, as [`TopicHead::read`] reads it.
    pub fn to_file(&self) -> String {
        written(&self.file)
    }

    /// SHA-256 of the file: which head labelled, exactly.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// SHA-256 of the weights of the encoder that it was fitted on.
    pub fn encoder(&self) -> &str {
        &self.file.encoder
    }

    /// Its topics in order, "other" not among them.
    pub fn topics(&self) -> &[HeadTopic] {
        &self.file.topics
    }

    /// Whether its topics exclude one another: no row that it was fitted on had two.
    pub fn is_exclusive(&self) -> bool {
        self.file.exclusive
    }

    /// Refuses a head of another encoder or another width.
    pub(super) fn check(&self, encoder: &str, width: usize) -> Result<(), ModelError> {
        if self.file.encoder != encoder || self.file.topics[0].weights.len() != width {
            return Err(of_other_weights());
        }
        Ok(())
    }

    /// The probability of each topic.
    ///
    /// # Shape
    /// `unit` is [hidden], of length 1.
    pub fn probabilities(&self, unit: &[f32]) -> Result<Vec<f32>, ModelError> {
        let mut values = self.weights.apply(unit);
        if self.file.exclusive {
            rivals(&mut values);
        } else {
            values.iter_mut().for_each(|value| *value = sigmoid(*value));
        }
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(values),
            false => Err(ModelError::NotFinite { stage: STAGE }),
        }
    }

    /// The topics that a text counts for, ascending; "other", the one after the last, when none.
    /// More than the most allowed keep those furthest above their thresholds.
    pub fn assign(&self, probabilities: &[f32]) -> Vec<Topic> {
        let above = |at: usize| probabilities[at] / self.file.topics[at].threshold;
        let mut kept: Vec<usize> =
            (0..probabilities.len()).filter(|&at| above(at) >= 1.0).collect();
        kept.sort_by(|&a, &b| above(b).total_cmp(&above(a)).then(a.cmp(&b)));
        kept.truncate(TOPICS_PER_COMMENT_MAX);
        if kept.is_empty() {
            kept.push(probabilities.len());
        }
        kept.sort_unstable();
        kept.into_iter().map(super::topics::topic).collect()
    }
}

/// Why a head of other weights is refused.
pub(super) fn of_other_weights() -> ModelError {
    let why = "it was fitted on other weights than those that read the pipeline's languages. A head \
               reads one language, the one it was fitted for: list no other in [models] languages, and \
               run `undertone topics fit` again where the weights have changed, with --language where \
               it is not English";
    ModelError::TopicHead(why.into())
}

fn written(file: &HeadFile) -> String {
    serde_json::to_string(file).expect("plain values") + "\n" // Unwrap safety: strings and finite numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(id: &str, weights: [f32; 2], threshold: f32) -> HeadTopic {
        HeadTopic {
            id: id.into(),
            name: id.to_uppercase(),
            threshold,
            bias: 0.0,
            weights: weights.into(),
        }
    }

    fn head() -> TopicHead {
        let topics = vec![topic("a", [4.0, 0.0], 0.6), topic("b", [0.0, 4.0], 0.3)];
        TopicHead::new("e".into(), false, topics).unwrap()
    }

    #[test]
    fn head_assigns_topics_above_their_own_threshold_and_else_other() {
        let assigned = |unit: [f32; 2]| {
            let probabilities = head().probabilities(&unit).unwrap();
            head().assign(&probabilities).into_iter().map(|topic| topic.0).collect::<Vec<_>>()
        };
        assert_eq!(assigned([1.0, 0.0]), [0, 1], "0.5 is above the threshold of b");
        assert_eq!(assigned([0.0, -1.0]), [2]);
        assert_eq!(assigned([-1.0, 0.0]), [1]);
    }

    #[test]
    fn head_of_topics_that_exclude_one_another_shares_one_out_among_them_and_none() {
        let topics = vec![topic("a", [4.0, 0.0], 0.4), topic("b", [0.0, 4.0], 0.4)];
        let head = TopicHead::new("e".into(), true, topics).unwrap();
        let found = head.probabilities(&[0.5, 0.5]).unwrap();
        let expected = 1.0 / (2.0 + (-2.0_f32).exp());
        assert!(found.iter().all(|p| (p - expected).abs() < 1e-6), "{found:?}");
        let unlike = head.probabilities(&[-1.0, -1.0]).unwrap();
        assert!(unlike.iter().sum::<f32>() < 0.04 && head.assign(&unlike)[0].0 == 2);
        assert!(head.to_file().contains("\"exclusive\":true"));
        assert!(!self::head().to_file().contains("exclusive"), "as before");
    }

    #[test]
    fn head_written_and_read_again_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("head.json");
        fs::write(&path, head().to_file()).unwrap();
        let read = TopicHead::read(&path).unwrap();
        assert_eq!((read.topics(), read.digest()), (head().topics(), head().digest()));
    }

    #[test]
    fn head_of_another_encoder_or_with_a_bad_number_is_refused() {
        assert!(head().check("e", 2).is_ok());
        assert!(head().check("f", 2).unwrap_err().to_string().contains("topics fit"));
        assert!(head().check("e", 3).is_err());
        let refused = |topics| TopicHead::new("e".into(), false, topics).unwrap_err().to_string();
        assert!(refused(vec![]).contains("0 topics"));
        assert!(refused(vec![topic("a", [f32::NAN, 0.0], 0.5)]).contains("`a`"));
        assert!(refused(vec![topic("a", [1.0, 0.0], 1.0)]).contains("threshold"));
        let twice = vec![topic("a", [1.0, 0.0], 0.5), topic("a", [1.0, 0.0], 0.5)];
        assert!(refused(twice).contains("twice"));
    }
}
