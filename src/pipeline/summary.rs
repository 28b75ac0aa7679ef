//! What a run says about itself: counts and line numbers, never a word of a row.
//!
//! It is for the city's own operators and lies inside the boundary: its numbers are exact, so it
//! is neither published nor served.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{BadRow, Dated, Rejection};
use crate::store::Applied;

/// So many line numbers are kept for each reason.
const LINES_SHOWN_MAX: usize = 5;

/// The account of one run over one source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IngestSummary {
    /// Rows read and settled in this run.
    pub rows: u64,
    /// Lines that an earlier run had settled and this one passed over.
    pub lines_passed: u64,
    /// Comments that were new.
    pub new: u64,
    /// Comments that an edit replaced.
    pub replaced: u64,
    /// Comments that were taken back.
    pub removed: u64,
    /// Events that had been applied before.
    pub duplicates: u64,
    /// Edits and deletions whose window had closed.
    pub too_late: u64,
    /// Comments that the model does not read, by their language.
    pub unread: u64,
    /// Comments that redaction kept from the model.
    pub withheld: u64,
    /// Those of the withheld during whose labelling the program panicked.
    pub label_panics: u64,
    /// Those of the new that are dated before the oldest window that was open: they count in it.
    pub dated_too_early: RowTally,
    /// Those of the new that are dated after the clock: they count in the clock's window.
    pub dated_after_the_clock: RowTally,
    /// Comments that do not count, by reason.
    pub rejected: BTreeMap<Rejection, RowTally>,
    /// Rows that are not comments, by reason.
    pub bad_rows: BTreeMap<BadRow, RowTally>,
    /// Whether it was asked to stop before the end of the input.
    pub stopped: bool,
}

/// How many rows, and where the first of them are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RowTally {
    /// How many.
    pub rows: u64,
    /// Line numbers of the first few, counted from 1.
    pub first_lines: Vec<u64>,
}

/// The numbers that a progress line shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows settled.
    pub rows: u64,
    /// Bytes of the input that are settled.
    pub bytes: u64,
    /// Comments that were new.
    pub new: u64,
    /// Comments that redaction kept from the model.
    pub withheld: u64,
    /// Comments that do not count.
    pub rejected: u64,
    /// Rows that are not comments.
    pub bad: u64,
}

/// Watches a run; it is told after each durable batch.
pub trait Progress: Sync {
    /// The run has come this far.
    fn advanced(&self, counts: &Counts);
}

/// Watches nothing.
impl Progress for () {
    fn advanced(&self, _: &Counts) {}
}

impl RowTally {
    pub(super) fn add(&mut self, line: u64) {
        self.rows += 1;
        if self.first_lines.len() < LINES_SHOWN_MAX {
            self.first_lines.push(line);
        }
    }
}

impl IngestSummary {
    /// The numbers of a progress line, `bytes` into the input.
    pub fn counts(&self, bytes: u64) -> Counts {
        Counts {
            rows: self.rows,
            bytes,
            new: self.new,
            withheld: self.withheld,
            rejected: self.rejected.values().map(|tally| tally.rows).sum(),
            bad: self.bad_rows.values().map(|tally| tally.rows).sum(),
        }
    }

    pub(super) fn add_dated(&mut self, dated: Dated, line: u64) {
        match dated {
            Dated::There => {}
            Dated::TooEarly => self.dated_too_early.add(line),
            Dated::AfterTheClock => self.dated_after_the_clock.add(line),
        }
    }

    pub(super) fn add_applied(&mut self, applied: Applied) {
        *match applied {
            Applied::New => &mut self.new,
            Applied::Replaced => &mut self.replaced,
            Applied::Removed => &mut self.removed,
            Applied::Duplicate => &mut self.duplicates,
            Applied::TooLate => &mut self.too_late,
        } += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_names_reasons_in_snake_case_and_shows_few_lines() {
        let mut summary = IngestSummary::default();
        for line in 1..=9 {
            summary.rejected.entry(Rejection::NoAccount).or_default().add(line);
        }
        let json = serde_json::to_value(&summary).unwrap();
        assert_eq!(json["rejected"]["no_account"]["rows"], 9);
        assert_eq!(
            json["rejected"]["no_account"]["first_lines"],
            serde_json::json!([1, 2, 3, 4, 5])
        );
    }
}
