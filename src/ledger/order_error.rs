//! Why a fact may not follow what stands in the ledger.

use super::{AmendError, PLAN_PRIVACY_KEY, ReleaseId};
use crate::{domain::Window, privacy::PlanError};

/// Why a fact may not follow what stands.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OrderError {
    /// The first entry opens the ledger, and only the first.
    #[error("a ledger begins with one open entry and has no other")]
    Open,
    /// A key that the one in force did not name, or that signed before.
    #[error("the new key is not endorsed by the key in force, or it signed before")]
    Rotation,
    /// Nothing is charged without a plan.
    #[error("no plan is recorded; record the plan first")]
    NoPlan,
    /// The plan holds no readable privacy plan.
    #[error("the plan's `{PLAN_PRIVACY_KEY}` is not a privacy plan: {0}")]
    PlanShape(#[from] serde_json::Error),
    /// The digest is not that of the plan.
    #[error("plan_digest is not the digest of the plan")]
    PlanDigest,
    /// The plan's arithmetic does not hold.
    #[error("the plan does not hold: {0}")]
    Plan(#[from] PlanError),
    /// A plan that may not follow the one in force.
    #[error("the plan may not follow the one in force: {0}")]
    Amend(#[from] AmendError),
    /// A reserve stands open.
    #[error(
        "attempt {attempt} at release {release_id} is reserved and open; commit it, or delete its \
         output and abandon it"
    )]
    Outstanding {
        /// Which release.
        release_id: ReleaseId,
        /// Which attempt.
        attempt: u32,
    },
    /// A charge that the plan does not have.
    #[error("the charge of family `{family}` is not the recorded plan's: {what} differs")]
    Charge {
        /// Which family.
        family: String,
        /// Which number.
        what: &'static str,
    },
    /// The id is not that of the family, window and plan.
    #[error("release {0} is not the id of its family, window and plan")]
    Id(ReleaseId),
    /// An attempt out of its turn.
    #[error("attempt {found} at release {release_id} is out of turn; the next is {expected}")]
    Attempt {
        /// Which release.
        release_id: ReleaseId,
        /// As asked.
        found: u32,
        /// As due.
        expected: u32,
    },
    /// Paid for and answered already.
    #[error("release {0} is committed; serve the stored bytes")]
    Committed(ReleaseId),
    /// Another plan answered for this window already.
    #[error("family `{family}` was released at window {} already; a window is never re-released", window.0)]
    Window {
        /// Which family.
        family: String,
        /// Which window.
        window: Window,
    },
    /// A running total with a gap.
    #[error("running total `{family}` lacks its release of window {}: they come in order", window.0)]
    Run {
        /// Id of the family.
        family: String,
        /// The first that is missing.
        window: Window,
    },
    /// No open reserve of that attempt.
    #[error("attempt {attempt} at release {release_id} is not reserved and open")]
    NotReserved {
        /// Which release.
        release_id: ReleaseId,
        /// Which attempt.
        attempt: u32,
    },
    /// Nothing to publish.
    #[error("release {0} is not committed, or published already")]
    NotCommitted(ReleaseId),
    /// A name that is no plain file name, or taken.
    #[error("`{0}` cannot name a release: use up to 120 of a-z 0-9 . _ - and no name twice")]
    File(String),
}
