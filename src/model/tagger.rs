//! The token classifier that finds names, addresses and numbers for redaction.
//!
//! Rampart, trained further for short civic texts: a BERT of the encoder's size with a label per
//! word piece, told the case of each word beside its letters. It leans to recall: what counts is
//! how likely a word is any personal datum at all, not which one. Places alone are no personal
//! data, so cities, states and streets without a house number or a unit are left alone.
//! Most texts name nobody; what a glance clears is not read (see [`glance`](super::glance)).
//! The union with patterns, the widening and the policy are `text`'s.

mod case;
mod hashtags;
mod short;
mod spans;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::Config;
use serde::Deserialize;

use super::{
    Compute, Encoder, Manifest, ModelError, Precision, Reach,
    glance::Glance,
    kernel::Plain,
    packing,
    pooling::softmax,
    tokenize::{PIECES_MAX, WordPieces, windows},
};
use crate::text::{Hidden, TagError, Tagged, TokenTagger};
use case::cases;
use hashtags::cut_hashtags;
use short::is_read;
use spans::{Part, Verdict, spans, words};

const CONFIG: &str = "tagger/config.json";
const WEIGHTS: &str = "tagger/model.safetensors";
const REACH: &str = "tagger/reach.safetensors";
const GLANCE: &str = "tagger/glance.safetensors";
const TOKENIZER: &str = "tagger/tokenizer.json";

/// Pieces that two neighbouring windows of a long text share.
const OVERLAP: usize = 64;

/// The most pieces of one text that are read; a longer text cannot be tagged and is withheld.
pub const TAGGED_PIECES_MAX: usize = 8_192;

/// The probability from which on a word is best tagged in a post that names an account or a link.
///
/// Chosen with [`PLAIN_THRESHOLD`] on posts kept out of training, so that under 2 % of what is no
/// name is hidden in either sort of text.
pub const TAG_THRESHOLD: f32 = 0.45;

/// The same in a text that names neither: there fewer words are names, and more are taken for one.
const PLAIN_THRESHOLD: f32 = 0.63;

/// A loaded token classifier.
pub struct RampartTagger {
    pieces: WordPieces,
    encoder: Encoder,
    /// None in the reference, and where more is asked for than the glance was made for.
    glance: Option<Glance>,
    head: Plain,
    parts: Vec<Option<Part>>,
    threshold: f32,
}

#[derive(Deserialize)]
struct Labels {
    id2label: BTreeMap<usize, String>,
}

impl RampartTagger {
    /// Loads the classifier from a models folder; a word is tagged from the probability
    /// `threshold` on, between 0 and 1, in plain texts from a higher one; [`TAG_THRESHOLD`] is a
    /// good one.
    ///
    /// # Errors
    /// When a file is missing, altered or of another shape.
    pub fn load(models: &Path, threshold: f32, compute: Compute) -> Result<Self, ModelError> {
        let manifest = Manifest::open(models)?;
        let config = manifest.read(CONFIG)?;
        let unusable = |error| ModelError::malformed(CONFIG, error);
        let labels: Labels = serde_json::from_slice(&config).map_err(unusable)?;
        let config: Config = serde_json::from_slice(&config).map_err(unusable)?;
        let parts: Vec<_> = labels.id2label.values().map(|label| Part::of_label(label)).collect();
        let pieces = WordPieces::load(TOKENIZER, &manifest.read(TOKENIZER)?)?;
        let reach = Reach::load(REACH, manifest.read(REACH)?)?;
        let malformed = |file| move |error| ModelError::malformed(file, error);
        let weights = manifest.read(WEIGHTS)?;
        let weights = VarBuilder::from_buffered_safetensors(weights, DType::F16, &Device::Cpu)
            .map_err(malformed(WEIGHTS))?;
        let head = head(&weights, &config, parts.len()).map_err(malformed(WEIGHTS))?;
        let bert = weights.pp("bert");
        let (encoder, glance) = match compute.precision {
            Precision::F32 => (Encoder::load(&bert, &config, &reach, compute), None),
            Precision::Int8 => {
                let read = packing::read(&bert, &config, &reach).map_err(malformed(WEIGHTS))?;
                let embeddings = Arc::clone(&read.embeddings);
                let bytes = (threshold >= TAG_THRESHOLD).then(|| manifest.read(GLANCE));
                let glance = bytes.transpose()?.map(|bytes| {
                    Glance::load(bytes, embeddings, &config, compute).map_err(malformed(GLANCE))
                });
                (Encoder::packed(read, compute.isa), glance.transpose()?)
            }
        };
        let encoder = encoder.map_err(malformed(WEIGHTS))?;
        Ok(Self { pieces, encoder, glance, head, parts, threshold })
    }

    /// The probability from which on a word of this text is tagged.
    fn threshold(&self, text: &str) -> f32 {
        // A city that asks for more than the default gets it in every text.
        let asked = is_post(text) || self.threshold < TAG_THRESHOLD;
        if asked { self.threshold } else { self.threshold.max(PLAIN_THRESHOLD) }
    }

