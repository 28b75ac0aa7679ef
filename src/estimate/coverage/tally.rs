//! Counting the intervals that hold.

use serde::Serialize;

use crate::{privacy::Z_95, release::Interval};

/// Most by which a simulation may miss a target for its own error: fewer repetitions must not make it
/// easier to pass.
const ERROR_MAX: f64 = 0.01;

/// One kind of interval at one epsilon.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CoverageRow {
    /// Epsilon of the budget.
    pub epsilon: f64,
    /// Which interval.
    pub interval: &'static str,
    /// Intervals given, or sets of intervals that hold all at once.
    pub given: u64,
    /// Share of those asked for that were not given: measuring.
    pub measuring_share: f64,
    /// Mean half-width, in voices or in net sentiment.
    pub half_width_mean: f64,
    /// Share of the given that hold the known value.
    pub coverage: f64,
    /// Half-width of the 95 % interval of that share, from its spread between repetitions.
    pub error: f64,
    /// Least coverage wanted.
    pub target_low: f64,
    /// Largest coverage wanted; none for sets that hold all at once, whose bound is not exact.
    pub target_high: Option<f64>,
    /// Whether the coverage is within the target, give or take the error.
    pub holds: bool,
}

/// The intervals of one kind, repetition by repetition: within one of them they can depend on each
/// other.
#[derive(Debug)]
pub(super) struct Tally {
    interval: &'static str,
    all_at_once: bool,
    /// Covered and given, for each repetition.
    repetitions: Vec<(u64, u64)>,
    measuring: u64,
    widths: (f64, u64),
}

impl Tally {
    /// Intervals that each hold alone.
    pub fn each(interval: &'static str) -> Self {
        Self {
            interval,
            all_at_once: false,
            repetitions: Vec::new(),
            measuring: 0,
            widths: (0.0, 0),
        }
    }

    /// Sets of intervals that hold all at once.
    pub fn all_at_once(interval: &'static str) -> Self {
        Self { all_at_once: true, ..Self::each(interval) }
    }

    /// Begins the next repetition.
    pub fn begin(&mut self) {
        self.repetitions.push((0, 0));
    }

    /// One interval, or `None` for one not given, against the known value.
    pub fn see(&mut self, interval: Option<Interval>, truth: f64) {
        let Some(interval) = interval else {
            self.measuring += 1;
            return;
        };
        self.width(interval);
        self.count(!interval.excludes(truth));
    }

    /// A set of differences against the known values: it holds when all of the given do.
    pub fn see_all(&mut self, set: impl IntoIterator<Item = (Option<Interval>, f64)>) {
        let (mut given, mut covered) = (false, true);
        for (interval, truth) in set {
            let Some(interval) = interval else {
                self.measuring += 1;
                continue;
            };
            given = true;
            covered &= !interval.excludes(truth);
            self.width(interval);
        }
        if given {
            self.count(covered);
        }
    }

    fn width(&mut self, interval: Interval) {
        self.widths.0 += interval.half_width();
        self.widths.1 += 1;
    }

    fn count(&mut self, covered: bool) {
        if let Some(last) = self.repetitions.last_mut() {
            last.0 += u64::from(covered);
            last.1 += 1;
        }
    }

    /// The row of the report.
    pub fn row(self, epsilon: f64) -> CoverageRow {
        let sum = |part: fn(&(u64, u64)) -> u64| self.repetitions.iter().map(part).sum::<u64>();
        let (covered, given) = (sum(|r| r.0), sum(|r| r.1));
        let coverage = covered as f64 / given.max(1) as f64;
        let residual = |r: &(u64, u64)| (r.0 as f64 - coverage * r.1 as f64).powi(2);
        let spread: f64 = self.repetitions.iter().map(residual).sum();
        let error = Z_95 * spread.sqrt() / given.max(1) as f64;
        let (target_low, target_high) = (0.94, (!self.all_at_once).then_some(0.97));
        let (widths, intervals) = (self.widths.0, self.widths.1.max(1) as f64);
        let allowed = error.min(ERROR_MAX);
        CoverageRow {
            epsilon,
            interval: self.interval,
            given,
            measuring_share: self.measuring as f64 / (self.measuring + self.widths.1).max(1) as f64,
            half_width_mean: widths / intervals,
            coverage,
            error,
            target_low,
            target_high,
            holds: coverage + allowed >= target_low
                && target_high.is_none_or(|high| coverage - allowed <= high),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(value: f64) -> Option<Interval> {
        Some(Interval { value, low: value - 1.0, high: value + 1.0 })
    }

    #[test]
    fn coverage_counts_what_is_given_and_sets_aside_what_is_measuring() {
        let mut tally = Tally::each("cell");
        tally.begin();
        [0.0, 0.5, 3.0].into_iter().for_each(|value| tally.see(around(value), 0.0));
        tally.see(None, 0.0);
        let row = tally.row(2.0);
        assert_eq!((row.given, row.measuring_share, row.half_width_mean), (3, 0.25, 1.0));
        assert!((row.coverage - 2.0 / 3.0).abs() < 1e-12 && !row.holds);
    }

    #[test]
    fn set_holds_only_when_all_of_it_does() {
        let mut tally = Tally::all_at_once("pairs");
        tally.begin();
        tally.see_all([(around(0.0), 0.0), (around(3.0), 0.0), (None, 0.0)]);
        tally.see_all([(around(0.0), 0.0), (around(1.0), 0.0)]);
        tally.see_all([(None, 0.0)]);
        let row = tally.row(2.0);
        assert_eq!((row.given, row.coverage), (2, 0.5));
    }
}
