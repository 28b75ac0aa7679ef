//! The source of a pipeline, checked.

use std::path::Path;

use super::{
    ConfigError,
    raw::{RawMap, RawSchedule, RawSource},
    service::{self, Around},
};
use crate::{
    connectors::{
        CsvMap, DateColumns, DateFormat, Format, PolisRules, RedditRules, TextColumn,
        decidim_export,
    },
    domain::{Calendar, SourceId},
    release::PrivacyUnit,
};

/// What tells one resident of the source from another; part of the public plan.
pub(super) fn identity(raw: &RawSource) -> serde_json::Value {
    let map = raw.map.as_ref();
    let mut identity = serde_json::json!({
        "source": raw.name,
        "kind": raw.kind,
        "id_columns": map.map(|map| &map.id),
        "account_column": map.map(|map| &map.account),
        "account_placeholders": map.map(|map| &map.account_placeholders),
    });
    if let Some(field) = raw.service.as_ref().and_then(|service| service.account_field.as_ref()) {
        identity["account_field"] = field.as_str().into();
    }
    identity
}

/// The kinds that read files.
const FILES: [&str; 5] = ["jsonl", "csv", "polis", "decidim-export", "reddit"];

/// Whether rows of this kind can name a place by themselves, without a map.
pub(super) fn names_no_place(raw: &RawSource) -> bool {
    let by_map = |map: &RawMap| map.neighborhood.is_none() && map.latitude.is_none();
    match service::kind(&raw.kind) {
        Some(kind) => !kind.places || raw.map.as_ref().is_some_and(by_map),
        None if matches!(raw.kind.as_str(), "decidim-export" | "reddit") => true,
        None => raw.map.as_ref().is_some_and(by_map),
    }
}

/// What kind of texts it holds.
pub(super) fn writing(raw: &RawSource) -> Result<String, ConfigError> {
    match raw.writing.as_str() {
        known @ ("comments" | "posts") => Ok(known.to_owned()),
        other => Err(ConfigError::found("source.writing", format!("`{other}`"), "comments, posts")),
    }
}

/// Name and format of the source that `[source]` describes.
pub(super) fn build(
    file: &Path,
    raw: RawSource,
    schedule: &RawSchedule,
    calendar: &Calendar,
) -> Result<(SourceId, Format), ConfigError> {
    let id = SourceId::new(&raw.name).map_err(|e| ConfigError::because("source.name", e))?;
    let remote = service::kind(&raw.kind);
    if remote.is_none() && !FILES.contains(&raw.kind.as_str()) {
        let services = service::KINDS.iter().map(|kind| kind.name);
        let allowed: Vec<_> = FILES.into_iter().chain(services).collect();
        let found = format!("`{}`", raw.kind);
        return Err(ConfigError::found("source.kind", found, allowed.join(", ")));
    }
    refuse_idle_tables(&raw, remote.is_some())?;
    let zone = calendar.zone();
    let map = raw.map.map(|map| columns(map, raw.unit, zone)).transpose()?;
    let format = match (raw.kind.as_str(), map) {
        ("jsonl", _) => Format::Jsonl,
        ("polis", _) => Format::Polis(PolisRules {
            organizers: raw.organizer_accounts,
            skip_moderated_out: raw.skip_moderated,
        }),
        ("decidim-export", _) => {
            let accounts = raw.unit == PrivacyUnit::Resident;
            Format::Csv(Box::new(decidim_export(accounts, zone.clone())))
        }
        ("reddit", _) => {
            Format::Reddit(RedditRules { accounts: raw.unit == PrivacyUnit::Resident })
        }
        ("csv", Some(map)) => Format::Csv(Box::new(map)),
        ("csv", None) => {
            let allowed = "[source.map] with id, text and posted_at";
            return Err(ConfigError::found("source.map", "nothing", allowed));
        }
        (kind, map) => {
            let (Some(kind), Some(service)) = (remote, raw.service) else {
                let allowed = format!("[source.service] with url, since kind = \"{kind}\"");
                return Err(ConfigError::found("source.service", "nothing", allowed));
            };
            let (unit, starts_on) = (raw.unit, schedule.starts_on);
            let around = Around { file, unit, zone, starts_on, map };
            Format::Remote(Box::new(service::build(kind, service, around)?))
        }
    };
    Ok((id, format))
}

/// A table or key that the kind does not look at would promise what does not happen.
fn refuse_idle_tables(raw: &RawSource, is_remote: bool) -> Result<(), ConfigError> {
    let only_for = |key: &str, present: bool, kinds: &[&str]| match present
        && !kinds.contains(&raw.kind.as_str())
    {
        true => {
            let kinds = kinds.join("\" or \"");
            Err(ConfigError::because(key, format!("it goes with kind = \"{kinds}\" only")))
        }
        false => Ok(()),
    };
    only_for("source.map", raw.map.is_some(), &["csv", "socrata"])?;
    only_for("source.organizer_accounts", !raw.organizer_accounts.is_empty(), &["polis"])?;
    only_for("source.skip_moderated", raw.skip_moderated, &["polis"])?;
    if is_remote && raw.path.is_some() {
        let fault = format!("kind = \"{}\" reads a service, not a file", raw.kind);
        return Err(ConfigError::because("source.path", fault));
    }
    match !is_remote && raw.service.is_some() {
        true => Err(ConfigError::because("source.service", "this kind reads a file")),
        false => Ok(()),
    }
}

fn columns(
    raw: RawMap,
    unit: PrivacyUnit,
    zone: &jiff::tz::TimeZone,
) -> Result<CsvMap, ConfigError> {
    if raw.account.is_none() && unit == PrivacyUnit::Resident {
        let allowed = "a column, or source.unit = \"comment\" where rows name no account";
        return Err(ConfigError::found("source.map.account", "nothing", allowed));
    }
    let delimiter = u8::try_from(raw.delimiter).ok().filter(u8::is_ascii).ok_or_else(|| {
        let found = format!("`{}`", raw.delimiter);
        ConfigError::found("source.map.delimiter", found, "one ASCII character")
    })?;
    let point = match (raw.latitude, raw.longitude) {
        (Some(latitude), Some(longitude)) => Some((latitude, longitude)),
        (None, None) => None,
        _ => {
            let allowed = "both latitude and longitude, or neither";
            return Err(ConfigError::found("source.map", "one of the two", allowed));
        }
    };
    let dates = |columns: Vec<String>| DateColumns {
        columns,
        format: match raw.posted_at_format.as_str() {
            "auto" => DateFormat::Auto,
            pattern => DateFormat::Strptime(pattern.to_owned()),
        },
        zone: Some(zone.clone()),
    };
    Ok(CsvMap {
        delimiter,
        id: raw.id,
        account: raw.account,
        account_placeholders: raw.account_placeholders,
        text: TextColumn { column: raw.text, json_pointer: raw.text_pointer },
        posted_at: dates(raw.posted_at),
        revised_at: None,
        neighborhood: raw.neighborhood,
        point,
    })
}
