//! Dates as exports write them.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    fmt::strtime,
    tz::TimeZone,
};

/// Where a row's date stands and how it is written.
#[derive(Clone, Debug)]
pub struct DateColumns {
    /// The columns; several are joined with a space.
    pub columns: Vec<String>,
    /// How it is written.
    pub format: DateFormat,
    /// The zone of dates that name none; without it they are bad.
    pub zone: Option<TimeZone>,
}

/// How a date is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DateFormat {
    /// RFC 3339, with or without a zone or time of day, or seconds or milliseconds since 1970.
    Auto,
    /// By a strptime pattern.
    Strptime(String),
}

/// Whole numbers from here on are milliseconds: as seconds they lie beyond the year 5000.
const MILLISECONDS_MIN: i64 = 100_000_000_000;

impl DateFormat {
    /// Reads a date; `None` when it is none, or names no zone and neither does the caller.
    pub(super) fn read(&self, text: &str, zone: Option<&TimeZone>) -> Option<Timestamp> {
        match self {
            Self::Auto => auto(text.trim(), zone),
            Self::Strptime(pattern) => patterned(pattern, text.trim(), zone),
        }
    }
}

fn auto(text: &str, zone: Option<&TimeZone>) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<i64>() {
        return if number.unsigned_abs() >= MILLISECONDS_MIN.unsigned_abs() {
            Timestamp::from_millisecond(number).ok()
        } else {
            Timestamp::from_second(number).ok()
        };
    }
    if let Some(universal) = text.strip_suffix(" UTC") {
        return civil(universal.parse().ok()?, Some(&TimeZone::UTC));
    }
    text.parse::<Timestamp>().ok().or_else(|| civil(text.parse().ok()?, zone))
}

fn patterned(pattern: &str, text: &str, zone: Option<&TimeZone>) -> Option<Timestamp> {
    let parsed = strtime::parse(pattern, text).ok()?;
    parsed.to_timestamp().ok().or_else(|| {
        let midnight = |date: Date| date.at(0, 0, 0, 0);
        civil(parsed.to_datetime().or_else(|_| parsed.to_date().map(midnight)).ok()?, zone)
    })
}

/// A time that a clock change skips or repeats is taken as if the clock had not changed yet.
fn civil(time: DateTime, zone: Option<&TimeZone>) -> Option<Timestamp> {
    zone?.to_ambiguous_timestamp(time).compatible().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: &DateFormat, text: &str) -> Option<String> {
        let zone = TimeZone::get("America/New_York").unwrap();
        format.read(text, Some(&zone)).map(|at| at.to_string())
    }

    #[test]
    fn auto_reads_what_exports_write() {
        for (text, expected) in [
            ("2010-04-14T06:37:38-08:00", "2010-04-14T14:37:38Z"),
            ("2013-08-22T04:08:48+0200", "2013-08-22T02:08:48Z"),
            ("2017-09-12T09:43:25", "2017-09-12T13:43:25Z"),
            (" 2017-09-12 09:43:25 ", "2017-09-12T13:43:25Z"),
            ("2017-09-12", "2017-09-12T04:00:00Z"),
            ("2017-09-12 09:43:25 UTC", "2017-09-12T09:43:25Z"),
            ("1403067224363", "2014-06-18T04:53:44.363Z"),
            ("1403067224", "2014-06-18T04:53:44Z"),
        ] {
            assert_eq!(read(&DateFormat::Auto, text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "yesterday", "2017-13-01", "99999999999999999999", "12/09/2017"] {
            assert_eq!(read(&DateFormat::Auto, text), None, "{text}");
        }
    }

    #[test]
    fn date_without_a_zone_is_read_only_where_one_is_named() {
        assert!(DateFormat::Auto.read("2017-09-12T09:43:25", None).is_none());
        assert!(DateFormat::Auto.read("2017-09-12T09:43:25Z", None).is_some());
    }

    #[test]
    fn pattern_reads_dates_with_and_without_time_and_zone() {
        let pattern = |p: &str| DateFormat::Strptime(p.into());
        let joined = pattern("%Y-%m-%d 0 days %H:%M:%S");
        let expected = Some("2015-09-15T14:50:19Z".to_owned());
        assert_eq!(read(&joined, "2015-09-15 0 days 10:50:19"), expected);
        assert_eq!(read(&pattern("%m/%d/%Y"), "09/12/2017"), Some("2017-09-12T04:00:00Z".into()));
        let zoned = pattern("%d.%m.%Y %H:%M %z");
        assert_eq!(read(&zoned, "12.09.2017 09:00 +0200"), Some("2017-09-12T07:00:00Z".into()));
        assert_eq!(read(&joined, "2015-09-15"), None);
    }
}
