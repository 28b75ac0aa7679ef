//! `[source.service]`: a service on the network, checked.
//!
//! Which keys go with which kind stands in one table, so that a key that does nothing is refused.

use std::time::Duration;

use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer};

use super::{ConfigError, beside, raw::date};
use crate::{
    connectors::{
        Bluesky, CsvMap, Decidim, JetstreamVersion, Kind, Mastodon, Open311, Policy, Regulations,
        Remote, SecretFrom, SeeClickFix, Service, Soda, SodaVersion,
    },
    release::PrivacyUnit,
};

/// `[source.service]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawService {
    /// Its address.
    pub url: String,
    /// Hosts that may be asked, redirects included; left out, the address's own.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Whether this machine may be asked, without TLS, and then nothing else.
    #[serde(default)]
    pub loopback: bool,
    /// File of the token, relative to the file, readable by its owner only.
    pub token_file: Option<String>,
    /// Environment variable that holds the token.
    pub token_env: Option<String>,
    /// First day that is asked for; left out, the first day of the first window.
    #[serde(default, deserialize_with = "optional_date")]
    pub starts_on: Option<Date>,
    /// Rows asked for at once.
    pub page_rows: Option<u32>,
    /// How many days behind its cursor a run looks again.
    pub reread_days: Option<u16>,
    /// `json` or `xml`.
    pub answers: Option<String>,
    /// Which of several jurisdictions of one server.
    pub jurisdiction: Option<String>,
    /// Field that holds an account key.
    pub account_field: Option<String>,
    /// Which version of its interface.
    pub version: Option<u8>,
    /// Which dataset.
    pub dataset: Option<String>,
    /// Which place.
    pub place: Option<String>,
    /// Which component.
    pub component: Option<u64>,
    /// Which document, by its object id.
    pub comment_on: Option<String>,
    /// `local`, `public` or `hashtag`.
    pub timeline: Option<String>,
    /// Which hashtag, without the `#`.
    pub tag: Option<String>,
    /// Which accounts, by their DIDs.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// How many seconds a run listens after its start.
    pub listen_s: Option<u32>,
    /// How many seconds `serve` waits between one time of asking and the next.
    pub poll_every_s: Option<u32>,
}

fn optional_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    date(deserializer).map(Some)
}

/// What a kind of service is to a pipeline.
pub(super) struct KindOf {
    /// Its name in `source.kind`.
    pub name: &'static str,
    /// Keys of `[source.service]` that it knows beside those of all.
    keys: &'static [&'static str],
    /// Most rows on a page, where the service pages by number of rows.
    page_rows_max: Option<u32>,
    /// Whether its rows name accounts: always, never, or where a key says so.
    pub accounts: Accounts,
    /// Whether its rows name places.
    pub places: bool,
}

/// Whether a kind's rows say who wrote them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Accounts {
    Named,
    Nobody,
    ByKey(&'static str),
}

/// All kinds of services.
pub(super) const KINDS: [KindOf; 9] = [
    KindOf {
        name: "bluesky",
        keys: &["version", "tag", "accounts", "listen_s"],
        page_rows_max: None,
        accounts: Accounts::Named,
        places: false,
    },
    KindOf {
        name: "decidim",
        keys: &["component", "page_rows", "poll_every_s"],
        page_rows_max: Some(100),
        accounts: Accounts::Named,
        places: false,
    },
    KindOf {
        name: "discourse",
        keys: &["reread_days", "poll_every_s"],
        page_rows_max: None,
        accounts: Accounts::Named,
        places: false,
    },
    KindOf {
        name: "feed",
        keys: &["poll_every_s"],
        page_rows_max: None,
        accounts: Accounts::Nobody,
        places: false,
    },
    KindOf {
        name: "mastodon",
        keys: &["timeline", "tag", "page_rows", "reread_days", "listen_s"],
        page_rows_max: Some(40),
        accounts: Accounts::Named,
        places: false,
    },
    KindOf {
        name: "open311",
        keys: &[
            "answers",
            "jurisdiction",
            "account_field",
            "page_rows",
            "reread_days",
            "poll_every_s",
        ],
        page_rows_max: Some(1_000),
        accounts: Accounts::ByKey("source.service.account_field"),
        places: true,
    },
    KindOf {
        name: "regulations",
        keys: &["comment_on", "page_rows", "reread_days", "poll_every_s"],
        page_rows_max: Some(250),
        accounts: Accounts::Nobody,
        places: false,
    },
    KindOf {
        name: "seeclickfix",
        keys: &["place", "page_rows", "reread_days", "poll_every_s"],
        page_rows_max: Some(100),
        accounts: Accounts::Named,
        places: true,
    },
    KindOf {
        name: "socrata",
        keys: &["version", "dataset", "page_rows", "reread_days", "poll_every_s"],
        page_rows_max: Some(50_000),
        accounts: Accounts::ByKey("source.map.account"),
        places: true,
    },
];

