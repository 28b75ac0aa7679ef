//! From redacted words to labels: encoder, sentiment head and topic matcher together.

use std::{num::NonZeroUsize, path::Path, sync::Arc};

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::Config;
use rayon::prelude::*;

use super::{
    Compute, Encoder, Manifest, ModelError, Reach, States, TopicHead, TopicSpec,
    heads::SentimentHead,
    pooling::{Pool, normalise},
    tokenize::WordPieces,
    topics::{Calibration, TopicMatcher, topic},
    words::words,
};
use crate::{
    domain::{Labels, Sentiment, Topic},
    text::{Language, RedactedText},
};

const CONFIG: &str = "minilm/config.json";
pub(super) const WEIGHTS: &str = "minilm/model.safetensors";
const REACH: &str = "minilm/reach.safetensors";
pub(super) const TOKENIZER: &str = "minilm/tokenizer.json";

/// The most topics a list may have; "other" comes on top.
const TOPICS_MAX: usize = 9_999;

/// Everything the model says of one comment.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The language the comment was taken to be in.
    pub language: Language,
    /// Probabilities of negative, neutral and positive; all 0 when unread.
    pub sentiment: [f32; 3],
    /// The probability of each topic of the list, in its order; empty when unread. "Other" has
    /// none: it is what no topic claims.
    pub topics: Vec<(Topic, f32)>,
    /// What is counted.
    pub labels: Labels,
}

/// The loaded model of sentiment and topics.
///
/// # Privacy
/// A reading is a pure function of the comment's own text, the models folder and the topics.
/// Bit-identical alone, in any batch, in any order and on any number of threads, since nothing
/// computes with two texts at once; in [`Precision::Int8`](super::Precision) on every processor
/// too.
pub struct Classifier {
    pieces: WordPieces,
    encoder: Encoder,
    sentiment: SentimentHead,
    topics: TopicRule,
    digest: String,
}

/// How topics are told: by likeness to phrases, or by a head that a city fitted.
enum TopicRule {
    Likeness(TopicMatcher),
    Head(Arc<TopicHead>),
}

impl TopicRule {
    fn probabilities(&self, unit: &[f32]) -> Result<Vec<f32>, ModelError> {
        match self {
            Self::Likeness(matcher) => matcher.probabilities(unit),
            Self::Head(head) => head.probabilities(unit),
        }
    }

    fn assign(&self, probabilities: &[f32]) -> Vec<Topic> {
        match self {
            Self::Likeness(matcher) => matcher.assign(probabilities),
            Self::Head(head) => head.assign(probabilities),
        }
    }
}

impl Classifier {
    /// Loads a models folder and reads the topic list; "other" is the topic after its last.
    ///
    /// # Errors
    /// When a file is missing, altered or of another shape, or the list is empty or too long.
    pub fn load(models: &Path, topics: &[TopicSpec], compute: Compute) -> Result<Self, ModelError> {
        if !(1..=TOPICS_MAX).contains(&topics.len()) {
            let reason = format!("it has {} topics; allowed: 1 to {TOPICS_MAX}", topics.len());
            return Err(ModelError::Topics(reason));
        }
        Self::with(models, compute, |manifest, pieces, encoder| {
            let phrases = phrase_vectors(pieces, encoder, topics)?;
            Ok(TopicRule::Likeness(TopicMatcher::new(&phrases, Calibration::load(manifest)?)))
        })
    }

    /// Loads a models folder with the topics of a city's own head; "other" is the one after its last.
    ///
    /// # Errors
    /// When a file is missing, altered or of another shape, or the head was fitted on other weights.
    pub fn load_with_head(
        models: &Path,
        head: Arc<TopicHead>,
        compute: Compute,
    ) -> Result<Self, ModelError> {
        Self::with(models, compute, |manifest, _, encoder| {
            head.check(&encoder_digest(manifest)?, encoder.width())?;
            Ok(TopicRule::Head(head))
        })
    }

    fn with(
        models: &Path,
        compute: Compute,
        topics: impl FnOnce(&Manifest, &WordPieces, &Encoder) -> Result<TopicRule, ModelError>,
    ) -> Result<Self, ModelError> {
        let manifest = Manifest::open(models)?;
        let pieces = WordPieces::load(TOKENIZER, &manifest.read(TOKENIZER)?)?;
        let encoder = encoder(&manifest, compute)?;
        let sentiment = SentimentHead::load(&manifest, &encoder)?;
        let topics = topics(&manifest, &pieces, &encoder)?;
        let digest = manifest.digest().to_owned();
        Ok(Self { pieces, encoder, sentiment, topics, digest })
    }

    /// SHA-256 of the models folder's manifest, to name the model in a release.
    pub fn models_digest(&self) -> &str {
        &self.digest
    }

    /// Reads one comment. A withheld one, or one in a language the model does not know, comes back
    /// unread without being looked at.
    ///
    /// # Errors
    /// When the computation fails or gives a value that is not a number. The comment then counts
    /// as [`Labels::unread`]; no other comment is touched.
    pub fn classify(&self, text: &RedactedText) -> Result<Reading, ModelError> {
        let language = Language::of(text);
        if text.is_withheld() || language != Language::ENGLISH {
            return Ok(Reading::unread(language));
        }
        self.read(text.as_str(), language)
    }

