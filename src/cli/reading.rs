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
    text += &reasons("refused", &read.rejected);
    text += &reasons("not a comment", &read.bad_rows);
    text
}

fn reasons<R: Serialize>(what: &str, tallies: &BTreeMap<R, RowTally>) -> String {
    let mut text = String::new();
    for (reason, tally) in tallies {
        let name = serde_json::to_value(reason).unwrap_or_default();
        let name = name.as_str().unwrap_or_default().replace('_', " ");
        let lines: Vec<_> = tally.first_lines.iter().map(u64::to_string).collect();
        let more = if tally.rows > tally.first_lines.len() as u64 { ", …" } else { "" };
        text += &format!("  {} {what}: {name} (line {}{more})\n", tally.rows, lines.join(", "));
    }
    text
}
