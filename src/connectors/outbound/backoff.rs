//! How long to wait before asking again.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822};

use super::Fault;

/// A request is made so many times at most.
pub(super) const ATTEMPTS_MAX: u32 = 6;
/// The longest wait that is chosen here.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// The longest wait that a server may ask for within a run.
const ASKED_WAIT_MAX: Duration = Duration::from_secs(300);

/// How long to wait after the `attempt`-th failure (from 1): what the server asks for, else one
/// second, doubled at each failure.
///
/// # Errors
/// The fault itself when asking again would not help, or not within a run.
pub(in crate::connectors) fn pause_after(fault: Fault, attempt: u32) -> Result<Duration, Fault> {
    if !fault.may_pass() || attempt >= ATTEMPTS_MAX {
        return Err(fault);
    }
    match fault {
        Fault::Status { retry_after: Some(asked), .. } if asked > ASKED_WAIT_MAX => {
            Err(Fault::LaterThanARunWaits(asked))
        }
        Fault::Status { retry_after: Some(asked), .. } => Ok(asked),
        _ => Ok(pause(attempt)),
    }
}

/// One second, doubled at each failure after the first, and at most a minute.
pub(in crate::connectors) fn pause(attempt: u32) -> Duration {
    let doubled = 1_u64.checked_shl(attempt.saturating_sub(1)).unwrap_or(u64::MAX);
    Duration::from_secs(doubled.max(1)).min(WAIT_MAX)
}

/// Reads `Retry-After`: seconds, or a date (RFC 9110 section 10.2.3).
pub(super) fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = header.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = rfc2822::parse(header.trim()).ok()?.timestamp();
    let seconds = at.as_second().saturating_sub(now.as_second());
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(retry_after: Option<u64>) -> Fault {
        Fault::Status { code: 429, retry_after: retry_after.map(Duration::from_secs) }
    }

    #[test]
    fn pauses_double_and_end() {
        let pauses: Vec<_> =
            (1..ATTEMPTS_MAX).map(|n| pause_after(busy(None), n).unwrap().as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16]);
        assert!(pause_after(busy(None), ATTEMPTS_MAX).is_err());
        assert_eq!((pause(0), pause(7), pause(400)), (pause(1), WAIT_MAX, WAIT_MAX));
    }

    #[test]
    fn server_that_names_a_wait_gets_it_unless_it_is_longer_than_a_run() {
        assert_eq!(pause_after(busy(Some(7)), 1), Ok(Duration::from_secs(7)));
        let long = pause_after(busy(Some(301)), 1);
        assert_eq!(long, Err(Fault::LaterThanARunWaits(Duration::from_secs(301))));
    }

    #[test]
    fn what_will_not_pass_is_not_asked_again() {
        for code in [400, 401, 403, 404, 410] {
            assert!(pause_after(Fault::Status { code, retry_after: None }, 1).is_err(), "{code}");
        }
        assert!(pause_after(Fault::Refused("no"), 1).is_err());
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_whatever_the_clocks_say() {
        let now = "2026-01-05T08:00:00Z".parse().unwrap();
        let read = |header: &str| retry_after(header, now).map(|wait| wait.as_secs());
        assert_eq!(read(" 120 "), Some(120));
        assert_eq!(read("Mon, 05 Jan 2026 08:01:30 GMT"), Some(90));
        assert_eq!(read("Mon, 05 Jan 2026 07:00:00 GMT"), Some(0));
        assert_eq!(read("soon"), None);
        assert_eq!(read("-5"), None);
    }
}
