//! Looking things up in an open ledger.

use super::{Ledger, VerifyingKey};

impl Ledger {
    /// The ledger's name, such as `undertone/riverton`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The public key of its checkpoints and releases.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// Whether a commit names this file of the folder of releases.
    pub fn is_committed_file(&self, file: &str) -> bool {
        self.chain.book.files().contains_key(file)
    }
}