/// The kind of this name.
pub(super) fn kind(name: &str) -> Option<&'static KindOf> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// What of the rest of the pipeline a service depends on.
pub(super) struct Around<'a> {
    pub file: &'a std::path::Path,
    pub unit: PrivacyUnit,
    pub zone: &'a TimeZone,
    pub starts_on: Date,
    pub map: Option<CsvMap>,
}

/// Checks the table and builds the service.
pub(super) fn build(
    kind: &KindOf,
    raw: RawService,
    around: Around<'_>,
) -> Result<Remote, ConfigError> {
    refuse_idle_keys(kind, &raw)?;
    refuse_unnamed_residents(kind, &raw, &around)?;
    let service = service(kind, &raw, &around)?;
    let kind = match kind.name {
        "bluesky" => Kind::Bluesky(bluesky(raw)?),
        "decidim" => {
            let allowed = "the number in the addresses of the component's proposals";
            Kind::Decidim(Decidim { component: wanted("component", raw.component, allowed)? })
        }
        "discourse" => Kind::Discourse,
        "feed" => Kind::Feed,
        "mastodon" => Kind::Mastodon(mastodon(raw)?),
        "open311" => Kind::Open311(Open311 {
            xml: choice("answers", raw.answers.as_deref(), &["json", "xml"])? == 1,
            jurisdiction: raw.jurisdiction,
            account_field: raw.account_field,
        }),
        "regulations" => {
            let allowed = "the object id of a document, such as \"09000064846eebaf\"";
            let comment_on = wanted("comment_on", raw.comment_on, allowed)?;
            Kind::Regulations(Regulations { comment_on })
        }
        "seeclickfix" => {
            let allowed = "the place as its address at SeeClickFix names it";
            Kind::SeeClickFix(SeeClickFix { place: wanted("place", raw.place, allowed)? })
        }
        _ => Kind::Soda(soda(raw, around.map)?),
    };
    Ok(Remote { service, kind })
}

/// A key without which there is nothing to ask for.
fn wanted<T>(key: &str, written: Option<T>, allowed: &str) -> Result<T, ConfigError> {
    written.ok_or_else(|| ConfigError::found(&format!("source.service.{key}"), "nothing", allowed))
}

fn mastodon(raw: RawService) -> Result<Mastodon, ConfigError> {
    let timelines = ["local", "public", "hashtag"];
    let timeline = choice("timeline", raw.timeline.as_deref(), &timelines)?;
    match (timeline, raw.tag) {
        (0, None) => Ok(Mastodon::Local),
        (1, None) => Ok(Mastodon::Public),
        (2, tag) => Ok(Mastodon::Hashtag(hashtag(tag)?)),
        _ => Err(ConfigError::because("source.service.tag", "it goes with timeline = \"hashtag\"")),
    }
}

fn hashtag(tag: Option<String>) -> Result<String, ConfigError> {
    let allowed = "one hashtag without the #, of letters, digits and _";
    let tag = wanted("tag", tag, allowed)?;
    let plain = !tag.is_empty() && tag.chars().all(|c| c.is_alphanumeric() || c == '_');
    match plain {
        true => Ok(tag),
        false => Err(ConfigError::found("source.service.tag", format!("`{tag}`"), allowed)),
    }
}

