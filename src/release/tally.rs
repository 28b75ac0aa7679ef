//! From what residents said to one bounded vector: who is admitted, and the exact counts.

use std::collections::{HashMap, HashSet};

use zeroize::Zeroize;

use super::{ReleaseError, ReleasePlan};
use crate::{
    domain::{
        Pseudonym, PseudonymKey, VOICE_UNITS, Window,
        mutant::{Mutant, active},
    },
    ledger::{Receipt, ReleaseId},
    privacy::{ExactCounts, Family, MicroRho, Spent, Voice, admits, admits_run, bound_voice},
    store::{Charge, Said, Store},
};

/// Whom the earlier releases of a running total counted, by window.
pub(super) type Entered = HashMap<Window, HashSet<Pseudonym>>;

/// Gathers [`Entered`] for the release of `family` at `window`; empty for an ordinary family.
pub(super) fn entered(
    family: &Family,
    window: Window,
    charge_at: impl Fn(Window) -> Result<Charge, ReleaseError>,
) -> Result<Entered, ReleaseError> {
    let (first, last) = family.span_ending(window).ok_or(ReleaseError::NotDue(window.0))?;
    let earlier = match family.spec().to_date_windows {
        Some(_) => first.0..last.0,
        None => 0..0,
    };
    let who = |charge: Charge| charge.costs.iter().map(|(who, _)| *who).collect();
    earlier.map(Window).map(|at| Ok((at, who(charge_at(at)?)))).collect()
}

/// One question about a closed span: the family, by index and value, and its last window.
pub(super) struct Question<'a> {
    pub plan: &'a ReleasePlan,
    pub key: &'a PseudonymKey,
    pub index: usize,
    pub window: Window,
    pub release_id: ReleaseId,
    /// Of a running total: who was counted in the earlier releases of its run, by window.
    pub entered: Entered,
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
            if let Some(cost) = said.admitted(self, resident, &history) {
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
    /// There are no counts without a receipt: the charge was durable before this is called, and no
    /// voice counts that costs more than its resident was charged. On each level a resident adds a vector of L2 norm at most one voice times the family's factor.
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
        let mut paid: HashMap<Pseudonym, MicroRho> = HashMap::new();
        for (who, cost) in &charge.costs {
            let paid = paid.entry(*who).or_default();
            *paid = *paid + MicroRho(*cost);
        }
        let family = self.family();
        let mut counts: Vec<Vec<i64>> =
            family.layers().iter().map(|layer| vec![0; layer.cells]).collect();
        let mut heard = HashSet::new();
        self.each_voice(store, |resident, said| {
            // A voice that a crash, a replaced key or an erasure made dearer since it was charged is
            // not covered, and left out.
            let cost = said.voice.cost_later(family, said.age(self.window));
            let is_paid = paid.get(&resident).is_some_and(|paid| cost <= *paid);
            if is_paid && !mutant_takes_for_duplicate(&mut heard, &said.voice) {
                let factor = i64::from(family.factor(said.age(self.window)));
                for (layer, counts) in family.layers().iter().zip(&mut counts) {
                    for (cell, units) in said.voice.cells_at(family, layer.level) {
                        counts[cell] += i64::from(units) * factor;
                    }
                }
            }
            Ok(())
        })?;
        let mut sums = counts.concat();
        counts.iter_mut().for_each(Zeroize::zeroize);
        mutant_suppresses(&mut sums);
        Ok(sums)
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
    fn admitted(
        &self,
        question: &Question<'_>,
        resident: Pseudonym,
        history: &[Spent],
    ) -> Option<MicroRho> {
        let (plan, family) = (&question.plan.privacy, question.family());
        let index = question.index as u16;
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
                let entered = question.entered.get(&self.window);
                entered.is_some_and(|entered| entered.contains(&resident))
                    && admits(plan, history, question.window, index, cost)
            }
        };
        fits.then_some(cost)
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
