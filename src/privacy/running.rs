//! Running totals within the plan: what a first voice pays in each release of its run.
//!
//! A resident enters a run once, with a first voice, and every later release of the run counts it
//! again with a smaller factor. Windows of one period can touch two runs, so a period can hold two
//! entries; the heaviest such period is found by trying every place where it can begin.

use super::{FamilySpec, PrefixMatrix, layer::Payments};

/// Factors of a running total by age, largest first; none for an ordinary family.
pub(super) fn coefficients(spec: &FamilySpec) -> Vec<u32> {
    let matrix = spec.to_date_windows.and_then(|run| PrefixMatrix::new(run).ok());
    matrix.map_or(Vec::new(), |matrix| (0..matrix.steps()).map(|age| matrix.weight(age)).collect())
}

/// What a resident who takes part as much as the plan allows pays in the heaviest period.
///
/// # Privacy
/// The plan reserves this much, so that a resident who enters every run at the worst time still fits.
pub(super) fn payments(spec: &FamilySpec, period_windows: u32) -> Payments {
    let factors = coefficients(spec);
    if factors.is_empty() {
        return Payments(vec![1; spec.windows_max as usize]);
    }
    let run = factors.len() as u32;
    let weight = |payments: &Vec<u32>| -> u64 {
        payments.iter().map(|factor| u64::from(*factor) * u64::from(*factor)).sum()
    };
    let of = |offset: u32| in_period(&factors, offset, period_windows);
    let heaviest = (0..run).map(of).max_by_key(weight);
    Payments(heaviest.unwrap_or_default())
}

/// Payments in a period that begins `offset` windows into a run, when the resident enters each run
/// as early as the period sees it: any later entry pays for fewer releases, any earlier one has
/// paid the larger part before.
fn in_period(factors: &[u32], offset: u32, period_windows: u32) -> Vec<u32> {
    let run = factors.len() as u32;
    let (mut payments, mut left, mut rest) = (Vec::new(), period_windows, run - offset);
    while left > 0 {
        let length = left.min(rest);
        payments.extend_from_slice(&factors[..length as usize]);
        left -= length;
        rest = run;
    }
    payments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::plan::tests::spec;

    fn to_date(run: u32) -> FamilySpec {
        FamilySpec { to_date_windows: Some(run), ..spec("reach", 1, 1, 10) }
    }

    fn squares(payments: &[u32]) -> u64 {
        payments.iter().map(|f| u64::from(*f) * u64::from(*f)).sum()
    }

    /// The most that any choice of one entry for each run pays in any period, by trying them all.
    fn by_exhaustion(factors: &[u32], period: u32) -> u64 {
        let run = factors.len() as u32;
        let windows = 4 * run.max(period);
        let mut most = 0;
        for start in 0..windows - period {
            let mut sum = 0;
            for first in (0..windows).step_by(run as usize) {
                let paid = |entry: u32| -> u64 {
                    (entry..first + run)
                        .filter(|release| (start..start + period).contains(release))
                        .map(|release| u64::from(factors[(release - entry) as usize]).pow(2))
                        .sum()
                };
                sum += (first..first + run).map(paid).max().unwrap_or(0);
            }
            most = most.max(sum);
        }
        most
    }

    #[test]
    fn heaviest_period_is_the_one_that_exhaustion_finds() {
        for (run, period) in [(2, 2), (4, 4), (4, 13), (13, 13), (5, 7)] {
            let payments = payments(&to_date(run), period).0;
            let factors = coefficients(&to_date(run));
            assert_eq!(squares(&payments), by_exhaustion(&factors, period), "{run} of {period}");
        }
    }

    #[test]
    fn ordinary_family_pays_one_whole_voice_in_each_of_w_windows() {
        assert_eq!(payments(&spec("pulse", 1, 4, 45), 13).0, [1; 4]);
    }

    #[test]
    fn factors_never_grow_with_age() {
        let factors = coefficients(&to_date(13));
        assert!(factors.len() == 13 && factors.windows(2).all(|pair| pair[0] >= pair[1]));
    }
}
