//! Windows: a public division of time that no record can move.

use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// The number of a window, counted from the plan's first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Window(pub u32);

/// Maps instants to windows of a whole number of days, cut at local midnight.
#[derive(Clone, Debug)]
pub struct Calendar {
    starts: Date,
    window_days: u16,
    windows: Option<u32>,
    zone: TimeZone,
    lateness_days: u16,
}

/// Why a calendar cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// A window has no length.
    #[error("window_days is {0}; allowed: 1 to 366")]
    WindowDays(u16),
    /// A plan without windows releases nothing.
    #[error("windows is 0; leave it out for a plan without an end, or give at least 1")]
    NoWindows,
    /// The zone has no rules here.
    #[error("`{0}` is not a time zone; give an IANA name such as America/New_York")]
    Zone(String),
    /// The start cannot be told as an instant.
    #[error("starts_on {0} is out of range")]
    Starts(Date),
}

impl Calendar {
    /// Builds a calendar that starts at local midnight of `starts`.
    ///
    /// # Errors
    /// When the length is not 1 to 366 days, `windows` is zero or the zone is unknown.
    pub fn new(
        starts: Date,
        window_days: u16,
        windows: Option<u32>,
        zone: &str,
        lateness_days: u16,
    ) -> Result<Self, CalendarError> {
        if !(1..=366).contains(&window_days) {
            return Err(CalendarError::WindowDays(window_days));
        }
        if windows == Some(0) {
            return Err(CalendarError::NoWindows);
        }
        let zone = TimeZone::get(zone).map_err(|_| CalendarError::Zone(zone.to_owned()))?;
        if !(1900..=2200).contains(&starts.year()) {
            return Err(CalendarError::Starts(starts));
        }
        Ok(Self { starts, window_days, windows, zone, lateness_days })
    }

    /// The zone whose midnights cut the windows.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The window that `at` falls in; `None` before the first, after the last or out of range.
    pub fn window_at(&self, at: Timestamp) -> Option<Window> {
        let days = self.days_since_start(at)?;
        let index = u32::try_from(days.div_euclid(i64::from(self.window_days))).ok()?;
        self.windows.is_none_or(|windows| index < windows).then_some(Window(index))
    }

    /// Whether `at` lies before the first window.
    pub fn is_before_start(&self, at: Timestamp) -> bool {
        self.days_since_start(at).is_none_or(|days| days < 0)
    }

    /// First day of the window and first day after it.
    pub fn span(&self, window: Window) -> (Date, Date) {
        (self.day(u64::from(window.0)), self.day(u64::from(window.0) + 1))
    }

    /// How many windows are past their public closing time (end plus allowed lateness) at `now`.
    ///
    /// # Privacy
    /// Depends on the clock and the plan alone, never on what was read.
    pub fn closed_at(&self, now: Timestamp) -> u32 {
        let Some(days) = self.days_since_start(now) else { return 0 };
        let passed = (days - i64::from(self.lateness_days)).div_euclid(i64::from(self.window_days));
        let passed = u32::try_from(passed.max(0)).unwrap_or(u32::MAX);
        self.windows.map_or(passed, |windows| passed.min(windows))
    }

    /// The public instant at which a window closes: the local midnight after its last day and its
    /// allowed lateness. `None` beyond the years that the calendar can tell.
    ///
    /// # Privacy
    /// Depends on the plan alone.
    pub fn closes_at(&self, window: Window) -> Option<Timestamp> {
        let lateness = Span::new().try_days(i64::from(self.lateness_days)).ok()?;
        let day = self.day(u64::from(window.0) + 1).checked_add(lateness).ok()?;
        let midnight = self.zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0));
        midnight.compatible().ok()
    }

    /// Days after its end that a window still takes late comments.
    pub fn lateness_days(&self) -> u16 {
        self.lateness_days
    }

    /// Number of windows in the plan, where it has an end.
    pub fn windows(&self) -> Option<u32> {
        self.windows
    }

    fn days_since_start(&self, at: Timestamp) -> Option<i64> {
        let date = self.zone.to_datetime(at).date();
        date.since(self.starts).ok().map(|span| i64::from(span.get_days()))
    }

    fn day(&self, windows: u64) -> Date {
        let days = i64::try_from(windows * u64::from(self.window_days)).unwrap_or(i64::MAX);
        Span::new()
            .try_days(days)
            .and_then(|span| self.starts.checked_add(span))
            .unwrap_or(Date::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> Calendar {
        let starts = "2025-03-03".parse().unwrap();
        Calendar::new(starts, 7, Some(4), "America/New_York", 2).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn window_is_cut_at_local_midnight_across_a_clock_change() {
        let calendar = calendar();
        assert_eq!(calendar.window_at(at("2025-03-10T03:59:59Z")), Some(Window(0)));
        assert_eq!(calendar.window_at(at("2025-03-10T04:00:00Z")), Some(Window(1)));
    }

    #[test]
    fn window_outside_the_plan_is_none() {
        let calendar = calendar();
        assert_eq!(calendar.window_at(at("2025-03-02T12:00:00Z")), None);
        assert!(calendar.is_before_start(at("2025-03-02T12:00:00Z")));
        assert_eq!(calendar.window_at(at("2025-04-02T12:00:00Z")), None);
    }

    #[test]
    fn window_closes_after_its_lateness() {
        let calendar = calendar();
        assert_eq!(calendar.closed_at(at("2025-03-12T03:59:59Z")), 0);
        assert_eq!(calendar.closed_at(at("2025-03-12T04:00:00Z")), 1);
        assert_eq!(calendar.closed_at(at("2026-01-01T00:00:00Z")), 4);
    }

    #[test]
    fn closing_instant_is_the_first_at_which_the_window_is_closed() {
        let calendar = calendar();
        for window in 0..4 {
            let closes = calendar.closes_at(Window(window)).unwrap();
            assert_eq!(calendar.closed_at(closes), window + 1);
            assert_eq!(calendar.closed_at(closes - jiff::SignedDuration::from_secs(1)), window);
        }
    }

    #[test]
    fn span_of_a_window_is_half_open_in_days() {
        let (from, until) = calendar().span(Window(1));
        assert_eq!(
            (from.to_string(), until.to_string()),
            ("2025-03-10".into(), "2025-03-17".into())
        );
    }
}
