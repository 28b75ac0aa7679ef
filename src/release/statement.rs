//! The privacy statement that every release carries.

use serde::{Deserialize, Serialize};

use super::PrivacyUnit;
use crate::{
    domain::{Level, VOICE_UNITS, Window},
    privacy::{Budget, LIBRARY_NAME, LIBRARY_VERSION, Layer, LossError, Rho, StatedFamily},
};

/// One zCDP loss, for people and bit for bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LossFacts {
    /// rho of zero-concentrated differential privacy.
    pub rho: f64,
    /// The same number's IEEE 754 bits, 16 hexadecimal digits.
    pub rho_bits: String,
    /// The library's conversion of rho at `delta`.
    pub epsilon: f64,
    /// The delta of that conversion.
    pub delta: f64,
}

impl LossFacts {
    /// Converts a loss through the library.
    ///
    /// # Errors
    /// When the library refuses the conversion.
    pub fn new(rho: Rho, delta: f64) -> Result<Self, LossError> {
        let bits = rho.to_bits();
        Ok(Self {
            rho: rho.get(),
            rho_bits: format!("{bits:016x}"),
            epsilon: rho.epsilon(delta)?,
            delta,
        })
    }
}

/// Everything a reader needs to judge the guarantee, as NIST SP 800-226 asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PrivacyStatement {
    /// Whose presence is hidden.
    pub unit: PrivacyUnit,
    /// Which data sets count as neighbours.
    pub adjacency: String,
    /// Loss of this release for a resident who fills a whole voice in it.
    pub this_release: LossFacts,
    /// Most that this family can cost one resident in any `period_windows` windows.
    pub family_per_period: LossFacts,
    /// Most that everything released can cost one resident in any `period_windows` windows.
    pub all_per_period: LossFacts,
    /// Most that everything released so far, since the first window, can have cost one resident.
    pub lifetime: LossFacts,
    /// Length of the rolling period in windows.
    pub period_windows: u32,
    /// Units in one voice.
    pub voice_units: u32,
    /// Most cells one voice is split over.
    pub cells_max: u32,
    /// Most releases of this family that one resident can fill with a whole voice in a period.
    pub windows_max: u32,
    /// L2 sensitivity of the released vector, in units.
    pub sensitivity_units: u32,
    /// Scale of the noise in every cell of the finest level, in units.
    pub sigma_units: u32,
    /// The same in voices.
    pub sigma_voices: f64,
    /// Scale of the noise of the wider levels of place, where there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wider_levels: Vec<LevelScale>,
    /// Name of the mechanism.
    pub mechanism: String,
    /// Library that drew the noise and computed the losses.
    pub library: String,
    /// What was done after the noise, at no cost.
    pub post_processing: Vec<String>,
    /// What is published exactly because it does not depend on any comment.
    pub unprotected: Vec<String>,
    /// What the guarantee does not cover.
    pub not_covered: Vec<String>,
}

/// The noise of one wider level of place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LevelScale {
    /// Which level.
    pub level: Level,
    /// Scale in units.
    pub sigma_units: u32,
    /// Scale in voices.
    pub sigma_voices: f64,
}

impl PrivacyStatement {
    /// The statement of one release of `family` dated `window`.
    ///
    /// # Errors
    /// When the library refuses a conversion.
    pub fn new(
        unit: PrivacyUnit,
        budget: &Budget,
        family: &StatedFamily,
        window: Window,
    ) -> Result<Self, LossError> {
        let periods = window.0 / budget.period_windows + 1;
        let unit_of_voice = f64::from(VOICE_UNITS);
        let noise = |layer: &Layer| LevelScale {
            level: layer.level,
            sigma_units: layer.sigma_units,
            sigma_voices: f64::from(layer.sigma_units) / unit_of_voice,
        };
        Ok(Self {
            unit,
            adjacency: adjacency(unit, budget.period_windows),
            this_release: LossFacts::new(family.loss_window, budget.delta)?,
            family_per_period: LossFacts::new(family.loss_period, budget.delta)?,
            all_per_period: LossFacts::new(budget.rho, budget.delta)?,
            lifetime: LossFacts::new(budget.rho.composed(periods)?, budget.delta)?,
            period_windows: budget.period_windows,
            voice_units: VOICE_UNITS,
            cells_max: u32::from(family.declared.cells_max),
            windows_max: family.declared.windows_max,
            sensitivity_units: family.sensitivity_units(),
            sigma_units: family.sigma_units(),
            sigma_voices: f64::from(family.sigma_units()) / unit_of_voice,
            wider_levels: family.layers.iter().skip(1).map(noise).collect(),
            mechanism: "discrete Gaussian, independent in every cell".into(),
            library: format!("{LIBRARY_NAME} {LIBRARY_VERSION} (Rust), randomness from OpenSSL"),
            post_processing: post_processing(family),
            unprotected: vec![
                "the plan: neighbourhoods, topics, windows, schedule, noise scales".into(),
                "the model and its measured accuracy".into(),
            ],
            not_covered: not_covered(unit),
        })
    }
}

pub(super) fn post_processing(family: &StatedFamily) -> Vec<String> {
    let mut done = vec![
        "95 % intervals of the noise",
        "net sentiment with Fieller intervals, or `measuring` below 4 sigma sqrt(3) voices",
    ];
    if family.layers.len() > 1 {
        done.push("levels of place reconciled by weighted least squares; raw values stay beside");
    }
    if !family.coefficients.is_empty() {
        done.push("running totals decoded from all releases of the run; raw values stay beside");
    }
    done.into_iter().map(str::to_owned).collect()
}

fn adjacency(unit: PrivacyUnit, period_windows: u32) -> String {
    let who = match unit {
        PrivacyUnit::Resident => "all records of one resident (one pseudonymous account)",
        PrivacyUnit::Comment => {
            "all rows that carry one id (event level: rows are not joined by account)"
        }
    };
    format!(
        "adding or removing {who}, whenever written; everything released for any \
         {period_windows} consecutive windows together stays within `all_per_period`"
    )
}

fn not_covered(unit: PrivacyUnit) -> Vec<String> {
    let person = match unit {
        PrivacyUnit::Resident => "a person with several accounts is several residents",
        PrivacyUnit::Comment => {
            "a person who wrote several records is protected for each of them alone"
        }
    };
    [
        person,
        "the classifier's mistakes: intervals cover the privacy noise only",
        "residents who did not write",
        "operators inside the boundary, who can read comments as they arrive",
        "comments refused under overload",
        "the loss grows by `all_per_period` with every further period: see `lifetime`",
    ]
    .map(str::to_owned)
    .to_vec()
}
