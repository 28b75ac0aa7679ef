//! One resident, one voice: bounding before anything is summed.

use std::collections::BTreeMap;

use super::{Family, Layer, MicroRho};
use crate::domain::{
    Level, Pseudonym, PseudonymKey, VOICE_UNITS, Window,
    mutant::{Mutant, active},
};

/// What one resident adds to one table: exactly one voice over at most k cells.
///
/// # Units
/// 60ths of a voice.
///
/// # Privacy
/// L1 = 60, Linf <= 60 and L2 <= 60 units whatever k is. It follows from this resident's own
/// records, the plan and the secret key; no other resident's record can change it.
#[derive(Clone, PartialEq, Eq)]
pub struct Voice {
    cells: Vec<(u32, u32)>,
}

impl Voice {
    /// The cells in ascending order, each with its units, none of them zero.
    pub fn cells(&self) -> &[(u32, u32)] {
        &self.cells
    }

    /// Squared L2 norm in squared units, at most 3,600.
    pub fn norm_squared(&self) -> u64 {
        self.cells.iter().map(|&(_, units)| u64::from(units) * u64::from(units)).sum()
    }

    /// What admitting it costs this resident in one release: on every level the squared norm there,
    /// over twice the level's variance.
    pub fn cost(&self, family: &Family) -> MicroRho {
        self.cost_later(family, 0)
    }

    /// What it costs in the release `windows_later` than its own window; a running total counts it
    /// there with a smaller factor.
    ///
    /// # Privacy
    /// Each level's part is rounded up, so the charge is never below the loss.
    pub fn cost_later(&self, family: &Family, windows_later: u32) -> MicroRho {
        let factor = family.factor(windows_later);
        let cost = |layer: &Layer| layer.cost(self.norm_squared_at(family, layer.level), factor);
        family.layers().iter().map(cost).sum()
    }

    /// The voice on one level: its cells there, ascending, with their units.
    ///
    /// # Privacy
    /// Adding cells up keeps the sum at one voice, so L2 stays within 60 units on every level.
    pub fn cells_at(&self, family: &Family, level: Level) -> Vec<(usize, u32)> {
        let mut cells: BTreeMap<usize, u32> = BTreeMap::new();
        for &(cell, units) in &self.cells {
            *cells.entry(family.cell_at(level, cell as usize)).or_default() += units;
        }
        cells.into_iter().collect()
    }

    fn norm_squared_at(&self, family: &Family, level: Level) -> u64 {
        let cells = self.cells_at(family, level);
        cells.iter().map(|&(_, units)| u64::from(units) * u64::from(units)).sum()
    }
}

impl std::fmt::Debug for Voice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Voice(..)")
    }
}

/// Bounds what `resident` said in one span of `family` to one voice; `None` when nothing was said.
///
/// `spoken` holds cells of the family's schema with their weights, in any order and with any
/// repetition; `window` is the last base window of the span. At most k cells are kept, chosen by
/// the keyed order of `key`, not by arrival; the voice is split by weight with largest remainder.
///
/// # Privacy
/// A pure function of its arguments: state what is passed and the sensitivity is proven.
pub fn bound_voice(
    key: &PseudonymKey,
    family: &Family,
    window: Window,
    resident: Pseudonym,
    spoken: &[(usize, u32)],
) -> Option<Voice> {
    let mut weights: BTreeMap<usize, u128> = BTreeMap::new();
    for &(cell, weight) in spoken.iter().filter(|(_, weight)| *weight > 0) {
        *weights.entry(cell).or_default() += u128::from(weight);
    }
    let order = |cell: usize| key.cell_order(family.id(), window.0, resident, cell as u64);
    let mut kept: Vec<Weighed> = weights
        .into_iter()
        .map(|(cell, weight)| Weighed { order: order(cell), cell, weight })
        .collect();
    kept.sort_unstable_by_key(|weighed| (weighed.order, weighed.cell));
    kept.truncate(usize::from(family.spec().cells_max) + usize::from(active(Mutant::OneCellMore)));
    if kept.is_empty() { None } else { Some(split(&kept)) }
}

struct Weighed {
    order: u64,
    cell: usize,
    weight: u128,
}

