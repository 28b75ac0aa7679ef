//! Whether a row counts where its date lies. The calendar and the clock decide; the operator is
//! told, since a wrong zone or a year's backlog shows here first.

use jiff::Timestamp;

use crate::domain::{Calendar, Window};

/// How a row's date stands to the window it counts in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dated {
    /// It lies in that window.
    #[default]
    There,
    /// It lies before the oldest window that was open, where the row counts.
    TooEarly,
    /// It lies after the clock, in whose window the row counts.
    AfterTheClock,
}

impl Dated {
    pub(super) fn of(
        posted_at: Timestamp,
        now: Timestamp,
        counts_in: Window,
        calendar: &Calendar,
    ) -> Self {
        match calendar.window_at(posted_at) {
            _ if posted_at > now => Self::AfterTheClock,
            Some(window) if window == counts_in => Self::There,
            _ => Self::TooEarly,
        }
    }
}
