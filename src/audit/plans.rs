//! The plans that are audited when none is given, and a given one without its calendar's end.

use serde_json::json;

use super::{AuditError, Subject};
use crate::{
    domain::{Calendar, Grouping, KeySet, NamedKey},
    privacy::{Budget, FamilySpec, MicroRho, PrivacyPlan},
    release::{PrivacyUnit, ReleasePlan},
};

const DELTA: f64 = 1e-6;

/// rho 0.1 and rho 0.5, with one family of which a resident fills two windows of any four.
///
/// # Errors
/// When the library refuses a plan.
pub(super) fn built_in() -> Result<Vec<Subject>, AuditError> {
    [("rho-0.1", 100_000), ("rho-0.5", 500_000)]
        .into_iter()
        .map(|(name, micro)| Subject::new(name, plan_of(MicroRho(micro))?))
        .collect()
}

/// One family of eight cells, W = 2 of 4 windows, that spends all of `budget`.
pub(super) fn plan_of(budget: MicroRho) -> Result<ReleasePlan, AuditError> {
    let keys = KeySet {
        neighborhoods: keys(["east", "west"]),
        topics: keys(["parks", "other"]),
        districts: Vec::new(),
    };
    let family = FamilySpec {
        id: "pulse".into(),
        name: "mood by neighbourhood".into(),
        grouping: Grouping { neighborhood: true, topic: false, sentiment: true },
        every_windows: 1,
        windows_max: 2,
        share_percent: 100,
        cells_max: 6,
        sigma_units: None,
        levels: Vec::new(),
        to_date_windows: None,
        from_window: None,
        until_window: None,
    };
    let budget = Budget::of_rho(budget, DELTA, 4)?;
    let privacy = PrivacyPlan::new(budget, vec![family], &keys)?;
    Ok(ReleasePlan {
        deployment: None,
        id: "audit".into(),
        title: "A city that does not exist".into(),
        unit: PrivacyUnit::Resident,
        identity: json!({"source": "audit"}),
        calendar: calendar()?,
        keys,
        privacy,
    })
}

/// `plan` as it stands, but that its calendar and its questions neither begin late nor end: trials
/// need more windows than a plan may have. Questions that end are left out, as others may have taken
/// their share.
pub(super) fn without_end(plan: &ReleasePlan) -> Result<ReleasePlan, AuditError> {
    let specs = plan.privacy.families().iter().map(|family| family.spec().clone());
    let lasting = specs
        .filter(|spec| spec.until_window.is_none())
        .map(|spec| FamilySpec { from_window: None, ..spec })
        .collect();
    let privacy = PrivacyPlan::new(plan.privacy.budget().clone(), lasting, &plan.keys)?;
    Ok(ReleasePlan { calendar: calendar()?, privacy, ..plan.clone() })
}

fn calendar() -> Result<Calendar, AuditError> {
    Ok(Calendar::new(jiff::civil::date(2026, 1, 5), 7, None, "UTC", 0)?)
}

fn keys(ids: [&str; 2]) -> Vec<NamedKey> {
    ids.map(|id| NamedKey { id: id.into(), name: id.into() }).to_vec()
}
