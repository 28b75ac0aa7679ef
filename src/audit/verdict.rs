//! From counts to verdicts, each with the confidence it is given with.

use super::{
    AuditError, Counting,
    bounds::{Proportion, probit, two_sided},
    report::{CurvePoint, FilterVerdict, PairVerdict, PlanVerdict, ShapeVerdict},
    shape::{Bins, chi_square},
    subject::Stratum,
    tally::{NoiseTally, PairTally, Tally},
};

/// The points of the curve that are looked at.
pub(super) const EPSILONS: [f64; 9] = [0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0];

/// Chi-square and normal tails are approximate this far out: only a tenth of the chance is used.
const TAIL_SLACK: f64 = 10.0;

/// Verdicts on the noise of one stratum: its shape, two kinds of pairs, each by table and product.
const NOISE_CHECKS: u64 = 5;

/// How the chance of a false alarm is shared out, before any data.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared {
    /// For each bound on a proportion.
    pub bound: f64,
    /// For each check of the noise.
    pub noise: f64,
}

impl Shared {
    /// Half for the bounds, half for the checks of the noise; `samplers` more of these.
    pub(super) fn of(false_alarm: f64, countings: &[Counting<'_>], samplers: usize) -> Self {
        let thresholds = |c: &Counting<'_>| -> usize {
            c.filters.iter().map(|filter| filter.thresholds().len()).sum()
        };
        // Two sides, a lower and an upper bound each; every verdict is made of these.
        let bounds = 4 * countings.iter().map(thresholds).sum::<usize>();
        let strata: u64 = countings.iter().map(|c| c.bins.len() as u64).sum();
        let checks = strata * NOISE_CHECKS + samplers as u64;
        let part = |checks: f64| false_alarm / 2.0 / checks.max(1.0);
        Self { bound: part(bounds as f64), noise: part(checks as f64) / TAIL_SLACK }
    }
}

/// The verdict on one plan.
pub(super) fn on_plan(
    counting: &Counting<'_>,
    tally: &Tally,
    shared: Shared,
) -> Result<PlanVerdict, AuditError> {
    let mut filters = Vec::new();
    for at in 0..counting.filters.len() {
        filters.push(on_filter(counting, tally, shared, at)?);
    }
    let strata = counting.subject.strata.iter().zip(&counting.bins).zip(&tally.noise);
    let noise = strata.map(|((stratum, bins), tally)| on_noise(stratum, bins, tally, shared.noise));
    let (mut shapes, mut pairs) = (Vec::new(), Vec::new());
    for (shape, of_pairs) in noise {
        shapes.push(shape);
        pairs.extend(of_pairs);
    }
    Ok(PlanVerdict {
        plan: counting.subject.name.clone(),
        rho: counting.subject.plan.privacy.budget().rho.get(),
        windows_per_trial: counting.subject.windows,
        releases_per_trial: counting.subject.spans.len(),
        trials_without: tally.trials[0],
        trials_with: tally.trials[1],
        filters,
        shapes,
        pairs,
    })
}

fn on_filter(
    counting: &Counting<'_>,
    tally: &Tally,
    shared: Shared,
    at: usize,
) -> Result<FilterVerdict, AuditError> {
    let filter = &counting.filters[at];
    let bounds = |above: &[u64; 2]| {
        let of = |side: usize| Proportion::of(above[side], tally.trials[side], shared.bound);
        (of(0), of(1))
    };
    let bounds: Vec<(Proportion, Proportion)> = tally.above[at].iter().map(bounds).collect();
    let mu_lower = bounds.iter().map(|(without, with)| mu(*without, *with)).fold(0.0, f64::max);
    let mut curve = Vec::new();
    for epsilon in EPSILONS {
        let deltas = bounds.iter().map(|(without, with)| delta(epsilon, *without, *with));
        let delta_lower = deltas.fold(0.0, f64::max);
        let delta_promised = filter.promised.delta(epsilon)?;
        let holds = delta_lower <= delta_promised;
        curve.push(CurvePoint { epsilon, delta_lower, delta_promised, holds });
    }
    let mu_promised = filter.mu_promised();
    let holds = mu_lower <= mu_promised && curve.iter().all(|point| point.holds);
    Ok(FilterVerdict {
        filter: filter.name.clone(),
        thresholds: filter.thresholds().len(),
        mu_lower,
        mu_promised,
        mu_expected: filter.shift,
        curve,
        holds,
    })
}

