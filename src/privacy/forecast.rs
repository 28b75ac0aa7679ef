//! What a plan will be able to say, from the plan and public guesses alone.
//!
//! It forecasts noise, half-widths and how much will read "measuring". It reads no comment, decides
//! nothing and is not part of a release. Floats for people.

use serde::Serialize;

use super::{
    ExpectedError, Family, Layer, LossError, Node, PrivacyPlan, expected::tree, running::payments,
};
use crate::domain::{KeySet, Level, VOICE_UNITS};

/// How many residents will speak: two public guesses.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Turnout {
    /// Residents in one window.
    pub in_window: f64,
    /// Different residents in one period.
    pub in_period: f64,
    /// Windows in that period.
    pub period_windows: u32,
}

impl Turnout {
    /// From the residents of a window; `in_period` is, where nobody has a guess, what comes about
    /// when each of them speaks in two windows of a period.
    pub fn new(in_window: f64, in_period: Option<f64>, period_windows: u32) -> Self {
        let windows = f64::from(period_windows);
        let in_period = in_period.unwrap_or(in_window * (windows / 2.0).max(1.0));
        let in_period = in_period.clamp(in_window, in_window * windows);
        Self { in_window, in_period, period_windows }
    }

    /// Different residents in `windows` windows: a power of their number that is right for one
    /// window and for the period.
    pub fn in_span(&self, windows: f64) -> f64 {
        let period = f64::from(self.period_windows);
        let power = if self.period_windows > 1 {
            (self.in_period / self.in_window).ln() / period.ln()
        } else {
            1.0
        };
        self.in_window * windows.powf(power)
    }

    /// In how many of a period's spans of `every_windows` each resident speaks, all alike.
    fn spans_each(&self, every_windows: u32) -> f64 {
        let spans = f64::from(self.period_windows) / f64::from(every_windows);
        self.in_span(f64::from(every_windows)) * spans.max(1.0) / self.in_period
    }

    /// The guess for windows that are `factor` times as long, over a period of `period_windows`.
    pub(super) fn with_windows(&self, factor: f64, period_windows: u32) -> Self {
        Self::new(self.in_span(factor), Some(self.in_period), period_windows)
    }
}

/// What a place and topic of a family will have to say.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Expectation {
    /// Voices in it.
    pub voices: f64,
    /// Half-width of its net sentiment; `None` where it will mostly read "measuring".
    pub net_half_width: Option<f64>,
    /// The chance that it reads "measuring".
    pub measuring: f64,
}

/// A district or the city, reconciled with the levels below it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WiderForecast {
    /// Which level.
    pub level: Level,
    /// Half-width of a cell of it, in voices; of districts, the mean.
    pub cell_half_width_voices: f64,
    /// The same over what adding up its places would give.
    pub against_adding_up: f64,
}

/// The forecast of one family.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FamilyForecast {
    /// Id.
    pub family: String,
    /// What its table shows.
    pub name: String,
    /// Base windows in one span.
    pub every_windows: u32,
    /// Spans that one resident can fill in a period: W.
    pub windows_max: u32,
    /// Part of the budget, in percent.
    pub share_percent: u8,
    /// Epsilon of the family alone over a period, at the budget's delta.
    pub epsilon_period: f64,
    /// Noise of every cell, in 60ths of a voice.
    pub sigma_units: u32,
    /// What the noise alone allows.
    pub expected: ExpectedError,
    /// Wider levels of place, where the family measures them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wider: Vec<WiderForecast>,
    /// Half-width of a cell with Laplace noise at the same guarantee, in voices; where levels or a
    /// running total put several cells together, too wide by up to a tenth.
    pub laplace_cell_half_width_voices: f64,
    /// Share of the voices that W lets in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<f64>,
    /// A place and topic when residents spread evenly over all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub even: Option<Expectation>,
    /// One with half as many voices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half: Option<Expectation>,
}

impl FamilyForecast {
    /// Share of even and half places that read "measuring"; `None` without a turnout.
    pub fn measuring(&self) -> Option<f64> {
        let (even, half) = (self.even?, self.half?);
        Some((even.measuring + half.measuring) / 2.0)
    }

    /// The half-width that counts when plans are compared: the mean of even and half places, one
    /// that reads "measuring" known to +-1, which is not at all.
    pub fn blur(&self) -> Option<f64> {
        let known = |of: Expectation| {
            (1.0 - of.measuring) * of.net_half_width.unwrap_or(1.0).min(1.0) + of.measuring
        };
        Some((known(self.even?) + known(self.half?)) / 2.0)
    }
}

