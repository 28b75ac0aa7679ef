//! From redacted words to labels: encoder, sentiment head and topic matcher together.

mod reader;

use std::{num::NonZeroUsize, path::Path, sync::Arc};

use rayon::prelude::*;

use self::reader::{Read, Reader, Told};
use super::{
    Compute, Languages, Manifest, ModelError, Testimony, TopicHead, TopicSpec, kit::Kit,
    topics::topic,
};
use crate::{
    domain::{Labels, Sentiment, Topic},
    text::{Language, RedactedText},
};

pub(super) use self::reader::unit;

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
    readers: Vec<Reader>,
    languages: Languages,
    digest: String,
}

impl Classifier {
    /// Loads the encoders of some languages from a models folder and reads the topic list; "other" is
    /// the topic after its last.
    ///
    /// # Errors
    /// When a file is missing, altered or of another shape, or the list is empty or too long.
    pub fn load(
        models: &Path,
        topics: &[TopicSpec],
        languages: &Languages,
        compute: Compute,
    ) -> Result<Self, ModelError> {
        if !(1..=TOPICS_MAX).contains(&topics.len()) {
            let reason = format!("it has {} topics; allowed: 1 to {TOPICS_MAX}", topics.len());
            return Err(ModelError::Topics(reason));
        }
        Self::with(models, Told::Phrases(topics), languages, compute)
    }

    /// Loads a models folder with the topics of a city's own head; "other" is the one after its last.
    ///
    /// # Errors
    /// When a file is missing, altered or of another shape, or the head was fitted on other weights
    /// than those that read one of the languages.
    pub fn load_with_head(
        models: &Path,
        head: &Arc<TopicHead>,
        languages: &Languages,
        compute: Compute,
    ) -> Result<Self, ModelError> {
        Self::with(models, Told::Head(head), languages, compute)
    }

    fn with(
        models: &Path,
        told: Told<'_>,
        languages: &Languages,
        compute: Compute,
    ) -> Result<Self, ModelError> {
        let manifest = Manifest::open(models)?;
        let load = |kit: &'static Kit| Reader::load(kit, &manifest, told, compute);
        let readers: Result<_, _> = languages.kits().into_iter().map(load).collect();
        let digest = manifest.digest().to_owned();
        Ok(Self { readers: readers?, languages: languages.clone(), digest })
    }

    /// The languages that it reads.
    pub fn languages(&self) -> &Languages {
        &self.languages
    }

    /// SHA-256 of the models folder's manifest, to name the model in a release.
    pub fn models_digest(&self) -> &str {
        &self.digest
    }

    /// Whether topics exclude one another, so that their chances and that of none add up to one.
    pub fn topics_exclude(&self) -> bool {
        self.readers.iter().any(Reader::topics_exclude)
    }

    /// Reads one comment. A withheld one, or one in a language the model does not know, comes back
    /// unread without being looked at.
    ///
    /// # Errors
    /// When the computation fails or gives a value that is not a number. The comment then counts
    /// as [`Labels::unread`]; no other comment is touched.
    pub fn classify(&self, text: &RedactedText) -> Result<Reading, ModelError> {
        let language = Language::among(text, self.languages.codes());
        match self.reader(language.code()) {
            Some(reader) if !text.is_withheld() => self.read(reader, text.as_str(), language),
            _ => Ok(Reading::unread(language)),
        }
    }

    fn reader(&self, language: &str) -> Option<&Reader> {
        self.readers.iter().find(|reader| reader.kit.language == language)
    }

    fn read(&self, by: &Reader, text: &str, language: Language) -> Result<Reading, ModelError> {
        let Read { sentiment, topics, assigned } = by.read(text)?;
        Ok(Reading {
            language,
            sentiment,
            topics: topics.into_iter().enumerate().map(|(i, p)| (topic(i), p)).collect(),
            labels: Labels { sentiment: likeliest(sentiment), topics: assigned },
        })
    }

    /// Reads a text by the encoder of a language, whatever it is taken to be in: to measure the model
    /// on a published set of which that is known.
    ///
    /// # Errors
    /// When that language is not read, or the computation fails or gives a value that is not a number.
    pub fn read_as(&self, language: &str, text: &RedactedText) -> Result<Reading, ModelError> {
        let reader = self.reader_of(language)?;
        self.read(reader, text.as_str(), Language::Known(reader.kit.language))
    }

    /// What is read of a text in this language: without placeholders, emoji in words.
    ///
    /// # Errors
    /// When that language is not read.
    pub fn words(&self, language: &str, text: &str) -> Result<String, ModelError> {
        Ok(self.reader_of(language)?.words.of(text).into_owned())
    }

    /// The labels that follow from what an encoder said of an English text, ours or another library's.
    ///
    /// # Errors
    /// When English is not read, or a value is not a number.
    pub fn labels_of(&self, said: &Testimony) -> Result<Labels, ModelError> {
        let topics = self.reader_of(Kit::ENGLISH.language)?.topics_of(&said.vector)?.1;
        Ok(Labels { sentiment: likeliest(said.tone), topics })
    }

    /// The vector that topics of texts in this language are told from, of length 1.
    ///
    /// # Errors
    /// When that language is not read, or the computation fails or gives a value that is not a number.
    pub fn vector(&self, language: &str, text: &RedactedText) -> Result<Vec<f32>, ModelError> {
        self.reader_of(language)?.vector(text.as_str())
    }

    fn reader_of(&self, language: &str) -> Result<&Reader, ModelError> {
        let unread = || {
            let codes = self.languages.codes().join(", ");
            ModelError::Languages(format!("`{language}`, which is not read here; read are {codes}"))
        };
        self.reader(language).ok_or_else(unread)
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

/// SHA-256 of the weights that read a language, to tell heads of other weights apart.
///
/// # Errors
/// When no encoder reads it, or the manifest does not list them.
pub fn encoder_digest(manifest: &Manifest, language: &str) -> Result<String, ModelError> {
    let unread = || ModelError::Languages(format!("`{language}`, which no encoder reads"));
    Kit::of(language).ok_or_else(unread)?.digest(manifest)
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
