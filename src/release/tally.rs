//! From what residents said to one bounded vector: who is admitted, and the exact counts.

use std::collections::HashSet;

use zeroize::Zeroize;

use super::{ReleaseError, ReleasePlan};
use crate::{
    domain::{Pseudonym, PseudonymKey, Window},
    ledger::{Receipt, ReleaseId},
    privacy::{ExactCounts, Family, MicroRho, Spent, Voice, admits, admits_run, bound_voice},
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
        let index = self.index as u16;
        self.each_voice(store, |resident, said| {
            let history: Vec<Spent> = store
                .spent(&resident)?
                .into_iter()
                .map(|spent| Spent {
                    window: spent.window,
                    family: spent.family,
                    cost: MicroRho(spent.cost_micro),
                })
                .collect();
            if let Some(cost) = said.admitted(self, index, &history) {
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
    /// There are no counts without a receipt: the charge was durable before this is called. On
    /// each level a resident adds a vector of L2 norm at most one voice times the family's factor.
    pub fn exact_counts(
        &self,
        store: &Store,
        receipt: &Receipt,
    ) -> Result<ExactCounts, ReleaseError> {
        let charge = store
            .charge_of(receipt.release_id().bytes(), receipt.attempt())?
            .ok_or(ReleaseError::ChargeMissing)?;
        let admitted: HashSet<Pseudonym> = charge.costs.iter().map(|(who, _)| *who).collect();
        let family = self.family();
        let mut counts: Vec<Vec<i64>> =
            family.layers().iter().map(|layer| vec![0; layer.cells]).collect();
        self.each_voice(store, |resident, said| {
            if admitted.contains(&resident) {
                let factor = i64::from(family.factor(said.age(self.window)));
                for (layer, counts) in family.layers().iter().zip(&mut counts) {
                    for (cell, units) in said.voice.cells_at(family, layer.level) {
                        counts[cell] += i64::from(units) * factor;
                    }
                }
            }
            Ok(())
        })?;
        let exact = ExactCounts::new(counts.concat());
        counts.iter_mut().for_each(Zeroize::zeroize);
        Ok(exact)
    }

    fn each_voice(
        &self,
        store: &Store,
        mut visit: impl FnMut(Pseudonym, Spoken) -> Result<(), ReleaseError>,
    ) -> Result<(), ReleaseError> {
        let (first, last) =
            self.family().span_ending(self.window).ok_or(ReleaseError::NotDue(self.window.0))?;
        if first < store.scrubbed_until() {
            return Err(ReleaseError::Scrubbed(first.0));
        }
        for resident in store.said(first..Window(last.0 + 1)) {
            let (resident, said) = resident?;
            if let Some(spoken) = self.spoken(resident, &said) {
                visit(resident, spoken)?;
            }
        }
        Ok(())
    }

    /// One resident's voice in this question: over the whole span, or, for a running total, in the
    /// window of the run in which the resident first spoke.
    fn spoken(&self, resident: Pseudonym, said: &[Said]) -> Option<Spoken> {
        let family = self.family();
        let is_running = family.spec().to_date_windows.is_some();
        let first = said.iter().map(|said| said.window).min()?;
        let window = if is_running { first } else { self.window };
        let cells: Vec<(usize, u32)> = said
            .iter()
            .filter(|said| !is_running || said.window == first)
            .flat_map(|said| family.schema().cells_of(&said.labels, said.neighborhood))
            .collect();
        let voice = bound_voice(self.key, family, window, resident, &cells)?;
        Some(Spoken { window, voice })
    }
}

/// A resident's voice and the window it counts from.
struct Spoken {
    window: Window,
    voice: Voice,
}

impl Spoken {
    /// Windows between the voice and the release.
    fn age(&self, release: Window) -> u32 {
        release.0 - self.window.0
    }

    /// What this release costs the resident; `None` when the allowance does not cover it.
    ///
    /// A first voice must be able to pay for its whole run in its own window, and counts later only
    /// where it was charged then: otherwise it would be in some totals and missing from others.
    fn admitted(&self, question: &Question<'_>, index: u16, history: &[Spent]) -> Option<MicroRho> {
        let (plan, family) = (&question.plan.privacy, question.family());
        let age = self.age(question.window);
        let cost = self.voice.cost_later(family, age);
        let fits = match family.spec().to_date_windows {
            None => admits(plan, history, question.window, index, cost),
            Some(run) if age == 0 => {
                let from = family.spec().from_window.unwrap_or(0);
                let left = run - (self.window.0 - from) % run;
                let costs: Vec<MicroRho> =
                    (0..left).map(|later| self.voice.cost_later(family, later)).collect();
                admits_run(plan, history, self.window, index, &costs)
            }
            Some(_) => {
                let entered = |spent: &Spent| spent.family == index && spent.window == self.window;
                history.iter().any(entered) && admits(plan, history, question.window, index, cost)
            }
        };
        fits.then_some(cost)
    }
}
