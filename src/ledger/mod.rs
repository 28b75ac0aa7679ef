//! The public ledger: what was planned, spent and released, in an order nobody can rewrite.
//!
//! It is an append-only file of entries, a Merkle tree over them and a signed checkpoint of its
//! head. It grants the receipts without which no exact count is read. It is not a store of
//! releases, and nothing in it depends on what residents wrote but the digest of a noisy release.
//!
//! # Shape
//! `DIR/ledger/entries.log`, `DIR/ledger/checkpoint`, `DIR/releases/<file>`.

mod amend;
mod book;
mod checkpoint;
mod digest;
mod entry;
mod error;
mod kept;
mod look;
mod open;
mod order_error;
mod plan_text;
mod receipt;
mod residents;
mod rotate;
mod signing;
mod state;
#[cfg(test)]
mod tests;
mod tree;
mod verify;
mod writer;

pub use amend::AmendError;
pub use checkpoint::{Checkpoint, CheckpointError};
pub use digest::{Digest, ReleaseId};
pub use entry::{AbandonReason, Entry, EntryError, Fact, Reserve};
pub use error::LedgerError;
pub use kept::verify_kept;
pub use open::{Recovery, read_entries, read_entries_within};
pub use order_error::OrderError;
pub use plan_text::plan_text;
pub use receipt::{CommitProof, Receipt, ReserveRequest};
pub use signing::{SigningKey, VerifyingKey, VerifyingKeyError};
pub use state::{Outstanding, ReleaseState};
pub use tree::{Tree, leaf_hash, verify_consistency, verify_inclusion};
pub use verify::{Check, Report, signing_keys, verify};
pub use writer::Ledger;

/// Folder of the ledger inside the data folder.
pub const LEDGER_FOLDER: &str = "ledger";
/// The entries inside the ledger's folder.
pub const ENTRIES_FILE: &str = "entries.log";
/// The signed head inside the ledger's folder.
pub const CHECKPOINT_FILE: &str = "checkpoint";
/// Where a recorded plan holds its [`StatedPlan`](crate::privacy::StatedPlan).
pub const PLAN_PRIVACY_KEY: &str = "privacy";
/// Where a recorded plan says who deploys it; unlike its promises, this may change.
pub const PLAN_DEPLOYMENT_KEY: &str = "deployment";
/// Where a recorded plan holds the pipeline's name for people, which may change too.
pub const PLAN_TITLE_KEY: &str = "title";
