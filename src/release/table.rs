//! Releases as CSV, with CSVW metadata beside it.

use serde_json::json;

use super::{CellRow, Document};
use crate::domain::Sentiment;

const COLUMNS: [(&str, &str, &str); 11] = [
    ("release_id", "string", "id of the release"),
    ("family", "string", "query family"),
    ("from", "date", "first day of the window"),
    ("until", "date", "first day after the window"),
    ("neighborhood", "string", "neighbourhood id, empty where not grouped by"),
    ("topic", "string", "topic id, empty where not grouped by"),
    ("sentiment", "string", "tone, empty where not grouped by"),
    ("noisy_units", "integer", "released value in 60ths of a voice; can be negative"),
    ("voices", "number", "the same in voices"),
    ("voices_low", "number", "lower end of the 95 % interval of the noise"),
    ("voices_high", "number", "upper end of the 95 % interval of the noise"),
];

/// The cells of some releases as CSV with a header line.
pub fn csv<'a>(documents: impl IntoIterator<Item = &'a Document>) -> String {
    let mut out = COLUMNS.map(|(name, _, _)| name).join(",");
    out.push('\n');
    for document in documents {
        for cell in &document.cells {
            out.push_str(&line(document, cell));
        }
    }
    out
}

/// The CSVW description of [`csv`]'s columns (W3C Metadata Vocabulary for Tabular Data).
pub fn csvw(file: &str) -> serde_json::Value {
    let columns: Vec<_> = COLUMNS
        .iter()
        .map(|(name, datatype, title)| json!({"name": name, "titles": name, "datatype": datatype, "dc:description": title}))
        .collect();
    json!({
        "@context": "http://www.w3.org/ns/csvw",
        "url": file,
        "tableSchema": {"columns": columns},
    })
}

fn line(document: &Document, cell: &CellRow) -> String {
    let text = |value: &Option<String>| value.as_deref().map(escaped).unwrap_or_default();
    format!(
        "{},{},{},{},{},{},{},{},{},{},{}\n",
        document.release_id,
        escaped(&document.family.id),
        document.window.from,
        document.window.until,
        text(&cell.neighborhood),
        text(&cell.topic),
        cell.sentiment.map(Sentiment::as_str).unwrap_or_default(),
        cell.noisy_units,
        cell.voices.value,
        cell.voices.low,
        cell.voices.high,
    )
}

/// Quotes a text and defuses what a spreadsheet would run as a formula.
fn escaped(text: &str) -> String {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let safe = if risky { format!("'{text}") } else { text.to_owned() };
    if safe.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_a_spreadsheet_would_run_is_defused() {
        assert_eq!(escaped("=cmd()"), "'=cmd()");
        assert_eq!(escaped("-east"), "'-east");
        assert_eq!(escaped("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(escaped("east"), "east");
    }
}
