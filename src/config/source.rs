//! The source of a pipeline, checked.

use jiff::tz::TimeZone;

use super::{
    ConfigError,
    raw::{RawMap, RawSource},
};
use crate::{
    connectors::{CsvMap, DateColumns, DateFormat, Format, PolisRules, TextColumn},
    domain::SourceId,
    release::PrivacyUnit,
};

/// What tells one resident of the source from another; part of the public plan.
pub(super) fn identity(raw: &RawSource) -> serde_json::Value {
    let map = raw.map.as_ref();
    serde_json::json!({
        "source": raw.name,
        "kind": raw.kind,
        "id_columns": map.map(|map| &map.id),
        "account_column": map.map(|map| &map.account),
        "account_placeholders": map.map(|map| &map.account_placeholders),
    })
}

/// Name and format of the source that `[source]` describes.
pub(super) fn build(raw: RawSource, zone: &TimeZone) -> Result<(SourceId, Format), ConfigError> {
    let id = SourceId::new(&raw.name).map_err(|e| ConfigError::because("source.name", e))?;
    if !["jsonl", "csv", "polis"].contains(&raw.kind.as_str()) {
        let found = format!("`{}`", raw.kind);
        return Err(ConfigError::found("source.kind", found, "jsonl, csv, polis"));
    }
    let only_for = |key: &str, present: bool, kind: &str| match present && raw.kind != kind {
        true => Err(ConfigError::because(key, format!("it goes with kind = \"{kind}\" only"))),
        false => Ok(()),
    };
    only_for("source.map", raw.map.is_some(), "csv")?;
    only_for("source.organizer_accounts", !raw.organizer_accounts.is_empty(), "polis")?;
    only_for("source.skip_moderated", raw.skip_moderated, "polis")?;
    let format = match (raw.kind.as_str(), raw.map) {
        ("jsonl", _) => Format::Jsonl,
        ("polis", _) => Format::Polis(PolisRules {
            organizers: raw.organizer_accounts,
            skip_moderated_out: raw.skip_moderated,
        }),
        ("csv", Some(map)) => Format::Csv(Box::new(columns(map, raw.unit, zone)?)),
        ("csv", None) => {
            let allowed = "[source.map] with id, text and posted_at";
            return Err(ConfigError::found("source.map", "nothing", allowed));
        }
        (other, _) => {
            let found = format!("`{other}`");
            return Err(ConfigError::found("source.kind", found, "jsonl, csv, polis"));
        }
    };
    Ok((id, format))
}

fn columns(raw: RawMap, unit: PrivacyUnit, zone: &TimeZone) -> Result<CsvMap, ConfigError> {
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
