//! What a run says of its reading, for the operator: counts and line numbers, on standard error.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::pipeline::{IngestSummary, RowTally};

/// The counts as a few lines of text.
pub(super) fn readable(read: &IngestSummary) -> String {
    let mut text = format!(
        "read {} rows: {} new, {} edited, {} taken back, {} known already, {} too late\n",
        read.rows, read.new, read.replaced, read.removed, read.duplicates, read.too_late,
    );
    if read.lines_passed > 0 {
        text += &format!("  {} lines had been read before\n", read.lines_passed);
    }
    text += &format!(
        "  {} in a language the model does not read, {} withheld by redaction\n",
        read.unread, read.withheld
    );
    if read.label_panics > 0 {
        text += &format!("  {} of those at an internal error\n", read.label_panics);
    }
    for (what, tally) in [
        ("dated before the oldest open window, counted in it", &read.dated_too_early),
        ("dated after the clock, counted in its window", &read.dated_after_the_clock),
    ] {
        if tally.rows > 0 {
            text += &format!("  {} {what} ({})\n", tally.rows, lines(tally));
        }
    }
    text += &mostly_early(read);
    text += &reasons("refused", &read.rejected);
    text += &reasons("not a comment", &read.bad_rows);
    text
}

/// A warning where so many rows are dated before the oldest open window that the plan is likely to
/// begin on the wrong day.
fn mostly_early(read: &IngestSummary) -> String {
    let (early, new) = (read.dated_too_early.rows, read.new);
    if early == 0 || early.saturating_mul(10) <= new {
        return String::new();
    }
    format!(
        "  warning: {:.0} % of the new comments are dated before the oldest open window and are \
         released with it. If that is not meant, cut the input, or move schedule.starts_on to an \
         earlier day and begin a new folder with --data\n",
        100.0 * early as f64 / new.max(early) as f64
    )
}

fn reasons<R: Serialize>(what: &str, tallies: &BTreeMap<R, RowTally>) -> String {
    let mut text = String::new();
    for (reason, tally) in tallies {
        let name = serde_json::to_value(reason).unwrap_or_default();
        let name = name.as_str().unwrap_or_default().replace('_', " ");
        text += &format!("  {} {what}: {name} ({})\n", tally.rows, lines(tally));
    }
    text
}

fn lines(tally: &RowTally) -> String {
    let lines: Vec<_> = tally.first_lines.iter().map(u64::to_string).collect();
    let more = if tally.rows > tally.first_lines.len() as u64 { ", …" } else { "" };
    format!("line {}{more}", lines.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_a_tenth_dated_too_early_is_a_warning_with_the_share() {
        let early = RowTally { rows: 10, first_lines: vec![1] };
        let read = IngestSummary { new: 100, dated_too_early: early, ..IngestSummary::default() };
        assert!(!readable(&read).contains("warning"));
        let text = readable(&IngestSummary { new: 80, ..read });
        assert!(text.contains("warning: 12 % of the new comments"), "{text}");
        assert!(text.contains("schedule.starts_on") && text.contains("--data"), "{text}");
    }

    #[test]
    fn rows_that_count_elsewhere_than_their_date_have_a_line_each() {
        let mut read = IngestSummary::default();
        assert!(!readable(&read).contains("dated"));
        read.dated_too_early = RowTally { rows: 2, first_lines: vec![4, 9] };
        read.dated_after_the_clock = RowTally { rows: 7, first_lines: vec![1, 2, 3, 5, 6] };
        let text = readable(&read);
        let early = "  2 dated before the oldest open window, counted in it (line 4, 9)\n";
        let after = "  7 dated after the clock, counted in its window (line 1, 2, 3, 5, 6, …)\n";
        assert!(text.contains(early) && text.contains(after), "{text}");
    }
}
