//! Charges: who paid what for one attempt at a release.
//!
//! A charge is one to whoever asks, however many residents it names. On the disk it lies in frames of
//! a bounded number of them, and counts once the last of these is there.

use crate::domain::{Pseudonym, Window, crash_point};

use super::{
    Charge, Spent, Store, StoreError,
    index::{self, View},
    record::Record,
    state::{State, StateError, apply_in_steps},
};

/// The most residents that one frame names; few in tests, so that each of them has charges of several.
const RESIDENTS_PER_FRAME_MAX: usize = if cfg!(test) { 3 } else { 1 << 16 };

/// The part of a charge whose last frame has not been read yet.
#[derive(Default)]
pub(super) struct Gathered(Option<Charge>);

impl Gathered {
    /// Takes in the next frame; a charge once it is whole. A frame that does not follow the one
    /// before ends what a crash had begun.
    pub(super) fn take(&mut self, part: Charge, before: u32, of: u32) -> Option<Charge> {
        let begun = match self.0.take() {
            Some(mut begun) if before as usize == begun.costs.len() && is_of(&begun, &part) => {
                begun.costs.extend(part.costs);
                begun
            }
            _ if before == 0 => part,
            _ => return None,
        };
        if begun.costs.len() == of as usize {
            return Some(begun);
        }
        self.0 = Some(begun);
        None
    }
}

/// Whether both belong to the same attempt at the same release.
fn is_of(one: &Charge, other: &Charge) -> bool {
    let name = |charge: &Charge| (charge.release_id, charge.attempt, charge.window, charge.family);
    name(one) == name(other)
}

/// The frames that say a charge, in order.
pub(super) fn frames(charge: &Charge) -> impl Iterator<Item = Record> {
    let of = charge.costs.len();
    let number = |residents: usize| u32::try_from(residents).unwrap_or(u32::MAX); // more residents than people live
    parts(charge).enumerate().map(move |(nth, part)| {
        if of <= RESIDENTS_PER_FRAME_MAX {
            return Record::Charged(part);
        }
        let before = number(nth * RESIDENTS_PER_FRAME_MAX);
        Record::ChargedPart { part, before, of: number(of) }
    })
}

/// The charge in parts of as many residents as a frame names; one of nobody where it names nobody.
fn parts(charge: &Charge) -> impl Iterator<Item = Charge> {
    let empty = charge.costs.is_empty().then_some(&charge.costs[..]);
    let parts = charge.costs.chunks(RESIDENTS_PER_FRAME_MAX).chain(empty);
    parts.map(|costs| Charge { costs: costs.to_vec(), ..head(charge) })
}

fn head(charge: &Charge) -> Charge {
    let Charge { release_id, attempt, window, family, .. } = *charge;
    Charge { release_id, attempt, window, family, costs: Vec::new() }
}

/// Puts a charge into the state, part by part; the mark moves with the last.
pub(super) fn apply(
    state: &mut dyn State,
    charge: &Charge,
    applied_seq: Option<u64>,
) -> Result<(), StateError> {
    for part in parts(charge) {
        let mut view = View::of(state);
        view.put_charge(&part);
        let writes = view.into_writes();
        apply_in_steps(state, writes, None)?;
        crash_point("charge_part_applied");
    }
    match applied_seq {
        None => Ok(()),
        seq => state.apply(&super::Writes::new(), seq),
    }
}

impl Store {
    /// Charges residents for one attempt at a release, durably; the same charge again is a no-op.
    ///
    /// # Errors
    /// When the attempt was charged with other costs, a resident is named twice, the window is
    /// older than the odometer's memory, or the journal cannot be written.
    pub fn charge(&mut self, mut charge: Charge) -> Result<(), StoreError> {
        charge.costs.sort_unstable();
        self.refuse_malformed(&charge)?;
        if let Some(before) = self.charge_of(charge.release_id, charge.attempt)? {
            let Charge { release_id, attempt, .. } = charge;
            let differs = StoreError::ChargeDiffers { release_id, attempt };
            return if before == charge { Ok(()) } else { Err(differs) };
        }
        let seq = self.journal.charge(frames(&charge))?;
        crash_point("charge_synced");
        apply(&mut *self.state, &charge, Some(seq)).or_else(|_| self.heal())
    }