/// Accounts that one address can name.
const ACCOUNTS_MAX: usize = 100;

fn bluesky(raw: RawService) -> Result<Bluesky, ConfigError> {
    let version = match raw.version {
        None | Some(1) => JetstreamVersion::One,
        Some(2) => JetstreamVersion::Two,
        Some(other) => return Err(ConfigError::found("source.service.version", other, "1, 2")),
    };
    if raw.tag.is_none() && raw.accounts.is_empty() {
        let allowed = "tag or accounts: the posts of a whole network are no city's";
        return Err(ConfigError::found("source.service.tag", "nothing", allowed));
    }
    let is_did = |did: &String| did.starts_with("did:") && did.len() <= 256;
    if raw.accounts.len() > ACCOUNTS_MAX || !raw.accounts.iter().all(is_did) {
        let allowed = format!("at most {ACCOUNTS_MAX} accounts by their ids (did:...)");
        return Err(ConfigError::found("source.service.accounts", raw.accounts.len(), allowed));
    }
    let tag = raw.tag.map(|tag| hashtag(Some(tag))).transpose()?;
    Ok(Bluesky { version, tag, accounts: raw.accounts })
}

fn soda(raw: RawService, map: Option<CsvMap>) -> Result<Soda, ConfigError> {
    let map = map.ok_or_else(|| {
        ConfigError::found("source.map", "nothing", "[source.map] with id, text and posted_at")
    })?;
    let dataset = raw.dataset.unwrap_or_default();
    let four = |part: &str| part.len() == 4 && part.bytes().all(|b| b.is_ascii_alphanumeric());
    if !dataset.split_once('-').is_some_and(|(one, two)| four(one) && four(two)) {
        let allowed = "a four-by-four such as \"erm2-nwe9\"";
        return Err(ConfigError::found("source.service.dataset", format!("`{dataset}`"), allowed));
    }
    let columns = [&map.id, &map.posted_at.columns].into_iter().flatten();
    let columns = columns.chain(&map.account).chain(&map.neighborhood).chain([&map.text.column]);
    let columns =
        columns.chain(map.point.iter().flat_map(|(latitude, longitude)| [latitude, longitude]));
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'@');
    if let Some(odd) = columns.into_iter().find(|name| name.is_empty() || !name.bytes().all(plain))
    {
        let allowed = "field names of the dataset's API: a-z, 0-9 and _";
        return Err(ConfigError::found("source.map", format!("`{odd}`"), allowed));
    }
    if map.text.json_pointer.is_some() {
        return Err(ConfigError::because("source.map.text_pointer", "it goes with csv only"));
    }
    let version = match raw.version {
        None | Some(2) => SodaVersion::Two,
        Some(3) => SodaVersion::Three,
        Some(other) => return Err(ConfigError::found("source.service.version", other, "2, 3")),
    };
    Ok(Soda { dataset, version, map: Box::new(map) })
}

/// The position of a word among those allowed; the first where none is written.
fn choice(key: &str, written: Option<&str>, allowed: &[&str]) -> Result<usize, ConfigError> {
    let Some(written) = written else { return Ok(0) };
    allowed.iter().position(|word| *word == written).ok_or_else(|| {
        let key = format!("source.service.{key}");
        ConfigError::found(&key, format!("`{written}`"), allowed.join(", "))
    })
}

fn refuse_idle_keys(kind: &KindOf, raw: &RawService) -> Result<(), ConfigError> {
    let written = [
        ("page_rows", raw.page_rows.is_some()),
        ("reread_days", raw.reread_days.is_some()),
        ("answers", raw.answers.is_some()),
        ("jurisdiction", raw.jurisdiction.is_some()),
        ("account_field", raw.account_field.is_some()),
        ("version", raw.version.is_some()),
        ("dataset", raw.dataset.is_some()),
        ("place", raw.place.is_some()),
        ("component", raw.component.is_some()),
        ("comment_on", raw.comment_on.is_some()),
        ("timeline", raw.timeline.is_some()),
        ("tag", raw.tag.is_some()),
        ("accounts", !raw.accounts.is_empty()),
        ("listen_s", raw.listen_s.is_some()),
        ("poll_every_s", raw.poll_every_s.is_some()),
    ];
    match written.iter().find(|(key, written)| *written && !kind.keys.contains(key)) {
        None => Ok(()),
        Some((key, _)) => Err(ConfigError::because(
            &format!("source.service.{key}"),
            format!("kind = \"{}\" does not know it; it knows {}", kind.name, kind.keys.join(", ")),
        )),
    }
}

