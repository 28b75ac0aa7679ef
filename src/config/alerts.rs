//! `[[alert]]`: which released changes somebody wants to be told of.

use super::{ConfigError, check_id, raw::RawAlert};
use crate::{
    domain::{KeySet, NamedKey},
    estimate::Alert,
    privacy::PrivacyPlan,
};

/// Most releases between the two compared.
const BACK_MAX: usize = 1000;

/// Checks alerts against the plan.
pub(super) fn build(
    raw: Vec<RawAlert>,
    plan: &PrivacyPlan,
    keys: &KeySet,
) -> Result<Vec<Alert>, ConfigError> {
    let mut alerts: Vec<Alert> = Vec::new();
    for alert in raw {
        check_id("alert.id", &alert.id)?;
        if alerts.iter().any(|other| other.id == alert.id) {
            return Err(ConfigError::found(
                "alert.id",
                format!("`{}` twice", alert.id),
                "ids that differ",
            ));
        }
        let moods = || plan.families().iter().filter(|family| family.spec().grouping.sentiment);
        let Some(family) = moods().find(|family| family.spec().id == alert.family) else {
            let ids: Vec<&str> = moods().map(|family| family.spec().id.as_str()).collect();
            let allowed = format!("a family by sentiment: {}", ids.join(", "));
            return Err(ConfigError::found("alert.family", format!("`{}`", alert.family), allowed));
        };
        let by = family.spec().grouping;
        known("alert.neighborhoods", &alert.neighborhoods, by.neighborhood, &keys.neighborhoods)?;
        known("alert.topics", &alert.topics, by.topic, &keys.topics)?;
        if !(1..=BACK_MAX).contains(&alert.back) {
            return Err(ConfigError::found("alert.back", alert.back, format!("1 to {BACK_MAX}")));
        }
        let RawAlert { id, family, neighborhoods, topics, back } = alert;
        alerts.push(Alert { id, family, neighborhoods, topics, back });
    }
    Ok(alerts)
}

fn known(key: &str, ids: &[String], grouped: bool, keys: &[NamedKey]) -> Result<(), ConfigError> {
    if !grouped && !ids.is_empty() {
        let allowed = "none, since the family does not group by it";
        return Err(ConfigError::found(key, ids.join(", "), allowed));
    }
    match ids.iter().find(|id| !keys.iter().any(|key| key.id == **id)) {
        None => Ok(()),
        Some(id) => {
            let allowed: Vec<&str> = keys.iter().map(|key| key.id.as_str()).collect();
            Err(ConfigError::found(key, format!("`{id}`"), allowed.join(", ")))
        }
    }
}
