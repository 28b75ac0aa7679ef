//! The middle, the least and the most of repeated measurements, and their ratios.

use serde::Serialize;

/// Repeated measurements of one thing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Range {
    pub median: f64,
    pub min: f64,
    pub max: f64,
    /// In the order in which they were made.
    pub rounds: Vec<f64>,
}

impl Range {
    /// Of at least one measurement.
    pub fn of(rounds: Vec<f64>) -> Option<Self> {
        let mut sorted = rounds.clone();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let at = |place: usize| sorted.get(place).copied().unwrap_or(max);
        let median = (at((sorted.len() - 1) / 2) + at(sorted.len() / 2)) / 2.0;
        Some(Self { median, min, max, rounds })
    }

    /// This over `other`, round by round: the rounds stand beside each other in time, so what slows
    /// the machine for a while slows both.
    pub fn over(&self, other: &Range) -> Option<Self> {
        Self::of(self.rounds.iter().zip(&other.rounds).map(|(this, other)| this / other).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_even_rounds_lies_between_the_two_in_the_middle() {
        let range = Range::of(vec![4.0, 1.0, 8.0, 2.0]).unwrap();
        assert_eq!((range.median, range.min, range.max), (3.0, 1.0, 8.0));
        assert_eq!(range.rounds, [4.0, 1.0, 8.0, 2.0]);
        assert_eq!(Range::of(vec![5.0]).unwrap().median, 5.0);
        assert_eq!(Range::of(vec![]), None);
    }

    #[test]
    fn ratio_is_taken_round_by_round_and_not_of_the_medians() {
        let ours = Range::of(vec![20.0, 60.0, 90.0]).unwrap();
        let peer = Range::of(vec![10.0, 20.0, 10.0]).unwrap();
        let ratio = ours.over(&peer).unwrap();
        assert_eq!(ratio.rounds, [2.0, 3.0, 9.0]);
        assert_eq!(ratio.median, 3.0, "the medians alone would give 6");
    }
}
