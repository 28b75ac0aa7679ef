//! A door for tests: charges and counts as a release does, with the counts in the open.
//!
//! Compiled with the `mutants` feature alone, which no build of a city has. It goes the way of the
//! releaser up to the sums, without ledger, noise and files, so that thousands of streams can be
//! compared exactly.

use super::{
    Due, ReleaseError, ReleasePlan,
    tally::{Entered, Question, entered},
};
use crate::{
    domain::PseudonymKey,
    ledger::{Digest, ReleaseId},
    store::{Charge, Store},
};

/// Rehearses the releases of one plan.
pub struct Rehearsal<'a> {
    /// What was declared.
    pub plan: &'a ReleasePlan,
    /// Orders cells; the same key that made the pseudonyms.
    pub key: &'a PseudonymKey,
}

/// A release as it would have been, without noise.
#[derive(Debug, PartialEq, Eq)]
pub struct Rehearsed {
    /// Who was charged what.
    pub charge: Charge,
    /// The exact sums.
    pub counts: Vec<i64>,
}

impl Rehearsal<'_> {
    /// Charges, durably, and counts.
    ///
    /// # Errors
    /// As the releaser.
    pub fn release(&self, store: &mut Store, due: Due) -> Result<Rehearsed, ReleaseError> {
        let question = self.question(due, self.entered(store, due)?);
        let charge = question.charge(store, 1)?;
        store.charge(charge.clone())?;
        let counts = question.sums(store, &charge)?;
        Ok(Rehearsed { charge, counts })
    }

    /// Counts again what was charged before.
    ///
    /// # Errors
    /// As the releaser.
    pub fn recount(
        &self,
        store: &Store,
        due: Due,
        charge: &Charge,
    ) -> Result<Vec<i64>, ReleaseError> {
        self.question(due, Entered::new()).sums(store, charge)
    }

    fn entered(&self, store: &Store, due: Due) -> Result<Entered, ReleaseError> {
        let family = &self.plan.privacy.families()[due.family];
        entered(family, due.window, |window| {
            let release_id = ReleaseId::of(family.id(), window, &Digest::ZERO);
            store.charge_of(release_id.bytes(), 1)?.ok_or(ReleaseError::ChargeMissing)
        })
    }

    fn question(&self, due: Due, entered: Entered) -> Question<'_> {
        let Due { family, window } = due;
        let id = self.plan.privacy.families()[family].id();
        let release_id = ReleaseId::of(id, window, &Digest::ZERO);
        Question { plan: self.plan, key: self.key, index: family, window, release_id, entered }
    }
}
