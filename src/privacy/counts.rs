//! Counts before the noise and after it: two types, and one way from the first to the second.

use serde::Serialize;
use zeroize::Zeroizing;

/// Exact sums of voices per cell: secret, zeroed on drop, and consumed by the mechanism.
///
/// It has no `Debug`, `Clone` or `Serialize`, and no way to read it outside this module.
///
/// # Units
/// 60ths of a voice, one number for each cell of the family's levels, finest first.
pub struct ExactCounts(Zeroizing<Vec<i64>>);

impl ExactCounts {
    /// Wraps sums that were read under a receipt of the ledger.
    #[allow(dead_code)] // without `pipeline`, the auditor's build, nothing is counted
    pub(crate) fn new(units: Vec<i64>) -> Self {
        Self(Zeroizing::new(units))
    }

    pub(super) fn units(&self) -> &Vec<i64> {
        &self.0
    }
}

/// Noisy sums per cell: what a release may be computed from.
///
/// They can be negative; that is how they stay unbiased.
///
/// # Units
/// 60ths of a voice, one number for each cell of the family's levels, finest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoisyCounts {
    units: Vec<i64>,
}

impl NoisyCounts {
    pub(super) fn new(units: Vec<i64>) -> Self {
        Self { units }
    }

    /// The noisy sums: the cells of each level in the order of its schema, finest level first.
    pub fn units(&self) -> &[i64] {
        &self.units
    }
}
