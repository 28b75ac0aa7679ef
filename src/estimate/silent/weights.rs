//! Weights for released cells: post-stratification and raking to public totals.
//!
//! A weight on a resident would raise the sensitivity of the release; a weight on a released cell costs
//! nothing. What it corrects is where people live, not which of them speak: a reweighted number is
//! shown as reweighted and never as the answer.

use serde::Serialize;

use super::{Census, Sides, Subject};
use crate::{
    privacy::Z_95,
    release::{Document, Interval},
};

/// Most rounds of raking.
const ROUNDS_MAX: usize = 10_000;
/// Raking ends when every margin is met to this part of itself.
const MARGIN_ERROR_MAX: f64 = 1e-12;

/// Public totals along one dimension of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Margin {
    /// The category of each cell of the table.
    pub category_of: Vec<usize>,
    /// The public total of each category.
    pub totals: Vec<f64>,
}

/// Why cells get no weights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WeightError {
    /// A margin that is not about this table.
    #[error("a margin names {found} cells or categories that the table does not have")]
    Shape {
        /// How many.
        found: usize,
    },
    /// A category with residents and no voices.
    #[error("a category has residents and no voices: merge it with another")]
    Empty,
    /// Margins that no weights meet.
    #[error("the margins cannot all be met: do their totals agree?")]
    Apart,
    /// The release does not tell the subject by place.
    #[error("the release does not tell the two sides by neighbourhood")]
    Grouping,
    /// A place with too few voices to be weighted.
    #[error("too few voices to weight: {0}")]
    Measuring(String),
}

/// Weights for the cells of a table, such that the weighted cells meet every margin: raking, or
/// post-stratification when there is one margin of single cells.
///
/// # Source
/// W. E. Deming, F. F. Stephan, Ann. Math. Stat. 11 (1940): margins in turn, until all are met.
///
/// # Errors
/// When a category has no voices, or the margins contradict each other.
pub fn weights(cells: &[f64], margins: &[Margin]) -> Result<Vec<f64>, WeightError> {
    for margin in margins {
        let beyond = margin.category_of.iter().filter(|at| **at >= margin.totals.len()).count();
        if margin.category_of.len() != cells.len() || beyond > 0 {
            return Err(WeightError::Shape { found: beyond.max(margin.category_of.len()) });
        }
    }
    let mut weights = vec![1.0; cells.len()];
    for _ in 0..ROUNDS_MAX {
        let mut off: f64 = 0.0;
        for margin in margins {
            let sums = sums(cells, &weights, margin);
            for (sum, total) in sums.iter().zip(&margin.totals) {
                if *total > 0.0 && *sum <= 0.0 {
                    return Err(WeightError::Empty);
                }
                off = off.max((sum - total).abs() / total.abs().max(1.0));
            }
            for (weight, at) in weights.iter_mut().zip(&margin.category_of) {
                if sums[*at] > 0.0 {
                    *weight *= margin.totals[*at] / sums[*at];
                }
            }
        }
        if off <= MARGIN_ERROR_MAX {
            return Ok(weights);
        }
    }
    Err(WeightError::Apart)
}

fn sums(cells: &[f64], weights: &[f64], margin: &Margin) -> Vec<f64> {
    let mut sums = vec![0.0; margin.totals.len()];
    for ((cell, weight), at) in cells.iter().zip(weights).zip(&margin.category_of) {
        sums[*at] += cell * weight;
    }
    sums
}

/// Kish's design effect of weights on cells of so many voices: how many times the variance of a mean
/// is that of as many voices with equal weights.
///
/// # Source
/// L. Kish, "Survey Sampling", Wiley (1965): n sum w^2 / (sum w)^2.
pub fn design_effect(cells: &[f64], weights: &[f64]) -> f64 {
    let sum = |of: fn(f64) -> f64| -> f64 {
        cells.iter().zip(weights).map(|(cell, weight)| cell * of(*weight)).sum()
    };
    sum(|_| 1.0) * sum(|weight| weight * weight) / sum(|weight| weight).powi(2)
}

/// The voices of one release weighted to the census, neighbourhood by neighbourhood.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reweighted {
    /// Share of the positive side before, each voice alike.
    pub before: Interval,
    /// The same after weighting.
    pub share: Interval,
    /// Residents that one voice stands for, by neighbourhood.
    pub weights: Vec<(String, f64)>,
    /// Kish's design effect.
    pub design_effect: f64,
    /// Voices over the design effect.
    pub effective_voices: f64,
}

impl Reweighted {
    /// Weights the released cells of a subject of the whole city.
    ///
    /// # Errors
    /// When the release does not tell the sides by neighbourhood, or a place has too few voices.
    pub fn of(
        document: &Document,
        topic: Option<&str>,
        census: &Census,
    ) -> Result<Self, WeightError> {
        if !document.family.grouping.neighborhood {
            return Err(WeightError::Grouping);
        }
        let about = |neighborhood: Option<&str>| Subject {
            neighborhood: neighborhood.map(str::to_owned),
            topic: topic.map(str::to_owned),
        };
        let mut strata = Vec::new();
        let mut measuring = Vec::new();
        for key in &document.keys.neighborhoods {
            let sides = Sides::measured(document, &about(Some(&key.id)));
            let sides = sides.ok_or(WeightError::Grouping)?;
            if sides.share().is_none() {
                measuring.push(key.name.clone());
            }
            let residents = census.of(Some(&key.id)).ok_or(WeightError::Empty)?;
            strata.push((key.id.clone(), residents as f64, sides));
        }
        if !measuring.is_empty() {
            return Err(WeightError::Measuring(measuring.join(", ")));
        }
        let all = Sides::measured(document, &about(None)).and_then(|sides| sides.share());
        Self::of_strata(all.ok_or(WeightError::Grouping)?, &strata)
    }

