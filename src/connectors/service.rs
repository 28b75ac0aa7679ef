//! What all services on the network have in common, as a pipeline file says it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use url::Url;

use super::outbound::{Policy, SecretFrom};

/// A service that is asked for rows.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its address; what is asked for is found under it.
    pub url: Url,
    /// Whom it may lead to.
    pub policy: Policy,
    /// Its token, where it wants one.
    pub token: Option<SecretFrom>,
    /// Rows asked for at once; left out, as many as the service gives.
    pub page_rows: Option<u32>,
    /// What was said before is not asked for.
    pub starts_at: Timestamp,
    /// How far behind its cursor a run looks again, for edits, deletions and what came late.
    pub reread: SignedDuration,
    /// How long a service that stays waits between one time of asking and the next.
    pub every: Duration,
    /// How long a run listens to a stream after its start; `None`, until it is stopped.
    pub listen: Option<SignedDuration>,
    /// The zone of dates that name none.
    pub zone: TimeZone,
    /// Whether accounts are read. Where each comment stands for itself none is, so that a comment
    /// keeps its name when its account is gone.
    pub accounts: bool,
}

/// Where a run begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// The cursor that the run before left.
    pub cursor: Option<u64>,
    /// What the clock says.
    pub now: Timestamp,
}

impl Service {
    /// The address of `path` under the service's own, with `query`.
    pub(super) fn at(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.url.clone();
        if !path.is_empty() {
            let base = url.path().trim_end_matches('/').to_owned();
            url.set_path(&format!("{base}/{path}"));
        }
        if !query.is_empty() {
            let mut pairs = url.query_pairs_mut();
            pairs.extend_pairs(query);
        }
        url
    }

    /// The account, where accounts are read.
    pub(super) fn account(&self, account: Option<String>) -> Option<String> {
        account.filter(|_| self.accounts)
    }

    /// The instant from which a run that begins at `start` asks for changes: behind its cursor by
    /// what is looked at again, never before the first day, and never after now.
    pub(super) fn since(&self, start: Start) -> Timestamp {
        let Some(cursor) = start.cursor.and_then(time_of) else {
            return self.starts_at.min(start.now);
        };
        let behind = cursor.min(start.now).saturating_sub(self.reread);
        behind.unwrap_or(self.starts_at).max(self.starts_at).min(start.now)
    }
}

impl Start {
    /// The cursor of `at`. A date after the clock does not move it beyond the clock: what comes
    /// between would be passed over.
    pub fn mark(self, at: Timestamp) -> u64 {
        let mark = u64::try_from(at.min(self.now).as_millisecond()).unwrap_or(0);
        mark.max(self.cursor.unwrap_or(0))
    }
}

/// The instant that [`Start::mark`] made a cursor of.
pub(super) fn time_of(cursor: u64) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(cursor).ok()?).ok()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A service on this machine that was first asked for on 2026-01-05.
    pub fn service(url: &str) -> Service {
        Service {
            url: url.parse().unwrap(),
            policy: Policy { hosts: vec!["127.0.0.1".into()], loopback: true },
            token: None,
            page_rows: Some(3),
            starts_at: at("2026-01-05T00:00:00Z"),
            reread: SignedDuration::from_hours(24),
            every: Duration::from_secs(300),
            listen: Some(SignedDuration::ZERO),
            zone: TimeZone::UTC,
            accounts: true,
        }
    }

    pub fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn address_keeps_its_path_and_quotes_its_query() {
        let service = service("http://127.0.0.1:1/open311/v2/");
        let url = service.at("requests.json", &[("a", "1 & 2"), ("filter[x]", "y")]);
        let expected = "http://127.0.0.1:1/open311/v2/requests.json?a=1+%26+2&filter%5Bx%5D=y";
        assert_eq!(url.as_str(), expected);
    }

    #[test]
    fn run_looks_again_behind_its_cursor_and_trusts_no_clock_but_its_own() {
        let service = service("http://127.0.0.1:1");
        let now = at("2026-01-20T00:00:00Z");
        let since = |cursor: Option<&str>| {
            let cursor = cursor.map(|c| u64::try_from(at(c).as_millisecond()).unwrap());
            service.since(Start { cursor, now }).to_string()
        };
        assert_eq!(since(None), "2026-01-05T00:00:00Z");
        assert_eq!(since(Some("2026-01-10T00:00:00Z")), "2026-01-09T00:00:00Z");
        assert_eq!(since(Some("2026-01-05T03:00:00Z")), "2026-01-05T00:00:00Z");
        assert_eq!(since(Some("2999-01-05T03:00:00Z")), "2026-01-19T00:00:00Z");
        let start = Start { cursor: None, now };
        assert_eq!(start.mark(at("2999-01-01T00:00:00Z")), start.mark(now));
        assert_eq!(start.mark(at("1960-01-01T00:00:00Z")), 0);
        let later = Start { cursor: Some(u64::MAX), now };
        assert_eq!(later.mark(now), u64::MAX);
    }
}