/// The least mu that explains both sides: on whichever side the filter passes more often.
fn mu(without: Proportion, with: Proportion) -> f64 {
    let forth = probit(with.lower) - probit(without.upper);
    let back = probit(without.lower) - probit(with.upper);
    forth.max(back)
}

/// The least delta that explains both sides at `epsilon`, for the event, its opposite, and both
/// directions.
fn delta(epsilon: f64, without: Proportion, with: Proportion) -> f64 {
    let opposite = |p: Proportion| Proportion { lower: 1.0 - p.upper, upper: 1.0 - p.lower };
    let over = |p: Proportion, q: Proportion| p.lower - epsilon.exp() * q.upper;
    [
        over(with, without),
        over(without, with),
        over(opposite(with), opposite(without)),
        over(opposite(without), opposite(with)),
    ]
    .into_iter()
    .fold(0.0, f64::max)
}

fn on_noise(
    stratum: &Stratum,
    (shape, pair): &(Bins, Bins),
    tally: &NoiseTally,
    alpha: f64,
) -> (ShapeVerdict, Vec<PairVerdict>) {
    let name = stratum.name.clone();
    let shape = on_shape(name, stratum.sigma_units, shape, &tally.shape, alpha);
    let pairs = [("cells of a release", &tally.cells), ("releases of a cell", &tally.windows)]
        .into_iter()
        .filter(|(_, pairs)| pairs.pairs > 0)
        .map(|(between, pairs)| on_pairs(&stratum.name, between, pair, pairs, alpha));
    (shape, pairs.collect())
}

/// The verdict on the shape of some draws.
pub(super) fn on_shape(
    of: String,
    sigma_units: u32,
    bins: &Bins,
    found: &[u64],
    alpha: f64,
) -> ShapeVerdict {
    let test = chi_square(found, bins.probabilities());
    ShapeVerdict {
        of,
        sigma_units,
        draws: found.iter().sum(),
        degrees: test.map(|test| test.degrees),
        chi_square: test.map(|test| test.statistic),
        p_value: test.map(|test| test.p_value),
        holds: test.is_none_or(|test| test.p_value >= alpha),
    }
}

fn on_pairs(
    of: &str,
    between: &'static str,
    bins: &Bins,
    tally: &PairTally,
    alpha: f64,
) -> PairVerdict {
    let rows = bins.probabilities().iter();
    let expected: Vec<f64> =
        rows.flat_map(|p| bins.probabilities().iter().map(move |q| p * q)).collect();
    let test = chi_square(&tally.table, &expected);
    let correlation = tally.products / tally.pairs as f64;
    let correlation_max = two_sided(alpha) / (tally.pairs as f64).sqrt();
    let even = test.is_none_or(|test| test.p_value >= alpha);
    PairVerdict {
        of: of.to_owned(),
        between: between.to_owned(),
        pairs: tally.pairs,
        chi_square: test.map(|test| test.statistic),
        degrees: test.map(|test| test.degrees),
        p_value: test.map(|test| test.p_value),
        correlation,
        correlation_max,
        holds: even && (test.is_none() || correlation.abs() <= correlation_max),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exactly(p: f64) -> Proportion {
        Proportion { lower: p, upper: p }
    }

    #[test]
    fn mu_of_two_shifted_normals_is_the_shift_in_either_direction() {
        let (low, high) = (exactly(0.308_537_5), exactly(0.691_462_5));
        assert!((mu(low, high) - 1.0).abs() < 1e-5);
        assert!((mu(high, low) - 1.0).abs() < 1e-5);
        assert!(mu(low, low).abs() < 1e-12);
    }

    #[test]
    fn delta_is_what_is_left_over_the_likelier_event() {
        let (low, high) = (exactly(0.1), exactly(0.4));
        assert!((delta(0.0, low, high) - 0.3).abs() < 1e-12);
        assert!((delta(2f64.ln(), low, high) - 0.2).abs() < 1e-12);
        assert_eq!(delta(10.0, low, high), 0.0);
    }
}
