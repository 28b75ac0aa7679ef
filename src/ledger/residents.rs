//! What the ledger says of changes to residents' records: that there was one, and nothing of whom.

use super::{Fact, Ledger, LedgerError};
use crate::domain::Window;

impl Ledger {
    /// Records that the pseudonym key was replaced; both keys live until every window before
    /// `until` is closed.
    ///
    /// # Errors
    /// When a release is under way, or the disk fails.
    pub fn record_rekey(&mut self, until: Window) -> Result<(), LedgerError> {
        self.append(Fact::Rekey { until })?;
        self.sign_head().map(drop)
    }

    /// Records that a resident's record was erased, whether there was any or not.
    ///
    /// # Errors
    /// When a release is under way, or the disk fails.
    pub fn record_erase(&mut self) -> Result<(), LedgerError> {
        self.append(Fact::Erase {})?;
        self.sign_head().map(drop)
    }

    /// How often the pseudonym key was replaced.
    pub fn rekeyings(&self) -> u32 {
        self.chain.book.rekeyings
    }

    /// How often a resident's record was erased.
    pub fn erasures(&self) -> u32 {
        self.chain.book.erasures
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        domain::FixedClock,
        ledger::{SigningKey, read_entries, verify},
    };

    fn open(dir: &std::path::Path) -> Ledger {
        let clock = Arc::new(FixedClock("2026-01-05T10:00:00Z".parse().unwrap()));
        let key = SigningKey::from_bytes(&[1; 32]);
        Ledger::open(dir, "undertone/riverton", key, clock).unwrap().0
    }

    #[test]
    fn rekeyings_and_erasures_are_counted_verified_and_say_nothing_of_anybody() {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = open(dir.path());
        ledger.record_rekey(Window(30)).unwrap();
        ledger.record_erase().unwrap();
        ledger.record_erase().unwrap();
        drop(ledger);
        let ledger = open(dir.path());
        assert_eq!((ledger.rekeyings(), ledger.erasures()), (1, 2));
        let report = verify(dir.path(), None, &dir.path().join("releases"));
        assert!(report.passed(), "{report:?}");
        let entries = read_entries(dir.path()).unwrap();
        let text = String::from_utf8(entries[2].body().unwrap()).unwrap();
        assert!(text.ends_with(r#""at":"2026-01-05T10:00:00Z","kind":"erase"}"#), "{text}");
    }
}
