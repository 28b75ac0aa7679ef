//! Who takes part: residents heard, against the census.

use serde::Serialize;

use super::Census;
use crate::{
    domain::Level,
    estimate::simultaneous_quantile,
    privacy::Z_95,
    release::{Document, Interval, PrivacyUnit, voices},
};

/// Residents heard in each place of one release, against the census.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Participation {
    /// First day counted.
    pub from: String,
    /// First day after.
    pub until: String,
    /// Every place, in the order of the plan.
    pub places: Vec<Heard>,
    /// The whole city.
    pub city: Heard,
    /// The highest rate over the lowest; none of a single place.
    pub extremes: Option<Extremes>,
}

/// Residents heard in one place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Heard {
    /// Neighbourhood id; none for the whole city.
    pub neighborhood: Option<String>,
    /// Its name.
    pub name: String,
    /// Residents by the census, exact.
    pub residents: u64,
    /// Residents heard, with the 95 % interval of the noise, which may reach below zero.
    pub heard: Interval,
    /// The same as a share of all residents.
    pub rate: Interval,
}

/// The highest rate of participation over the lowest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Extremes {
    /// The place of the highest measured rate.
    pub highest: String,
    /// The place of the lowest measured rate.
    pub lowest: String,
    /// Measured rates, one over the other; none where the lowest is not above zero.
    pub ratio: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end; none where the lowest rate could be zero.
    pub high: Option<f64>,
}

/// Why a release does not tell who took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ParticipationError {
    /// Rows without accounts.
    #[error(
        "its unit is the comment: the source names no account, so nobody knows how many residents wrote"
    )]
    Comments,
    /// It does not count by place alone.
    #[error("the family `{0}` does not count residents by neighbourhood alone")]
    Grouping(String),
    /// A place without a census figure.
    #[error("the census has no residents of `{0}`")]
    Census(String),
}

/// Voices and the variance of their noise.
#[derive(Clone, Copy, Default)]
struct Noisy {
    voices: f64,
    variance: f64,
}

impl Participation {
    /// Participation in a release that groups by neighbourhood and not by topic, where each resident
    /// who was heard weighs one voice in all.
    ///
    /// # Errors
    /// When the release counts something else, or the census leaves a place out.
    pub fn of(document: &Document, census: &Census) -> Result<Self, ParticipationError> {
        let by = document.family.grouping;
        if document.privacy.unit == PrivacyUnit::Comment {
            return Err(ParticipationError::Comments);
        }
        if !by.neighborhood || by.topic {
            return Err(ParticipationError::Grouping(document.family.id.clone()));
        }
        let mut places = Vec::new();
        for key in &document.keys.neighborhoods {
            let residents = census.of(Some(&key.id));
            let residents = residents.ok_or_else(|| ParticipationError::Census(key.id.clone()))?;
            let noisy = in_place(document, &key.id);
            places.push((Heard::new(Some(key.id.clone()), &key.name, residents, noisy), noisy));
        }
        let all = whole_city(document, places.iter().map(|(_, noisy)| *noisy));
        let residents = places.iter().map(|(place, _)| place.residents).sum();
        Ok(Self {
            from: document.window.from.clone(),
            until: document.window.until.clone(),
            city: Heard::new(None, &document.pipeline.title, residents, all),
            extremes: Extremes::of(&places),
            places: places.into_iter().map(|(place, _)| place).collect(),
        })
    }

    /// The release that tells most of who took part: of a family that counts nothing else, since its noise
    /// is one cell's; then over the longest span, since a running total begins anew; then the newest.
    pub fn newest<'a>(documents: &[&'a Document]) -> Option<&'a Document> {
        let counts = documents.iter().copied().filter(|document| {
            let by = document.family.grouping;
            by.neighborhood && !by.topic && document.privacy.unit == PrivacyUnit::Resident
        });
        counts.max_by_key(|document| {
            let counts_alone = !document.family.grouping.sentiment;
            let windows = document.window.last - document.window.first;
            (counts_alone, windows, document.window.last, &document.family.id)
        })
    }
}

impl Heard {
    fn new(neighborhood: Option<String>, name: &str, residents: u64, noisy: Noisy) -> Self {
        let heard = voices(noisy.voices, noisy.variance.sqrt());
        let of_all = |voices: f64| voices / residents.max(1) as f64;
        let rate = Interval {
            value: of_all(heard.value),
            low: of_all(heard.low),
            high: of_all(heard.high),
        };
        Self { neighborhood, name: name.to_owned(), residents, heard, rate }
    }
}

