//! What `plan` says, for people.

use serde::Serialize;

use super::plan_arithmetic::Steps;
use crate::privacy::{
    Advice, Change, Expectation, FamilyForecast, Forecast, Laplace, LevelNoise, Node, PlaceTree,
    PrivacyPlan, Scenario, ScenarioError,
};

/// One varied number.
#[derive(Serialize)]
pub(super) struct WhatIf {
    /// Its name.
    pub varied: String,
    /// A row for each value.
    pub rows: Vec<WhatIfRow>,
}

/// What one value of it would mean.
#[derive(Serialize)]
pub(super) struct WhatIfRow {
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    forecast: Option<Forecast>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

impl WhatIfRow {
    /// From the forecast, or the reason that there is none.
    pub fn new(value: &str, forecast: Result<Forecast, ScenarioError>) -> Self {
        let value = value.to_owned();
        match forecast {
            Ok(forecast) => Self { value, forecast: Some(forecast), refused: None },
            Err(error) => Self { value, forecast: None, refused: Some(error.to_string()) },
        }
    }
}

/// The guarantee, and what it grows to.
pub(super) fn head(title: &str, plan: &PrivacyPlan, lifetime: Option<(u32, f64)>) -> String {
    let budget = plan.budget();
    let mut text = format!(
        "{title}: epsilon {} at delta {:e} for everything released in any {} windows\n\
         (rho {:.6}; the plan spends {:.6} of it)\n",
        budget.epsilon,
        budget.delta,
        budget.period_windows,
        budget.rho.get(),
        plan.loss_period().get(),
    );
    if let Some((windows, epsilon)) = lifetime {
        text += &format!("All {windows} windows together: epsilon {epsilon:.3} at most.\n");
    }
    if budget.epsilon > 10.0 {
        text += "An epsilon above 10 protects hardly anybody; cities publish at 1 to 4.\n";
    }
    text.push('\n');
    text
}

/// The families, their noise, and what it allows.
pub(super) fn families(forecast: &Forecast) -> String {
    let mut text = format!(
        "{:<10} {:>5} {:>3} {:>6} {:>8} {:>7} {:>8} {:>12} {:>9} {:>11}\n",
        "family",
        "every",
        "W",
        "share",
        "epsilon",
        "cells",
        "sigma",
        "cell ± (95%)",
        "Laplace ±",
        "measuring <"
    );
    for row in &forecast.families {
        text += &format!(
            "{:<10} {:>5} {:>3} {:>5}% {:>8.3} {:>7} {:>8.2} {:>12.1} {:>9.1} {:>11.0}\n",
            row.family,
            row.every_windows,
            row.windows_max,
            row.share_percent,
            row.epsilon_period,
            row.expected.cells,
            row.expected.sigma_voices,
            row.expected.cell_half_width_voices,
            row.laplace_cell_half_width_voices,
            row.expected.measuring_voices,
        );
    }
    for row in &forecast.families {
        for wider in &row.wider {
            text += &format!(
                "{:<10}   {:<33} {:>22.1}   x{:.2} of adding up its places\n",
                "",
                format!("by {}", wider.level.as_str()),
                wider.cell_half_width_voices,
                wider.against_adding_up,
            );
        }
    }
    text + "Sigma, half-widths and the measuring threshold are in voices; one voice is one resident \
            in one window.\n"
}

/// Which noise would be smaller.
pub(super) fn laplace(laplace: &Laplace) -> String {
    let ratio = laplace.half_width_ratio;
    let verdict = if ratio < 1.0 {
        "Laplace noise would be smaller for cells; releases use Gaussian, which levels and the \
         allowance build on"
    } else {
        "the Gaussian noise that releases use is the smaller"
    };
    format!(
        "Gaussian or Laplace: at the same guarantee Laplace half-widths are x{ratio:.2}; {verdict}.\n"
    )
}

/// What net sentiment will look like, and what would help.
pub(super) fn expectations(scenario: &Scenario, forecast: &Forecast, advice: &[Advice]) -> String {
    let Some(turnout) = scenario.turnout else {
        return "Give --residents N, a public guess, to see how sharp net sentiment will be and what \
                would help.\n"
            .to_owned();
    };
    let mut text = format!(
        "\nWith {:.0} residents in a window and {:.0} different ones in {} windows, all alike, their \
         comments read,\nspread evenly over places and topics; and in a place with half as many:\n",
        turnout.in_window, turnout.in_period, turnout.period_windows
    );
    text += &format!(
        "  {:<10} {:>7} {:>8} {:>10}   {:>7} {:>8} {:>10}\n",
        "family", "voices", "net ±", "measuring", "half", "net ±", "measuring"
    );
    for row in &forecast.families {
        let (Some(even), Some(half)) = (row.even, row.half) else { continue };
        text += &format!("  {:<10} {}   {}\n", row.family, columns(even), columns(half));
    }
    for row in forecast.families.iter().filter(|row| row.kept.is_some_and(|kept| kept < 0.995)) {
        text += &format!(
            "  `{}`: W = {} lets in {:.0} % of the voices.\n",
            row.family,
            row.windows_max,
            100.0 * row.kept.unwrap_or(1.0)
        );
    }
    text += &useless(scenario, forecast);
    text += &levels(scenario);
    text + &advised(forecast, advice)
}

fn columns(of: Expectation) -> String {
    let net = of.net_half_width.map_or("-".to_owned(), |half| format!("{half:.3}"));
    format!("{:>7.0} {net:>8} {:>9.0}%", of.voices, 100.0 * of.measuring)
}

/// Families that read "measuring" nearly everywhere, and whether epsilon 4 would change it.
fn useless(scenario: &Scenario, forecast: &Forecast) -> String {
    let mostly = |row: &FamilyForecast| row.even.is_some_and(|even| even.measuring > 0.5);
    let generous = scenario.with(&Change::Epsilon(4.0)).and_then(|s| s.forecast()).ok();
    let mut text = String::new();
    for row in forecast.families.iter().filter(|row| mostly(row)) {
        let same = |other: &&FamilyForecast| other.family == row.family;
        let still =
            generous.as_ref().and_then(|f| f.families.iter().find(same)).is_some_and(mostly);
        let even_then = if still { ", even at epsilon 4" } else { "" };
        text += &format!(
            "  `{}` will mostly read \"measuring\"{even_then}; its {} % of the budget would be \
             spent on it.\n",
            row.family, row.share_percent
        );
    }
    text
}

/// What measuring districts and the city too would do, over districts of equal size.
fn levels(scenario: &Scenario) -> String {
    let places = scenario.keys.neighborhoods.len();
    let by_place = scenario.specs.iter().any(|spec| {
        spec.grouping.neighborhood && spec.grouping.sentiment && spec.levels.is_empty()
    });
    let districts = (places as f64).sqrt().round() as usize;
    if !by_place || districts < 2 {
        return String::new();
    }
    let district_of: Vec<u16> =
        (0..places).map(|place| (place * districts / places) as u16).collect();
    let noise = LevelNoise { leaf: 1.0 / 0.7, district: Some(1.0 / 0.2), city: Some(1.0 / 0.1) };
    let Ok(tree) = PlaceTree::new(places, Some(&district_of), noise) else { return String::new() };
    let in_first = district_of.iter().filter(|district| **district == 0).count();
    let against = |node, leaves: usize| (tree.variance(node) / leaves as f64).sqrt();
    format!(
        "Levels: 10, 20 and 70 % of a family for city, {districts} districts and places would \
         change half-widths by\nx{:.2} for the city, x{:.2} for a district, x{:.2} for a place.\n",
        against(Node::City, places),
        against(Node::District(0), in_first),
        against(Node::Leaf(0), 1)
    )
}

fn advised(forecast: &Forecast, advice: &[Advice]) -> String {
    let (Some(blur), Some(measuring)) = (forecast.blur(), forecast.measuring()) else {
        return String::new();
    };
    if advice.is_empty() {
        return "No single change of the plan would sharpen it by more than a fiftieth.\n"
            .to_owned();
    }
    let mut text = format!(
        "\nWhat would help most (net sentiment now known to ±{blur:.2} on average, {:.0} % measuring; \
         what is measuring\ncounts as ±1, families and both kinds of place alike):\n",
        100.0 * measuring
    );
    for advice in advice {
        text += &format!(
            "  ±{:.2}, {:>3.0} % measuring: {}\n",
            advice.blur,
            100.0 * advice.measuring,
            advice.change
        );
    }
    text
}

/// The arithmetic, one heading after the other.
pub(super) fn arithmetic(headings: &[Steps]) -> String {
    let mut text = String::from("\nThe arithmetic:\n");
    for heading in headings {
        text += &format!("  {}\n", heading.of);
        for step in &heading.steps {
            text += &format!("    {step}\n");
        }
    }
    text
}

/// A varied number as a table: for each family the cell's half-width, net sentiment and measuring.
pub(super) fn what_if(table: &WhatIf) -> String {
    let mut text = format!("\nWhat if {}:\n", table.varied);
    let families = table.rows.iter().find_map(|row| row.forecast.as_ref());
    let names = families.iter().flat_map(|forecast| &forecast.families);
    text += &format!("  {:>10}", "");
    for name in names {
        text += &format!("  {:<25}", name.family);
    }
    text += "\n";
    for row in &table.rows {
        text += &format!("  {:>10}", row.value);
        for family in row.forecast.iter().flat_map(|forecast| &forecast.families) {
            text += &format!("  {:<25}", short(family));
        }
        text += &row.refused.as_ref().map_or(String::new(), |why| format!("  refused: {why}"));
        text = text.trim_end().to_owned() + "\n";
    }
    text + "  cell ± in voices, net sentiment ± in an even place, and how often it reads measuring\n"
}

fn short(family: &FamilyForecast) -> String {
    let cell = format!("±{:.1}", family.expected.cell_half_width_voices);
    match family.even {
        Some(Expectation { net_half_width: Some(half), measuring, .. }) => {
            format!("{cell}, net ±{half:.3}, {:.0} %", 100.0 * measuring)
        }
        Some(Expectation { measuring, .. }) => {
            format!("{cell}, net -, {:.0} %", 100.0 * measuring)
        }
        None => cell,
    }
}
