//! Anchor and change: a probability survey gives the level, the voices give the change since.
//!
//! Who posts is not who lives here; but while the same kind of people go on posting, what they say
//! moves with the city. So the change of their log-odds since the survey is added to the survey's.

use serde::Serialize;

use super::{Sides, Subject, Survey};
use crate::{
    privacy::Z_95,
    release::{Document, Interval},
};

/// A survey brought to the day of the newest release.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Anchored {
    /// Id of the survey.
    pub survey: String,
    /// First day of the newest release.
    pub from: String,
    /// First day after it.
    pub until: String,
    /// Share of the positive side now, with 95 %.
    pub share: Interval,
    /// How far that is from what the survey found, by the voices' change alone.
    pub moved: Interval,
    /// The declared drift in who posts that the share allows for; 1 for none.
    pub drift: f64,
}

/// Why no survey is brought to the present.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotAnchored {
    /// No release covers the survey's day.
    #[error("survey `{0}`: no release of the subject covers its day")]
    NoReleaseThen(String),
    /// Nothing was released since.
    #[error("survey `{0}`: nothing has been released since; its own figure stands")]
    NothingSince(String),
    /// Too few voices then or now.
    #[error("survey `{0}`: too few voices then or now to say how far they moved")]
    Measuring(String),
}

/// Log-odds of the positive side among the voices, and their variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LogOdds {
    pub value: f64,
    pub variance: f64,
}

impl LogOdds {
    /// `None` while a side has less than four sigmas of noise.
    ///
    /// The variance is that of the noise, by the delta method, and of who happened to post in the
    /// window: 1 / positive + 1 / negative, as of that many residents drawn at random. A resident who
    /// posts in both windows makes the change surer than that, so it errs on the wide side.
    pub fn of(sides: &Sides) -> Option<Self> {
        let Sides { positive, negative, sigma } = *sides;
        if positive.min(negative) < (4.0 * sigma).max(1.0) {
            return None;
        }
        let noise = sigma * sigma * (positive.powi(-2) + negative.powi(-2));
        let sampling = 1.0 / positive + 1.0 / negative;
        Some(Self { value: (positive / negative).ln(), variance: noise + sampling })
    }
}

impl Anchored {
    /// Brings `survey` to the newest of `documents` that tells the subject's sides.
    ///
    /// # Errors
    /// When nothing was released on the survey's day or since, or voices are too few.
    pub fn of(
        survey: &Survey,
        subject: &Subject,
        documents: &[&Document],
    ) -> Result<Self, NotAnchored> {
        let named = || survey.id.clone();
        let newest =
            subject.newest(documents).ok_or_else(|| NotAnchored::NoReleaseThen(named()))?;
        let day = survey.date.to_string();
        let covers = |document: &&Document| {
            document.family.id == newest.family.id
                && document.window.from <= day
                && day < document.window.until
        };
        let then = documents.iter().copied().find(covers);
        let then = then.ok_or_else(|| NotAnchored::NoReleaseThen(named()))?;
        if then.window.last >= newest.window.last {
            return Err(NotAnchored::NothingSince(named()));
        }
        let (then, now) = (Sides::of(then, subject), Sides::of(newest, subject));
        let moved = then.zip(now).and_then(|(then, now)| change(&then, &now));
        let change = moved.ok_or_else(|| NotAnchored::Measuring(named()))?;
        let (level, error) = survey
            .found_in(subject.neighborhood.as_deref())
            .ok_or_else(|| NotAnchored::NoReleaseThen(named()))?;
        let share = brought(level, error, change, survey.drift);
        let at = |log_odds: f64| shifted(level, log_odds) - level;
        let reach = Z_95 * change.variance.sqrt();
        Ok(Self {
            survey: named(),
            from: newest.window.from.clone(),
            until: newest.window.until.clone(),
            share,
            moved: Interval {
                value: at(change.value),
                low: at(change.value - reach),
                high: at(change.value + reach),
            },
            drift: survey.drift,
        })
    }
}

/// The change of the voices' log-odds between two releases, whose noise is independent.
pub(super) fn change(then: &Sides, now: &Sides) -> Option<LogOdds> {
    let (then, now) = (LogOdds::of(then)?, LogOdds::of(now)?);
    Some(LogOdds { value: now.value - then.value, variance: now.variance + then.variance })
}

/// The survey's share moved by the change; drift widens both ends by its whole factor.
pub(super) fn brought(share: f64, standard_error: f64, change: LogOdds, drift: f64) -> Interval {
    let survey = (standard_error / (share * (1.0 - share))).powi(2);
    let reach = Z_95 * (survey + change.variance).sqrt() + drift.max(1.0).ln();
    Interval {
        value: shifted(share, change.value),
        low: shifted(share, change.value - reach),
        high: shifted(share, change.value + reach),
    }
}

/// A share whose log-odds are moved.
fn shifted(share: f64, by: f64) -> f64 {
    let odds = share / (1.0 - share) * by.exp();
    odds / (1.0 + odds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEN: Sides = Sides { positive: 4000.0, negative: 6000.0, sigma: 8.0 };

    #[test]
    fn voices_that_did_not_move_leave_the_survey_where_it_was() {
        let change = change(&THEN, &THEN).unwrap();
        let got = brought(0.61, 0.02, change, 1.0);
        assert!((got.value - 0.61).abs() < 1e-12);
        let alone = Z_95 * 0.02;
        assert!(got.half_width() > alone, "the voices' own noise adds to the survey's");
        assert!(got.half_width() < 1.5 * alone, "{got:?}");
    }

    #[test]
    fn change_is_added_in_log_odds_whatever_the_voices_level_is() {
        let doubled = Sides { positive: 8000.0, ..THEN };
        let got = brought(0.5, 0.02, change(&THEN, &doubled).unwrap(), 1.0);
        assert!((got.value - 2.0 / 3.0).abs() < 1e-12, "odds 1 doubled are 2 to 1");
    }

    #[test]
    fn declared_drift_widens_both_ends_by_its_factor_of_the_odds() {
        let change = change(&THEN, &THEN).unwrap();
        let (plain, drifted) = (brought(0.5, 0.02, change, 1.0), brought(0.5, 0.02, change, 1.25));
        let odds = |share: f64| share / (1.0 - share);
        assert!((odds(drifted.high) / odds(plain.high) - 1.25).abs() < 1e-9);
        assert!((odds(plain.low) / odds(drifted.low) - 1.25).abs() < 1e-9);
    }

    #[test]
    fn side_within_its_noise_tells_no_change() {
        let few = Sides { positive: 31.0, negative: 500.0, sigma: 8.0 };
        assert!(change(&THEN, &few).is_none());
        assert!(change(&THEN, &Sides { positive: 33.0, ..few }).is_some());
    }
}
