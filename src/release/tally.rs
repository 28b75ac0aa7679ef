//! From what residents said to one bounded vector: who is admitted, and the exact counts.

use std::collections::HashSet;

use super::{ReleaseError, ReleasePlan};
use crate::{
    domain::{
        Pseudonym, PseudonymKey, VOICE_UNITS, Window,
        mutant::{Mutant, active},
    },
    ledger::{Receipt, ReleaseId},
    privacy::{ExactCounts, Family, MicroRho, Spent, Voice, admits, bound_voice},
    store::{Charge, Said, Store},
};

/// One question about a closed span: the family, by index and value, and its last window.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub plan: &'a ReleasePlan,
    pub key: &'a PseudonymKey,
    pub index: usize,
    pub window: Window,
    pub release_id: ReleaseId,
}

impl<'a> Question<'a> {
    pub fn family(&self) -> &'a Family {
        &self.plan.privacy.families()[self.index]
    }

    /// Charges every resident whose allowance covers the voice they have here; whoever does not
    /// fit is left out of this release, whole.
    ///
    /// # Privacy
    /// Each resident's decision reads that resident's own records and charges, the plan and the
    /// key; never another's. Who was left out is secret.
    pub fn charge(&self, store: &Store, attempt: u32) -> Result<Charge, ReleaseError> {
        let mut costs = Vec::new();
        self.each_voice(store, |resident, voice| {
            let cost = voice.cost(self.family());
            let spent = store.spent(&resident)?;
            let history: Vec<Spent> = spent
                .into_iter()
                .map(|spent| Spent {
                    window: spent.window,
                    family: spent.family,
                    cost: MicroRho(spent.cost_micro),
                })
                .collect();
            if admits(&self.plan.privacy, &history, self.window, self.index as u16, cost) {
                costs.push((resident, cost.0));
            }
            Ok(())
        })?;
        let family = self.index as u16;
        let release_id = self.release_id.bytes();
        Ok(Charge { release_id, attempt, window: self.window, family, costs })
    }

    /// Adds up the voices of the residents charged under `receipt`.
    ///
    /// # Privacy
    /// There are no counts without a receipt: the charge was durable before this is called. Each
    /// resident adds a vector of L2 norm at most one voice.
    pub fn exact_counts(
        &self,
        store: &Store,
        receipt: &Receipt,
    ) -> Result<ExactCounts, ReleaseError> {
        let charge = store
            .charge_of(receipt.release_id().bytes(), receipt.attempt())?
            .ok_or(ReleaseError::ChargeMissing)?;
        Ok(ExactCounts::new(self.sums(store, &charge)?))
    }

    /// The sums themselves: no caller but [`Question::exact_counts`] and the rehearsal of tests.
    pub(super) fn sums(&self, store: &Store, charge: &Charge) -> Result<Vec<i64>, ReleaseError> {
        let admitted: HashSet<Pseudonym> = charge.costs.iter().map(|(who, _)| *who).collect();
        let mut counts = vec![0i64; self.family().schema().len()];
        let mut heard = HashSet::new();
        self.each_voice(store, |resident, voice| {
            if admitted.contains(&resident) && !mutant_takes_for_duplicate(&mut heard, &voice) {
                for (cell, units) in voice.cells() {
                    counts[*cell as usize] += i64::from(*units);
                }
            }
            Ok(())
        })?;
        mutant_suppresses(&mut counts);
        Ok(counts)
    }

    fn each_voice(
        &self,
        store: &Store,
        mut visit: impl FnMut(Pseudonym, Voice) -> Result<(), ReleaseError>,
    ) -> Result<(), ReleaseError> {
        let (first, last) =
            self.family().span_ending(self.window).ok_or(ReleaseError::NotDue(self.window.0))?;
        if first < store.scrubbed_until() {
            return Err(ReleaseError::Scrubbed(first.0));
        }
        for resident in store.said(first..Window(last.0 + 1)) {
            let (resident, said) = resident?;
            if let Some(voice) = self.voice(resident, &said) {
                visit(resident, voice)?;
            }
        }
        Ok(())
    }

    fn voice(&self, resident: Pseudonym, said: &[Said]) -> Option<Voice> {
        let family = self.family();
        let spoken: Vec<(usize, u32)> = said
            .iter()
            .flat_map(|said| family.schema().cells_of(&said.labels, said.neighborhood))
            .collect();
        bound_voice(self.key, family, self.window, resident, &spoken)
    }
}

/// A defect for tests: whether another resident said the same.
fn mutant_takes_for_duplicate(heard: &mut HashSet<Vec<(u32, u32)>>, voice: &Voice) -> bool {
    active(Mutant::DuplicatesAcrossResidents) && !heard.insert(voice.cells().to_vec())
}

/// A defect for tests: cells below three voices are hidden before the noise.
fn mutant_suppresses(counts: &mut [i64]) {
    if active(Mutant::SuppressedCounts) {
        let few = 3 * i64::from(VOICE_UNITS);
        counts.iter_mut().filter(|units| **units < few).for_each(|units| *units = 0);
    }
}
