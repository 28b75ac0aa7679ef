//! What one release says of each place and topic: post-processing of its noisy cells.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CellRow, Interval, net_sentiment, voices};
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

/// Net sentiment of every (neighbourhood, topic) among the cells of a family that groups by
/// sentiment; empty for other families.
pub fn opinions(cells: &[CellRow], sigma_units: u32) -> Vec<Opinion> {
    let unit = f64::from(crate::domain::VOICE_UNITS);
    let sigma = f64::from(sigma_units) / unit;
    let mut tones: BTreeMap<usize, [f64; 3]> = BTreeMap::new();
    let mut order: Vec<(Option<&str>, Option<&str>)> = Vec::new();
    for cell in cells {
        let tone = match cell.sentiment {
            Some(Sentiment::Negative) => 0,
            Some(Sentiment::Neutral) => 1,
            Some(Sentiment::Positive) => 2,
            Some(Sentiment::Unread) | None => continue,
        };
        let key = (cell.neighborhood.as_deref(), cell.topic.as_deref());
        let at = order.iter().rposition(|k| *k == key).unwrap_or_else(|| {
            order.push(key);
            order.len() - 1
        });
        tones.entry(at).or_default()[tone] += cell.noisy_units as f64 / unit;
    }
    let opinion = |(at, tones): (usize, [f64; 3])| Opinion {
        neighborhood: order[at].0.map(str::to_owned),
        topic: order[at].1.map(str::to_owned),
        voices: voices(tones.iter().sum(), sigma * 3f64.sqrt()),
        net_sentiment: match net_sentiment(tones, sigma) {
            Some(interval) => Measure::Estimate(interval),
            None => Measure::Measuring { voices_min: measuring_voices(sigma) },
        },
    };
    tones.into_iter().map(opinion).collect()
}
