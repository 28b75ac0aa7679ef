//! What one release says of each place and topic: post-processing of its noisy cells.

use serde::{Deserialize, Serialize};

use super::{Interval, net_sentiment, voices};
use crate::{domain::Sentiment, privacy::measuring_voices};

/// A ratio, or the reason that none is given.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Measure {
    /// Enough voices: value and 95 % interval of the noise.
    Estimate(Interval),
    /// Not enough voices yet; the voices from which it would be given.
    Measuring {
        /// Voices needed.
        voices_min: f64,
    },
}

impl Measure {
    /// The estimate, where there is one.
    pub fn estimate(&self) -> Option<Interval> {
        match self {
            Measure::Estimate(interval) => Some(*interval),
            Measure::Measuring { .. } => None,
        }
    }
}

/// Voices and net sentiment of one place and topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Opinion {
    /// Neighbourhood id, where the family groups by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neighborhood: Option<String>,
    /// District id, of a district.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    /// Topic id, where the family groups by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Voices whose tone was read.
    ///
    /// # Units
    /// Voices: one resident's whole mass in the window.
    pub voices: Interval,
    /// (positive - negative) / voices.
    pub net_sentiment: Measure,
}

/// One counted cell, as opinions are made from it.
pub(super) struct Counted<'a> {
    pub neighborhood: Option<&'a str>,
    pub district: Option<&'a str>,
    pub topic: Option<&'a str>,
    pub sentiment: Option<Sentiment>,
    pub voices: Interval,
}

/// Net sentiment of every place and topic among the cells of a family that groups by sentiment;
/// empty for other families. The three tones of a place have independent noise of one scale.
pub(super) fn opinions<'a>(cells: impl IntoIterator<Item = Counted<'a>>) -> Vec<Opinion> {
    let mut places: Vec<Place<'a>> = Vec::new();
    for cell in cells {
        let tone = match cell.sentiment {
            Some(Sentiment::Negative) => 0,
            Some(Sentiment::Neutral) => 1,
            Some(Sentiment::Positive) => 2,
            Some(Sentiment::Unread) | None => continue,
        };
        let key = (cell.neighborhood, cell.district, cell.topic);
        let at = places.iter().rposition(|place| place.key == key).unwrap_or_else(|| {
            places.push(Place { key, tones: [0.0; 3], sigma: cell.voices.sigma() });
            places.len() - 1
        });
        places[at].tones[tone] += cell.voices.value;
    }
    places.into_iter().map(Place::opinion).collect()
}

/// The tones of one place and topic.
struct Place<'a> {
    key: (Option<&'a str>, Option<&'a str>, Option<&'a str>),
    tones: [f64; 3],
    sigma: f64,
}

impl Place<'_> {
    fn opinion(self) -> Opinion {
        let Self { key: (neighborhood, district, topic), tones, sigma } = self;
        Opinion {
            neighborhood: neighborhood.map(str::to_owned),
            district: district.map(str::to_owned),
            topic: topic.map(str::to_owned),
            voices: voices(tones.iter().sum(), sigma * 3f64.sqrt()),
            net_sentiment: match net_sentiment(tones, sigma) {
                Some(interval) => Measure::Estimate(interval),
                None => Measure::Measuring { voices_min: measuring_voices(sigma) },
            },
        }
    }
}
