//! The two sides of a subject: noisy voices for it and against it.

use serde::Serialize;

use crate::{
    domain::{Level, Sentiment, VOICE_UNITS},
    privacy::Z_95,
    release::{Document, Interval},
};

/// What is spoken of: one place or the whole city, one topic or all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// Neighbourhood id; none for the whole city.
    pub neighborhood: Option<String>,
    /// Topic id; none for all of them.
    pub topic: Option<String>,
}

/// Noisy voices of those who took a side, as released.
///
/// # Units
/// Voices: one resident's whole mass in the window. A resident who wrote about several topics weighs a
/// part of a voice in each.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sides {
    /// Voices whose tone is positive.
    pub positive: f64,
    /// Voices whose tone is negative.
    pub negative: f64,
    /// Standard deviation of the noise in each of the two, independent.
    pub sigma: f64,
}

impl Subject {
    /// The newest release that tells the sides of this subject; of several families that do, the one
    /// that groups by the least.
    pub fn newest<'a>(&self, documents: &[&'a Document]) -> Option<&'a Document> {
        let fits = documents.iter().copied().filter(|document| Sides::of(document, self).is_some());
        let dimensions = |document: &Document| {
            let by = document.family.grouping;
            u32::from(by.neighborhood) + u32::from(by.topic)
        };
        fits.min_by_key(|document| (dimensions(document), std::cmp::Reverse(document.window.last)))
    }
}

impl Sides {
    /// The sides of `subject` in a release: reconciled where levels of place were measured, else as
    /// measured, the city as the sum of its places. `None` where the release does not tell them.
    pub fn of(document: &Document, subject: &Subject) -> Option<Self> {
        let by = document.family.grouping;
        let place_is_told = subject.neighborhood.is_none() || by.neighborhood;
        if !by.sentiment || by.topic != subject.topic.is_some() || !place_is_told {
            return None;
        }
        let tone = |tone: Sentiment| {
            reconciled(document, subject, tone).or_else(|| summed(document, subject, tone))
        };
        let (positive, sigma) = tone(Sentiment::Positive)?;
        let (negative, _) = tone(Sentiment::Negative)?;
        Some(Self { positive, negative, sigma })
    }

    /// The same as measured in the cells, without reconciliation, so that the noise of two places is
    /// independent. `None` where the release does not tell them.
    pub fn measured(document: &Document, subject: &Subject) -> Option<Self> {
        if !document.family.grouping.sentiment {
            return None;
        }
        let (positive, sigma) = summed(document, subject, Sentiment::Positive)?;
        let (negative, _) = summed(document, subject, Sentiment::Negative)?;
        Some(Self { positive, negative, sigma })
    }

    /// Voices that took a side.
    pub fn voices(&self) -> f64 {
        self.positive + self.negative
    }

    /// Share of the positive side with the 95 % interval of the noise; `None` while there are too few
    /// voices: fewer than four sigmas of their sum.
    ///
    /// # Units
    /// A share from 0 to 1 of those who took a side.
    pub fn share(&self) -> Option<Interval> {
        self.share_at(Z_95)
    }

    /// The same at the normal quantile `z`.
    ///
    /// # Source
    /// E. C. Fieller, "Some problems in interval estimation", JRSS B 16 (1954): all m with
    /// (D - m V)^2 <= 2 z^2 sigma^2 (1 + m^2), where D is the difference of the two sides and V their
    /// sum, which are uncorrelated; the share is (1 + m) / 2.
    pub fn share_at(&self, z: f64) -> Option<Interval> {
        let (difference, total) = (self.positive - self.negative, self.voices());
        if total < 4.0 * self.sigma * 2f64.sqrt() {
            return None;
        }
        let noise = 2.0 * z * z * self.sigma * self.sigma;
        let (a, b, c) =
            (total * total - noise, difference * total, difference * difference - noise);
        let root = (b * b - a * c).max(0.0).sqrt();
        let share = |m: f64| ((1.0 + m) / 2.0).clamp(0.0, 1.0);
        (a > 0.0).then(|| Interval {
            value: share(difference / total),
            low: share((b - root) / a),
            high: share((b + root) / a),
        })
    }
}

/// Voices in one tone and their noise, of the place or the city, after reconciliation.
fn reconciled(document: &Document, subject: &Subject, tone: Sentiment) -> Option<(f64, f64)> {
    let level = match subject.neighborhood {
        Some(_) => Level::Neighborhood,
        None => Level::City,
    };
    let row = document.reconciled.iter().find(|row| {
        row.level == level
            && row.neighborhood == subject.neighborhood
            && row.topic == subject.topic
            && row.sentiment == Some(tone)
    })?;
    Some((row.voices.value, row.voices.sigma()))
}

/// The same as measured: the noise of the places adds up in variance.
fn summed(document: &Document, subject: &Subject, tone: Sentiment) -> Option<(f64, f64)> {
    let is_asked =
        |place: &Option<String>| subject.neighborhood.is_none() || *place == subject.neighborhood;
    let cells = document.cells.iter().filter(|cell| {
        is_asked(&cell.neighborhood) && cell.topic == subject.topic && cell.sentiment == Some(tone)
    });
    let voices: Vec<f64> =
        cells.map(|cell| cell.noisy_units as f64 / f64::from(VOICE_UNITS)).collect();
    let sigma = document.privacy.sigma_voices * (voices.len() as f64).sqrt();
    (!voices.is_empty()).then(|| (voices.iter().sum(), sigma))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDES: Sides = Sides { positive: 460.0, negative: 540.0, sigma: 7.0 };

    #[test]
    fn share_agrees_with_the_delta_method_at_many_voices() {
        let got = SIDES.share().unwrap();
        let delta = Z_95 * 7.0 * (0.46f64.powi(2) + 0.54f64.powi(2)).sqrt() / 1000.0;
        assert!((got.value - 0.46).abs() < 1e-12);
        assert!((got.half_width() - delta).abs() < 1e-3 * delta, "{} {delta}", got.half_width());
    }

    #[test]
    fn share_of_few_voices_is_not_given() {
        let few =
            |voices: f64| Sides { positive: voices / 2.0, negative: voices / 2.0, sigma: 7.0 };
        assert_eq!(few(39.0).share(), None);
        assert!(few(40.0).share().is_some());
    }

    #[test]
    fn share_turned_round_is_its_complement() {
        let back = Sides { positive: SIDES.negative, negative: SIDES.positive, ..SIDES };
        let (there, back) = (SIDES.share().unwrap(), back.share().unwrap());
        assert!((there.low + back.high - 1.0).abs() < 1e-12);
        assert!((there.value + back.value - 1.0).abs() < 1e-12);
    }
}
