//! Ledger entries: what one line of the public record says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Digest, ReleaseId, VerifyingKey};
use crate::{domain::Window, privacy::Rho};

/// One entry, chained to the one before it.
///
/// # Privacy
/// No field depends on what residents wrote, but the digest of a noisy release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 0.
    pub index: u64,
    /// SHA-256 of the body before it; zeros before the first.
    pub prev: Digest,
    /// When it was written, by the city's clock.
    pub at: Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub fact: Fact,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// The ledger begins.
    Open {
        /// Its name, such as `undertone/riverton`.
        ledger_origin: String,
        /// The key that signs its checkpoints.
        key: VerifyingKey,
        /// The program and its version.
        program: String,
        /// The noise library and its version.
        library: String,
    },
    /// A plan takes effect.
    Plan {
        /// SHA-256 of the plan's text as it stands here.
        plan_digest: Digest,
        /// The whole public plan, keys sorted.
        plan: Value,
    },
    /// The key that signs is replaced; later checkpoints and releases are signed by the new one.
    Rotate {
        /// The new key.
        key: VerifyingKey,
        /// The signature of the key before it, base64, over [`rotation_message`].
        endorsement: String,
    },
    /// Loss is spent on a release, before any exact count of it is read.
    Reserve(Reserve),
    /// The output of a reserve is on disk.
    Commit {
        /// Which release.
        release_id: ReleaseId,
        /// Which attempt at it.
        attempt: u32,
        /// Its file in the folder of releases.
        file: String,
        /// SHA-256 of that file.
        sha256: Digest,
    },
    /// A committed release was made visible.
    Publish {
        /// Which release.
        release_id: ReleaseId,
    },
    /// A reserve came to nothing; what it spent stays spent.
    Abandon {
        /// Which release.
        release_id: ReleaseId,
        /// Which attempt at it.
        attempt: u32,
        /// Why.
        reason: AbandonReason,
    },
    /// The key that makes pseudonyms was replaced; no key and no value of one stands here.
    Rekey {
        /// Both keys live, and allowances carry over, until every window before this one is closed.
        until: Window,
    },
    /// One account's record was erased, whether there was any or not.
    Erase {},
}

/// The charge of one release, as the plan in force has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reserve {
    /// Which release.
    pub release_id: ReleaseId,
    /// Which attempt at it, from 1.
    pub attempt: u32,
    /// Id of the family.
    pub family: String,
    /// The window it is dated at.
    pub window: Window,
    /// Of the plan in force.
    pub plan_digest: Digest,
    /// Noise in every cell of each level, finest first, in 60ths of a voice.
    pub sigma_units: Vec<u32>,
    /// L2 sensitivity of each level, in 60ths of a voice.
    pub sensitivity_units: u32,
    /// The library's loss of this release.
    pub loss: Rho,
    /// The library's loss of the releases that one resident can fill in a period.
    pub loss_period: Rho,
    /// How many those are: W.
    pub windows_max: u32,
}

/// Why a reserve came to nothing. A closed list: free text could carry what no one may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbandonReason {
    /// The process ended before the commit.
    Interrupted,
    /// No noise was drawn.
    MechanismFailed,
    /// The output could not be written.
    OutputFailed,
}

/// Why a body is not an entry.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// Not the JSON of an entry.
    #[error("it is not the JSON of an entry: {0}")]
    Json(#[from] serde_json::Error),
    /// The same values, written otherwise or with something beside them.
    #[error("it is not written as this program writes entries, so it may hide something")]
    NotPlain,
    /// The chain is broken.
    #[error("it says it is number {found}")]
    Index {
        /// As read.
        found: u64,
    },
    /// The chain is broken.
    #[error("it does not name the digest of the entry before it")]
    Prev,
}

impl Entry {
    /// The bytes that are stored, hashed and chained.
    ///
    /// # Errors
    /// When a value has no JSON form.
    pub fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Reads a body and refuses one that this program would have written otherwise.
    ///
    /// # Errors
    /// [`EntryError`].
    pub fn parse(body: &[u8]) -> Result<Self, EntryError> {
        let entry: Entry = serde_json::from_slice(body)?;
        if entry.body()? == body { Ok(entry) } else { Err(EntryError::NotPlain) }
    }

    /// Reads the body of the entry that must follow `index` predecessors ending in `prev`.
    ///
    /// # Errors
    /// [`EntryError`].
    pub(super) fn parse_next(body: &[u8], index: u64, prev: &Digest) -> Result<Self, EntryError> {
        let entry = Self::parse(body)?;
        if entry.index != index {
            return Err(EntryError::Index { found: entry.index });
        }
        if entry.prev != *prev { Err(EntryError::Prev) } else { Ok(entry) }
    }
}

/// What the old key signs to name its successor.
pub(super) fn rotation_message(origin: &str, key: &VerifyingKey) -> Vec<u8> {
    format!("undertone-key-rotation/1\n{origin}\n{}\n", key.to_base64()).into_bytes()
}

impl Fact {
    /// The crash point behind the sync of such an entry.
    pub(super) fn crash_point(&self) -> &'static str {
        match self {
            Fact::Open { .. } => "ledger_open_synced",
            Fact::Plan { .. } => "ledger_plan_synced",
            Fact::Rotate { .. } => "ledger_rotate_synced",
            Fact::Reserve(_) => "ledger_reserve_synced",
            Fact::Commit { .. } => "ledger_commit_synced",
            Fact::Publish { .. } => "ledger_publish_synced",
            Fact::Abandon { .. } => "ledger_abandon_synced",
            Fact::Rekey { .. } => "ledger_rekey_synced",
            Fact::Erase {} => "ledger_erase_synced",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        let fact = Fact::Abandon {
            release_id: ReleaseId(Digest::of(b"id")),
            attempt: 2,
            reason: AbandonReason::Interrupted,
        };
        Entry {
            index: 7,
            prev: Digest::of(b"prev"),
            at: "2026-01-05T10:00:00Z".parse().unwrap(),
            fact,
        }
    }

    #[test]
    fn entry_reads_back() {
        let body = entry().body().unwrap();
        assert_eq!(Entry::parse(&body).unwrap(), entry());
        let text = String::from_utf8(body).unwrap();
        assert!(text.contains(r#""kind":"abandon""#) && text.contains(r#""reason":"interrupted""#));
    }

    #[test]
    fn entry_with_something_beside_it_is_refused() {
        let text = String::from_utf8(entry().body().unwrap()).unwrap();
        for hidden in [text.replace("\"attempt\":2", "\"attempt\":2,\"note\":\"x\""), text + " "] {
            assert!(matches!(Entry::parse(hidden.as_bytes()), Err(EntryError::NotPlain)));
        }
    }

    #[test]
    fn entry_out_of_its_place_is_refused() {
        let body = entry().body().unwrap();
        let (index, prev) = (entry().index, entry().prev);
        assert!(Entry::parse_next(&body, index, &prev).is_ok());
        assert!(matches!(Entry::parse_next(&body, 8, &prev), Err(EntryError::Index { found: 7 })));
        assert!(matches!(Entry::parse_next(&body, 7, &Digest::ZERO), Err(EntryError::Prev)));
    }
}
