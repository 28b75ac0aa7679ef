//! One language's encoder, with its tone head and its topics.

use rayon::prelude::*;

use super::super::{
    Compute, Encoder, Manifest, ModelError, States, TopicHead, TopicSpec,
    heads::SentimentHead,
    kit::Kit,
    pooling::{Pool, normalise},
    taxonomy::spoken,
    tokenize::WordPieces,
    topics::{Calibration, TopicMatcher},
    words::Words,
};
use crate::domain::Topic;

/// What reads the comments of one language.
pub(super) struct Reader {
    pub kit: &'static Kit,
    pub words: Words,
    pub pieces: WordPieces,
    pub encoder: Encoder,
    sentiment: SentimentHead,
    topics: TopicRule,
}

/// What topics are told by.
#[derive(Clone, Copy)]
pub(super) enum Told<'a> {
    /// Phrases of each topic.
    Phrases(&'a [TopicSpec]),
    /// A head that a city fitted.
    Head(&'a std::sync::Arc<TopicHead>),
}

/// What was read of one text.
pub(super) struct Read {
    /// Probabilities of negative, neutral and positive.
    pub sentiment: [f32; 3],
    /// The probability of each topic.
    pub topics: Vec<f32>,
    /// The topics that the text counts for.
    pub assigned: Vec<Topic>,
}

/// How topics are told: by likeness to phrases, or by a head that a city fitted.
enum TopicRule {
    Likeness(TopicMatcher),
    Head(std::sync::Arc<TopicHead>),
}

impl Reader {
    pub fn load(
        kit: &'static Kit,
        manifest: &Manifest,
        told: Told<'_>,
        compute: Compute,
    ) -> Result<Self, ModelError> {
        let (words, pieces) = (kit.words(manifest)?, kit.pieces(manifest)?);
        let encoder = kit.encoder(manifest, compute)?;
        let sentiment = SentimentHead::load(manifest, kit, (encoder.depth(), encoder.width()))?;
        let topics = match told {
            Told::Head(head) => {
                head.check(&kit.digest(manifest)?, encoder.width())?;
                TopicRule::Head(head.clone())
            }
            Told::Phrases(topics) => {
                let topics = spoken(manifest, kit.language, topics)?;
                let calibration = Calibration::load(manifest, kit)?;
                let phrase = |text: &str| ids(kit, &pieces, &words.of(text));
                let phrases = phrase_vectors(phrase, &encoder, &topics)?;
                TopicRule::Likeness(TopicMatcher::new(&phrases, calibration))
            }
        };
        Ok(Self { kit, words, pieces, encoder, sentiment, topics })
    }

    /// Tone and topics of a text.
    pub fn read(&self, text: &str) -> Result<Read, ModelError> {
        let states = self.encoder.forward(&ids(self.kit, &self.pieces, &self.words.of(text))?)?;
        let sentiment = self.sentiment.probabilities(&states)?;
        let (topics, assigned) = self.topics_of(&unit(&states)?)?;
        Ok(Read { sentiment, topics, assigned })
    }

    /// The probability of each topic, and those that count, of a text with this vector.
    pub fn topics_of(&self, unit: &[f32]) -> Result<(Vec<f32>, Vec<Topic>), ModelError> {
        let topics = match &self.topics {
            TopicRule::Likeness(matcher) => matcher.probabilities(unit)?,
            TopicRule::Head(head) => head.probabilities(unit)?,
        };
        let assigned = match &self.topics {
            TopicRule::Likeness(matcher) => matcher.assign(&topics),
            TopicRule::Head(head) => head.assign(&topics),
        };
        Ok((topics, assigned))
    }

    /// Whether the chances of all topics and of none add up to one.
    pub fn topics_exclude(&self) -> bool {
        matches!(&self.topics, TopicRule::Head(head) if head.is_exclusive())
    }

    /// The vector that topics are told from, of length 1.
    pub fn vector(&self, text: &str) -> Result<Vec<f32>, ModelError> {
        let ids = ids(self.kit, &self.pieces, &self.words.of(text))?;
        unit(&[self.encoder.last(&ids, &[])?])
    }
}

/// The token ids of what is read of a text.
fn ids(kit: &Kit, pieces: &WordPieces, words: &str) -> Result<Vec<u32>, ModelError> {
    if kit.prefix.is_empty() {
        return pieces.ids(words);
    }
    pieces.ids(&format!("{}{words}", kit.prefix))
}

/// The unit vectors of each topic's phrases.
fn phrase_vectors(
    ids: impl Fn(&str) -> Result<Vec<u32>, ModelError> + Sync,
    encoder: &Encoder,
    topics: &[TopicSpec],
) -> Result<Vec<Vec<Vec<f32>>>, ModelError> {
    let phrases = |spec: &TopicSpec| spec.phrases().collect::<Vec<_>>();
    let vector = |phrase: String| unit(&[encoder.last(&ids(&phrase)?, &[])?]);
    topics.par_iter().map(|spec| phrases(spec).into_par_iter().map(vector).collect()).collect()
}

/// The mean of the last layer, scaled to length 1.
pub(in crate::model) fn unit(states: &[States]) -> Result<Vec<f32>, ModelError> {
    let none = || ModelError::malformed("config.json", "it has no layers");
    let mut mean = Pool::Mean.apply(states.last().ok_or_else(none)?);
    normalise(&mut mean);
    Ok(mean)
}
