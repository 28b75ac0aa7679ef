//! Why a plan is refused, with the arithmetic.

use super::{LossError, MicroRho};
use crate::domain::DistrictError;

/// Why a privacy plan is refused. Every number in it is public.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Nothing to release.
    #[error("the plan has {0} query families; give 1 to {FAMILIES_MAX}")]
    Families(usize),
    /// An id that files and ledgers cannot carry.
    #[error("`{0}` is not a family id: use 1 to 40 of a-z, 0-9 and -")]
    Id(String),
    /// Two families of one name.
    #[error("family `{0}` is declared twice; give each its own id")]
    Duplicate(String),
    /// A span without windows.
    #[error("family `{family}`: every_windows is 0; give at least 1")]
    Every {
        /// Which family.
        family: String,
    },
    /// W is zero or more than there can be.
    #[error(
        "family `{family}`: windows_max is {windows_max}, but a period of {period_windows} windows \
         holds at most {spans_max} spans of {every_windows}; give 1 to {spans_max}"
    )]
    WindowsMax {
        /// Which family.
        family: String,
        /// As declared.
        windows_max: u32,
        /// Of the budget.
        period_windows: u32,
        /// Of the family.
        every_windows: u32,
        /// The most there can be.
        spans_max: u32,
    },
    /// k is out of range.
    #[error("family `{family}`: cells_max is {cells_max}; give 1 to 6, by which 60 units divide")]
    CellsMax {
        /// Which family.
        family: String,
        /// As declared.
        cells_max: u8,
    },
    /// A share that is no share.
    #[error("family `{family}`: share_percent is {percent}; give 1 to 100")]
    Share {
        /// Which family.
        family: String,
        /// As declared.
        percent: u8,
    },
    /// The shares add up to too much.
    #[error("the shares add up to {total} %: {parts}; lower them to 100 % together")]
    Shares {
        /// Sum in percent.
        total: u32,
        /// The summands.
        parts: String,
    },
    /// Noise of zero.
    #[error("family `{family}`: sigma_units is 0; leave it out, or give at least 1")]
    NoNoise {
        /// Which family.
        family: String,
    },
    /// No noise is large enough.
    #[error("family `{family}`: {share} is too small for any noise; raise its share or the budget")]
    ShareTooSmall {
        /// Which family.
        family: String,
        /// Its share.
        share: MicroRho,
    },
    /// Nothing to count, or too much.
    #[error("family `{family}` has {cells} cells; a family holds 1 to {CELLS_MAX}")]
    Cells {
        /// Which family.
        family: String,
        /// Of its schema.
        cells: usize,
    },
    /// The key lists are too long.
    #[error("the plan lists {0} keys of one kind; a list holds at most {KEYS_MAX}")]
    Keys(usize),
    /// The plan costs more than the budget.
    #[error(
        "the plan costs {cost} of {budget}: {parts}; raise sigma, lower windows_max or raise the \
         budget"
    )]
    OverBudget {
        /// Of all families.
        cost: MicroRho,
        /// What there is.
        budget: MicroRho,
        /// The summands.
        parts: String,
    },
    /// One family costs more than its share.
    #[error(
        "family `{family}` costs {payments} x {cost_window} = {cost} of its share of {share}; raise \
         its sigma or its share, or lower windows_max"
    )]
    OverShare {
        /// Which family.
        family: String,
        /// How often a resident can pay in a period.
        payments: usize,
        /// A whole voice in one release.
        cost_window: MicroRho,
        /// W of them.
        cost: MicroRho,
        /// What there is.
        share: MicroRho,
    },
    /// A stated number is not what follows from the declared ones.
    #[error("{of}: {what} is stated as {stated}, but works out as {found}; the plan was altered")]
    Misstated {
        /// The family, or the plan.
        of: String,
        /// Which number.
        what: &'static str,
        /// As stated.
        stated: String,
        /// As computed.
        found: String,
    },
    /// The library composes the losses to more than the budget.
    #[error("{of}: the losses compose to rho {loss}, above {bound}; raise sigma")]
    LossAbove {
        /// The family, or the plan.
        of: String,
        /// By the library.
        loss: f64,
        /// What there is.
        bound: f64,
    },
    /// The library's epsilon is above the stated one.
    #[error("rho implies epsilon {found} at delta {delta}, above the stated {stated}")]
    EpsilonAbove {
        /// By the library.
        found: f64,
        /// As stated.
        delta: f64,
        /// As stated.
        stated: f64,
    },
    /// Levels that contradict each other.
    #[error("family `{family}`: levels: {fault}")]
    Levels {
        /// Which.
        family: String,
        /// What is wrong.
        fault: &'static str,
    },
    /// A running total that the period cannot hold.
    #[error(
        "family `{family}`: to_date_windows is {run}; give 2 to {period_windows} (the period, 52 at most), with \
         every_windows = 1 and windows_max = 1: a resident enters a run once"
    )]
    ToDate {
        /// Which.
        family: String,
        /// What was asked.
        run: u32,
        /// Windows in the period.
        period_windows: u32,
    },
    /// A family that ends before it begins.
    #[error("family `{family}` ends before it begins: raise until_window or lower from_window")]
    NoWindows {
        /// Which.
        family: String,
    },
    /// Districts that do not divide the city.
    #[error(transparent)]
    Districts(DistrictError),
    /// The library refused.
    #[error(transparent)]
    Loss(#[from] LossError),
}

/// A plan holds at most this many families.
pub(super) const FAMILIES_MAX: usize = 64;
/// A family holds at most this many cells.
pub(super) const CELLS_MAX: usize = 1_000_000;
/// A list of keys holds at most this many.
pub(super) const KEYS_MAX: usize = 10_000;
