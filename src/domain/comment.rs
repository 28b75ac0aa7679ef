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

impl fmt::Debug for RawComment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawComment").field("source", &self.source).finish_non_exhaustive()
    }
}