    /// What an attempt at a release was charged, residents ascending; `None` when it was not.
    ///
    /// # Errors
    /// When the derived state fails.
    pub fn charge_of(
        &self,
        release_id: [u8; 32],
        attempt: u32,
    ) -> Result<Option<Charge>, StoreError> {
        let Some(mut charge) = index::charge(&*self.state, &release_id, attempt)? else {
            return Ok(None);
        };
        if self.rotation().is_some() {
            for (resident, _) in &mut charge.costs {
                *resident = self.present_of(*resident)?;
            }
            charge.costs.sort_unstable();
        }
        Ok(Some(charge))
    }

    /// Release, attempt and window of every charge that the journal remembers.
    ///
    /// # Errors
    /// When the derived state fails.
    pub fn charges(&self) -> Result<Vec<([u8; 32], u32, Window)>, StoreError> {
        Ok(index::charges(&*self.state)?)
    }

    /// The first window whose charges the journal remembers.
    pub fn charges_from(&self) -> Window {
        self.journal.marks().charges_from
    }

    /// The odometer of one resident, by ascending window and family: one entry per charge, under
    /// whichever key it was made.
    ///
    /// # Errors
    /// When the derived state fails.
    pub fn spent(&self, resident: &Pseudonym) -> Result<Vec<Spent>, StoreError> {
        let mut all = Vec::new();
        for name in self.names_of(*resident)? {
            let spent = index::spent(&*self.state, &name).collect::<Result<Vec<Spent>, _>>();
            all.extend(spent?);
        }
        all.sort_unstable();
        Ok(all)
    }

    fn refuse_malformed(&self, charge: &Charge) -> Result<(), StoreError> {
        let from = self.journal.marks().charges_from;
        if charge.window < from {
            return Err(StoreError::ChargeTooOld { window: charge.window, from });
        }
        if charge.costs.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(StoreError::ChargeRepeats);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(residents: u32) -> Charge {
        let of = |n: u32| (Pseudonym(u128::from(n).to_be_bytes()), u64::from(n));
        let costs = (0..residents).map(of).collect();
        Charge { release_id: [3; 32], attempt: 1, window: Window(4), family: 2, costs }
    }

    /// What is read of some frames: whole charges, in order.
    fn read(frames: impl IntoIterator<Item = Record>) -> Vec<Charge> {
        let mut gathered = Gathered::default();
        let whole = frames.into_iter().filter_map(|frame| match frame {
            Record::Charged(charge) => Some(charge),
            Record::ChargedPart { part, before, of } => gathered.take(part, before, of),
            _ => None,
        });
        whole.collect()
    }

    #[test]
    fn charge_is_read_from_its_frames_as_it_was() {
        let full = RESIDENTS_PER_FRAME_MAX as u32;
        for (residents, count) in [(0, 1), (1, 1), (full, 1), (full + 1, 2), (2 * full, 2)] {
            let all: Vec<Record> = frames(&charge(residents)).collect();
            assert_eq!(all.len(), count, "{residents}");
            assert_eq!(read(all), [charge(residents)]);
        }
    }

    #[test]
    fn charge_that_lacks_a_frame_is_none() {
        let all: Vec<Record> = frames(&charge(3 * RESIDENTS_PER_FRAME_MAX as u32)).collect();
        for missing in 0..all.len() {
            let mut some = all.clone();
            some.remove(missing);
            assert_eq!(read(some.clone()), [], "without frame {missing}");
            some.extend(all.clone());
            assert_eq!(read(some), [charge(3 * RESIDENTS_PER_FRAME_MAX as u32)]);
        }
        let small = frames(&charge(2)).next().unwrap();
        let begun = all[..2].iter().cloned().chain([small]);
        assert_eq!(read(begun), [charge(2)], "one made anew takes nothing from one cut off");
    }

    #[test]
    fn frames_of_two_charges_are_not_taken_together() {
        let of = 2 * RESIDENTS_PER_FRAME_MAX as u32;
        let one: Vec<Record> = frames(&charge(of)).collect();
        let other: Vec<Record> = frames(&Charge { attempt: 2, ..charge(of) }).collect();
        assert_eq!(read([one[0].clone(), other[1].clone()]), []);
    }
}
