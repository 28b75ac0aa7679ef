//! A query family as the city declares it, and when it is asked.

use serde::{Deserialize, Serialize};

use super::{PREFIX_STEPS_MAX, PlanError};
use crate::domain::{Grouping, KeySet, Level, Window};

/// A voice is split over at most this many cells: 60 units divide by 1 to 6.
pub const CELLS_PER_VOICE_MAX: u8 = 6;

/// A query family as the city declares it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FamilySpec {
    /// Stable id: 1 to 40 of `a-z 0-9 -`.
    pub id: String,
    /// What a table shows.
    pub name: String,
    /// What it counts by.
    pub grouping: Grouping,
    /// Base windows in one span of it.
    pub every_windows: u32,
    /// Spans that one resident can fill with a whole voice in any period: W.
    pub windows_max: u32,
    /// Part of the budget, in percent.
    pub share_percent: u8,
    /// Cells that one voice is split over at most: k, 1 to 6.
    pub cells_max: u8,
    /// Noise to use instead of the least that the share allows, in 60ths of a voice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sigma_units: Option<u32>,
    /// Levels of place that are measured together; none: the finest one alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<LevelSpec>,
    /// Where given, each resident counts once, by the first voice in a run of so many windows, and
    /// every window releases the running total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_date_windows: Option<u32>,
    /// First window it asks about; none: the first of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_window: Option<u32>,
    /// First window it no longer asks about; none: it has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_window: Option<u32>,
}

/// One level of place within a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelSpec {
    /// Which.
    pub level: Level,
    /// Part of the family's share, in percent.
    pub percent: u8,
}

impl FamilySpec {
    /// How many spans of the family can be charged in one period.
    pub fn spans_max(&self, period_windows: u32) -> u32 {
        if self.every_windows == 0 { 0 } else { period_windows.div_ceil(self.every_windows) }
    }

    /// The levels it measures, finest first, with the percentage of its share.
    pub fn layers(&self) -> Vec<LevelSpec> {
        if self.levels.is_empty() {
            let level = if self.grouping.neighborhood { Level::Neighborhood } else { Level::City };
            return vec![LevelSpec { level, percent: 100 }];
        }
        let mut levels = self.levels.clone();
        levels.sort_by_key(|spec| spec.level);
        levels
    }

    /// First and last base window of the span that ends with `last`, at which its release is dated;
    /// `None` when none is due there. A running total spans its run so far.
    pub fn span_ending(&self, last: Window) -> Option<(Window, Window)> {
        let from = self.from_window.unwrap_or(0);
        if last.0 < from || self.until_window.is_some_and(|until| last.0 >= until) {
            return None;
        }
        if let Some(run) = self.to_date_windows {
            return Some((Window(last.0 - (last.0 - from) % run.max(1)), last));
        }
        let every = u64::from(self.every_windows);
        let due = (u64::from(last.0 - from) + 1).is_multiple_of(every);
        due.then(|| (Window(last.0 - (self.every_windows - 1)), last))
    }

    /// The first window that a release after the first `closed` windows will still count.
    pub fn needed_from(&self, closed: u32) -> u32 {
        let from = self.from_window.unwrap_or(0);
        let run = self.to_date_windows.unwrap_or(self.every_windows).max(1);
        if closed <= from {
            return closed;
        }
        let start = closed - (closed - from) % run;
        let ends =
            if self.to_date_windows.is_some() { closed } else { start.saturating_add(run - 1) };
        if self.until_window.is_some_and(|until| ends >= until) { closed } else { start }
    }

    /// Whether it can release anything dated in the `length` windows from `start`.
    pub fn is_active_in(&self, start: u32, length: u32) -> bool {
        self.from_window.unwrap_or(0) < start.saturating_add(length)
            && self.until_window.is_none_or(|until| until > start)
    }

    /// Whether every number is in its range.
    pub(super) fn check(&self, period_windows: u32) -> Result<(), PlanError> {
        let family = || self.id.clone();
        let spans_max = self.spans_max(period_windows);
        if !id_is_plain(&self.id) {
            return Err(PlanError::Id(family()));
        }
        if self.every_windows == 0 {
            return Err(PlanError::Every { family: family() });
        }
        if !(1..=spans_max).contains(&self.windows_max) {
            return Err(PlanError::WindowsMax {
                family: family(),
                windows_max: self.windows_max,
                period_windows,
                every_windows: self.every_windows,
                spans_max,
            });
        }
        if !(1..=CELLS_PER_VOICE_MAX).contains(&self.cells_max) {
            return Err(PlanError::CellsMax { family: family(), cells_max: self.cells_max });
        }
        if !(1..=100).contains(&self.share_percent) {
            return Err(PlanError::Share { family: family(), percent: self.share_percent });
        }
        if self.sigma_units == Some(0) {
            return Err(PlanError::NoNoise { family: family() });
        }
        let ends = self.until_window.unwrap_or(u32::MAX);
        if self.from_window.unwrap_or(0) >= ends {
            return Err(PlanError::NoWindows { family: family() });
        }
        self.check_levels()?;
        self.check_to_date(period_windows)
    }

