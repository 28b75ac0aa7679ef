//! The pipeline file as written: nothing checked but its shape. Unknown keys are refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::service::RawService;
use crate::{
    model::TopicSpec,
    release::{Deployment, PrivacyUnit},
    text::Policy,
};

/// A whole pipeline file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawPipeline {
    /// Who runs it.
    pub pipeline: RawIdentity,
    /// Where comments come from.
    pub source: RawSource,
    /// Windows.
    pub schedule: RawSchedule,
    /// Where comments belong.
    pub neighborhoods: RawNeighborhoods,
    /// What they are about.
    #[serde(default)]
    pub topics: RawTopics,
    /// What may be spent.
    pub budget: RawBudget,
    /// What is asked.
    #[serde(default, rename = "family")]
    pub families: Vec<RawFamily>,
    /// What is hidden, and how.
    #[serde(default)]
    pub redaction: Policy,
    /// Residents of each neighbourhood, in public.
    pub census: Option<RawCensus>,
    /// Probability surveys, in public.
    #[serde(default, rename = "survey")]
    pub surveys: Vec<RawSurvey>,
    /// What the city aims at, in public.
    #[serde(default, rename = "target")]
    pub targets: Vec<RawTarget>,
    /// Who wants to be told of which change.
    #[serde(default, rename = "alert")]
    pub alerts: Vec<RawAlert>,
    /// Who deploys it and what for; needed for a registry entry.
    pub deployment: Option<Deployment>,
    /// Where keys stand.
    #[serde(default)]
    pub keys: RawKeys,
    /// Where weights stand.
    #[serde(default)]
    pub models: RawModels,
    /// How `undertone serve` listens.
    #[serde(default)]
    pub serve: RawServe,
}

/// `[pipeline]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawIdentity {
    /// Id: `a-z 0-9 -`.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// Default data folder, relative to the file.
    pub data: String,
}

/// `[source]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSource {
    /// How it is read, such as `jsonl` or `open311`.
    pub kind: String,
    /// Name; part of every pseudonym.
    pub name: String,
    /// Default input, relative to the file.
    pub path: Option<String>,
    /// `resident` or `comment`.
    pub unit: PrivacyUnit,
    /// What kind of texts it holds: `comments` or `posts`. Chooses what a release says of the
    /// classifier's mistakes.
    #[serde(default = "comments")]
    pub writing: String,
    /// Columns of a CSV or of a Socrata dataset.
    pub map: Option<RawMap>,
    /// A service on the network.
    pub service: Option<RawService>,
    /// Polis authors who are not residents.
    #[serde(default)]
    pub organizer_accounts: Vec<String>,
    /// Whether Polis statements that moderation took down are left out.
    #[serde(default)]
    pub skip_moderated: bool,
}

/// `[source.map]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawMap {
    /// Field separator, one ASCII character.
    #[serde(default = "comma")]
    pub delimiter: char,
    /// Columns whose values joined name a row.
    pub id: Vec<String>,
    /// Column of the account, unless the unit is the comment.
    pub account: Option<String>,
    /// Values of that column that mean nobody, such as `[deleted]`.
    #[serde(default)]
    pub account_placeholders: Vec<String>,
    /// Column of the text.
    pub text: String,
    /// JSON pointer into the text column, where it holds JSON.
    pub text_pointer: Option<String>,
    /// Columns of the time, joined by a space.
    pub posted_at: Vec<String>,
    /// `auto` (RFC 3339, or seconds or milliseconds since 1970), or a strptime pattern.
    #[serde(default = "auto")]
    pub posted_at_format: String,
    /// Column of the neighbourhood's name.
    pub neighborhood: Option<String>,
    /// Column of degrees north.
    pub latitude: Option<String>,
    /// Column of degrees east.
    pub longitude: Option<String>,
}

/// `[schedule]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSchedule {
    /// First day of the first window.
    #[serde(deserialize_with = "date")]
    pub starts_on: jiff::civil::Date,
    /// Days in a window.
    #[serde(default = "week")]
    pub window_days: u16,
    /// Windows in the plan; left out, it has no end.
    pub windows: Option<u32>,
    /// Windows in the rolling period that the budget covers.
    #[serde(default = "quarter")]
    pub period_windows: u32,
    /// Days a window waits for late comments.
    #[serde(default)]
    pub lateness_days: u16,
    /// IANA zone.
    pub zone: String,
}

