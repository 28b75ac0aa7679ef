//! Cutting a text into word pieces, and long texts into windows.
//!
//! Classification reads the first [`TOKENS_MAX`] tokens of a text, about 190 words, and no more.
//! Redaction must not miss the rest: [`windows`] cover every token, overlapping. Not a general
//! tokenizer: one text in, one segment out.

mod ascii;

use std::ops::Range;

use tokenizers::{ModelWrapper, Tokenizer};

use super::ModelError;
use ascii::Vocabulary;

/// The most tokens the encoder sees at once, the classification and separator tokens among them.
pub const TOKENS_MAX: usize = 256;

/// Tokens of a window that are not the two special ones.
pub(super) const PIECES_MAX: usize = TOKENS_MAX - 2;

/// A tokenizer of word pieces, of BERT's make or of SentencePiece's, with its two special tokens.
pub(super) struct WordPieces {
    tokenizer: Tokenizer,
    /// For plain texts; none where the tokenizer is of another make than BERT's.
    plain: Option<Vocabulary>,
    first: u32,
    last: u32,
}

/// The word pieces of one text, without special tokens.
///
/// # Units
/// `spans` are bytes of the text, end exclusive; `words` number the words the pieces belong to.
pub(super) struct Pieces {
    pub(super) ids: Vec<u32>,
    pub(super) spans: Vec<(usize, usize)>,
    pub(super) words: Vec<Option<u32>>,
}

impl Pieces {
    fn push(&mut self, id: u32, span: (usize, usize), word: u32) {
        self.ids.push(id);
        self.spans.push(span);
        self.words.push(Some(word));
    }

    fn truncate(&mut self, count: usize) {
        self.ids.truncate(count);
        self.spans.truncate(count);
        self.words.truncate(count);
    }

    /// The pieces that are to be kept, and what belongs to each.
    pub(super) fn kept(self, beside: &[u32], keep: &[bool]) -> (Self, Vec<u32>) {
        fn those<T: Copy>(all: &[T], keep: &[bool]) -> Vec<T> {
            all.iter().zip(keep).filter_map(|(one, keep)| keep.then_some(*one)).collect()
        }
        let Self { ids, spans, words } = &self;
        let (ids, spans, words) = (those(ids, keep), those(spans, keep), those(words, keep));
        (Self { ids, spans, words }, those(beside, keep))
    }
}

impl WordPieces {
    /// Reads a `tokenizer.json`; `file` names it in errors.
    pub(super) fn load(file: &str, bytes: &[u8]) -> Result<Self, ModelError> {
        let mut tokenizer =
            Tokenizer::from_bytes(bytes).map_err(|error| ModelError::malformed(file, error))?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|error| ModelError::malformed(file, error))?;
        let special = |[bert, sentence]: [&str; 2]| {
            let id = tokenizer.token_to_id(bert).or_else(|| tokenizer.token_to_id(sentence));
            let missing = || format!("it has neither a {bert} nor a {sentence} token");
            id.ok_or_else(|| ModelError::malformed(file, missing()))
        };
        let (first, last) = (special(["[CLS]", "<s>"])?, special(["[SEP]", "</s>"])?);
        let plain = vocabulary(&tokenizer, bytes);
        Ok(Self { tokenizer, plain, first, last })
    }

    /// The token ids of a text, special tokens included, cut to [`TOKENS_MAX`].
    pub(super) fn ids(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let ids = match self.plain.as_ref().and_then(|plain| plain.pieces(text)) {
            Some(pieces) => pieces.ids,
            None => {
                let encoding = self.tokenizer.encode_fast(text, false);
                encoding.map_err(|_| ModelError::Tokenize)?.get_ids().to_vec()
            }
        };
        Ok(self.enclose(&ids[..ids.len().min(PIECES_MAX)]))
    }

    /// All word pieces of a text with their places in it.
    pub(super) fn pieces(&self, text: &str) -> Result<Pieces, ModelError> {
        let plain = self.plain.as_ref().and_then(|plain| plain.pieces(text));
        plain.map_or_else(|| self.by_library(text), Ok)
    }

    fn by_library(&self, text: &str) -> Result<Pieces, ModelError> {
        let encoding = self.tokenizer.encode(text, false).map_err(|_| ModelError::Tokenize)?;
        Ok(Pieces {
            ids: encoding.get_ids().to_vec(),
            spans: encoding.get_offsets().to_vec(),
            words: encoding.get_word_ids().to_vec(),
        })
    }

    /// Whether a whole word in lower case is one piece.
    pub(super) fn knows(&self, word: &str) -> bool {
        let known = || self.tokenizer.token_to_id(word).is_some();
        self.plain.as_ref().map_or_else(known, |plain| plain.knows(word))
    }

    /// Puts the special tokens around some pieces.
    pub(super) fn enclose(&self, pieces: &[u32]) -> Vec<u32> {
        let mut ids = Vec::with_capacity(pieces.len() + 2);
        ids.push(self.first);
        ids.extend_from_slice(pieces);
        ids.push(self.last);
        ids
    }
}

/// The vocabulary of a tokenizer that cuts plain texts as BERT's does: lower case, words at spaces and
/// marks, the longest pieces first.
fn vocabulary(tokenizer: &Tokenizer, file: &[u8]) -> Option<Vocabulary> {
    let ModelWrapper::WordPiece(model) = tokenizer.get_model() else { return None };
    let file: serde_json::Value = serde_json::from_slice(file).ok()?;
    let is = |part: &str, name: &str| file[part]["type"] == name;
    let bert = is("normalizer", "BertNormalizer") && is("pre_tokenizer", "BertPreTokenizer");
    let lower = ["lowercase", "clean_text"].iter().all(|what| file["normalizer"][what] == true);
    let added = tokenizer.get_added_tokens_decoder();
    let bracketed = added.values().all(|token| token.content.starts_with('['));
    let plain = bert && lower && bracketed && model.continuing_subword_prefix == "##";
    let unknown = tokenizer.token_to_id(&model.unk_token)?;
    plain.then(|| {
        Vocabulary::new(tokenizer.get_vocab(true), unknown, model.max_input_chars_per_word)
    })
}

/// Windows of at most `width` pieces that cover all of `count`, each sharing `overlap` pieces with
/// the one before.
pub(super) fn windows(
    count: usize,
    width: usize,
    overlap: usize,
) -> impl Iterator<Item = Range<usize>> {
    let step = width.saturating_sub(overlap).max(1);
    let steps = count.saturating_sub(width).div_ceil(step);
    (0..=steps).map(move |index| {
        let start = index * step;
        start..(start + width).min(count)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn windows_of_any_count_cover_every_piece_with_their_overlap(
            count in 0_usize..2_000, width in 2_usize..300, overlap in 0_usize..150,
        ) {
            let overlap = overlap.min(width - 1);
            let all: Vec<_> = windows(count, width, overlap).collect();
            prop_assert_eq!(all[0].start, 0);
            prop_assert_eq!(all[all.len() - 1].end, count);
            prop_assert!(all.iter().all(|window| window.len() <= width));
            for pair in all.windows(2) {
                prop_assert_eq!(pair[0].end - pair[1].start, overlap);
                prop_assert!(pair[0].end < pair[1].end);
            }
        }
    }
}
