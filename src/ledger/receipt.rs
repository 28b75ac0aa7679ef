//! What the ledger hands out: a receipt for a reserve, a proof for a commit.

use serde::Serialize;

use super::{Digest, ReleaseId};
use crate::{domain::Window, privacy::Family};

/// A request to spend the loss of one release.
#[derive(Clone, Copy, Debug)]
pub struct ReserveRequest<'a> {
    /// Which family, as planned.
    pub family: &'a Family,
    /// The window it is dated at.
    pub window: Window,
    /// Which attempt, as [`Ledger::next_attempt`](super::Ledger::next_attempt) gave it.
    pub attempt: u32,
}

/// The proof that a loss was spent durably: without it no exact count is read.
///
/// Only the ledger makes one, once for each reserve; it cannot be copied, and a commit uses it up.
#[derive(Debug)]
#[must_use = "the loss is spent; commit an output or abandon the attempt"]
pub struct Receipt {
    pub(super) release_id: ReleaseId,
    pub(super) attempt: u32,
    pub(super) family: String,
    pub(super) window: Window,
    pub(super) index: u64,
}

impl Receipt {
    /// Which release.
    pub fn release_id(&self) -> ReleaseId {
        self.release_id
    }

    /// Which attempt at it.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Id of the family.
    pub fn family(&self) -> &str {
        &self.family
    }

    /// The window it is dated at.
    pub fn window(&self) -> Window {
        self.window
    }

    /// Index of the reserve entry.
    pub fn index(&self) -> u64 {
        self.index
    }
}

/// The proof that a commit is in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommitProof {
    /// Index of the commit entry.
    pub index: u64,
    /// Its leaf hash.
    pub leaf: Digest,
    /// Hashes that lead from the leaf to the root of the checkpoint.
    pub inclusion: Vec<Digest>,
    /// The signed checkpoint.
    pub checkpoint: String,
}
