//! The signed file around a release document.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Document;
use crate::ledger::{SigningKey, VerifyingKey};

/// A release file: `{"release": …, "signature": …}`. The signature covers the exact bytes of the
/// value of `release` as they stand in the file, so no canonical form is needed to check it.
#[derive(Clone, Debug)]
pub struct Envelope {
    bytes: Vec<u8>,
    body: String,
    document: Document,
    signature: Signature,
}

/// An Ed25519 signature over the release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Signature {
    /// `ed25519`.
    pub algorithm: String,
    /// The public key, base64.
    pub key: String,
    /// The signature of `undertone-release/1\n` and the release's bytes, base64.
    pub value: String,
}

/// Why a release file cannot be trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// The file is not a release.
    #[error("not a release file: {0}")]
    Malformed(String),
    /// The signature does not fit.
    #[error(
        "the signature does not fit the release: the file was changed or another key signed it"
    )]
    BadSignature,
}

#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    release: &'a RawValue,
    signature: Signature,
}

/// The shape of a release file, for its published schema.
#[derive(schemars::JsonSchema)]
#[allow(dead_code)] // never built: schemars reads the types
#[schemars(title = "Undertone release", rename = "Release")]
pub(super) struct EnvelopeSchema {
    /// The release document.
    release: Document,
    /// Its signature.
    signature: Signature,
}

impl Envelope {
    /// Signs a document.
    pub fn seal(document: Document, key: &SigningKey) -> Self {
        let body = serde_json::to_string(&document).expect("a document is plain data"); // Unwrap safety: no map keys or floats that JSON refuses
        let signature = Signature {
            algorithm: "ed25519".into(),
            key: key.verifying_key().to_base64(),
            value: encode(&key.sign(&message(&body))),
        };
        let release = RawValue::from_string(body.clone()).expect("serde_json wrote it"); // Unwrap safety: valid JSON by construction
        let mut bytes =
            serde_json::to_vec(&Wire { release: &release, signature: signature.clone() })
                .expect("a signature is plain data"); // Unwrap safety: as above
        bytes.push(b'\n');
        Self { bytes, body, document, signature }
    }

    /// Reads a release file and checks its signature against the key it names.
    ///
    /// Whether that key is the city's is the ledger's business: compare
    /// [`Envelope::key`] with the ledger's.
    ///
    /// # Errors
    /// When the file is not a release or the signature does not fit.
    pub fn open(bytes: Vec<u8>) -> Result<Self, EnvelopeError> {
        let malformed = |e: &dyn std::fmt::Display| EnvelopeError::Malformed(e.to_string());
        let wire: Wire<'_> = serde_json::from_slice(&bytes).map_err(|e| malformed(&e))?;
        let body = wire.release.get();
        let key = VerifyingKey::from_base64(&wire.signature.key)
            .map_err(|_| EnvelopeError::BadSignature)?;
        let value = decode(&wire.signature.value).ok_or(EnvelopeError::BadSignature)?;
        if !key.verifies(&message(body), &value) {
            return Err(EnvelopeError::BadSignature);
        }
        let document = serde_json::from_str(body).map_err(|e| malformed(&e))?;
        let (body, signature) = (body.to_owned(), wire.signature);
        Ok(Self { document, signature, body, bytes })
    }

    /// The file, byte for byte.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The value of `release`, byte for byte: what the signature covers.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// What it says.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The public key that signed it, base64.
    pub fn key(&self) -> &str {
        &self.signature.key
    }
}

fn message(body: &str) -> Vec<u8> {
    [b"undertone-release/1\n", body.as_bytes()].concat()
}

fn encode(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn decode(text: &str) -> Option<[u8; 64]> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).ok()?.try_into().ok()
}
