//! SHA-256 digests and the release ids made of them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};

use crate::domain::Window;

/// A SHA-256 digest, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// What stands before the first entry.
    pub const ZERO: Digest = Digest([0; 32]);

    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut digest = [0; 32];
        hex::decode_to_slice(&text, &mut digest).map_err(D::Error::custom)?;
        Ok(Self(digest))
    }
}

/// The name of one question: a family, a window and the plan that declares both.
///
/// The same question has the same id, and is paid for once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReleaseId(pub Digest);

impl ReleaseId {
    /// The id of `family` at `window` under the plan of that digest, which covers the key lists.
    pub fn of(family: &str, window: Window, plan_digest: &Digest) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"undertone release v1\0");
        hash.update((family.len() as u64).to_be_bytes());
        hash.update(family.as_bytes());
        hash.update(window.0.to_be_bytes());
        hash.update(plan_digest.0);
        Self(Digest(hash.finalize().into()))
    }

    /// The bytes, for keys in a store.
    pub fn bytes(&self) -> [u8; 32] {
        self.0.0
    }
}

impl fmt::Display for ReleaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for ReleaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_reads_back_and_refuses_what_is_no_digest() {
        let digest = Digest::of(b"abc");
        assert!(digest.to_string().starts_with("ba7816bf"));
        let text = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&text).unwrap(), digest);
        assert!(serde_json::from_str::<Digest>("\"ba78\"").is_err());
    }

    #[test]
    fn release_id_differs_by_family_window_and_plan() {
        let plan = Digest::of(b"plan");
        let id = ReleaseId::of("pulse", Window(3), &plan);
        assert_eq!(id, ReleaseId::of("pulse", Window(3), &plan));
        assert_ne!(id, ReleaseId::of("topics", Window(3), &plan));
        assert_ne!(id, ReleaseId::of("pulse", Window(4), &plan));
        assert_ne!(id, ReleaseId::of("pulse", Window(3), &Digest::ZERO));
    }
}
