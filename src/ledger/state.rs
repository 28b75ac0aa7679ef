//! Where a release stands in the ledger.

use super::{Digest, ReleaseId};
use crate::domain::Window;

/// Where a release stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ReleaseState {
    /// Never reserved.
    #[default]
    Absent,
    /// Paid for; no output yet.
    Reserved {
        /// Which attempt.
        attempt: u32,
    },
    /// Paid for in vain.
    Abandoned {
        /// The last attempt.
        attempt: u32,
    },
    /// The output is on disk.
    Committed {
        /// Which attempt.
        attempt: u32,
        /// Its file.
        file: String,
        /// SHA-256 of it.
        sha256: Digest,
        /// Index of the commit entry.
        index: u64,
    },
    /// The output is visible.
    Published {
        /// Which attempt.
        attempt: u32,
        /// Its file.
        file: String,
        /// SHA-256 of it.
        sha256: Digest,
        /// Index of the commit entry.
        index: u64,
    },
}

/// A reserve without its commit or abandon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outstanding {
    /// Which release.
    pub release_id: ReleaseId,
    /// Which attempt.
    pub attempt: u32,
    /// Id of the family.
    pub family: String,
    /// The window it is dated at.
    pub window: Window,
    /// Index of the reserve entry.
    pub index: u64,
}
