//! A measured share over its target, as Boston's CityScore has it, with its interval.

use serde::Serialize;

use super::{Sides, Subject};
use crate::{
    privacy::Z_95,
    release::{Document, Interval},
};

/// What a city aims at, in one subject.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Target {
    /// In what.
    pub subject: Subject,
    /// Which side is measured, and which way is better.
    pub aim: Aim,
    /// Releases averaged, the newest last.
    pub windows: usize,
}

/// The side that a target is about.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// At least this share on the positive side.
    PositiveMin(f64),
    /// At most this share on the negative side: lower is better, so the ratio is inverted.
    NegativeMax(f64),
}

/// A target with what was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// Measured over target, or the inverse where lower is better: above 1 is good.
    pub score: Interval,
    /// Windows averaged.
    pub windows: usize,
}

/// What a score lets one say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The interval lies above 1.
    Better,
    /// The interval lies below 1.
    Worse,
    /// The interval crosses 1.
    CannotTell,
}

impl Target {
    /// The score over the newest releases that tell the subject; `None` while one of these is measuring
    /// or there are fewer of them.
    pub fn score(&self, documents: &[&Document]) -> Option<Score> {
        let newest = self.subject.newest(documents)?;
        let mut told: Vec<&Document> = documents
            .iter()
            .copied()
            .filter(|document| document.family.id == newest.family.id)
            .collect();
        told.sort_by_key(|document| document.window.last);
        let first = told.len().checked_sub(self.windows)?;
        let sides: Option<Vec<Sides>> =
            told[first..].iter().map(|document| Sides::of(document, &self.subject)).collect();
        score(&sides?, self.aim)
    }
}

impl Score {
    /// What it lets one say.
    pub fn verdict(&self) -> Verdict {
        match (self.score.low > 1.0, self.score.high < 1.0) {
            (true, _) => Verdict::Better,
            (_, true) => Verdict::Worse,
            _ => Verdict::CannotTell,
        }
    }
}

/// The mean of the windows' shares over the target. Their noise is independent, so the mean's variance
/// is that of one window divided by their number.
pub fn score(windows: &[Sides], aim: Aim) -> Option<Score> {
    let share = |sides: &Sides| match aim {
        Aim::PositiveMin(_) => sides.share(),
        Aim::NegativeMax(_) => {
            Sides { positive: sides.negative, negative: sides.positive, ..*sides }.share()
        }
    };
    let shares: Vec<Interval> = windows.iter().map(share).collect::<Option<_>>()?;
    if shares.is_empty() {
        return None;
    }
    let count = shares.len() as f64;
    let mean = shares.iter().map(|share| share.value).sum::<f64>() / count;
    let variance = shares.iter().map(|share| share.sigma().powi(2)).sum::<f64>() / (count * count);
    let reach = Z_95 * variance.sqrt();
    let (low, high) = ((mean - reach).max(0.0), mean + reach);
    let score = match aim {
        Aim::PositiveMin(target) => {
            Interval { value: mean / target, low: low / target, high: high / target }
        }
        Aim::NegativeMax(target) => {
            let over = |share: f64| target / share.max(1e-6);
            Interval { value: over(mean), low: over(high), high: over(low) }
        }
    };
    Some(Score { score, windows: shares.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(positive: f64) -> Sides {
        Sides { positive, negative: 1000.0 - positive, sigma: 5.0 }
    }

    #[test]
    fn score_is_the_mean_over_the_target_and_more_windows_make_it_surer() {
        let one = score(&[sides(600.0)], Aim::PositiveMin(0.5)).unwrap();
        let four = score(&[sides(600.0); 4], Aim::PositiveMin(0.5)).unwrap();
        assert!((one.score.value - 1.2).abs() < 1e-12);
        let ratio = one.score.half_width() / four.score.half_width();
        assert!((ratio - 2.0).abs() < 1e-6, "{ratio}");
        assert_eq!(four.verdict(), Verdict::Better);
    }

    #[test]
    fn score_is_inverted_when_lower_is_better() {
        let got = score(&[sides(600.0)], Aim::NegativeMax(0.5)).unwrap();
        assert!((got.score.value - 1.25).abs() < 1e-12, "40 % negative against at most half");
        assert!(got.score.low < got.score.value && got.score.value < got.score.high);
    }

    #[test]
    fn score_that_crosses_one_cannot_tell_and_a_measuring_window_gives_none() {
        let near = score(&[sides(505.0)], Aim::PositiveMin(0.5)).unwrap();
        assert_eq!(near.verdict(), Verdict::CannotTell);
        assert_eq!(
            score(&[sides(300.0)], Aim::PositiveMin(0.5)).unwrap().verdict(),
            Verdict::Worse
        );
        let measuring = Sides { positive: 9.0, negative: 9.0, sigma: 5.0 };
        assert_eq!(score(&[sides(600.0), measuring], Aim::PositiveMin(0.5)), None);
        assert_eq!(score(&[], Aim::PositiveMin(0.5)), None);
    }
}
