//! Why an audit could not be carried out; a check that fails is no error but a finding.

use std::{io, path::PathBuf};

use crate::{
    domain::CalendarError,
    ledger::LedgerError,
    privacy::{BudgetError, LossError, MechanismError, PlanError},
    release::{ArchiveError, ReleaseError},
    store::StoreError,
};

/// Why an audit ended without a verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The folder for the trials cannot be used.
    #[error("cannot use the folder {path} for trials: {source}; name another with --folder")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No trial can be laid out.
    #[error(
        "the families of this plan have no common multiple of their spans within {windows_max} \
         windows; audit them one plan at a time"
    )]
    Rhythm {
        /// The most windows a trial may last.
        windows_max: u32,
    },
    /// A release did not come about in its turn.
    #[error("a release of the trial was {0}; the audit looks at fresh folders only")]
    Turn(&'static str),
    /// The calendar of the trials.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// The budget of a built-in plan.
    #[error(transparent)]
    Budget(#[from] BudgetError),
    /// A plan does not hold.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The library refused.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// The mechanism refused.
    #[error(transparent)]
    Mechanism(#[from] MechanismError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A release failed.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// A released file cannot be read back.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}