    fn read(&self, text: &str, language: Language) -> Result<Reading, ModelError> {
        let states = self.encoder.forward(&self.pieces.ids(&words(text))?)?;
        let sentiment = self.sentiment.probabilities(&states)?;
        let topics = self.topics.probabilities(&unit(&states)?)?;
        let assigned = self.topics.assign(&topics);
        Ok(Reading {
            language,
            sentiment,
            topics: topics.into_iter().enumerate().map(|(i, p)| (topic(i), p)).collect(),
            labels: Labels { sentiment: likeliest(sentiment), topics: assigned },
        })
    }

    /// Reads a text as English, whatever language it is taken to be in: to measure the model on a
    /// published set that is known to be English.
    ///
    /// # Errors
    /// When the computation fails or gives a value that is not a number.
    pub fn read_as_english(&self, text: &RedactedText) -> Result<Reading, ModelError> {
        self.read(text.as_str(), Language::ENGLISH)
    }

    /// The vector that topics are told from, of length 1.
    ///
    /// # Errors
    /// When the computation fails or gives a value that is not a number.
    pub fn vector(&self, text: &RedactedText) -> Result<Vec<f32>, ModelError> {
        unit(&[self.encoder.last(&self.pieces.ids(&words(text.as_str()))?, &[])?])
    }

    /// Reads many comments on `threads` threads; results stand in the order of the texts and equal
    /// those of [`Classifier::classify`] to the bit.
    ///
    /// # Errors
    /// When the threads cannot be started. What fails for one comment stays with that comment.
    pub fn classify_all(
        &self,
        texts: &[RedactedText],
        threads: NonZeroUsize,
    ) -> Result<Vec<Result<Reading, ModelError>>, ModelError> {
        let threads = threads.get();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|source| ModelError::Threads { threads, source })?;
        Ok(pool.install(|| texts.par_iter().map(|text| self.classify(text)).collect()))
    }
}

impl Reading {
    /// The reading of a comment that was not looked at, or that the model failed on.
    pub fn unread(language: Language) -> Self {
        Self { language, sentiment: [0.0; 3], topics: Vec::new(), labels: Labels::unread() }
    }
}

/// SHA-256 of the encoder's weights, to tell heads of other weights apart.
///
/// # Errors
/// When the manifest does not list them.
pub fn encoder_digest(manifest: &Manifest) -> Result<String, ModelError> {
    let listed = manifest.files().find(|(file, _)| *file == WEIGHTS);
    let missing = || ModelError::NotListed { file: WEIGHTS.into() };
    listed.map(|(_, digest)| digest.to_owned()).ok_or_else(missing)
}

/// The sentence encoder of a models folder.
pub(super) fn encoder(manifest: &Manifest, compute: Compute) -> Result<Encoder, ModelError> {
    let config = config(manifest)?;
    let reach = Reach::load(REACH, manifest.read(REACH)?)?;
    Encoder::load(&weights(manifest, DType::F16)?, &config, &reach, compute)
        .map_err(|error| ModelError::malformed(WEIGHTS, error))
}

/// Its configuration.
pub(super) fn config(manifest: &Manifest) -> Result<Config, ModelError> {
    serde_json::from_slice(&manifest.read(CONFIG)?)
        .map_err(|error| ModelError::malformed(CONFIG, error))
}

/// Its weights, read as numbers of this kind.
pub(super) fn weights(manifest: &Manifest, kind: DType) -> Result<VarBuilder<'static>, ModelError> {
    VarBuilder::from_buffered_safetensors(manifest.read(WEIGHTS)?, kind, &Device::Cpu)
        .map_err(|error| ModelError::malformed(WEIGHTS, error))
}

/// The unit vectors of each topic's phrases.
fn phrase_vectors(
    pieces: &WordPieces,
    encoder: &Encoder,
    topics: &[TopicSpec],
) -> Result<Vec<Vec<Vec<f32>>>, ModelError> {
    let phrases = |spec: &TopicSpec| spec.phrases().collect::<Vec<_>>();
    let vector = |phrase: String| unit(&[encoder.last(&pieces.ids(&phrase)?, &[])?]);
    topics.par_iter().map(|spec| phrases(spec).into_par_iter().map(vector).collect()).collect()
}

/// The mean of the last layer, scaled to length 1.
pub(super) fn unit(states: &[States]) -> Result<Vec<f32>, ModelError> {
    let last = states.last().ok_or_else(|| ModelError::malformed(CONFIG, "it has no layers"))?;
    let mut mean = Pool::Mean.apply(last);
    normalise(&mut mean);
    Ok(mean)
}

/// The tone with the highest probability, the earlier one if two are equal.
fn likeliest(probabilities: [f32; 3]) -> Sentiment {
    let mut best = 0;
    for index in 1..probabilities.len() {
        if probabilities[index] > probabilities[best] {
            best = index;
        }
    }
    Sentiment::READ[best]
}

#[cfg(test)]
mod tests;
