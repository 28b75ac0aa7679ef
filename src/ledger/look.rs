//! Looking things up in an open ledger.

use super::{Ledger, ReleaseId, VerifyingKey};
use crate::domain::Window;

impl Ledger {
    /// The ledger's name, such as `undertone/riverton`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The public key of its checkpoints and releases.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// Every reservation ever made: release, attempt and window.
    pub fn reserves(&self) -> &[(ReleaseId, u32, Window)] {
        self.chain.book.reserves()
    }

    /// Whether a commit names this file of the folder of releases.
    pub fn is_committed_file(&self, file: &str) -> bool {
        self.chain.book.files().contains_key(file)
    }
}