/// A release that promises privacy to residents needs a source that tells one from another.
fn refuse_unnamed_residents(
    kind: &KindOf,
    raw: &RawService,
    around: &Around<'_>,
) -> Result<(), ConfigError> {
    let named = match kind.accounts {
        Accounts::Named => true,
        Accounts::Nobody => false,
        Accounts::ByKey(_) => {
            raw.account_field.is_some()
                || around.map.as_ref().is_some_and(|map| map.account.is_some())
        }
    };
    if named || around.unit == PrivacyUnit::Comment {
        return Ok(());
    }
    let or_key = match kind.accounts {
        Accounts::ByKey(key) => format!(", or {key} where the source names accounts"),
        _ => String::new(),
    };
    let fault = format!(
        "found resident, but rows of kind = \"{}\" do not say who wrote them, so several of one \
         resident could not be told from those of several; allowed: unit = \"comment\", and \
         releases then say so{or_key}",
        kind.name
    );
    Err(ConfigError::because("source.unit", fault))
}

fn service(kind: &KindOf, raw: &RawService, around: &Around<'_>) -> Result<Service, ConfigError> {
    let url: url::Url = raw.url.parse().map_err(|error| {
        let allowed = "an address such as https://data.example.gov";
        ConfigError::found("source.service.url", format!("`{}` ({error})", raw.url), allowed)
    })?;
    if url.query().is_some() || url.fragment().is_some() {
        let fault = "it holds a query; the connector writes its own";
        return Err(ConfigError::because("source.service.url", fault));
    }
    if raw
        .page_rows
        .is_some_and(|rows| rows == 0 || kind.page_rows_max.is_some_and(|max| rows > max))
    {
        let allowed = format!("1 to {}", kind.page_rows_max.unwrap_or(u32::MAX));
        let found = raw.page_rows.unwrap_or(0);
        return Err(ConfigError::found("source.service.page_rows", found, allowed));
    }
    let hosts = match raw.hosts.is_empty() {
        false => raw.hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
        true => vec![match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        }],
    };
    let midnight = raw.starts_on.unwrap_or(around.starts_on).at(0, 0, 0, 0);
    let starts_at = around
        .zone
        .to_ambiguous_timestamp(midnight)
        .compatible()
        .map_err(|error| ConfigError::because("source.service.starts_on", error))?;
    Ok(Service {
        url,
        policy: Policy { hosts, loopback: raw.loopback },
        token: token(raw, around)?,
        page_rows: raw.page_rows,
        starts_at,
        reread: SignedDuration::from_hours(24 * i64::from(raw.reread_days.unwrap_or(7))),
        listen: Some(SignedDuration::from_secs(i64::from(raw.listen_s.unwrap_or(0)))),
        every: every(raw)?,
        zone: around.zone.clone(),
        accounts: around.unit == PrivacyUnit::Resident,
    })
}

/// Seconds between one time of asking and the next.
const EVERY_S: u32 = 300;

fn every(raw: &RawService) -> Result<Duration, ConfigError> {
    let seconds = raw.poll_every_s.unwrap_or(EVERY_S);
    match (10..=86_400).contains(&seconds) {
        true => Ok(Duration::from_secs(u64::from(seconds))),
        false => {
            let allowed = "10 to 86400: seconds between one time of asking and the next";
            Err(ConfigError::found("source.service.poll_every_s", seconds, allowed))
        }
    }
}