/// `[neighborhoods]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawNeighborhoods {
    /// Named places, in the order of every table.
    #[serde(default)]
    pub list: Vec<RawNeighborhood>,
    /// Polygons, relative to the file.
    pub geojson: Option<String>,
    /// Property that holds the id; left out, the id is made from the name.
    pub id_property: Option<String>,
    /// Property that holds the name.
    #[serde(default = "name_property")]
    pub name_property: String,
    /// Districts, each of several neighbourhoods; every neighbourhood belongs to exactly one.
    #[serde(default, rename = "district")]
    pub districts: Vec<RawDistrict>,
    /// `reject`, or the id of the neighbourhood that takes comments without a place.
    #[serde(default = "reject")]
    pub missing: String,
}

/// One entry of `neighborhoods.list`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawNeighborhood {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Other names sources use for it.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// `[[neighborhoods.district]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawDistrict {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Ids of its neighbourhoods.
    pub neighborhoods: Vec<String>,
}

/// `[topics]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawTopics {
    /// Ids from the built-in taxonomy; left out, all of them.
    pub builtin: Option<Vec<String>>,
    /// Topics of the city's own.
    #[serde(default)]
    pub custom: Vec<TopicSpec>,
    /// File of a head that `undertone topics fit` wrote, relative to the file; in place of both.
    pub head: Option<String>,
}

/// `[budget]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawBudget {
    /// Epsilon at `delta` for everything released in a period.
    pub epsilon: f64,
    /// Delta of that statement.
    #[serde(default = "one_in_a_million")]
    pub delta: f64,
}

/// `[[family]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawFamily {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `neighborhood`, `topic`, `sentiment`.
    #[serde(default)]
    pub by: Vec<String>,
    /// Released every so many windows.
    #[serde(default = "one")]
    pub every_windows: u32,
    /// Releases of this family that one resident can fill in a period.
    pub windows_max: u32,
    /// Share of the budget.
    pub share_percent: u8,
    /// Cells one voice may be split over.
    #[serde(default = "six")]
    pub cells_max: u8,
    /// Scale of the noise, where the plan fixes it instead of the share.
    pub sigma_units: Option<u32>,
    /// Levels of place measured together, with the percentage of the share that each takes.
    pub levels: Option<RawLevels>,
    /// Counts each resident once in a run of so many windows, as a running total.
    pub to_date_windows: Option<u32>,
    /// First window it asks about: needed of a question added later.
    pub from_window: Option<u32>,
    /// First window it no longer asks about.
    pub until_window: Option<u32>,
}

/// `levels` of a family, in percent of its share; a level left out is not measured.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawLevels {
    /// The whole city.
    pub city: Option<u8>,
    /// Its districts.
    pub district: Option<u8>,
    /// Their neighbourhoods.
    pub neighborhood: u8,
}

/// `[census]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCensus {
    /// Where the numbers are from.
    pub source: String,
    /// Residents by neighbourhood id, or
    #[serde(default)]
    pub residents: BTreeMap<String, u64>,
    /// a CSV file of them, relative to the file.
    pub file: Option<String>,
}

/// `[[survey]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSurvey {
    /// Id.
    pub id: String,
    /// The middle of its fieldwork.
    #[serde(deserialize_with = "date")]
    pub date: jiff::civil::Date,
    /// What was asked.
    pub question: String,
    /// Topic that it is about; left out, all of them.
    pub topic: Option<String>,
    /// Respondents who took a side.
    pub respondents: u32,
    /// Share of them on the positive side; left out, that of the areas.
    pub share: Option<f64>,
    /// Its standard error; left out, that of a simple random sample.
    pub standard_error: Option<f64>,
    /// The same of single neighbourhoods.
    #[serde(default)]
    pub areas: Vec<RawArea>,
    /// Factor by which the odds of posting may have drifted since.
    #[serde(default = "no_drift")]
    pub drift: f64,
}

/// One entry of `survey.areas`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawArea {
    /// Neighbourhood id.
    pub neighborhood: String,
    /// Respondents there.
    pub respondents: Option<u32>,
    /// Share on the positive side.
    pub share: f64,
    /// Its standard error; left out, that of a simple random sample.
    pub standard_error: Option<f64>,
}

/// `[[target]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawTarget {
    /// Neighbourhood id; left out, the whole city.
    pub neighborhood: Option<String>,
    /// Topic id; left out, all of them.
    pub topic: Option<String>,
    /// At least this share on the positive side.
    pub positive_share_min: Option<f64>,
    /// At most this share on the negative side.
    pub negative_share_max: Option<f64>,
    /// Releases averaged.
    #[serde(default = "one_release")]
    pub windows: usize,
}