    /// Whether a glance clears every window of a text.
    fn is_cleared(&self, pieces: &[u32], cases: &[u32]) -> Result<bool, ModelError> {
        let Some(glance) = &self.glance else { return Ok(false) };
        for at in windows(pieces.len(), PIECES_MAX, OVERLAP) {
            let (ids, cases) = self.enclosed(&pieces[at.clone()], &cases[at]);
            if !glance.clears(&ids, &cases)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Pieces and cases of their words with the special tokens around them.
    fn enclosed(&self, pieces: &[u32], cases: &[u32]) -> (Vec<u32>, Vec<u32>) {
        (self.pieces.enclose(pieces), [&[0], cases, &[0]].concat())
    }

    /// What the classifier makes of some pieces with the cases of their words, read together.
    fn verdicts(&self, pieces: &[u32], cases: &[u32]) -> Result<Vec<Verdict>, ModelError> {
        let (ids, cases) = self.enclosed(pieces, cases);
        let states = self.encoder.last(&ids, &cases)?;
        let logits = self.head.apply(states.values());
        let rows = logits.chunks_exact(self.parts.len());
        // The special tokens, first and last, have no label.
        let verdicts = rows.skip(1).take(pieces.len()).map(|row| self.verdict(row.to_vec()));
        verdicts.collect()
    }

    fn verdict(&self, mut row: Vec<f32>) -> Result<Verdict, ModelError> {
        softmax(&mut row);
        if row.iter().all(|value| value.is_finite()) {
            Ok(Verdict::of(&self.parts, &row))
        } else {
            Err(ModelError::NotFinite { stage: "token classifier" })
        }
    }
}

impl TokenTagger for RampartTagger {
    /// Tags a text of any length up to [`TAGGED_PIECES_MAX`] in overlapping windows; where two
    /// windows disagree on a piece, the one that suspects it more is believed.
    ///
    /// What is hidden anyway is read short, see [`short`].
    fn tag(&self, text: &str, hidden: &[Hidden]) -> Result<Vec<Tagged>, TagError> {
        let pieces = self.pieces.pieces(text).map_err(|_| TagError::Tokenize)?;
        if pieces.ids.len() > TAGGED_PIECES_MAX {
            return Err(TagError::TooLong);
        }
        let pieces = cut_hashtags(text, pieces, &self.pieces).map_err(|_| TagError::Tokenize)?;
        if pieces.ids.len() > TAGGED_PIECES_MAX {
            return Err(TagError::TooLong);
        }
        let cases = cases(text, &pieces);
        let read = is_read(text, &pieces, hidden);
        let (pieces, cases) = pieces.kept(&cases, &read);
        if self.is_cleared(&pieces.ids, &cases).map_err(|_| TagError::Compute)? {
            return Ok(Vec::new());
        }
        let mut verdicts = vec![Verdict::default(); pieces.ids.len()];
        for window in windows(pieces.ids.len(), PIECES_MAX, OVERLAP) {
            let found = self.verdicts(&pieces.ids[window.clone()], &cases[window.clone()]);
            let found = found.map_err(|_| TagError::Compute)?;
            for (verdict, found) in verdicts[window].iter_mut().zip(found) {
                verdict.suspect(found);
            }
        }
        Ok(spans(text, &words(&pieces, &verdicts), self.threshold(text)))
    }

    fn ignores_case(&self) -> bool {
        true
    }
}

/// Whether a text names an account, a mailbox or a link, as posts of networks do.
fn is_post(text: &str) -> bool {
    let named =
        |pair: &[u8]| pair[0] == b'@' && (pair[1].is_ascii_alphanumeric() || pair[1] == b'_');
    let starts = |at: usize, mark: &[u8]| {
        let found = text.as_bytes().get(at..at + mark.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(mark))
    };
    text.as_bytes().windows(2).any(named)
        || (0..text.len())
            .any(|at| starts(at, b"http:") || starts(at, b"https:") || starts(at, b"www."))
}

/// The classifier over the encoder's states.
fn head(weights: &VarBuilder, config: &Config, labels: usize) -> candle_core::Result<Plain> {
    let part = packing::part(&weights.pp("classifier"), labels, config.hidden_size, 1.0)?;
    Ok(Plain::new(&part.matrix, &part.bias))
}

#[cfg(test)]
impl RampartTagger {
    /// Whether a glance clears a text.
    pub(super) fn clears(&self, text: &str) -> bool {
        let pieces = self.pieces.pieces(text).unwrap();
        let pieces = cut_hashtags(text, pieces, &self.pieces).unwrap();
        self.is_cleared(&pieces.ids, &cases(text, &pieces)).unwrap()
    }

    /// What the classifier finds in a text when it reads all of it.
    pub(super) fn tag_unglanced(&mut self, text: &str) -> Vec<Tagged> {
        let glance = self.glance.take();
        let found = self.tag(text, &[]).unwrap();
        self.glance = glance;
        found
    }
}

#[cfg(test)]
mod tests;