fn token(raw: &RawService, around: &Around<'_>) -> Result<Option<SecretFrom>, ConfigError> {
    match (&raw.token_file, &raw.token_env) {
        (Some(_), Some(_)) => {
            let fault = "token_env is there too; a token stands in one place";
            Err(ConfigError::because("source.service.token_file", fault))
        }
        (Some(path), None) => Ok(Some(SecretFrom::File(beside(around.file, path)))),
        (None, Some(name)) => Ok(Some(SecretFrom::Environment(name.clone()))),
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(name: &str, unit: PrivacyUnit, keys: &str) -> Result<Remote, ConfigError> {
        let raw = toml::from_str(&format!("url = \"https://x.example/base\"\n{keys}")).unwrap();
        let starts_on = "2026-01-05".parse().unwrap();
        let (file, zone) = (std::path::Path::new("a/b.toml"), &TimeZone::UTC);
        build(kind(name).unwrap(), raw, Around { file, unit, zone, starts_on, map: None })
    }

    #[test]
    fn every_kind_can_be_asked_with_the_keys_that_it_needs() {
        for (name, keys) in [
            ("bluesky", "tag = \"riverton\"\nversion = 2\nlisten_s = 60"),
            ("decidim", "component = 12"),
            ("discourse", "reread_days = 3\npoll_every_s = 60"),
            ("feed", "hosts = [\"X.example\"]"),
            ("mastodon", "timeline = \"hashtag\"\ntag = \"riverton\""),
            ("open311", "answers = \"xml\"\njurisdiction = \"r\"\npage_rows = 50"),
            ("regulations", "comment_on = \"1\""),
            ("seeclickfix", "place = \"r\"\nstarts_on = 2026-02-01"),
        ] {
            let remote = built(name, PrivacyUnit::Comment, keys).unwrap();
            let Service { policy, accounts, .. } = &remote.service;
            assert_eq!(policy.hosts, ["x.example"], "{name}");
            assert!(!policy.loopback && !accounts, "{name}: a comment names no account");
        }
    }

    #[test]
    fn kind_that_names_nobody_promises_residents_nothing() {
        for kind in &KINDS {
            let keys = match kind.name {
                "bluesky" => "tag = \"r\"",
                "decidim" => "component = 1",
                "regulations" => "comment_on = \"1\"",
                "seeclickfix" => "place = \"r\"",
                _ => "",
            };
            let refused = built(kind.name, PrivacyUnit::Resident, keys).err();
            let key = refused.map(|error| error.key);
            let nobody = (kind.accounts != Accounts::Named).then(|| "source.unit".to_owned());
            assert_eq!(key, nobody, "{}", kind.name);
        }
        let keys = "account_field = \"account_id\"";
        assert!(built("open311", PrivacyUnit::Resident, keys).unwrap().service.accounts);
    }

    #[test]
    fn key_that_does_nothing_or_asks_too_much_is_refused_by_name() {
        for (name, keys, key) in [
            ("feed", "reread_days = 1", "source.service.reread_days"),
            ("feed", "poll_every_s = 9", "source.service.poll_every_s"),
            ("bluesky", "poll_every_s = 60", "source.service.poll_every_s"),
            ("discourse", "page_rows = 1", "source.service.page_rows"),
            ("open311", "page_rows = 1001", "source.service.page_rows"),
            ("open311", "page_rows = 0", "source.service.page_rows"),
            ("open311", "answers = \"csv\"", "source.service.answers"),
            ("mastodon", "tag = \"x\"", "source.service.tag"),
            ("mastodon", "timeline = \"home\"", "source.service.timeline"),
            ("bluesky", "version = 1", "source.service.tag"),
            ("bluesky", "accounts = [\"riverton.example\"]", "source.service.accounts"),
            ("socrata", "dataset = \"erm2-nwe9\"", "source.map"),
            ("decidim", "", "source.service.component"),
            ("feed", "token_file = \"a\"\ntoken_env = \"B\"", "source.service.token_file"),
        ] {
            let refused = built(name, PrivacyUnit::Comment, keys).unwrap_err();
            assert_eq!(refused.key, key, "{name}: {keys}");
        }
    }
}
