//! The privacy core: what a resident may weigh, what a release costs, and the noise.
//!
//! It is: voice bounding, the odometer, the arithmetic of the plan and the one mechanism, with
//! every loss taken from OpenDP. It is not: a store, a ledger or a schedule; nothing here reads a
//! file, a clock or a comment. This is the only module that names `opendp`.

mod budget;
mod counts;
mod decimal;
mod expected;
mod family;
mod forecast;
mod layer;
mod levels;
mod library;
mod loss;
mod mechanism;
mod micro;
mod noise;
mod odometer;
mod plan;
mod plan_error;
mod prefix;
mod running;
mod scenario;
mod spec;
mod stated;
mod stated_family;
mod voice;

pub use budget::{Budget, BudgetError};
pub use counts::{ExactCounts, NoisyCounts};
pub(crate) use decimal::reads_back;
pub use expected::{ExpectedError, Z_95, measuring_voices};
pub use family::{Family, loss_of_levels};
pub use forecast::{Expectation, FamilyForecast, Forecast, Laplace, Turnout, WiderForecast};
pub use layer::Layer;
pub use levels::{LevelNoise, LevelsError, Node, PlaceTree, Reconciled};
pub use library::{LIBRARY_NAME, LIBRARY_VERSION, LossError, loss_of};
pub use loss::{Rho, RhoError};
pub use mechanism::{Mechanism, MechanismError, draw_on_nothing};
pub use micro::MicroRho;
pub use noise::noise_alone;
pub use odometer::{Spent, admits, admits_run};
pub use plan::PrivacyPlan;
pub use plan_error::PlanError;
pub use prefix::{PREFIX_SCALE, PREFIX_STEPS_MAX, PrefixError, PrefixMatrix, PrefixTotal};
pub use scenario::{Advice, Change, Scenario, ScenarioError};
pub use spec::{CELLS_PER_VOICE_MAX, FamilySpec, LevelSpec};
pub use stated::StatedPlan;
pub use stated_family::StatedFamily;
pub use voice::{Voice, bound_voice};

#[cfg(test)]
pub(crate) use plan::tests::{
    keys_for_tests, plan as plan_for_tests, plan_with as plan_with_for_tests,
    spec as spec_for_tests, specs as specs_for_tests,
};