/// Laplace noise for the whole plan at the same guarantee, in the same balance between families.
///
/// Not offered as a mechanism: compared only. A voice has L1 norm 1 however it is split, so W
/// releases with scale b cost a resident W / b. By epsilon alone, b_f = c sigma_f with c the sum of
/// W_f / sigma_f over epsilon (levels and weights of a running total alike); by zCDP, whose loss of an epsilon-private release is epsilon^2 / 2,
/// b_f = sigma_f. The smaller is taken. 95 % of Laplace noise lies within b ln 20.
///
/// # Source
/// M. Bun, T. Steinke, "Concentrated differential privacy", TCC 2016, proposition 1.4.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Laplace {
    /// Scale b of every family over its Gaussian sigma.
    pub scale_over_sigma: f64,
    /// Half-width of every cell over its Gaussian one.
    pub half_width_ratio: f64,
    /// Whether the bound by epsilon alone was the better one, so that delta is 0.
    pub pure: bool,
}

impl Laplace {
    fn of(plan: &PrivacyPlan) -> Self {
        let unit = f64::from(VOICE_UNITS);
        let cost = |family: &Family| {
            let paid = payments(family.spec(), plan.budget().period_windows).0;
            let voices: f64 = paid.iter().map(|factor| f64::from(*factor)).sum();
            let each = |layer: &Layer| voices * unit / f64::from(layer.sigma_units);
            family.layers().iter().map(each).sum::<f64>()
        };
        let by_epsilon = plan.families().iter().map(cost).sum::<f64>() / plan.budget().epsilon;
        let scale_over_sigma = by_epsilon.min(1.0);
        Self {
            scale_over_sigma,
            half_width_ratio: scale_over_sigma * 20f64.ln() / super::Z_95,
            pure: by_epsilon < 1.0,
        }
    }
}

/// The forecast of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// One for each family in the plan's order.
    pub families: Vec<FamilyForecast>,
    /// The other noise.
    pub laplace: Laplace,
}

