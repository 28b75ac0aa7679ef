//! Cutting a text into word pieces, and long texts into windows.
//!
//! Classification reads the first [`TOKENS_MAX`] tokens of a text, about 190 words, and no more.
//! Redaction must not miss the rest: [`windows`] cover every token, overlapping. Not a general
//! tokenizer: one text in, one segment out.

use std::ops::Range;

use tokenizers::Tokenizer;

use super::ModelError;

/// The most tokens the encoder sees at once, the classification and separator tokens among them.
pub const TOKENS_MAX: usize = 256;

/// Tokens of a window that are not the two special ones.
pub(super) const PIECES_MAX: usize = TOKENS_MAX - 2;

/// A WordPiece tokenizer with its two special tokens.
pub(super) struct WordPieces {
    tokenizer: Tokenizer,
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

impl WordPieces {
    /// Reads a `tokenizer.json`; `file` names it in errors.
    pub(super) fn load(file: &str, bytes: &[u8]) -> Result<Self, ModelError> {
        let mut tokenizer =
            Tokenizer::from_bytes(bytes).map_err(|error| ModelError::malformed(file, error))?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|error| ModelError::malformed(file, error))?;
        let special = |token: &str| {
            let id = tokenizer.token_to_id(token);
            id.ok_or_else(|| ModelError::malformed(file, format!("it has no {token} token")))
        };
        let (first, last) = (special("[CLS]")?, special("[SEP]")?);
        Ok(Self { tokenizer, first, last })
    }

    /// The token ids of a text, special tokens included, cut to [`TOKENS_MAX`].
    pub(super) fn ids(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let encoding = self.tokenizer.encode_fast(text, false);
        let encoding = encoding.map_err(|_| ModelError::Tokenize)?;
        let ids = encoding.get_ids();
        Ok(self.enclose(&ids[..ids.len().min(PIECES_MAX)]))
    }

    /// All word pieces of a text with their places in it.
    pub(super) fn pieces(&self, text: &str) -> Result<Pieces, ModelError> {
        let encoding = self.tokenizer.encode(text, false).map_err(|_| ModelError::Tokenize)?;
        Ok(Pieces {
            ids: encoding.get_ids().to_vec(),
            spans: encoding.get_offsets().to_vec(),
            words: encoding.get_word_ids().to_vec(),
        })
    }

    /// Whether a whole word in lower case is one piece.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.tokenizer.token_to_id(word).is_some()
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
