//! Erasure: what one resident said, destroyed at their wish.

use crate::domain::Pseudonym;

use super::{Store, StoreError};

impl Store {
    /// Destroys what the resident of these pseudonyms said in every window that is not scrubbed,
    /// in the journal and in the state, durably.
    ///
    /// The keys of their events and comments stay, so that reading the input again counts nothing
    /// of it, and so do the charges they paid. The work is the same for a resident who never wrote.
    ///
    /// # Errors
    /// When the journal cannot be written or the state not rebuilt; opening the store again
    /// finishes what was begun.
    ///
    /// # Privacy
    /// It changes this resident's own record alone. Files are deleted, not overwritten; see
    /// [`Store::scrub`].
    pub fn erase(&mut self, pseudonyms: &[Pseudonym]) -> Result<(), StoreError> {
        self.journal.erase(pseudonyms)?;
        self.build().map(|_| ())
    }

    /// How often somebody's record was erased.
    pub fn erasures(&self) -> u32 {
        self.journal.marks().erasures
    }
}