/// Largest remainder over cells that stand in keyed order, which also breaks ties.
fn split(kept: &[Weighed]) -> Voice {
    let total: u128 = kept.iter().map(|weighed| weighed.weight).sum();
    let scaled = |weighed: &Weighed| weighed.weight * u128::from(VOICE_UNITS);
    let mut units: Vec<u32> = kept.iter().map(|w| (scaled(w) / total) as u32).collect();
    let mut by_remainder: Vec<usize> = (0..kept.len()).collect();
    by_remainder.sort_by_key(|&i| std::cmp::Reverse(scaled(&kept[i]) % total));
    let left = VOICE_UNITS - units.iter().sum::<u32>();
    for &i in by_remainder.iter().take(left as usize) {
        units[i] += 1;
    }
    let mut cells: Vec<(u32, u32)> =
        kept.iter().zip(units).map(|(weighed, units)| (weighed.cell as u32, units)).collect();
    cells.retain(|&(_, units)| units > 0);
    cells.sort_unstable();
    Voice { cells }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::privacy::{PrivacyPlan, loss_of, plan::tests};

    fn key() -> PseudonymKey {
        PseudonymKey::new([7; 32])
    }

    fn family(cells_max: u8) -> Family {
        let mut specs = tests::specs();
        specs.iter_mut().for_each(|spec| spec.cells_max = cells_max);
        let budget = tests::plan().budget().clone();
        PrivacyPlan::new(budget, specs, &tests::keys(40, 12)).unwrap().families()[0].clone()
    }

    fn bound(family: &Family, spoken: &[(usize, u32)]) -> Option<Voice> {
        bound_voice(&key(), family, Window(3), Pseudonym([1; 16]), spoken)
    }

    #[test]
    fn silence_is_no_voice() {
        let family = family(6);
        assert!(bound(&family, &[]).is_none());
        assert!(bound(&family, &[(3, 0)]).is_none());
    }

    #[test]
    fn voice_is_split_by_weight_with_largest_remainder() {
        let family = family(6);
        let voice = bound(&family, &[(9, 60), (4, 30), (9, 30)]).unwrap();
        assert_eq!(voice.cells(), &[(4, 15), (9, 45)]);
        let voice = bound(&family, &[(0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 2)]).unwrap();
        let mut units: Vec<u32> = voice.cells().iter().map(|c| c.1).collect();
        units.sort_unstable();
        assert_eq!(units, [8, 8, 9, 9, 9, 17]);
    }

    #[test]
    fn voice_costs_a_whole_one_only_when_it_stays_in_one_cell() {
        let family = family(6);
        assert_eq!(bound(&family, &[(9, 5)]).unwrap().cost(&family), family.cost_full_voice());
        let halved = bound(&family, &[(9, 5), (8, 5)]).unwrap();
        assert_eq!(halved.norm_squared(), 1800);
        assert!(halved.cost(&family) < family.cost_full_voice());
    }

    #[test]
    fn kept_cells_change_with_key_window_and_resident() {
        let family = family(2);
        let spoken: Vec<(usize, u32)> = (0..40).map(|cell| (cell, 60)).collect();
        let resident = Pseudonym([1; 16]);
        let base = bound(&family, &spoken);
        let other_key = PseudonymKey::new([8; 32]);
        assert_ne!(bound_voice(&other_key, &family, Window(3), resident, &spoken), base);
        assert_ne!(bound_voice(&key(), &family, Window(4), resident, &spoken), base);
        assert_ne!(bound_voice(&key(), &family, Window(3), Pseudonym([2; 16]), &spoken), base);
    }

    type Spoken = Vec<(usize, u32)>;

    fn shuffled(spoken: Spoken) -> impl Strategy<Value = (Spoken, Spoken)> {
        (Just(spoken.clone()), Just(spoken).prop_shuffle())
    }

    fn spoken() -> impl Strategy<Value = Spoken> {
        let weight = prop_oneof![0..4_u32, 0..=u32::MAX];
        proptest::collection::vec((0..160_usize, weight), 0..40)
    }

    proptest! {
        #[test]
        fn any_voice_is_exactly_one_within_its_bounds(spoken in spoken(), k in 1..=6_u8) {
            let family = family(k);
            let Some(voice) = bound(&family, &spoken) else {
                prop_assert!(spoken.iter().all(|(_, weight)| *weight == 0));
                return Ok(());
            };
            let units = voice.cells().iter().map(|(_, units)| *units);
            prop_assert_eq!(units.sum::<u32>(), VOICE_UNITS);
            prop_assert!(voice.cells().len() <= usize::from(k));
            prop_assert!(voice.norm_squared() <= 3600);
            prop_assert!(voice.cells().windows(2).all(|pair| pair[0].0 < pair[1].0));
            for (cell, units) in voice.cells() {
                prop_assert!(*units > 0);
                prop_assert!(spoken.iter().any(|s| s.0 == *cell as usize && s.1 > 0));
            }
        }

        #[test]
        fn any_order_of_the_same_words_gives_the_same_voice(
            (one, other) in spoken().prop_flat_map(shuffled),
        ) {
            let family = family(3);
            prop_assert_eq!(bound(&family, &one), bound(&family, &other));
        }

        #[test]
        fn cost_of_any_voice_covers_its_norm_and_stays_within_the_librarys_loss(spoken in spoken()) {
            let family = family(6);
            if let Some(voice) = bound(&family, &spoken) {
                let (cost, sigma) = (voice.cost(&family), u128::from(family.sigma_units()));
                let owed = u128::from(voice.norm_squared()) * 1_000_000;
                prop_assert!(u128::from(cost.0) * 2 * sigma * sigma >= owed);
                prop_assert!(cost <= MicroRho::ceil(family.loss_window()));
                let norm_above = (voice.norm_squared() as f64).sqrt().ceil() as u32;
                let loss_above = loss_of(family.sigma_units(), norm_above).unwrap();
                prop_assert!(cost <= MicroRho::ceil(loss_above));
            }
        }
    }
}
