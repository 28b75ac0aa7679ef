//! The signed head of the ledger.
//!
//! # Source
//! C2SP tlog-checkpoint and signed-note: origin, size and base64 root on a line each, a blank
//! line, then signature lines `— name base64(hash, signature)`. Lines of other keys, such as those
//! of witnesses, are passed over.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Digest, SigningKey, VerifyingKey};

/// A size of the ledger and the root of its tree at that size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the ledger.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root over them.
    pub root: Digest,
}

/// Why a text is not a checkpoint of this ledger.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Not a signed note with origin, size and root.
    #[error("the checkpoint is malformed ({0}); restore it from a copy")]
    Malformed(&'static str),
    /// Another ledger's.
    #[error("the checkpoint is of `{found}`, not of `{expected}`; this is another ledger's file")]
    Origin {
        /// As read.
        found: String,
        /// Of this ledger.
        expected: String,
    },
    /// No line of the key.
    #[error("the checkpoint has no signature of the key {0}; was the ledger signed by another?")]
    Unsigned(String),
    /// A line of the key that does not verify.
    #[error("the signature of the checkpoint does not verify; it was altered")]
    Forged,
}

const DASH: &str = "\u{2014} ";

impl Checkpoint {
    /// The checkpoint as a note signed by `key`; the same head gives the same bytes.
    pub fn sign(&self, key: &SigningKey) -> String {
        let text = self.text();
        let hash = key.verifying_key().note_hash(&self.origin);
        let line = [hash.as_slice(), &key.sign(text.as_bytes())].concat();
        format!("{text}\n{DASH}{} {}\n", self.origin, STANDARD.encode(line))
    }

    /// Reads a signed note and checks its origin and the signature of `key`.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn open(note: &str, origin: &str, key: &VerifyingKey) -> Result<Self, CheckpointError> {
        let (text, lines) = split_note(note)?;
        let checkpoint = Self::parse(text)?;
        if checkpoint.origin != origin {
            let (found, expected) = (checkpoint.origin, origin.to_owned());
            return Err(CheckpointError::Origin { found, expected });
        }
        verify_note(text, lines, origin, key)?;
        Ok(checkpoint)
    }

    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root.0))
    }

    fn parse(text: &str) -> Result<Self, CheckpointError> {
        let malformed = CheckpointError::Malformed;
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(malformed("fewer than three lines"));
        };
        let number: u64 = size.parse().map_err(|_| malformed("the size is not a number"))?;
        let bytes = STANDARD.decode(root).map_err(|_| malformed("the root is not base64"))?;
        let root = bytes.try_into().map_err(|_| malformed("the root has not 32 bytes"))?;
        let checkpoint = Self { origin: origin.to_owned(), size: number, root: Digest(root) };
        if checkpoint.text() == text { Ok(checkpoint) } else { Err(malformed("not plain")) }
    }
}

/// Splits a note into its text, with the last newline, and its signature lines.
fn split_note(note: &str) -> Result<(&str, &str), CheckpointError> {
    let malformed = CheckpointError::Malformed;
    let (text, lines) = note.rsplit_once("\n\n").ok_or(malformed("no signature"))?;
    let text = note.get(..=text.len()).ok_or(malformed("no text"))?;
    if !lines.ends_with('\n') || !lines.lines().all(|line| line.starts_with(DASH)) {
        return Err(malformed("a signature line is cut off"));
    }
    Ok((text, lines))
}

fn verify_note(
    text: &str,
    lines: &str,
    name: &str,
    key: &VerifyingKey,
) -> Result<(), CheckpointError> {
    let hash = key.note_hash(name);
    let own = lines.lines().find_map(|line| {
        let (signer, encoded) = line.strip_prefix(DASH)?.split_once(' ')?;
        let bytes = STANDARD.decode(encoded).ok()?;
        let (found, signature) = bytes.split_first_chunk::<4>()?;
        (signer == name && *found == hash).then(|| signature.try_into().ok())?
    });
    let signature: [u8; 64] = own.ok_or_else(|| CheckpointError::Unsigned(key.to_base64()))?;
    if key.verifies(text.as_bytes(), &signature) { Ok(()) } else { Err(CheckpointError::Forged) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "undertone/riverton";

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[5; 32])
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: ORIGIN.into(), size: 42, root: Digest::of(b"root") }
    }

    /// The example of the Go checksum database's note package.
    #[test]
    fn note_of_the_reference_implementation_verifies() {
        let name = "PeterNeumann";
        let typed = STANDARD.decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").unwrap();
        let key = VerifyingKey::from_base64(&STANDARD.encode(&typed[1..])).unwrap();
        assert_eq!(
            key.verifier(name),
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
        );
        let note = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n\n\
                    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        let (text, lines) = split_note(note).unwrap();
        verify_note(text, lines, name, &key).unwrap();
    }

    #[test]
    fn checkpoint_reads_back_and_is_signed_the_same_twice() {
        let note = checkpoint().sign(&key());
        assert_eq!(note, checkpoint().sign(&key()));
        let opened = Checkpoint::open(&note, ORIGIN, &key().verifying_key()).unwrap();
        assert_eq!(opened, checkpoint());
        assert!(note.starts_with("undertone/riverton\n42\n"), "{note}");
    }

    #[test]
    fn checkpoint_with_a_line_of_a_witness_still_verifies() {
        let witnessed = format!("{}{DASH}witness.example AAAAAAAA\n", checkpoint().sign(&key()));
        Checkpoint::open(&witnessed, ORIGIN, &key().verifying_key()).unwrap();
    }

    #[test]
    fn checkpoint_with_any_byte_flipped_is_refused() {
        let note = checkpoint().sign(&key()).into_bytes();
        for (at, bit) in (0..note.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut flipped = note.clone();
            flipped[at] ^= 1 << bit;
            let Ok(text) = String::from_utf8(flipped) else { continue };
            let opened = Checkpoint::open(&text, ORIGIN, &key().verifying_key());
            assert!(opened.is_err(), "byte {at}, bit {bit}");
        }
    }

    #[test]
    fn checkpoint_of_another_key_or_ledger_is_refused() {
        let other = SigningKey::from_bytes(&[6; 32]).verifying_key();
        let note = checkpoint().sign(&key());
        let refused = Checkpoint::open(&note, ORIGIN, &other);
        assert!(matches!(refused, Err(CheckpointError::Unsigned(_))));
        let refused = Checkpoint::open(&note, "undertone/other", &key().verifying_key());
        assert!(matches!(refused, Err(CheckpointError::Origin { .. })));
    }
}
