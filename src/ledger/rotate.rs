//! Replacing the key that signs.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Fact, Ledger, LedgerError, SigningKey, entry::rotation_message};

impl Ledger {
    /// Lets `next` sign from here on: the present key endorses it in an entry, and the checkpoint
    /// over that entry is the first that `next` signs.
    ///
    /// # Errors
    /// When a release is under way, `next` signed before, or the disk fails.
    pub fn rotate(&mut self, next: SigningKey) -> Result<(), LedgerError> {
        let key = next.verifying_key();
        let endorsement = STANDARD.encode(self.key.sign(&rotation_message(&self.origin, &key)));
        self.append(Fact::Rotate { key, endorsement })?;
        self.key = next;
        self.sign_head().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{domain::FixedClock, ledger::verify};

    const ORIGIN: &str = "undertone/riverton";

    fn open(dir: &std::path::Path, seed: u8) -> Result<Ledger, LedgerError> {
        let clock = Arc::new(FixedClock("2026-01-05T10:00:00Z".parse().unwrap()));
        let key = SigningKey::from_bytes(&[seed; 32]);
        Ledger::open(dir, ORIGIN, key, clock).map(|(ledger, _)| ledger)
    }

    #[test]
    fn rotated_ledger_opens_with_the_new_key_alone_and_verifies_by_either() {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = open(dir.path(), 1).unwrap();
        ledger.rotate(SigningKey::from_bytes(&[2; 32])).unwrap();
        drop(ledger);
        assert!(matches!(open(dir.path(), 1), Err(LedgerError::Key { .. })));
        drop(open(dir.path(), 2).unwrap());
        let releases = dir.path().join("releases");
        for seed in [1, 2] {
            let key = SigningKey::from_bytes(&[seed; 32]).verifying_key();
            let report = verify(dir.path(), Some(key), &releases);
            assert!(report.passed(), "{report:?}");
        }
        let other = SigningKey::from_bytes(&[3; 32]).verifying_key();
        assert!(!verify(dir.path(), Some(other), &releases).passed());
    }

    #[test]
    fn key_that_the_present_one_did_not_endorse_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = open(dir.path(), 1).unwrap();
        let key = SigningKey::from_bytes(&[2; 32]).verifying_key();
        let thief = SigningKey::from_bytes(&[9; 32]);
        let endorsement = STANDARD.encode(thief.sign(&rotation_message(ORIGIN, &key)));
        assert!(ledger.append(Fact::Rotate { key, endorsement }).is_err());
    }
}
