//! What can go wrong with the ledger.

use super::{CheckpointError, EntryError, OrderError, VerifyingKey};
use crate::{log::LogError, privacy::LossError};

/// Why the ledger refuses. No variant depends on what residents wrote.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The file underneath.
    #[error(transparent)]
    Log(#[from] LogError),
    /// An entry cannot be read.
    #[error("ledger entry {index} is damaged: {source}; restore the ledger from a copy")]
    Entry {
        /// Its number.
        index: u64,
        /// Why.
        source: EntryError,
    },
    /// An entry breaks a rule.
    #[error("ledger entry {index} breaks the order: {source}; restore the ledger from a copy")]
    Order {
        /// Its number.
        index: u64,
        /// Which rule.
        source: OrderError,
    },
    /// What was asked breaks a rule; nothing was written.
    #[error("the ledger refuses: {0}")]
    Refused(#[from] OrderError),
    /// A name that no checkpoint can carry.
    #[error("`{0}` is not a ledger name: use up to 100 printable characters without space or +")]
    Origin(String),
    /// The ledger has another name.
    #[error("the ledger is `{found}`, not `{expected}`; give this pipeline its own data folder")]
    OriginDiffers {
        /// As read.
        found: String,
        /// As given.
        expected: String,
    },
    /// The ledger was opened with another key.
    #[error("the ledger is signed by {found:?}, not by {given:?}; restore the key file")]
    Key {
        /// As read.
        found: VerifyingKey,
        /// As given.
        given: VerifyingKey,
    },
    /// The head cannot be trusted.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Entries that were signed are gone.
    #[error(
        "the ledger has {entries} entries, but a signed checkpoint has {signed}: it was rolled \
         back; nothing is released until the missing entries are back"
    )]
    Rollback {
        /// In the file.
        entries: u64,
        /// In the checkpoint.
        signed: u64,
    },
    /// More entries than one crash can leave unsigned.
    #[error(
        "the ledger has {entries} entries, but only {signed} are signed: a crash leaves one \
         unsigned at most, so somebody else wrote here; nothing is released"
    )]
    Unsigned {
        /// In the file.
        entries: u64,
        /// In the checkpoint.
        signed: u64,
    },
    /// Entries that were signed are others now.
    #[error(
        "the first {signed} entries are not those of a signed checkpoint: the ledger was forked; \
         keep both copies, nothing is released"
    )]
    Fork {
        /// In the checkpoint.
        signed: u64,
    },
    /// The file changed between two looks.
    #[error("the ledger changed while it was being opened; start again")]
    Changed,
    /// A number that JSON readers would not agree on.
    #[error("the plan holds the number {0}, with more than 15 digits; round it")]
    PlanNumber(f64),
    /// An entry has no JSON form.
    #[error("an entry cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The noise library refused.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// An earlier write failed.
    #[error("the ledger failed to write earlier; start the program again, start recovers")]
    Broken,
}
