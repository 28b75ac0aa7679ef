//! `[[alert]]`: which released changes somebody wants to be told of, and where.

use std::path::Path;

use super::{
    ConfigError, beside, check_id,
    raw::{RawAlert, RawWebhook},
};
use crate::{
    connectors::{SecretFrom, Webhook},
    domain::{KeySet, NamedKey},
    estimate::Alert,
    privacy::PrivacyPlan,
};

/// What somebody wants to be told of, and where beside the file.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Of what.
    pub alert: Alert,
    /// The service that is told, too.
    pub webhook: Option<Webhook>,
}

/// Most releases between the two compared.
const BACK_MAX: usize = 1000;

/// Checks alerts against the plan.
pub(super) fn build(
    file: &Path,
    raw: Vec<RawAlert>,
    plan: &PrivacyPlan,
    keys: &KeySet,
) -> Result<Vec<Subscription>, ConfigError> {
    let mut alerts: Vec<Subscription> = Vec::new();
    for alert in raw {
        check_id("alert.id", &alert.id)?;
        if alerts.iter().any(|other| other.alert.id == alert.id) {
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
        let RawAlert { id, family, neighborhoods, topics, back, webhook } = alert;
        let webhook = webhook.map(|raw| receiver(file, raw)).transpose()?;
        alerts.push(Subscription {
            alert: Alert { id, family, neighborhoods, topics, back },
            webhook,
        });
    }
    Ok(alerts)
}

/// `[alert.webhook]`, held against the rules of the door; its secret is read when it is told.
fn receiver(file: &Path, raw: RawWebhook) -> Result<Webhook, ConfigError> {
    let url = raw.url.parse().map_err(|_| {
        ConfigError::found("alert.webhook.url", "no address", "https://host/path of the receiver")
    })?;
    let secret = match (raw.secret_file, raw.secret_env) {
        (Some(path), None) => SecretFrom::File(beside(file, &path)),
        (None, Some(name)) => SecretFrom::Environment(name),
        _ => {
            let allowed = "secret_file or secret_env, one of them";
            return Err(ConfigError::found("alert.webhook", "no one place of its secret", allowed));
        }
    };
    let webhook = Webhook { url, loopback: raw.loopback, secret };
    webhook.check().map_err(|e| ConfigError::because("alert.webhook.url", e))?;
    Ok(webhook)
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
