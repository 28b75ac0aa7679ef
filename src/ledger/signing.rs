//! Ed25519 keys of the ledger. Signatures are deterministic: the same head has the same bytes.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::Signer;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};

/// The city's secret signing key; zeroed on drop, opaque to `Debug`.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// Wraps the 32 secret bytes read from the key file.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(bytes))
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// A public key, written as the base64 of its 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKey([u8; 32]);

/// Why a string is not a [`VerifyingKey`].
#[derive(Debug, thiserror::Error)]
#[error(
    "not an Ed25519 public key: give the base64 of 32 bytes that are a point of the curve, or a \
     verifier line name+hash+key"
)]
pub struct VerifyingKeyError;

/// The signature type of plain Ed25519 in signed notes.
const NOTE_ED25519: u8 = 1;

impl VerifyingKey {
    /// Reads the base64 form.
    ///
    /// # Errors
    /// When it is not base64 of a usable key.
    pub fn from_base64(text: &str) -> Result<Self, VerifyingKeyError> {
        let bytes = STANDARD.decode(text).map_err(|_| VerifyingKeyError)?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| VerifyingKeyError)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| VerifyingKeyError)?;
        if key.is_weak() { Err(VerifyingKeyError) } else { Ok(Self(bytes)) }
    }

    /// The base64 form.
    pub fn to_base64(self) -> String {
        STANDARD.encode(self.0)
    }

    /// Whether `signature` is this key's over `message`, strictly.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        ed25519_dalek::VerifyingKey::from_bytes(&self.0)
            .and_then(|key| key.verify_strict(message, &signature))
            .is_ok()
    }

    /// The key as verifiers of signed notes take it: `name+hash+key`.
    ///
    /// # Source
    /// C2SP signed-note, "vkey".
    pub fn verifier(&self, name: &str) -> String {
        let typed = [&[NOTE_ED25519], self.0.as_slice()].concat();
        format!("{name}+{}+{}", hex::encode(self.note_hash(name)), STANDARD.encode(typed))
    }

    /// Reads what [`VerifyingKey::verifier`] writes: the name and the key.
    ///
    /// # Errors
    /// When it is not a verifier line, or its hash is not that of its name and key.
    pub fn from_verifier(text: &str) -> Result<(String, Self), VerifyingKeyError> {
        let mut parts = text.splitn(3, '+'); // base64 has a plus too, names and hashes do not
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VerifyingKeyError);
        };
        let typed = STANDARD.decode(key).map_err(|_| VerifyingKeyError)?;
        let bare = typed.strip_prefix(&[NOTE_ED25519]).ok_or(VerifyingKeyError)?;
        let key = Self::from_base64(&STANDARD.encode(bare))?;
        match hex::encode(key.note_hash(name)) == hash {
            true => Ok((name.to_owned(), key)),
            false => Err(VerifyingKeyError),
        }
    }

    /// The short hash that a signature line of a note carries for this key under `name`.
    pub(super) fn note_hash(&self, name: &str) -> [u8; 4] {
        let mut hash = Sha256::new();
        hash.update(name.as_bytes());
        hash.update([b'\n', NOTE_ED25519]);
        hash.update(self.0);
        let digest: [u8; 32] = hash.finalize().into();
        [digest[0], digest[1], digest[2], digest[3]]
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.to_base64())
    }
}

impl Serialize for VerifyingKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_base64())
    }
}

impl<'de> Deserialize<'de> for VerifyingKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_base64(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, test 2.
    #[test]
    fn signature_matches_the_known_answer() {
        let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
        let key = SigningKey::from_bytes(&hex::decode(seed).unwrap().try_into().unwrap());
        let signature = key.sign(&[0x72]);
        assert!(
            hex::encode(signature).starts_with("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8f")
        );
        assert!(key.verifying_key().verifies(&[0x72], &signature));
        assert!(!key.verifying_key().verifies(&[0x73], &signature));
    }

    #[test]
    fn verifier_line_reads_back_and_fits_its_own_name_only() {
        for seed in 0..64 {
            let key = SigningKey::from_bytes(&[seed; 32]).verifying_key();
            let line = key.verifier("undertone/riverton");
            let read = VerifyingKey::from_verifier(&line).unwrap();
            assert_eq!(read, ("undertone/riverton".to_owned(), key));
            let other = line.replace("riverton", "milltown");
            assert!(VerifyingKey::from_verifier(&other).is_err());
            assert!(VerifyingKey::from_verifier(&key.to_base64()).is_err());
        }
    }

    #[test]
    fn key_reads_back_and_shows_no_secret() {
        let key = SigningKey::from_bytes(&[5; 32]);
        let public = key.verifying_key();
        assert_eq!(VerifyingKey::from_base64(&public.to_base64()).unwrap(), public);
        assert_eq!(format!("{key:?}"), "SigningKey(..)");
        assert!(VerifyingKey::from_base64("AAAA").is_err());
        assert!(VerifyingKey::from_base64(&STANDARD.encode([0; 32])).is_err());
    }
}