impl Forecast {
    /// Works out what `plan` will be able to say, with a guess of the turnout or without.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn new(
        plan: &PrivacyPlan,
        keys: &KeySet,
        turnout: Option<Turnout>,
    ) -> Result<Self, LossError> {
        let laplace = Laplace::of(plan);
        let family = |family: &Family| forecast(family, plan, keys, turnout, laplace);
        let families: Result<Vec<_>, _> = plan.families().iter().map(family).collect();
        Ok(Self { families: families?, laplace })
    }

    /// Mean of [`FamilyForecast::blur`] over the families with a net sentiment.
    pub fn blur(&self) -> Option<f64> {
        mean(self.families.iter().filter_map(FamilyForecast::blur))
    }

    /// Mean of [`FamilyForecast::measuring`] over the families with a net sentiment.
    pub fn measuring(&self) -> Option<f64> {
        mean(self.families.iter().filter_map(FamilyForecast::measuring))
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

fn forecast(
    family: &Family,
    plan: &PrivacyPlan,
    keys: &KeySet,
    turnout: Option<Turnout>,
    laplace: Laplace,
) -> Result<FamilyForecast, LossError> {
    let (spec, expected) = (family.spec(), ExpectedError::of(family, keys)?);
    let grouping = spec.grouping;
    let of = |grouped: bool, count: usize| if grouped { count.max(1) as f64 } else { 1.0 };
    let opinions =
        of(grouping.neighborhood, keys.neighborhoods.len()) * of(grouping.topic, keys.topics.len());
    let kept = turnout.map(|turnout| {
        (f64::from(spec.windows_max) / turnout.spans_each(spec.every_windows)).min(1.0)
    });
    let expectation = |part: f64| {
        let (turnout, kept) = (turnout.filter(|_| grouping.sentiment)?, kept?);
        let voices = part * kept * turnout.in_span(f64::from(spec.every_windows)) / opinions;
        let measuring = expected.measuring_chance(voices);
        Some(Expectation { voices, net_half_width: expected.net_half_width(voices), measuring })
    };
    Ok(FamilyForecast {
        family: spec.id.clone(),
        name: spec.name.clone(),
        every_windows: spec.every_windows,
        windows_max: spec.windows_max,
        share_percent: spec.share_percent,
        epsilon_period: family.loss_period().epsilon(plan.budget().delta)?,
        sigma_units: family.sigma_units(),
        wider: wider(family, keys),
        laplace_cell_half_width_voices: laplace.scale_over_sigma
            * expected.sigma_voices
            * 20f64.ln(),
        kept,
        even: expectation(1.0),
        half: expectation(0.5),
        expected,
    })
}

/// The wider levels of a family, against what all of its share on places would give.
fn wider(family: &Family, keys: &KeySet) -> Vec<WiderForecast> {
    let Some(tree) = tree(family, keys) else { return Vec::new() };
    let leaf = |layer: &&Layer| layer.level == Level::Neighborhood;
    let percent = family.spec().layers().first().map_or(100, |layer| layer.percent);
    let alone = family.layers().iter().find(leaf).map_or(1.0, |layer| {
        let sigma = f64::from(layer.sigma_units) / f64::from(VOICE_UNITS);
        sigma * (f64::from(percent) / 100.0).sqrt()
    });
    let places = keys.neighborhoods.len() as f64;
    let forecast = |layer: &Layer| {
        let (nodes, each): (Vec<Node>, f64) = match layer.level {
            Level::Neighborhood => return None,
            Level::District => (
                (0..tree.districts()).map(Node::District).collect(),
                places / tree.districts() as f64,
            ),
            Level::City => (vec![Node::City], places),
        };
        let sum: f64 = nodes.iter().map(|node| tree.variance(*node)).sum();
        let sigma = (sum / nodes.len() as f64).sqrt();
        Some(WiderForecast {
            level: layer.level,
            cell_half_width_voices: super::Z_95 * sigma,
            against_adding_up: sigma / (alone * each.sqrt()),
        })
    };
    family.layers().iter().filter_map(forecast).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::Grouping,
        privacy::{Budget, FamilySpec, keys_for_tests, plan_for_tests, specs_for_tests},
    };

    /// The design's example: 50,000 residents a quarter, 7,680 of them in a week.
    fn turnout() -> Turnout {
        Turnout::new(7_680.0, Some(50_000.0), 13)
    }

    #[test]
    fn forecast_of_the_default_plan_is_the_design() {
        let forecast =
            Forecast::new(&plan_for_tests(), &keys_for_tests(), Some(turnout())).unwrap();
        let net = |at: usize| forecast.families[at].even.unwrap().net_half_width.unwrap();
        for (at, design) in [(0, 0.10), (1, 0.053), (2, 0.12)] {
            assert!((net(at) / design - 1.0).abs() < 0.1, "{:?}", forecast.families[at]);
        }
        assert!(forecast.families[3].even.is_none(), "reach has no tone");
        assert!(forecast.families[0].even.unwrap().measuring < 1e-6);
    }

    #[test]
    fn weekly_grid_of_place_and_topic_is_measuring_at_any_usual_epsilon() {
        let grouping = Grouping { neighborhood: true, topic: true, sentiment: true };
        for epsilon in [1.0, 2.0, 4.0] {
            let spec = FamilySpec { share_percent: 100, grouping, ..specs_for_tests()[0].clone() };
            let budget = Budget::new(epsilon, 1e-6, 13).unwrap();
            let keys = keys_for_tests();
            let plan = PrivacyPlan::new(budget, vec![spec], &keys).unwrap();
            let forecast = Forecast::new(&plan, &keys, Some(turnout())).unwrap();
            assert!(forecast.measuring().unwrap() > 0.5, "{forecast:?}");
        }
    }

    #[test]
    fn laplace_and_gauss_break_even_at_about_ten_whole_voices() {
        let ratio = |windows_max| {
            let spec =
                FamilySpec { windows_max, share_percent: 100, ..specs_for_tests()[0].clone() };
            let budget = Budget::new(2.0, 1e-6, 52).unwrap();
            let plan = PrivacyPlan::new(budget, vec![spec], &keys_for_tests()).unwrap();
            Laplace::of(&plan).half_width_ratio
        };
        assert!(ratio(1) < 0.5 && ratio(9) < 1.0 && ratio(10) > 1.0, "{} {}", ratio(9), ratio(10));
        // Beyond 22, counting Laplace by zCDP is the better bound: b = sigma, ln 20 against 1.96.
        assert!((ratio(40) - 20f64.ln() / crate::privacy::Z_95).abs() < 1e-12);
    }

    #[test]
    fn turnout_of_a_span_is_right_at_a_window_and_at_the_period() {
        let turnout = turnout();
        assert!((turnout.in_span(1.0) - 7_680.0).abs() < 1e-6);
        assert!((turnout.in_span(13.0) - 50_000.0).abs() < 1e-6);
        assert!((turnout.spans_each(1) - 7_680.0 * 13.0 / 50_000.0).abs() < 1e-9);
        assert!((turnout.spans_each(13) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn voices_beyond_w_are_not_counted_on() {
        let regulars = Turnout::new(1000.0, Some(1000.0), 13);
        let forecast = Forecast::new(&plan_for_tests(), &keys_for_tests(), Some(regulars)).unwrap();
        assert!((forecast.families[0].kept.unwrap() - 4.0 / 13.0).abs() < 1e-9);
        assert_eq!(forecast.families[2].kept, Some(1.0));
    }
}
