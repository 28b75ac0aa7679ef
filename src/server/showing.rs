//! When the outside may change: at public instants, whatever a round took.

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Calendar, Window};

/// The instants at which releases are shown.
///
/// # Privacy
/// The first instant lies `after` behind a window's closing time, and others follow it in the same
/// rhythm. What is not complete at one of them is shown at the next, so that an instant tells at
/// most in which beat a round ended, never when.
#[derive(Clone, Debug)]
pub struct Showing {
    calendar: Calendar,
    after: SignedDuration,
}

impl Showing {
    /// The instants of this calendar.
    pub fn new(calendar: Calendar, after: SignedDuration) -> Self {
        Self { calendar, after }
    }

    /// The latest instant up to `now` at which the windows closed by then may be shown, and how
    /// many these are; `None` before the first.
    pub fn instant(&self, now: Timestamp) -> Option<(Timestamp, u32)> {
        let windows = self.calendar.closed_at(now);
        let closed = self.calendar.closes_at(Window(windows.checked_sub(1)?))?;
        let beats = now.duration_since(closed).as_secs() / self.after.as_secs().max(1);
        let beats = i32::try_from(beats).ok().filter(|beats| *beats > 0)?;
        Some((closed.checked_add(self.after * beats).ok()?, windows))
    }

    /// What is to be shown now, where `shown` windows are shown already and all that was due was
    /// released at `done_at`.
    pub fn due(&self, shown: u32, done_at: Timestamp, now: Timestamp) -> Option<(Timestamp, u32)> {
        let (instant, windows) = self.instant(now)?;
        (windows > shown && done_at <= instant).then_some((instant, windows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Weeks from Monday, 2 March 2026, UTC, closing on Tuesday; shown an hour later.
    fn showing() -> Showing {
        let calendar = Calendar::new("2026-03-02".parse().unwrap(), 7, Some(3), "UTC", 1).unwrap();
        Showing::new(calendar, SignedDuration::from_mins(60))
    }

    #[test]
    fn windows_are_shown_at_the_instant_and_not_before() {
        let due = |now: &str| showing().due(0, at("2026-03-10T00:00:09Z"), at(now));
        assert_eq!(due("2026-03-10T00:59:59Z"), None);
        let instant = (at("2026-03-10T01:00:00Z"), 1);
        assert_eq!(due("2026-03-10T01:00:00Z"), Some(instant));
        assert_eq!(due("2026-03-10T01:30:00Z"), Some(instant), "a late look sees the same instant");
        assert_eq!(showing().due(1, at("2026-03-10T00:00:09Z"), at("2026-03-10T05:00:00Z")), None);
    }

    #[test]
    fn round_that_ends_late_is_shown_at_the_next_instant() {
        let due = |done: &str, now: &str| showing().due(0, at(done), at(now));
        assert_eq!(due("2026-03-10T01:00:01Z", "2026-03-10T01:59:59Z"), None);
        let second = Some((at("2026-03-10T02:00:00Z"), 1));
        assert_eq!(due("2026-03-10T01:00:01Z", "2026-03-10T02:00:00Z"), second);
        assert_eq!(due("2026-03-10T01:59:59Z", "2026-03-10T02:00:00Z"), second);
    }

    #[test]
    fn nothing_of_a_new_window_is_shown_with_an_old_one() {
        let just_closed = at("2026-03-17T00:30:00Z");
        assert_eq!(showing().instant(just_closed), None);
        assert_eq!(showing().instant(at("2026-03-17T01:00:00Z")).unwrap().1, 2);
        assert_eq!(showing().instant(at("2026-03-01T00:00:00Z")), None);
    }
}
