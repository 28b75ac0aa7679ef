//! Reddit: dumps of posts and comments, one JSON object a line.
//!
//! An account that is gone is written `[deleted]`; it is nobody, or it would be one giant resident.
//! Words that are gone, `[deleted]` by their writer or `[removed]` by moderators, take back what
//! the account wrote where the dump still names it.

use serde::Deserialize;

use super::{
    dates::DateFormat, json, line_source::LineSource, lines::Lines, row::Row, scalar::Scalar,
};
use crate::{
    domain::{Action, Place, RawComment, SourceId},
    pipeline::BadRow,
};

/// How the service writes who or what is gone.
const GONE: [&str; 3] = ["[deleted]", "[removed]", "[deleted by user]"];
/// Accounts of the service itself.
const BOTS: [&str; 1] = ["AutoModerator"];

/// Whose words of a dump are residents'.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedditRules {
    /// Whether accounts are read; without them each comment stands for itself.
    pub accounts: bool,
}

/// A post or comment; flair, awards, karma and the like have no field here.
#[derive(Deserialize)]
struct Thing {
    name: Option<String>,
    id: Option<String>,
    author: Option<String>,
    author_fullname: Option<String>,
    title: Option<String>,
    selftext: Option<String>,
    body: Option<String>,
    created_utc: Option<Scalar>,
    edited: Option<Edited>,
    distinguished: Option<String>,
}

/// `false`, or when.
#[derive(Deserialize)]
#[serde(untagged)]
enum Edited {
    At(f64),
    Written(String),
    Not(#[allow(dead_code)] bool), // what is read tells that there was no edit
}

/// Reads the lines of a dump.
pub(super) fn source(lines: Lines, id: SourceId, rules: &RedditRules) -> LineSource {
    let rules = rules.clone();
    LineSource::new(lines, move |line| comment(line, &id, &rules))
}

/// One line of a dump.
pub(super) fn comment(
    line: &[u8],
    source: &SourceId,
    rules: &RedditRules,
) -> Result<RawComment, BadRow> {
    let line = str::from_utf8(line).map_err(|_| BadRow::InvalidUtf8)?;
    let thing: Thing = json::of_text(line)?;
    let author = thing.author.as_deref().map_or("", str::trim);
    if BOTS.contains(&author) || thing.distinguished.as_deref() == Some("admin") {
        return Err(BadRow::Bot);
    }
    if thing.distinguished.as_deref() == Some("moderator") {
        return Err(BadRow::Organizer);
    }
    let is_gone = |text: &str| GONE.contains(&text.trim());
    let account = (!author.is_empty() && !is_gone(author) && rules.accounts)
        .then(|| thing.author_fullname.clone().unwrap_or_else(|| author.to_owned()));
    let words = [thing.title, thing.selftext.or(thing.body)];
    let taken_back = words.iter().flatten().any(|words| is_gone(words));
    if taken_back && rules.accounts && account.is_none() {
        return Err(BadRow::Gone);
    }
    let words: Vec<_> = words.into_iter().flatten().filter(|w| !w.trim().is_empty()).collect();
    // Old dumps lack the prefix that tells a post's id from a comment's.
    let id = thing.name.or(thing.id).ok_or(BadRow::MissingId)?;
    let posted_at = thing.created_utc.and_then(instant).ok_or(BadRow::BadDate)?;
    let edited = thing.edited.and_then(|edited| match edited {
        Edited::At(at) => instant(Scalar::Real(at)),
        Edited::Written(at) => instant(Scalar::Text(at)),
        Edited::Not(_) => None,
    });
    let row = Row {
        source: source.clone(),
        id,
        account,
        text: words.join("\n"),
        place: Place::Missing,
        posted_at,
        revised_at: edited,
        action: match (taken_back, edited) {
            (true, _) => Action::Delete,
            (false, Some(_)) => Action::Edit,
            (false, None) => Action::Create,
        },
    };
    row.into_comment()
}

/// Whole seconds, seconds with a fraction, or either in quotes.
fn instant(at: Scalar) -> Option<jiff::Timestamp> {
    let text = at.into_text();
    let whole = text.split_once('.').map_or(text.as_str(), |(whole, _)| whole);
    DateFormat::Auto.read(whole, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"name":"t1_a","author":"ana","author_fullname":"t2_x","body":"More trees","created_utc":1767600000,"edited":false,"author_flair_text":"Old Town"}"#;

    fn read(line: &str) -> Result<RawComment, BadRow> {
        let rules = RedditRules { accounts: true };
        comment(line.as_bytes(), &SourceId::new("s").unwrap(), &rules)
    }

    #[test]
    fn line_becomes_a_comment_its_edit_or_its_deletion() {
        let action = |from: &str, to: &str| read(&LINE.replace(from, to)).map(|raw| raw.action);
        assert_eq!(action("", ""), Ok(Action::Create));
        assert_eq!(action("false", "1767700000.0"), Ok(Action::Edit));
        assert_eq!(action("false", "true"), Ok(Action::Create));
        assert_eq!(action("More trees", "[removed]"), Ok(Action::Delete));
        assert_eq!(action("1767600000", "\"1767600000.0\""), Ok(Action::Create));
        assert_eq!(action("\"body\"", "\"title\":\"Trees\",\"selftext\""), Ok(Action::Create));
    }

    #[test]
    fn deleted_account_is_nobody_and_not_one_giant_resident() {
        let line = LINE.replace("\"ana\",\"author_fullname\":\"t2_x\"", "\"[deleted]\"");
        assert!(read(&line).unwrap().account.is_none());
        assert_eq!(read(&line.replace("More trees", "[deleted]")).unwrap_err(), BadRow::Gone);
        let named = LINE.replace("\"ana\"", "\"[deleted]\"");
        assert!(read(&named).unwrap().account.is_none(), "whatever else names the account");
    }

    #[test]
    fn comment_keeps_its_name_when_its_account_goes_where_accounts_are_not_read() {
        use crate::domain::PseudonymKey;
        let key = PseudonymKey::new([7; 32]);
        let read = |line: &str| {
            let source = SourceId::new("s").unwrap();
            comment(line.as_bytes(), &source, &RedditRules::default()).unwrap()
        };
        let gone = LINE.replace("\"ana\"", "\"[deleted]\"");
        assert_eq!(key.origin(&read(LINE)), key.origin(&read(&gone)));
    }

    #[test]
    fn what_is_no_residents_word_has_its_reason() {
        let reason = |from: &str, to: &str| read(&LINE.replace(from, to)).err();
        assert_eq!(reason("\"ana\"", "\"AutoModerator\""), Some(BadRow::Bot));
        let moderator = "\"distinguished\":\"moderator\",\"edited\"";
        assert_eq!(reason("\"edited\"", moderator), Some(BadRow::Organizer));
        assert_eq!(reason("\"name\":\"t1_a\",", ""), Some(BadRow::MissingId));
        assert_eq!(reason("1767600000", "null"), Some(BadRow::BadDate));
        assert_eq!(reason("More trees", " "), Some(BadRow::MissingText));
        assert_eq!(reason("{", "["), Some(BadRow::NotJson));
    }
}
