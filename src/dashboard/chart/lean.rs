//! Which way an interval leans, if the noise lets anybody say so.

use crate::release::{Interval, Measure};

/// What a mark may be drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dashboard) enum Lean {
    /// The whole interval lies above zero.
    For,
    /// The whole interval lies below zero.
    Against,
    /// It holds zero: no side may be said to be ahead.
    Even,
    /// Too few voices for the noise.
    Measuring,
    /// A quantity without sides, such as a count.
    Plain,
}

impl Lean {
    /// Of an interval.
    pub fn of(interval: Interval) -> Self {
        match (interval.low > 0.0, interval.high < 0.0) {
            (true, _) => Self::For,
            (_, true) => Self::Against,
            _ => Self::Even,
        }
    }

    /// Of what a release says.
    pub fn of_measure(measure: Measure) -> Self {
        measure.estimate().map_or(Self::Measuring, Self::of)
    }

    /// The class that marks carry.
    pub fn class(self) -> &'static str {
        match self {
            Self::For => "for",
            Self::Against => "against",
            Self::Even => "even",
            Self::Measuring => "measuring",
            Self::Plain => "plain",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interval_that_touches_zero_leans_no_way() {
        let lean = |low, high| Lean::of(Interval { value: (low + high) / 2.0, low, high });
        assert_eq!(lean(0.01, 0.2), Lean::For);
        assert_eq!(lean(-0.2, -0.01), Lean::Against);
        for (low, high) in [(0.0, 0.2), (-0.2, 0.0), (-0.1, 0.1)] {
            assert_eq!(lean(low, high), Lean::Even);
        }
    }
}
