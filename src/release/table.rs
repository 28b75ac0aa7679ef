//! Releases as CSV, with CSVW metadata beside it.
//!
//! `noisy_units` is the released integer. What is derived from it is rounded for reading, the ends
//! of an interval outwards.

use serde_json::json;

use super::{CellRow, Document, Interval, Measure, Opinion};
use crate::domain::Sentiment;

/// What the lines of a CSV are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Every noisy cell, those of wider levels last.
    Cells,
    /// Net sentiment of every place and topic, of the families that count by sentiment.
    Opinions,
}

/// Name, CSVW data type and description of a column.
type Column = (&'static str, &'static str, &'static str);

const RELEASE: [Column; 7] = [
    ("release_id", "string", "id of the release"),
    ("family", "string", "query family"),
    ("from", "date", "first day of the window"),
    ("until", "date", "first day after the window"),
    ("neighborhood", "string", "neighbourhood id, empty of a wider place"),
    ("district", "string", "district id, of a district; both empty: the whole city"),
    ("topic", "string", "topic id, empty where not grouped by"),
];

const CELLS: [Column; 5] = [
    ("sentiment", "string", "tone, empty where not grouped by"),
    ("noisy_units", "integer", "released value in 60ths of a voice; can be negative"),
    ("voices", "number", "the same in voices, rounded"),
    ("voices_low", "number", "lower end of the 95 % interval of the noise"),
    ("voices_high", "number", "upper end of the 95 % interval of the noise"),
];

const OPINIONS: [Column; 8] = [
    ("state", "string", "estimate, or measuring: too few voices for the noise yet"),
    ("net_sentiment", "number", "(positive - negative) / voices read, -1 to 1"),
    ("net_low", "number", "lower end of the 95 % interval of the noise"),
    ("net_high", "number", "upper end of the 95 % interval of the noise"),
    ("voices", "number", "voices whose tone was read, rounded; can be negative"),
    ("voices_low", "number", "lower end of the 95 % interval of the noise"),
    ("voices_high", "number", "upper end of the 95 % interval of the noise"),
    ("voices_min", "number", "where measuring: voices from which an estimate is given"),
];

/// Digits after the point: a tenth of a voice, a thousandth of a share.
const VOICES_DIGITS: usize = 1;
const NET_DIGITS: usize = 3;

impl Table {
    /// These rows of some releases, under a header line.
    pub fn csv<'a>(self, documents: impl IntoIterator<Item = &'a Document>) -> String {
        let names: Vec<_> = self.columns().map(|(name, _, _)| name).collect();
        let mut out = names.join(",") + "\n";
        for document in documents {
            match self {
                Self::Cells => {
                    let wider = document.levels.iter().flat_map(|level| &level.cells);
                    document.cells.iter().chain(wider).for_each(|row| out += &cell(document, row));
                }
                Self::Opinions => {
                    let all = document.opinions.iter().chain(&document.wider_opinions);
                    all.for_each(|row| out += &opinion(document, row));
                }
            }
        }
        out
    }

    /// The CSVW description of the columns (W3C Metadata Vocabulary for Tabular Data).
    pub fn csvw(self, file: &str) -> serde_json::Value {
        let columns: Vec<_> = self
            .columns()
            .map(|(name, datatype, title)| json!({"name": name, "titles": name, "datatype": datatype, "dc:description": title}))
            .collect();
        json!({
            "@context": "http://www.w3.org/ns/csvw",
            "url": file,
            "tableSchema": {"columns": columns},
        })
    }

    fn columns(self) -> impl Iterator<Item = Column> {
        let own: &[Column] = match self {
            Self::Cells => &CELLS,
            Self::Opinions => &OPINIONS,
        };
        RELEASE.iter().chain(own).copied()
    }
}

fn cell(document: &Document, cell: &CellRow) -> String {
    let place = place(document, [&cell.neighborhood, &cell.district, &cell.topic]);
    let tone = cell.sentiment.map(Sentiment::as_str).unwrap_or_default();
    let voices = interval(cell.voices, VOICES_DIGITS);
    format!("{place},{tone},{},{voices}\n", cell.noisy_units)
}

fn opinion(document: &Document, opinion: &Opinion) -> String {
    let place = place(document, [&opinion.neighborhood, &opinion.district, &opinion.topic]);
    let voices = interval(opinion.voices, VOICES_DIGITS);
    match opinion.net_sentiment {
        Measure::Estimate(net) => {
            format!("{place},estimate,{},{voices},\n", interval(net, NET_DIGITS))
        }
        Measure::Measuring { voices_min } => {
            let voices_min = rounded(voices_min, VOICES_DIGITS, f64::ceil);
            format!("{place},measuring,,,,{voices},{voices_min}\n")
        }
    }
}

/// The columns of [`RELEASE`].
fn place(document: &Document, ids: [&Option<String>; 3]) -> String {
    let ids = ids.map(|id| id.as_deref().map(csv_field).unwrap_or_default());
    format!(
        "{},{},{},{},{}",
        document.release_id,
        csv_field(&document.family.id),
        document.window.from,
        document.window.until,
        ids.join(","),
    )
}

/// Value, low end, high end.
fn interval(interval: Interval, digits: usize) -> String {
    let value = rounded(interval.value, digits, f64::round);
    let low = rounded(interval.low, digits, f64::floor);
    let high = rounded(interval.high, digits, f64::ceil);
    format!("{value},{low},{high}")
}

/// `value` with so many digits, without a minus before zero.
pub fn rounded(value: f64, digits: usize, towards: fn(f64) -> f64) -> String {
    let scale = [1.0, 10.0, 100.0, 1000.0][digits];
    format!("{:.digits$}", towards(value * scale) / scale + 0.0)
}

/// An end of an interval with two digits, away from its middle; with three where two would put it on
/// the zero that it leaves out.
pub fn rounded_end(value: f64, towards: fn(f64) -> f64) -> String {
    let short = rounded(value, 2, towards);
    if value != 0.0 && short == "0.00" { rounded(value, 3, towards) } else { short }
}

/// One field of a CSV: quotes a text and defuses what a spreadsheet would run as a formula.
pub fn csv_field(text: &str) -> String {
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
        assert_eq!(csv_field("=cmd()"), "'=cmd()");
        assert_eq!(csv_field("-east"), "'-east");
        assert_eq!(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(csv_field("east"), "east");
    }

    #[test]
    fn interval_is_rounded_outwards_and_zero_has_no_sign() {
        let noise = Interval { value: -0.02, low: -13.91, high: 13.87 };
        assert_eq!(interval(noise, VOICES_DIGITS), "0.0,-14.0,13.9");
        let net = Interval { value: 0.33351, low: -0.0004, high: 1.0 };
        assert_eq!(interval(net, NET_DIGITS), "0.334,-0.001,1.000");
    }
}