/// `[[alert]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawAlert {
    /// Id; names its file.
    pub id: String,
    /// Family whose releases are compared.
    pub family: String,
    /// Neighbourhood ids; left out, all.
    #[serde(default)]
    pub neighborhoods: Vec<String>,
    /// Topic ids; left out, all.
    #[serde(default)]
    pub topics: Vec<String>,
    /// Compares each release with the one so many before it.
    #[serde(default = "one_release")]
    pub back: usize,
    /// A service that is told, too.
    pub webhook: Option<RawWebhook>,
}

/// `[alert.webhook]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawWebhook {
    /// Where messages go; its host is the only one asked.
    pub url: String,
    /// File of the signing secret, relative to the file, readable by its owner only.
    pub secret_file: Option<String>,
    /// Environment variable that holds the secret.
    pub secret_env: Option<String>,
    /// Whether this machine may be asked, without TLS, and then nothing else.
    #[serde(default)]
    pub loopback: bool,
}

/// `[keys]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawKeys {
    /// File of the pseudonym key, relative to the file.
    pub pseudonym: Option<String>,
    /// File of the signing key, relative to the file.
    pub signing: Option<String>,
}

/// `[models]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawModels {
    /// Folder of the weights, relative to the file.
    pub folder: Option<String>,
    /// Languages that are read, by ISO 639-1 code; left out, English, or with a topic head the one that
    /// it was fitted on. A comment in another is counted as unread.
    pub languages: Option<Vec<String>>,
}

/// `[serve]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawServe {
    /// Where comments come in: IP address and port, or `unix:PATH`.
    pub inside: String,
    /// Whether the inside listener may leave this machine without TLS.
    pub inside_without_tls: bool,
    /// Where releases are shown.
    pub outside: String,
    /// Minutes from a window's closing to the showing of its releases.
    pub visible_after_minutes: u16,
    /// Length of a body, also of what it unpacks to.
    pub body_bytes_max: u32,
    /// How many times its length a compressed body may unpack to.
    pub expansion_max: u32,
    /// Rows in one request.
    pub rows_max: u32,
    /// Rows not yet answered.
    pub waiting_rows_max: u32,
    /// Length of all bodies held at once.
    pub waiting_bytes_max: u32,
    /// Connections of one listener.
    pub connections_max: u32,
    /// Seconds a request may take.
    pub request_seconds_max: u32,
    /// Rows that one token may bring in a minute.
    pub rows_per_minute_max: u32,
    /// Seconds that the clock of a signed webhook may be off.
    pub webhook_skew_seconds_max: u32,
    /// Seconds that requests may go on after the service is told to end.
    pub drain_seconds_max: u32,
}

impl Default for RawServe {
    fn default() -> Self {
        Self {
            inside: "127.0.0.1:8801".into(),
            inside_without_tls: false,
            outside: "127.0.0.1:8802".into(),
            visible_after_minutes: 60,
            body_bytes_max: 1 << 20,
            expansion_max: 20,
            rows_max: 256,
            // A machine that reads nine rows a second answers the last of them in time.
            waiting_rows_max: 256,
            waiting_bytes_max: 64 << 20,
            connections_max: 256,
            request_seconds_max: 30,
            rows_per_minute_max: 60_000,
            webhook_skew_seconds_max: 300,
            drain_seconds_max: 20,
        }
    }
}

/// A TOML date, or one in quotes.
pub(super) fn date<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<jiff::civil::Date, D::Error> {
    let written = toml::Value::deserialize(deserializer)?;
    let text = written.as_str().map_or_else(|| written.to_string(), str::to_owned);
    text.parse().map_err(|_| D::Error::custom(format!("found {text}; allowed: a date, YYYY-MM-DD")))
}

fn comments() -> String {
    "comments".into()
}
fn comma() -> char {
    ','
}
fn auto() -> String {
    "auto".into()
}
fn week() -> u16 {
    7
}
fn quarter() -> u32 {
    13
}
fn name_property() -> String {
    "name".into()
}
fn reject() -> String {
    "reject".into()
}
fn one_in_a_million() -> f64 {
    1e-6
}
fn no_drift() -> f64 {
    1.0
}
fn one_release() -> usize {
    1
}
fn one() -> u32 {
    1
}
fn six() -> u8 {
    6
}
