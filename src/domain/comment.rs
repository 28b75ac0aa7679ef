//! One record as a source delivers it, before redaction.

use std::fmt;

use jiff::Timestamp;

use super::{Sensitive, SourceId};

/// What the record does to the comment it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Says something new.
    Create,
    /// Replaces what the same account wrote under the same origin id.
    Edit,
    /// Takes it back.
    Delete,
}

/// Where a comment says it belongs.
#[derive(Clone, PartialEq)]
pub enum Place {
    /// A neighbourhood by the source's own name for it.
    Named(String),
    /// A point, in degrees (WGS 84).
    Point {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
    },
    /// The source does not say.
    Missing,
}

/// A comment as read. It is never written anywhere and has no readable `Debug`.
#[derive(Clone)]
pub struct RawComment {
    /// Which source it came from.
    pub source: SourceId,
    /// The source's own id of the comment; may name a person, so it is sensitive.
    pub origin: Sensitive<String>,
    /// The account that wrote it; `None` where the source has none (event-level privacy only).
    pub account: Option<Sensitive<String>>,
    /// What was written; empty for [`Action::Delete`].
    pub text: Sensitive<String>,
    /// Where it belongs.
    pub place: Place,
    /// When it was written, by the source's word; trusted for nothing but its window.
    pub posted_at: Timestamp,
    /// When this revision was made; tells one edit from the next.
    pub revised_at: Option<Timestamp>,
    /// Create, edit or delete.
    pub action: Action,
}

impl RawComment {
    /// Whether a reader would see what is read: no control characters but line breaks and tabs, no
    /// signs that turn the direction of what stands around them, and in names no break at all.
    ///
    /// Marks and isolates, which right-to-left writing needs, are fine in a text and not in a name.
    pub fn is_plain(&self) -> bool {
        let in_text = |c: char| {
            let breaks = matches!(c, '\t' | '\n' | '\r');
            (breaks || !c.is_control()) && !matches!(c, '\u{202A}'..='\u{202E}')
        };
        let in_name = |c: char| {
            !c.is_control()
                && !matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        };
        let place = match &self.place {
            Place::Named(name) => name.as_str(),
            Place::Point { .. } | Place::Missing => "",
        };
        let account = self.account.as_ref().map_or("", |account| account.expose());
        let names = [self.origin.expose(), account, place];
        self.text.expose().chars().all(in_text) && names.iter().all(|n| n.chars().all(in_name))
    }
}

impl fmt::Debug for RawComment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawComment").field("source", &self.source).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comment(text: &str, account: &str) -> RawComment {
        RawComment {
            source: SourceId::new("s").unwrap(),
            origin: Sensitive::new("1".into()),
            account: Some(Sensitive::new(account.into())),
            text: Sensitive::new(text.into()),
            place: Place::Missing,
            posted_at: Timestamp::UNIX_EPOCH,
            revised_at: None,
            action: Action::Create,
        }
    }

    #[test]
    fn controls_and_overrides_are_not_plain_and_the_marks_of_a_script_are() {
        for text in ["two\nlines\tof it", "\u{200F}\u{2067}more\u{2069}", "caf\u{e9} \u{1F333}"] {
            assert!(comment(text, "ana").is_plain(), "{text:?}");
        }
        for text in ["a\0b", "a\u{1b}[2J", "a\u{85}b", "a\u{202E}b", "a\u{202A}b"] {
            assert!(!comment(text, "ana").is_plain(), "{text:?}");
        }
        for account in ["an\na", "an\u{200F}a", "an\u{2067}a", "\0"] {
            assert!(!comment("more trees", account).is_plain(), "{account:?}");
        }
    }
}
