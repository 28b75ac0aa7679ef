//! The whole city from its neighbourhoods.

use crate::{
    domain::{Level, Sentiment, VOICE_UNITS},
    privacy::measuring_voices,
    release::{Document, EstimateRow, Interval, Measure, Opinion, net_sentiment},
};

/// City-wide net sentiment of a release that groups by sentiment, per topic where it does so too: as
/// measured and reconciled where the city is a level of its own, else the sum of its places, whose
/// independent noise adds up in variance.
///
/// # Units
/// A share from -1 to 1.
pub fn city_wide(document: &Document, topic: Option<&str>) -> Option<Measure> {
    let is_city = |opinion: &&Opinion| opinion.neighborhood.is_none() && opinion.district.is_none();
    let mut wider = document.wider_opinions.iter().filter(is_city);
    if let Some(city) = wider.find(|opinion| opinion.topic.as_deref() == topic) {
        return Some(city.net_sentiment);
    }
    let unit = f64::from(VOICE_UNITS);
    let mut tones = [0.0; 3];
    let mut cells = 0u32;
    for cell in document.cells.iter().filter(|cell| cell.topic.as_deref() == topic) {
        let tone = match cell.sentiment {
            Some(Sentiment::Negative) => 0,
            Some(Sentiment::Neutral) => 1,
            Some(Sentiment::Positive) => 2,
            Some(Sentiment::Unread) | None => continue,
        };
        tones[tone] += cell.noisy_units as f64 / unit;
        cells += 1;
    }
    if cells == 0 {
        return None;
    }
    let sigma = document.privacy.sigma_voices * (f64::from(cells) / 3.0).sqrt();
    Some(match net_sentiment(tones, sigma) {
        Some(interval) => Measure::Estimate(interval),
        None => Measure::Measuring { voices_min: measuring_voices(sigma) },
    })
}

/// Voices that could not be read, city-wide, with their interval: withheld, or in another language.
pub fn unread_voices(document: &Document) -> Option<Interval> {
    let is_unread =
        |row: &&EstimateRow| row.level == Level::City && row.sentiment == Some(Sentiment::Unread);
    if let Some(row) = document.reconciled.iter().find(is_unread) {
        return Some(row.voices);
    }
    let unit = f64::from(VOICE_UNITS);
    let unread: Vec<f64> = document
        .cells
        .iter()
        .filter(|cell| cell.sentiment == Some(Sentiment::Unread))
        .map(|cell| cell.noisy_units as f64 / unit)
        .collect();
    let sigma = document.privacy.sigma_voices * (unread.len() as f64).sqrt();
    (!unread.is_empty()).then(|| crate::release::voices(unread.iter().sum(), sigma))
}