    fn check_levels(&self) -> Result<(), PlanError> {
        if self.levels.is_empty() {
            return Ok(());
        }
        let fault = |fault| Err(PlanError::Levels { family: self.id.clone(), fault });
        let layers = self.layers();
        let percents: u32 = layers.iter().map(|layer| u32::from(layer.percent)).sum();
        if !self.grouping.neighborhood || layers[0].level != Level::Neighborhood {
            return fault("they need a family by neighborhood, and `neighborhood` among them");
        }
        if layers.windows(2).any(|pair| pair[0].level == pair[1].level) {
            return fault("a level stands twice");
        }
        if percents != 100 || layers.iter().any(|layer| layer.percent == 0) {
            return fault("their percentages must be above 0 and add up to 100");
        }
        if self.sigma_units.is_some() || self.to_date_windows.is_some() {
            return fault("they go with neither sigma_units nor to_date_windows");
        }
        Ok(())
    }

    /// Whether the key lists have what its levels need.
    pub(super) fn check_keys(&self, keys: &KeySet) -> Result<(), PlanError> {
        let asks = self.levels.iter().any(|spec| spec.level == Level::District);
        if asks && keys.districts.is_empty() {
            let fault = "the plan has no districts to measure";
            return Err(PlanError::Levels { family: self.id.clone(), fault });
        }
        Ok(())
    }

    fn check_to_date(&self, period_windows: u32) -> Result<(), PlanError> {
        let Some(run) = self.to_date_windows else { return Ok(()) };
        let fits = (2..=period_windows.min(PREFIX_STEPS_MAX)).contains(&run);
        if fits && self.every_windows == 1 && self.windows_max == 1 {
            return Ok(());
        }
        Err(PlanError::ToDate { family: self.id.clone(), run, period_windows })
    }
}

fn id_is_plain(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=40).contains(&id.len()) && id.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::plan::tests::spec;

    fn quarterly() -> FamilySpec {
        spec("detail", 13, 1, 30)
    }

    #[test]
    fn family_is_due_at_the_last_window_of_its_span() {
        assert_eq!(quarterly().span_ending(Window(25)), Some((Window(13), Window(25))));
        assert_eq!(quarterly().span_ending(Window(24)), None);
        assert_eq!((quarterly().needed_from(12), quarterly().needed_from(13)), (0, 13));
    }

    #[test]
    fn question_asked_for_a_while_counts_its_spans_from_its_first_window() {
        let late = FamilySpec {
            every_windows: 3,
            from_window: Some(5),
            until_window: Some(12),
            ..quarterly()
        };
        let due: Vec<u32> = (0..20).filter(|w| late.span_ending(Window(*w)).is_some()).collect();
        assert_eq!(due, [7, 10]);
        assert_eq!(late.span_ending(Window(7)), Some((Window(5), Window(7))));
        let needed: Vec<u32> = (4..14).map(|closed| late.needed_from(closed)).collect();
        assert_eq!(needed, [4, 5, 5, 5, 8, 8, 8, 11, 12, 13]);
        assert!(late.is_active_in(0, 6) && !late.is_active_in(0, 5) && !late.is_active_in(12, 9));
    }

    #[test]
    fn running_total_is_due_every_window_and_spans_its_run_so_far() {
        let reach = FamilySpec { to_date_windows: Some(4), ..spec("reach", 1, 1, 10) };
        reach.check(13).unwrap();
        assert_eq!(reach.span_ending(Window(6)), Some((Window(4), Window(6))));
        assert_eq!(reach.span_ending(Window(4)), Some((Window(4), Window(4))));
        assert_eq!((reach.needed_from(7), reach.needed_from(8)), (4, 8));
        let twice = FamilySpec { windows_max: 2, ..reach };
        assert!(matches!(twice.check(13), Err(PlanError::ToDate { .. })));
    }

    #[test]
    fn levels_that_do_not_divide_the_share_are_refused() {
        let level = |level, percent| LevelSpec { level, percent };
        let with = |levels| FamilySpec { levels, ..spec("pulse", 1, 4, 45) };
        let (near, all) = (Level::Neighborhood, Level::City);
        with(vec![level(all, 10), level(near, 90)]).check(13).unwrap();
        for levels in [
            vec![level(all, 10), level(near, 80)],
            vec![level(all, 100)],
            vec![level(near, 50), level(near, 50)],
            vec![level(near, 100), level(all, 0)],
        ] {
            let found = with(levels).check(13);
            assert!(matches!(found, Err(PlanError::Levels { .. })), "{found:?}");
        }
    }
}
