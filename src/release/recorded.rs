//! A plan as the ledger records it, read back: what an auditor and a reader's screen work from.

use jiff::Timestamp;
use serde::Deserialize;

use super::{Deployment, PrivacyUnit};
use crate::{
    domain::{Calendar, KeySet, Window},
    privacy::StatedPlan,
};

/// The parts of a recorded plan that releases repeat or a reader needs.
#[derive(Clone, Debug, Deserialize)]
pub struct RecordedPlan {
    /// Id of the pipeline.
    pub pipeline: String,
    /// Its name for people.
    pub title: String,
    /// Whose presence is hidden.
    pub unit: PrivacyUnit,
    /// Windows and their closing times.
    pub schedule: Schedule,
    /// Public lists behind the ids.
    pub keys: KeySet,
    /// Budget and families.
    pub privacy: StatedPlan,
    /// Who deploys it and what for, where the plan says so.
    #[serde(default)]
    pub deployment: Option<Deployment>,
}

/// The schedule as a plan records it.
#[derive(Clone, Debug, Deserialize)]
pub struct Schedule {
    /// First day of the first window.
    pub starts_on: jiff::civil::Date,
    /// Days in a window.
    pub window_days: u16,
    /// Windows in the plan, where it has an end.
    pub windows: Option<u32>,
    /// IANA zone whose midnights cut the days.
    pub zone: Option<String>,
    /// Days a window waits for late comments.
    pub lateness_days: u16,
}

impl Schedule {
    /// The calendar of these windows.
    ///
    /// # Errors
    /// When the schedule is none.
    pub fn calendar(&self) -> Result<Calendar, String> {
        let zone = self.zone.as_deref().unwrap_or("UTC");
        Calendar::new(self.starts_on, self.window_days, self.windows, zone, self.lateness_days)
            .map_err(|error| error.to_string())
    }

    /// Whether window `last` was over when it was reserved; the ledger's times are cut to the hour.
    pub(super) fn check_closed(&self, last: Window, at: Timestamp) -> Result<(), String> {
        let calendar = self.calendar()?;
        let (_, until) = calendar.span(last);
        let ended = until.to_zoned(calendar.zone().clone()).map_err(|error| error.to_string())?;
        match at.duration_since(ended.timestamp()).as_secs() > -3600 {
            true => Ok(()),
            false => Err(format!("window {} was reserved before it was over", last.0)),
        }
    }
}
