//! What a city decides about redaction: which kinds go, what stays visible.
//!
//! It can ask for more than the default; it cannot ask for less where one person would show.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::PiiKind;

/// What happens to a kind of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A placeholder takes its place.
    Replace,
    /// A placeholder with a coarse value: the decade of an age, three figures of a postal code.
    Generalise,
    /// It stays.
    Keep,
}

/// A shape that a city adds, such as its own permit numbers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CityPattern {
    /// What messages call it.
    pub name: String,
    /// What it holds.
    pub kind: PiiKind,
    /// A regular expression in the syntax of the crate `regex`; its first group is hidden, or all.
    pub regex: String,
}

/// The redaction table of a pipeline file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Longest text that is read; a longer one is withheld.
    pub text_bytes_max: usize,
    /// Least score of a tagger's span, 0 to 1; patterns hide whatever their score.
    pub score_min: f32,
    /// Where a telephone number without a country code is dialled (ISO 3166, two letters).
    pub phone_region: String,
    /// What happens to each kind; a kind that is not named is replaced, ages and postal codes are
    /// generalised.
    pub actions: BTreeMap<PiiKind, Action>,
    /// Officials as they are written in their role, such as "Councilmember Abiola"; kept.
    pub officials: Vec<String>,
    /// Titles whose bearer's name is kept where it follows directly.
    pub official_titles: Vec<String>,
    /// Accounts of agencies, with or without "@"; kept.
    pub agency_handles: Vec<String>,
    /// Hosts whose addresses are kept, with their subdomains.
    pub allowed_url_hosts: Vec<String>,
    /// Shapes that the city adds.
    pub patterns: Vec<CityPattern>,
    /// Streets of the city: evidence for an address that the grammar alone would not take for one.
    pub streets: Vec<String>,
    /// A file with more of them, one a line, beside the pipeline file.
    pub streets_file: Option<String>,
}

/// Why a policy is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A kind that points at one person would stay visible.
    #[error("redaction.actions keeps `{0}`, which points at one person; use replace")]
    KeepsDirect(&'static str),
    /// No text would fit.
    #[error("redaction.text_bytes_max is {0}; allowed: 1 to 1,000,000")]
    TextBytes(usize),
    /// The score is no score.
    #[error("redaction.score_min is out of range; allowed: 0 to 1")]
    Score,
    /// The region is unknown.
    #[error("redaction.phone_region `{0}` is not an ISO 3166 code; use two capital letters, as US")]
    Region(String),
    /// The list of streets is too long.
    #[error(
        "redaction.streets cannot be searched for; at most 50,000 streets of at most 100 bytes each"
    )]
    Streets,
    /// A city's expression does not compile.
    #[error("redaction.patterns: `{0}` is no regular expression of the crate regex, or too large")]
    Pattern(String),
}

const TITLES: &[&str] = &[
    "mayor",
    "vice mayor",
    "deputy mayor",
    "governor",
    "lieutenant governor",
    "councilmember",
    "council member",
    "councilman",
    "councilwoman",
    "councillor",
    "councilor",
    "alderman",
    "alderwoman",
    "alderperson",
    "senator",
    "congressman",
    "congresswoman",
    "assemblymember",
    "assemblyman",
    "assemblywoman",
    "president",
    "prime minister",
    "mayoress",
    "alcalde",
    "alcaldesa",
    "concejal",
    "concejala",
    "gobernador",
    "gobernadora",
    "presidente",
    "presidenta",
    "ministro",
    "ministra",
];

impl Default for Policy {
    fn default() -> Self {
        Self {
            text_bytes_max: 20_000,
            score_min: 0.45,
            phone_region: "US".to_owned(),
            actions: BTreeMap::new(),
            officials: Vec::new(),
            official_titles: TITLES.iter().map(|title| (*title).to_owned()).collect(),
            agency_handles: Vec::new(),
            allowed_url_hosts: Vec::new(),
            patterns: Vec::new(),
            streets: Vec::new(),
            streets_file: None,
        }
    }
}

impl Policy {
    /// What happens to `kind`.
    pub fn action(&self, kind: PiiKind) -> Action {
        let default = match kind {
            PiiKind::Age | PiiKind::Postcode => Action::Generalise,
            _ => Action::Replace,
        };
        self.actions.get(&kind).copied().unwrap_or(default)
    }

    pub(super) fn check(&self) -> Result<(), PolicyError> {
        let direct =
            |(kind, action): &(&PiiKind, &Action)| kind.is_direct() && **action == Action::Keep;
        if let Some((kind, _)) = self.actions.iter().find(direct) {
            return Err(PolicyError::KeepsDirect(kind.as_str()));
        }
        if !(1..=1_000_000).contains(&self.text_bytes_max) {
            return Err(PolicyError::TextBytes(self.text_bytes_max));
        }
        if !(0.0..=1.0).contains(&self.score_min) {
            return Err(PolicyError::Score);
        }
        Ok(())
    }

    /// Whether an address on the web is on the list; its host must be written plainly.
    pub(super) fn allows_url(&self, url: &str) -> bool {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host =
            host.split(':').next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
        self.allowed_url_hosts.iter().any(|allowed| {
            let allowed = allowed.to_ascii_lowercase();
            host == allowed || host.strip_suffix(&allowed).is_some_and(|left| left.ends_with('.'))
        })
    }

    /// Whether an account belongs to an agency.
    pub(super) fn is_agency(&self, handle: &str) -> bool {
        let name = handle.trim_start_matches('@');
        self.agency_handles
            .iter()
            .any(|known| known.trim_start_matches('@').eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_that_keeps_a_direct_kind_is_refused() {
        let policy: Policy = toml::from_str("[actions]\nemail = \"keep\"").unwrap();
        assert_eq!(policy.check(), Err(PolicyError::KeepsDirect("EMAIL")));
        let policy: Policy = toml::from_str("[actions]\nmedical = \"keep\"").unwrap();
        assert_eq!(policy.check(), Ok(()));
    }

    #[test]
    fn unknown_setting_is_refused() {
        assert!(toml::from_str::<Policy>("agency_handle = []").is_err());
        assert_eq!(toml::from_str::<Policy>("").unwrap(), Policy::default());
    }

    #[test]
    fn url_host_is_matched_whole() {
        let policy = Policy { allowed_url_hosts: vec!["city.example".into()], ..Policy::default() };
        assert!(
            policy.allows_url("https://www.city.example/a") && policy.allows_url("city.example:80")
        );
        for url in [
            "https://evilcity.example",
            "https://city.example@evil.example",
            "https://city.example.evil.org",
        ] {
            assert!(!policy.allows_url(url), "{url}");
        }
    }

    #[test]
    fn agency_account_is_matched_whole_in_any_case() {
        let policy = Policy { agency_handles: vec!["@CityParks".into()], ..Policy::default() };
        assert!(policy.is_agency("@cityparks") && !policy.is_agency("@cityparks2"));
    }
}
