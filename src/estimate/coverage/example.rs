//! The design's numeric example: the half-widths it states, simulated.
//!
//! 50,000 residents a quarter, 40 neighbourhoods, 12 topics, a release a week, epsilon 2 at 1e-6;
//! 45, 15 and 30 % of the budget for moods of places, topics, and both. Residents spread evenly,
//! and as many are positive as negative.

use serde::Serialize;

use super::{CoverageError, UNIT, sigma_units};
use crate::{
    privacy::noise_alone,
    release::{net_sentiment, voices},
};

/// One half-width of the example.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExampleRow {
    /// Of what.
    pub what: &'static str,
    /// As the design states it.
    pub design: f64,
    /// What 95 % of the simulated errors stay within.
    pub simulated: f64,
    /// Mean half-width of the intervals that would be published.
    pub published_mean: f64,
    /// Whether simulation and design agree within 10 %.
    pub holds: bool,
}

/// One mood: its share of the budget, W, releases added up, voices in each, and the half-width that
/// the design states.
struct Mood {
    what: &'static str,
    share: f64,
    windows_max: u32,
    releases: usize,
    voices: f64,
    design: f64,
}

const MOODS: [Mood; 4] = [
    Mood {
        what: "net sentiment of a place in a week (192 voices)",
        share: 0.45,
        windows_max: 4,
        releases: 1,
        voices: 192.0,
        design: 0.10,
    },
    Mood {
        what: "net sentiment of a place in a quarter of weeks",
        share: 0.45,
        windows_max: 4,
        releases: 13,
        voices: 192.0,
        design: 0.028,
    },
    Mood {
        what: "net sentiment of a topic in a week (640 voices)",
        share: 0.15,
        windows_max: 4,
        releases: 1,
        voices: 640.0,
        design: 0.053,
    },
    Mood {
        what: "net sentiment of place and topic in a quarter (104)",
        share: 0.30,
        windows_max: 1,
        releases: 1,
        voices: 104.0,
        design: 0.12,
    },
];

/// Simulates each half-width, with forty places in every repetition.
pub(super) fn simulate(repetitions: u32) -> Result<Vec<ExampleRow>, CoverageError> {
    let mut rows = vec![cell(repetitions)?];
    for mood in &MOODS {
        rows.push(mood.simulate(repetitions)?);
    }
    Ok(rows)
}

fn cell(repetitions: u32) -> Result<ExampleRow, CoverageError> {
    let sigma_units = sigma_units(2.0, 0.45, 4, UNIT)?;
    let noise = noise_alone(sigma_units, 40 * repetitions as usize)?;
    let errors = noise.into_iter().map(|units| (units as f64 / UNIT).abs()).collect();
    let published = voices(0.0, f64::from(sigma_units) / UNIT).half_width();
    Ok(row("voices in a cell of places by tone, in a week", 14.0, errors, published))
}

impl Mood {
    fn simulate(&self, repetitions: u32) -> Result<ExampleRow, CoverageError> {
        let sigma_units = sigma_units(2.0, self.share, self.windows_max, UNIT)?;
        let sigma = f64::from(sigma_units) / UNIT * (self.releases as f64).sqrt();
        let (mut errors, mut widths) = (Vec::new(), 0.0);
        // The long sum needs thirteen times the noise; a third of the places is enough for it.
        for _ in 0..40 * repetitions as usize / self.releases.min(3) {
            let noise = noise_alone(sigma_units, 3 * self.releases)?;
            let tone = |t: usize, share: f64| {
                let own: i64 = noise[t * self.releases..(t + 1) * self.releases].iter().sum();
                share * self.voices * self.releases as f64 + own as f64 / UNIT
            };
            let tones = [tone(0, 0.375), tone(1, 0.25), tone(2, 0.375)];
            if let Some(net) = net_sentiment(tones, sigma) {
                errors.push(net.value.abs());
                widths += net.half_width();
            }
        }
        let published = widths / errors.len().max(1) as f64;
        Ok(row(self.what, self.design, errors, published))
    }
}

fn row(what: &'static str, design: f64, mut errors: Vec<f64>, published: f64) -> ExampleRow {
    errors.sort_by(f64::total_cmp);
    let at = (errors.len() * 95 / 100).min(errors.len().saturating_sub(1));
    let simulated = errors.get(at).copied().unwrap_or(f64::NAN);
    let holds = (simulated / design - 1.0).abs() < 0.1;
    ExampleRow { what, design, simulated, published_mean: published, holds }
}
