//! The arithmetic of a plan, step by step: from epsilon to the half-width a city will see.

use serde::Serialize;

use crate::{
    domain::VOICE_UNITS,
    privacy::{Family, FamilyForecast, Forecast, Layer, MicroRho, PrivacyPlan, Scenario, Z_95},
};

/// The steps of one heading.
#[derive(Serialize)]
pub(super) struct Steps {
    /// The budget, or a family's id.
    pub of: String,
    /// Each step with its numbers.
    pub steps: Vec<String>,
}

/// Every step from the budget to each family's half-width.
pub(super) fn explain(scenario: &Scenario, plan: &PrivacyPlan, forecast: &Forecast) -> Vec<Steps> {
    let budget = plan.budget();
    let head = Steps {
        of: "the budget".to_owned(),
        steps: vec![
            format!(
                "epsilon {} at delta {:e} is rho {} by the library's conversion",
                budget.epsilon,
                budget.delta,
                budget.rho.get()
            ),
            format!("in millionths, rounded down: {}", budget.micro),
        ],
    };
    let families = plan.families().iter().zip(&forecast.families);
    let families = families.map(|(family, forecast)| {
        let (percent, share) = (family.spec().share_percent, family.share());
        let mut steps =
            vec![format!("share: {percent} % of {}, rounded down, is {share}", budget.micro)];
        steps.push(bound(family));
        for layer in family.layers() {
            if family.layers().len() > 1 {
                steps.push(format!("level {}: {} of that", layer.level.as_str(), layer.share));
            }
            steps.push(noise(family, layer));
        }
        steps.push(cell(forecast));
        if family.spec().grouping.sentiment {
            steps.extend(net(scenario, forecast));
        }
        Steps { of: format!("`{}`", forecast.family), steps }
    });
    std::iter::once(head).chain(families).collect()
}

/// What bounds one resident's part of a span.
fn bound(family: &Family) -> String {
    let spec = family.spec();
    let levels = if family.layers().len() > 1 { " on each level" } else { "" };
    let factors = if spec.to_date_windows.is_some() { ", times the factors below" } else { "" };
    format!(
        "a resident has one voice of {VOICE_UNITS} units a span, split over at most k = {} cells: \
         its L2 norm is at most {VOICE_UNITS}{levels}{factors}, when it lies in a single cell",
        spec.cells_max
    )
}

/// From a level's share to its sigma.
fn noise(family: &Family, layer: &Layer) -> String {
    let (windows_max, sigma, share) = (family.spec().windows_max, layer.sigma_units, layer.share);
    if let Some(run) = family.spec().to_date_windows {
        return format!(
            "a first voice counts in every later release of its run of {run} windows, with \
             factors that fall from {}; at sigma {sigma} the heaviest period costs {} of {share}",
            family.factor(0),
            family.cost_period()
        );
    }
    let cost = layer.cost_full_voice;
    let finer = MicroRho::cost(3600, sigma.saturating_sub(1)).times(windows_max);
    let least = if finer > share {
        format!("; with sigma {} it would be {finer}, too much", sigma.saturating_sub(1))
    } else {
        "; the plan fixes this sigma".to_owned()
    };
    format!(
        "a whole voice of 60 units costs 60^2 / (2 x {sigma}^2), rounded up {cost}; W = \
         {windows_max} of them {} of {share}{least}",
        cost.times(windows_max)
    )
}

fn cell(forecast: &FamilyForecast) -> String {
    let (units, sigma) = (forecast.sigma_units, forecast.expected.sigma_voices);
    let released = f64::from(units) / f64::from(VOICE_UNITS);
    let decoded = if (released - sigma).abs() > 1e-9 {
        format!(", {sigma:.3} voices once levels or releases are put together")
    } else {
        String::new()
    };
    format!(
        "sigma {units} units are {released:.3} voices of {VOICE_UNITS} units{decoded}; a cell's \
         half-width {Z_95:.3} x {sigma:.3} = {:.1} voices",
        Z_95 * sigma
    )
}

fn net(scenario: &Scenario, forecast: &FamilyForecast) -> Vec<String> {
    let sigma = forecast.expected.sigma_voices;
    let mut steps = vec![format!(
        "net sentiment is published from 4 x {sigma:.3} x sqrt(3) = {:.1} noisy voices",
        forecast.expected.measuring_voices
    )];
    let (Some(turnout), Some(even), Some(kept)) = (scenario.turnout, forecast.even, forecast.kept)
    else {
        return steps;
    };
    let every = forecast.every_windows;
    steps.push(format!(
        "about {:.0} residents in {every} window{}, {:.0} % of whose voices W lets in, spread evenly: \
         {:.0} voices each",
        turnout.in_span(f64::from(every)),
        if every == 1 { "" } else { "s" },
        100.0 * kept,
        even.voices
    ));
    steps.push(match even.net_half_width {
        Some(half) => format!(
            "half-width {Z_95:.3} x {sigma:.3} x sqrt(2) / sqrt({:.0}^2 - 3 x ({Z_95:.3} x \
             {sigma:.3})^2) = {half:.3}",
            even.voices
        ),
        None => format!(
            "{:.0} voices are fewer than {:.1}: mostly \"measuring\"",
            even.voices, forecast.expected.measuring_voices
        ),
    });
    steps
}
