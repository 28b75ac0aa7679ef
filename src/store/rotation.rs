//! Rotation of the pseudonym key: for a while a resident has two pseudonyms and is one resident.
//!
//! The store never sees a key. It is told, with a contribution, who its resident was under the key
//! before; it remembers that link when it writes the first thing under the new pseudonym, and
//! answers every question for both together. When the period is over the links are destroyed.
//!
//! # Privacy
//! Both pseudonyms of an account are one resident: one voice, one history of charges.

use crate::domain::{Pseudonym, Window};

use super::{Said, StateError, Store, StoreError, index, record::Record};

/// A rotation of the pseudonym key whose period is not over: both keys live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Check value of the key before.
    pub former_check: String,
    /// Nothing dated in this window or later was read under the former key alone.
    pub told_from: Window,
    /// The former key lives until every window before this one is closed.
    pub until: Window,
}

impl Store {
    /// The rotation whose period is not over.
    pub fn rotation(&self) -> Option<&Rotation> {
        self.journal.keys().rotation.as_ref()
    }

    /// Check value of the pseudonym key in force.
    pub fn key_check(&self) -> &str {
        &self.journal.keys().present
    }

    /// How often the pseudonym key was replaced.
    pub fn rekeyings(&self) -> u32 {
        self.journal.marks().rekeyings
    }

    /// Rows dated before this window may have been counted under a key that is gone, so that
    /// nobody can tell whether they are new.
    pub fn told_from(&self) -> Window {
        self.journal.marks().told_from
    }

    /// Whether the key may be replaced so.
    ///
    /// # Errors
    /// When another rotation is in its period, or comments are dated in `told_from` or later.
    pub fn check_rotation(&self, rotation: &Rotation) -> Result<(), StoreError> {
        if let Some(Rotation { until, .. }) = self.rotation() {
            return Err(StoreError::InRotation { until: *until });
        }
        match self.journal.last_window().filter(|held| *held >= rotation.told_from) {
            Some(held) => Err(StoreError::RotationBackdated { held }),
            None => Ok(()),
        }
    }

    /// Puts the key with `key_check` in the place of the present one, durably; from here on the
    /// data opens with that key.
    ///
    /// # Errors
    /// As [`Store::check_rotation`], and when the journal cannot be written.
    pub fn rekey(&mut self, key_check: String, rotation: Rotation) -> Result<(), StoreError> {
        self.check_rotation(&rotation)?;
        let nth = self.rekeyings().saturating_add(1);
        let seq = self.journal.append(&Record::Rekeyed { nth, key_check, rotation })?;
        self.apply(super::Writes::new(), seq)
    }

    /// Forgets the former key once its period is over and nothing unscrubbed was written under it
    /// alone, and destroys every link to it; returns whether it did.
    ///
    /// # Errors
    /// When the journal cannot be written or the state not rebuilt.
    pub fn forget_former(&mut self) -> Result<bool, StoreError> {
        let Some(rotation) = self.rotation().cloned() else { return Ok(false) };
        let over = self.first_open() >= rotation.until;
        if !over || self.scrubbed_until() < rotation.told_from {
            return Ok(false);
        }
        let told_from = rotation.told_from.max(self.told_from());
        let (nth, key_check) = (self.rekeyings(), self.key_check().to_owned());
        self.journal.forget_former(&Record::FormerForgotten { nth, key_check, told_from })?;
        self.build().map(|_| true)
    }

    /// The pseudonym that a resident goes by: the one under the present key, where it is known.
    pub(super) fn present_of(&self, resident: Pseudonym) -> Result<Pseudonym, StateError> {
        Ok(index::present_of(&*self.state, &resident)?.unwrap_or(resident))
    }

    /// Every pseudonym of a resident, the one under the present key first.
    pub(super) fn names_of(&self, resident: Pseudonym) -> Result<Vec<Pseudonym>, StateError> {
        if self.rotation().is_none() {
            return Ok(vec![resident]);
        }
        let present = self.present_of(resident)?;
        let former = index::former_of(&*self.state, &present)?;
        Ok(std::iter::once(present).chain(former).collect())
    }

    /// Makes one resident of what two pseudonyms said: `None` where `resident` is a former
    /// pseudonym whose present one speaks for both.
    pub(super) fn united(
        &self,
        (resident, mut said): (Pseudonym, Vec<Said>),
        within: impl Fn(&Said) -> bool,
    ) -> Result<Option<(Pseudonym, Vec<Said>)>, StateError> {
        let state = &*self.state;
        let present = self.present_of(resident)?;
        let standing = |who: &Pseudonym| {
            index::said_by(state, who)
                .filter(|item| item.as_ref().map_or(true, &within))
                .collect::<Result<Vec<Said>, _>>()
        };
        if present != resident {
            return Ok(standing(&present)?.is_empty().then_some((present, said)));
        }
        if let Some(former) = index::former_of(state, &resident)? {
            said.extend(standing(&former)?);
        }
        Ok(Some((resident, said)))
    }
}