    pub(super) fn of_strata(
        before: Interval,
        strata: &[(String, f64, Sides)],
    ) -> Result<Self, WeightError> {
        let voices: Vec<f64> = strata.iter().map(|(_, _, sides)| sides.voices()).collect();
        let margin = Margin {
            category_of: (0..strata.len()).collect(),
            totals: strata.iter().map(|(_, residents, _)| *residents).collect(),
        };
        let residents: f64 = margin.totals.iter().sum();
        let weights = weights(&voices, &[margin])?;
        let (mut share, mut variance) = (0.0, 0.0);
        for ((_, _, sides), weight) in strata.iter().zip(&weights) {
            let part = weight * sides.voices() / residents;
            let spread = (sides.positive.hypot(sides.negative) * sides.sigma)
                / (sides.voices() * sides.voices());
            share += part * sides.positive / sides.voices();
            variance += (part * spread).powi(2);
        }
        let reach = Z_95 * variance.sqrt();
        let clip = |x: f64| x.clamp(0.0, 1.0);
        let design_effect = design_effect(&voices, &weights);
        Ok(Self {
            before,
            share: Interval {
                value: clip(share),
                low: clip(share - reach),
                high: clip(share + reach),
            },
            weights: strata.iter().map(|(id, ..)| id.clone()).zip(weights).collect(),
            design_effect,
            effective_voices: voices.iter().sum::<f64>() / design_effect,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stratum(id: &str, residents: f64, positive: f64, negative: f64) -> (String, f64, Sides) {
        (id.into(), residents, Sides { positive, negative, sigma: 5.0 })
    }

    #[test]
    fn weighted_cells_meet_every_margin() {
        // Two rows and three columns.
        let cells = [10.0, 20.0, 30.0, 25.0, 15.0, 5.0];
        let rows = Margin { category_of: vec![0, 0, 0, 1, 1, 1], totals: vec![400.0, 600.0] };
        let columns =
            Margin { category_of: vec![0, 1, 2, 0, 1, 2], totals: vec![300.0, 450.0, 250.0] };
        let margins = [rows, columns];
        let got = weights(&cells, &margins).unwrap();
        for margin in &margins {
            for (sum, total) in sums(&cells, &got, margin).iter().zip(&margin.totals) {
                assert!((sum - total).abs() < 1e-6, "{sum} {total}");
            }
        }
    }

    #[test]
    fn contradictory_margins_and_residents_without_voices_are_refused() {
        let one = |total: f64| Margin { category_of: vec![0, 0], totals: vec![total] };
        assert_eq!(weights(&[1.0, 2.0], &[one(10.0), one(20.0)]), Err(WeightError::Apart));
        let each = Margin { category_of: vec![0, 1], totals: vec![5.0, 5.0] };
        assert_eq!(weights(&[1.0, 0.0], &[each]), Err(WeightError::Empty));
        let beyond = Margin { category_of: vec![0, 7], totals: vec![5.0] };
        assert!(matches!(weights(&[1.0, 1.0], &[beyond]), Err(WeightError::Shape { .. })));
    }

    #[test]
    fn equal_weights_have_no_design_effect_and_unequal_ones_lose_voices() {
        assert_eq!(design_effect(&[30.0, 70.0], &[2.0, 2.0]), 1.0);
        let got = design_effect(&[50.0, 50.0], &[1.0, 3.0]);
        assert!((got - 1.25).abs() < 1e-12, "{got}");
    }

    #[test]
    fn quiet_neighbourhood_gains_weight_and_the_share_moves_towards_it() {
        let before = Interval { value: 0.5, low: 0.4, high: 0.6 };
        let strata = [stratum("loud", 1000.0, 300.0, 600.0), stratum("quiet", 3000.0, 80.0, 20.0)];
        let got = Reweighted::of_strata(before, &strata).unwrap();
        let expected = 0.25 * (1.0 / 3.0) + 0.75 * 0.8;
        assert!((got.share.value - expected).abs() < 1e-12, "{got:?}");
        assert!((got.weights[1].1 - 30.0).abs() < 1e-9);
        assert!(got.design_effect > 1.0 && got.effective_voices < 1000.0);
    }

    /// What the PyPI package `balance` made of the same table: `fixtures/weights/weigh.py`.
    #[derive(serde::Deserialize)]
    struct Golden {
        voices: Vec<[f64; 2]>,
        residents: Vec<f64>,
        sides: Vec<f64>,
        post_stratified: Vec<[f64; 2]>,
        post_stratified_design_effect: f64,
        raked: Vec<[f64; 2]>,
        raked_design_effect: f64,
    }

    #[test]
    fn weights_and_design_effect_agree_with_the_balance_package_to_a_millionth() {
        let golden = include_str!("../../../fixtures/weights/golden.json");
        let golden: Golden = serde_json::from_str(golden).unwrap();
        let cells = golden.voices.as_flattened();
        let places = Margin {
            category_of: (0..cells.len()).map(|at| at / 2).collect(),
            totals: golden.residents,
        };
        let sides = Margin {
            category_of: (0..cells.len()).map(|at| at % 2).collect(),
            totals: golden.sides,
        };
        for (margins, expected, effect) in [
            (vec![places.clone()], golden.post_stratified, golden.post_stratified_design_effect),
            (vec![places, sides], golden.raked, golden.raked_design_effect),
        ] {
            let got = weights(cells, &margins).unwrap();
            for (got, expected) in got.iter().zip(expected.as_flattened()) {
                assert!((got - expected).abs() < 1e-6, "{got} {expected}");
            }
            assert!((design_effect(cells, &got) - effect).abs() < 1e-6);
        }
    }
}