impl Extremes {
    /// From limits of all places that hold at once: the highest true rate is at least the highest lower
    /// limit and at most the highest upper one, and so for the lowest. So the interval holds although
    /// the noise chose the two places.
    fn of(places: &[(Heard, Noisy)]) -> Option<Self> {
        if places.len() < 2 {
            return None;
        }
        let widened = simultaneous_quantile(places.len()) / Z_95;
        let reach = |place: &Heard| widened * place.rate.half_width();
        let rates = || places.iter().map(|(place, _)| place);
        let by_rate = |a: &&Heard, b: &&Heard| a.rate.value.total_cmp(&b.rate.value);
        let (highest, lowest) = (rates().max_by(by_rate)?, rates().min_by(by_rate)?);
        let ends = |end: fn(&Heard, f64) -> f64, pick: fn(f64, f64) -> f64| {
            rates().map(|place| end(place, reach(place))).reduce(pick).unwrap_or(0.0)
        };
        let low_end: fn(&Heard, f64) -> f64 = |place, reach| place.rate.value - reach;
        let high_end: fn(&Heard, f64) -> f64 = |place, reach| place.rate.value + reach;
        let (top_low, top_high) = (ends(low_end, f64::max), ends(high_end, f64::max));
        let (bottom_low, bottom_high) = (ends(low_end, f64::min), ends(high_end, f64::min));
        let over = |rate: f64, by: f64| (by > 0.0).then(|| (rate / by).max(1.0));
        Some(Self {
            highest: highest.name.clone(),
            lowest: lowest.name.clone(),
            ratio: over(highest.rate.value, lowest.rate.value),
            low: over(top_low, bottom_high).unwrap_or(1.0),
            high: over(top_high, bottom_low),
        })
    }
}

/// Everything counted in one place, in whatever tone; reconciled where levels were measured. The noise
/// of the tones is independent.
fn in_place(document: &Document, id: &str) -> Noisy {
    let reconciled = document
        .reconciled
        .iter()
        .filter(|row| row.level == Level::Neighborhood && row.neighborhood.as_deref() == Some(id));
    let rows: Vec<Interval> = reconciled.map(|row| row.voices).collect();
    if !rows.is_empty() {
        return sum(rows);
    }
    let cells = document.cells.iter().filter(|cell| cell.neighborhood.as_deref() == Some(id));
    sum(cells.map(|cell| cell.voices))
}

/// The whole city: reconciled, or the sum of its places, whose noise is independent as measured.
fn whole_city(document: &Document, places: impl Iterator<Item = Noisy>) -> Noisy {
    let reconciled = document.reconciled.iter().filter(|row| row.level == Level::City);
    let rows: Vec<Interval> = reconciled.map(|row| row.voices).collect();
    if !rows.is_empty() {
        return sum(rows);
    }
    places.fold(Noisy::default(), |all, place| Noisy {
        voices: all.voices + place.voices,
        variance: all.variance + place.variance,
    })
}

fn sum(rows: impl IntoIterator<Item = Interval>) -> Noisy {
    rows.into_iter().fold(Noisy::default(), |all, row| Noisy {
        voices: all.voices + row.value,
        variance: all.variance + row.sigma().powi(2),
    })
}

/// The extremes of places of so many residents, noisy voices and noise.
#[cfg(test)]
pub(super) fn extremes_of(places: &[(u64, f64, f64)]) -> Option<Extremes> {
    let place = |(residents, voices, sigma): &(u64, f64, f64)| {
        let noisy = Noisy { voices: *voices, variance: sigma * sigma };
        (Heard::new(None, "a place", *residents, noisy), noisy)
    };
    Extremes::of(&places.iter().map(place).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str, residents: u64, heard: f64, sigma: f64) -> (Heard, Noisy) {
        let noisy = Noisy { voices: heard, variance: sigma * sigma };
        (Heard::new(Some(name.into()), name, residents, noisy), noisy)
    }

    #[test]
    fn rate_is_residents_heard_over_the_census_with_the_noise_alone() {
        let (heard, _) = place("east", 5000, 400.0, 10.0);
        assert!((heard.rate.value - 0.08).abs() < 1e-12);
        assert!((heard.rate.half_width() - Z_95 * 10.0 / 5000.0).abs() < 1e-12);
    }

    #[test]
    fn extremes_name_the_places_and_their_interval_holds_the_measured_ratio() {
        let places =
            [place("a", 1000, 80.0, 4.0), place("b", 2000, 80.0, 4.0), place("c", 1000, 30.0, 4.0)];
        let got = Extremes::of(&places).unwrap();
        assert_eq!((got.highest.as_str(), got.lowest.as_str()), ("a", "c"));
        let ratio = got.ratio.unwrap();
        assert!((ratio - 80.0 / 30.0).abs() < 1e-12);
        assert!(got.low < ratio && ratio < got.high.unwrap() && got.low >= 1.0);
    }

    #[test]
    fn ratio_over_a_place_that_may_be_silent_has_no_upper_end() {
        let got =
            Extremes::of(&[place("a", 1000, 80.0, 9.0), place("b", 1000, 15.0, 9.0)]).unwrap();
        assert!(got.high.is_none() && got.ratio.is_some(), "{got:?}");
        let below =
            Extremes::of(&[place("a", 1000, 80.0, 9.0), place("b", 1000, -3.0, 9.0)]).unwrap();
        assert!(below.ratio.is_none() && below.low >= 1.0, "{below:?}");
        assert_eq!(Extremes::of(&[place("a", 1000, 80.0, 9.0)]), None);
    }
}
